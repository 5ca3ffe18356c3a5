//! Which headers go where: to the endpoint, back to the client, into the file.

use std::collections::BTreeMap;

use ek_core::{REDACTED, redact};
use hyper::HeaderMap;

use crate::cassette::masking::Mask;
use crate::wire::RawRequest;

/// Those of one connection, which end with it.
const OF_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
];

/// Those of a response that are kept: what a client goes by.
const KEPT: [&str; 5] =
    ["content-type", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id"];

/// Beginnings of names that are kept as well.
const KEPT_FAMILIES: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];

/// Those of a request whose value is a credential.
const SECRET: [&str; 5] =
    ["authorization", "api-key", "x-api-key", "x-goog-api-key", "proxy-authorization"];

/// Whether a header of the request is passed on. The host is the endpoint's own; an answer that is
/// compressed could neither be read nor masked.
pub(super) fn sent_on(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !OF_CONNECTION.contains(&name.as_str())
        && !matches!(name.as_str(), "host" | "accept-encoding" | "expect")
}

/// The headers of the answer that are passed back.
pub(super) fn sent_back(headers: &HeaderMap) -> Vec<(String, String)> {
    let headers = headers.iter().filter(|(name, _)| !OF_CONNECTION.contains(&name.as_str()));
    let pairs = headers.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    pairs.collect()
}

/// The headers of the answer that are kept.
pub(super) fn kept(headers: &[(String, String)], mask: &Mask) -> BTreeMap<String, String> {
    let kept = headers.iter().filter(|(name, _)| {
        KEPT.contains(&name.as_str()) || KEPT_FAMILIES.iter().any(|family| name.starts_with(family))
    });
    kept.map(|(name, value)| (name.clone(), mask.text(value).into_owned())).collect()
}

/// What masks the credentials of this request wherever they come back.
pub(super) fn mask_of(raw: &RawRequest) -> Mask {
    let mut known = Vec::new();
    for (name, value) in &raw.headers {
        let name = name.to_ascii_lowercase();
        if SECRET.contains(&name.as_str()) {
            let key = value.split_once(' ').map_or(value.as_str(), |(_, key)| key);
            known.extend([key.trim().to_owned(), value.clone()]);
        }
        if name == "cookie" {
            let values = value.split(';').filter_map(|pair| pair.split_once('='));
            known.extend(values.map(|(_, value)| value.trim().to_owned()));
        }
    }
    let query = raw.target.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&') {
        if let Some((_, value)) = pair.split_once('=')
            && redact(pair).contains(REDACTED)
        {
            known.push(value.to_owned());
        }
    }
    Mask::knowing(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn of_an_answer_only_what_a_client_goes_by_is_kept() {
        let headers = [
            pair("content-type", "application/json"),
            pair("set-cookie", "session=1"),
            pair("openai-organization", "acme"),
            pair("x-ratelimit-remaining-tokens", "7"),
            pair("x-request-id", "req-sk-abc123456"),
        ];
        let kept = kept(&headers, &Mask::default());
        let kept: Vec<(&str, &str)> = kept.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            kept,
            [
                ("content-type", "application/json"),
                ("x-ratelimit-remaining-tokens", "7"),
                ("x-request-id", "req-[REDACTED]"),
            ]
        );
    }

    #[test]
    fn every_credential_of_a_request_is_known() {
        let raw = RawRequest {
            connection: 0,
            method: "POST".to_owned(),
            target: "/v1/chat/completions?api-version=1&key=querykey".to_owned(),
            headers: vec![
                pair("Authorization", "Bearer bearerkey"),
                pair("api-key", "plainkey"),
                pair("Cookie", "a=cookiekey; b=1"),
            ],
            body: Vec::new(),
            head: Vec::new(),
        };
        let mask = mask_of(&raw);
        for key in ["bearerkey", "plainkey", "cookiekey", "querykey"] {
            assert!(mask.finds_known(&format!("<{key}>")), "{key}");
        }
        assert!(!mask.finds_known("Bearer, version 1, a"));
    }

    #[test]
    fn what_belongs_to_a_connection_is_not_passed_on() {
        for name in ["Host", "Connection", "content-length", "Accept-Encoding"] {
            assert!(!sent_on(name), "{name}");
        }
        assert!(sent_on("Authorization") && sent_on("Content-Type"));
    }
}
