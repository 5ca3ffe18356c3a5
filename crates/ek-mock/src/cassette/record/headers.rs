//! Which headers go where: to the endpoint, back to the client, into the file.

use std::collections::BTreeMap;

use hyper::HeaderMap;

use crate::masking::Mask;

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
    fn what_belongs_to_a_connection_is_not_passed_on() {
        for name in ["Host", "Connection", "content-length", "Accept-Encoding"] {
            assert!(!sent_on(name), "{name}");
        }
        assert!(sent_on("Authorization") && sent_on("Content-Type"));
    }
}
