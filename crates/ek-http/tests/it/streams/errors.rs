//! Errors that a server sends in the middle of a stream or in place of one.

use ek_core::ErrorKind::{self, Malformed, QuotaExhausted, RateLimited, Rejected, Server};
use ek_core::{LlmProvider as _, StreamingProvider as _};
use ek_mock::wire::{Connection, chunk, response};

use super::{DONE, answer, begun, delta, finish, frame, hear, listen, text};
use crate::support::hidden::{assert_error_hides, assert_hidden};
use crate::support::rig::Rig;
use crate::support::{JSON, KEY, first, in_time, question};

/// An error object in each form, with its kind and code.
fn errors() -> [(String, ErrorKind, Option<&'static str>); 8] {
    let rate =
        r#"{"message":"slow down","type":"rate_limit_exceeded","code":"rate_limit_exceeded"}"#;
    let bare = r#"{"message":"the model fell over","code":"overloaded"}"#;
    [
        (frame(format_args!(r#"{{"error":{rate}}}"#)), RateLimited, Some("rate_limit_exceeded")),
        (format!("event: error\n{}", frame(bare)), Server, Some("overloaded")),
        (format!("error: {{\"error\":{bare}}}\n\n"), Server, Some("overloaded")),
        // Only the name of the event or of the field makes it an error.
        ("event: error\ndata: the model fell over\n\n".to_owned(), Server, None),
        ("error: {\"reason\":\"the model fell over\"}\n\n".to_owned(), Server, None),
        (frame(r#"{"error":{"message":"no","code":400}}"#), Rejected, Some("400")),
        (frame(r#"{"error":"the engine died"}"#), Server, None),
        (frame(r#"{"object":"error","message":"bad","code":40303}"#), Server, Some("40303")),
    ]
}

#[tokio::test]
async fn s60_an_error_after_text_has_its_kind_and_code_and_the_partial_reply() {
    let three = ["MARK one", " two", " three"].map(text).concat();
    for (error, kind, code) in errors() {
        let heard = hear(answer([&*three, &error, DONE])).await;
        assert_eq!(heard.error().kind(), kind, "{error}");
        assert_eq!(heard.error().code(), code, "{error}");
        assert!(!heard.error().is_retryable(), "an item was delivered: {error}");
        assert_eq!(heard.partial(), "MARK one two three");
        assert_error_hides(heard.error());
    }
}

#[tokio::test]
async fn s60_a_text_in_the_event_of_the_error_comes_before_the_error() {
    let name = "n".repeat(2_000);
    let call = format!(r#"{{"index":0,"id":"a","function":{{"name":"{name}"}}}}"#);
    let frame = delta(&format!(r#"{{"content":"MARK one","tool_calls":[{call}]}}"#));
    let heard = hear(answer([&*frame, &text(" two"), DONE])).await;
    assert_eq!(heard.error().kind(), ErrorKind::TooLarge);
    assert_eq!((heard.partial(), heard.events.len()), ("MARK one", 1));
}

#[tokio::test]
async fn s60_the_text_of_another_choice_is_in_the_partial_reply_of_a_nameless_call() {
    let call = r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{}"}}]}"#;
    let other = frame(r#"{"choices":[{"index":1,"delta":{"content":"MARK look"}}]}"#);
    let heard = hear(answer([&*delta(call), &other, &finish("tool_calls"), DONE])).await;
    assert_eq!(heard.error().kind(), Malformed);
    assert_eq!(heard.partial(), "MARK look");
}

#[tokio::test]
async fn s60_an_error_in_place_of_the_first_event_is_retryable_by_its_kind() {
    for (error, kind, code) in errors() {
        let role = delta(r#"{"role":"assistant","content":""}"#);
        for before in ["", ": ping\n\n", &role] {
            let heard = hear(answer([before, &error, DONE])).await;
            assert_eq!(heard.error().kind(), kind, "{error}");
            assert_eq!(heard.error().code(), code, "{error}");
            assert_eq!(heard.error().is_retryable(), kind.is_retryable(), "{error}");
            assert!(heard.events.is_empty());
        }
    }
}

#[tokio::test]
async fn s60_an_error_shows_the_servers_text_and_no_secret() {
    let echo = format!(r#"{{"error":{{"message":"bad key {KEY} or sk-MARK1234567890"}}}}"#);
    let heard = hear(answer([text("MARK one"), frame(echo)])).await;
    let shown = heard.error().to_string();
    assert_eq!(shown, "HTTP 200 with an error: bad key [REDACTED] or [REDACTED]");
    assert_error_hides(heard.error());
}

#[tokio::test]
async fn s61_an_event_that_cannot_be_read_fails_the_stream_without_quoting_it() {
    for broken in [r#"{"choices":[{"MARK":"#, "MARK", r#"{"choices":[{"delta":{"content":"MARK}"#] {
        let body = joined!(text("MARK one"), frame(broken), text("MARK three"), DONE);
        let rig = Rig::new(begun().write(chunk(body)).stall()).await;
        let heard = listen(&rig.provider).await;
        assert_eq!(heard.error().kind(), Malformed);
        assert_eq!(
            heard.error().to_string(),
            "HTTP 200: a frame of the stream is not readable JSON"
        );
        assert!(!heard.error().is_retryable());
        assert_eq!(heard.partial(), "MARK one");
        assert_eq!(heard.text(), "MARK one");
        assert_error_hides(heard.error());
        rig.works().await;
    }
}

#[tokio::test]
async fn an_answer_with_an_error_status_is_the_same_error_as_without_streaming() {
    let quota = r#"{"error":{"message":"pay","type":"insufficient_quota"}}"#;
    let json = r#"{"error":{"message":"no such model","code":"model_not_found"}}"#;
    let html = "<html><title>Bad gateway</title></html>";
    for (status, body, kind) in [
        (401, json, Rejected),
        (404, json, Rejected),
        (429, json, RateLimited),
        (429, quota, QuotaExhausted),
        (500, json, Server),
        (502, html, Server),
        (307, "", Rejected),
    ] {
        let headers = [JSON, ("x-request-id", "r-1"), ("retry-after", "7")];
        let rig = Rig::new(
            Connection::new().read_request().write(response(status, &headers, body)).repeat(),
        )
        .await;
        let unary = in_time(rig.provider.complete(&question())).await.expect_err("an error");
        let streamed = in_time(rig.provider.stream(&question())).await.expect_err("an error");
        assert_eq!(streamed.kind(), kind, "{status}");
        assert_eq!(format!("{streamed:?}"), format!("{unary:?}"));
        assert_eq!(streamed.is_retryable(), unary.is_retryable());
        assert_eq!(streamed.may_have_executed(), unary.may_have_executed());
        assert!(streamed.partial().is_none());
        assert_eq!(rig.server.connection_count(), 1, "the connection is used again");
    }
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_refused_before_the_stream() {
    let encoded = response(200, &[("content-encoding", "gzip")], "\u{1f}MARK");
    let rig = Rig::new(first(encoded)).await;
    let error = in_time(rig.provider.stream(&question())).await.expect_err("an error");
    assert_eq!(error.kind(), Malformed);
    assert_hidden("the error", &format!("{error:?} {error:#?}"));
}
