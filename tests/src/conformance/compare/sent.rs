//! What is sent for a portable request: the path, the headers that have to be there, the body as JSON.

use ek_mock::wire::RawRequest;
use executionkit::{Error, LlmResponse};
use serde_json::Value;

use super::super::case::Case;
use super::json::difference;
use super::{Mismatch, alternatives, compare, differs, error, same};

/// A request as it reached the server.
#[derive(Debug, Clone)]
pub(in super::super) struct Sent {
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl From<RawRequest> for Sent {
    fn from(raw: RawRequest) -> Self {
        Self { target: raw.target, headers: raw.headers, body: raw.body }
    }
}

/// Compares the requests that reached the server, and how the call ended.
pub(in super::super) fn request(
    case: &Case,
    key: &str,
    sent: &[Sent],
    ended: &Result<LlmResponse, Error>,
) -> Vec<Mismatch> {
    alternatives::best(&case.expect, |expect| one(case, expect, key, sent, ended))
}

fn one(
    case: &Case,
    expect: &Value,
    key: &str,
    sent: &[Sent],
    ended: &Result<LlmResponse, Error>,
) -> Vec<Mismatch> {
    let outcome = expect.get("outcome").unwrap_or(&Value::Null);
    match (outcome == "error", sent, ended) {
        (true, [], Err(error)) => error::fields(case, expect, error),
        (true, ..) => vec![differs("outcome", outcome, "something was sent")],
        (false, [request], _) => parts(case, expect, key, request),
        (false, [], Err(error)) => {
            vec![differs("outcome", &"a request".into(), format!("error: {error}"))]
        }
        (false, ..) => {
            vec![differs("outcome", &"one request".into(), format!("{} requests", sent.len()))]
        }
    }
}

/// Compares one request with what a case says of it.
pub(super) fn parts(case: &Case, expect: &Value, key: &str, request: &Sent) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    compare(expect, "path", &mut mismatches, |expected| {
        (*expected == request.target.as_str(), request.target.as_str().into())
    });
    for (name, value) in expect.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let wanted = value.as_str().unwrap_or_default().replace("<key>", key);
        let same_name = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        let found = request.headers.iter().filter(same_name);
        let found: Vec<&str> = found.map(|(_, value)| value.as_str()).collect();
        if found.is_empty() || found.join(",") != wanted {
            // The key of the runner is no secret, and the report shows it as cases write it.
            let found = found.join(",").replace(key, "<key>");
            mismatches.push(differs(format!("headers.{name}"), value, found));
        }
    }
    if let Some(expected) = expect.get("body") {
        mismatches.extend(body(case, expected, &request.body));
    }
    mismatches
}

fn body(case: &Case, expected: &Value, sent: &[u8]) -> Option<Mismatch> {
    let mut expected = expected.clone();
    let Ok(mut found) = serde_json::from_slice(sent) else {
        let text = String::from_utf8_lossy(sent).into_owned();
        return Some(differs("body", &expected, text));
    };
    same::body(&case.protocol, &mut expected);
    same::body(&case.protocol, &mut found);
    same::align(&case.protocol, &expected, &mut found);
    difference("body", &expected, &found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use executionkit::ErrorKind;
    use serde_json::json;

    const KEY: &str = "key-FAKE";

    fn found(protocol: &str, expect: &Value, sent: &[Sent]) -> Vec<String> {
        let file = json!({"name": "n", "protocol": protocol, "kind": "request", "request": {},
            "expect": expect});
        let case = Case::from_value(&file).expect("a case");
        let ended = Err(Error::new(ErrorKind::Rejected, "no block for audio"));
        let mismatches = request(&case, KEY, sent, &ended);
        mismatches.into_iter().map(|mismatch| mismatch.field).collect()
    }

    fn sent(target: &str, headers: &[(&str, &str)], body: &Value) -> Sent {
        Sent {
            target: target.to_owned(),
            headers: headers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body: body.to_string().into_bytes(),
        }
    }

    #[test]
    fn the_path_each_header_and_the_place_in_the_body_are_named() {
        let headers = [("X-Goog-Api-Key", KEY), ("Content-Type", "application/json")];
        let expect = json!({"path": "/v1beta/models/m:generateContent",
            "headers": {"content-type": "application/json", "x-goog-api-key": "<key>"},
            "body": {"contents": [{"parts": [{"text": "a"}]}]}});
        let of = |request| found("gemini_generate_content", &expect, &[request]);
        let body = json!({"contents": [{"parts": [{"text": "a"}]}]});
        let path = "/v1beta/models/m:generateContent";
        assert_eq!(of(sent(path, &headers, &body)), [""; 0]);
        assert_eq!(of(sent("/v1beta/models/m:generateContent?a=b", &headers, &body)), ["path"]);
        assert_eq!(of(sent(path, &headers[1..], &body)), ["headers.x-goog-api-key"]);
        let other = [("x-goog-api-key", "<key>"), headers[1]];
        assert_eq!(of(sent(path, &other, &body)), ["headers.x-goog-api-key"]);
        let reordered = json!({"contents": [{"parts": [{"text": "b"}]}], "model": "m"});
        assert_eq!(of(sent(path, &headers, &reordered)), ["body.contents[0].parts[0].text"]);
    }

    #[test]
    fn an_error_has_to_come_before_anything_is_sent() {
        let expect = json!({"outcome": "error",
            "error": {"kind": "permanent", "message_contains": "audio"}});
        assert_eq!(found("anthropic_messages", &expect, &[]), [""; 0]);
        let one = sent("/v1/messages", &[], &json!({}));
        assert_eq!(found("anthropic_messages", &expect, std::slice::from_ref(&one)), ["outcome"]);
        assert_eq!(found("anthropic_messages", &json!({"path": "/v1/messages"}), &[]), ["outcome"]);
        let twice = [one.clone(), one];
        assert_eq!(
            found("anthropic_messages", &json!({"path": "/v1/messages"}), &twice),
            ["outcome"]
        );
    }

    #[test]
    fn one_of_the_two_versions_of_a_header_will_do() {
        let expect = json!({"headers": {"anthropic-version": "2023-06-01"},
            "alt": {"headers": {"anthropic-version": "2026-10-21"}}});
        let of = |version| {
            let request = sent("/", &[("anthropic-version", version)], &json!({}));
            found("anthropic_messages", &expect, &[request])
        };
        assert_eq!(of("2023-06-01"), [""; 0]);
        assert_eq!(of("2026-10-21"), [""; 0]);
        assert_eq!(of("2024-01-01"), ["headers.anthropic-version"]);
    }
}
