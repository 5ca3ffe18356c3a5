//! Any error answer becomes one error, which shows nothing of the request.

use std::time::{Duration, SystemTime};

use ek_core::ErrorKind;
use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::status::Answer;
use crate::secrets::Secrets;

const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// Pieces of error bodies, and of almost such bodies.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "\\",
    " ",
    "\n",
    "<",
    ">",
    "é",
    "0",
    "-1",
    "1e999",
    "null",
    "\"error\":",
    "\"message\":",
    "\"metadata\":",
    "\"raw\":",
    "\"headers\":",
    "\"details\":",
    "\"m\"",
    "\"input\":",
    "'input': ",
    "\"PROMPT\"",
    "input_value='PROMPT'",
    "\"code\":",
    "1113",
    "\"429\"",
    "\"retry_after\":",
    "\"retryAfterMs\":",
    "\"resets_at\":",
    "1768478445",
    "99999999999999999999",
    "\"remaining\":",
    "try again in ",
    "retry after ",
    "retry_after_ms=",
    "1h",
    "5s",
    "PT",
    "1:2:3",
    "2026-01-15T12:00:45Z",
    "Thu, 15 Jan 2026 12:00:45 GMT",
    "<html><title>",
    "data: ",
    "event: ",
    "insufficient ",
    "balance",
    "maximum context length",
    "\\u",
    "\\ud83d",
    "\"{\\\"error\\\":",
];

const HEADERS: &[(&str, &str)] = &[
    ("retry-after", "5"),
    ("retry-after", "-5"),
    ("retry-after-ms", "1e999"),
    ("retry-after-ms", "99999999999999999999999"),
    ("x-ratelimit-reset", "nan"),
    ("x-ratelimit-reset", "\u{7f}"),
    ("ratelimit", "\"a;r=0;t=99999999999999999999"),
    ("ratelimit", "a;r=0;t=5, ;;,=,r=,t=="),
    ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
];

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_error_answer_becomes_one_error_with_a_bounded_message(
        status in select(vec![200_u16, 302, 400, 402, 404, 429, 500]),
        pieces in vec(select(PIECES), 0..40),
        chosen in vec(select(HEADERS), 0..4),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in chosen {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        let body = pieces.concat();
        let answer = Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: &headers,
            secrets: &Secrets::default(),
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_478_400),
            path: "/v1/chat/completions",
        };
        let error = answer.error(body.as_bytes());
        prop_assert!(error.retry_after().is_none_or(|wait| wait <= YEAR), "{body}");
        prop_assert_eq!(error.kind() == ErrorKind::RateLimited, error.kind().is_retryable() && status == 429);
        prop_assert!(error.to_string().len() <= 1024 + 32, "{}", error);
    }

    /// The body is whole, cut anywhere, or within prose.
    #[test]
    fn no_error_shows_the_request(
        name in select(vec!["input", "messages", "prompt", "body", "request", "userPrompt", "request_body"]),
        before in select(vec!["", r#""msg":"m","#, r#""loc":["body"],"#, r#""code":"c","#]),
        wrap in select(vec!["{}", "[{}]", r#"{"error":{}}"#, r#"{"detail":[{}]}"#, r#"{"x":{}}"#, "bad: {}"]),
        value in select(vec![r#""PROMPT""#, r#"{"a":"PROMPT"}"#, r#"["PROMPT",{"message":"PROMPT"}]"#]),
        cut in 0..100_usize,
    ) {
        let object = format!("{{{before}\"{name}\":{value}}}");
        let whole = wrap.replace("{}", &object);
        let python = whole.replace('"', "'");
        let encoded = serde_json::json!({"error": {"message": whole}}).to_string();
        for body in [whole, python, encoded] {
            let end = body.len() - body.len().min(cut);
            let read = super::body::ErrorBody::read(&body.as_bytes()[..end]);
            let shown = format!("{:?} {:?}", read.message, read.code);
            prop_assert!(!shown.contains("PRO"), "{body} {end}: {shown}");
        }
    }
}
