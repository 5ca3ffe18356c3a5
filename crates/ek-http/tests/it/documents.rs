//! Whole bodies with any content.

use ek_core::ErrorKind::{Malformed, RateLimited, Rejected, Server};
use ek_core::{Error, ErrorKind, LlmResponse};
use ek_mock::wire::response;

use crate::support::rig::{Rig, Socket};
use crate::support::{JSON, REPLY, completion, first};

/// The error of a call whose answer has this body under 200.
async fn refused(body: impl AsRef<[u8]>, kind: ErrorKind) -> Error {
    let rig = Rig::new(first(response(200, &[JSON], body))).await;
    let error = rig.fails(kind, Socket::Kept).await;
    assert_eq!(error.status(), Some(200));
    error
}

/// The reply of an answer with this body under 200.
async fn read(body: impl AsRef<[u8]>) -> LlmResponse {
    let rig = Rig::new(first(response(200, &[JSON], body))).await;
    rig.ask().await.expect("a reply")
}

/// A document whose choice has this message, with `more` behind the choices.
fn document(message: &str, more: &str) -> String {
    format!(r#"{{"choices":[{{"message":{message},"finish_reason":"stop"}}]{more}}}"#)
}

fn of_text(text: &str) -> String {
    document(&format!(r#"{{"content":{text}}}"#), "")
}

#[tokio::test]
async fn s45_a_body_that_is_not_an_object_is_malformed() {
    for (body, why) in [
        ("", "the reply is empty"),
        (" \r\n\t ", "the reply is empty"),
        ("null", "the reply is JSON, but no object"),
        (r#""a text""#, "the reply is JSON, but no object; it says: a text"),
        ("17", "the reply is JSON, but no object"),
        ("[]", "the reply has no choices"),
        ("{}", "the reply has no choices"),
        ("a text", "the reply is not JSON: fault at line 1, column 1; it says: a text"),
    ] {
        let error = refused(body, Malformed).await;
        assert_eq!(error.to_string(), format!("HTTP 200: {why}"), "{body}");
        assert!(error.is_retryable() && error.may_have_executed());
    }
}

#[tokio::test]
async fn s45_a_status_without_a_body_is_malformed() {
    let rig = Rig::new(first(response(204, &[], ""))).await;
    let error = rig.fails(Malformed, Socket::Kept).await;
    assert_eq!(error.to_string(), "HTTP 204: the reply is empty");
}

#[tokio::test]
async fn s46_a_page_under_200_is_malformed_and_hints_at_the_base_url() {
    let page =
        "<!DOCTYPE html><html><head><title>Kiln portal</title></head><body>MARK</body></html>";
    let rig = Rig::new(first(response(200, &[("content-type", "text/html")], page))).await;
    let text = rig.fails(Malformed, Socket::Kept).await.to_string();
    assert!(text.contains("HTML page titled \"Kiln portal\""), "{text}");
    assert!(text.contains("base URL"), "{text}");
}

#[tokio::test]
async fn s46_a_page_under_502_is_the_server_s_error_with_the_page_s_title() {
    let page = "<html><head><title>502 Bad Gateway</title></head><body>MARK</body></html>";
    let rig = Rig::new(first(response(502, &[("content-type", "text/html")], page))).await;
    let error = rig.fails(Server, Socket::Kept).await;
    assert_eq!(error.to_string(), "HTTP 502: 502 Bad Gateway");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn s46_the_content_type_does_not_decide() {
    for kind in ["text/plain", "text/html", "application/octet-stream", "MARK"] {
        let answer = response(200, &[("content-type", kind)], completion(REPLY));
        Rig::new(first(answer)).await.works().await;
    }
    Rig::new(first(response(200, &[], completion(REPLY)))).await.works().await;
}

#[tokio::test]
async fn s47_an_error_object_under_200_is_an_error() {
    for (body, kind) in [
        (r#"{"error":{"message":"the kiln is cold"}}"#, Server),
        (r#"{"error":{"message":"the kiln is cold","code":429}}"#, RateLimited),
        (r#"{"error":{"message":"the kiln is cold","type":"invalid_request_error"}}"#, Rejected),
        (r#"{"choices":[],"error":{"message":"the kiln is cold"}}"#, Server),
        (
            r#"{"choices":[{"message":{"content":"MARK"},"error":{"message":"the kiln is cold"}}]}"#,
            Server,
        ),
    ] {
        let error = refused(body, kind).await;
        assert_eq!(error.to_string(), "HTTP 200 with an error: the kiln is cold", "{body}");
        assert_eq!(error.is_retryable(), kind != Rejected, "{body}");
    }
}

/// `depth` nested arrays.
fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[tokio::test]
async fn s48_deep_nesting_in_a_field_that_is_not_read_is_harmless() {
    for depth in [127, 128, 1_000_000] {
        for message in [r#"{"content":"glaze"}"#, r#"{"content":"glaze","annotations":DEEP}"#] {
            let deep = nested(depth);
            let message = message.replace("DEEP", &deep);
            let body = document(&message, &format!(r#","unknown":{deep}"#));
            match depth {
                1_000_000 => {
                    // Both results are fine, if the stack does not overflow.
                    let rig = Rig::new(first(response(200, &[JSON], body))).await;
                    let outcome = rig.ask().await.map_err(|error| error.kind());
                    let kind = outcome.map(|reply| reply.content);
                    assert!(kind == Ok("glaze".to_owned()) || kind == Err(Malformed), "{kind:?}");
                }
                _ => assert_eq!(read(body).await.content, "glaze", "{depth}"),
            }
        }
    }
}

#[tokio::test]
async fn s48_deep_nesting_in_a_field_that_is_read_is_malformed() {
    for depth in [200, 1_000_000] {
        let deep = nested(depth);
        refused(format!(r#"{{"choices":{deep}}}"#), Malformed).await;
        let part = format!(r#"[{{"type":"thinking","thinking":{deep}}}]"#);
        refused(of_text(&part), Malformed).await;
    }
    // A content that is neither text nor parts is kept as its JSON.
    assert_eq!(read(of_text(&nested(200))).await.content, nested(200));
}

#[tokio::test]
async fn s49_unusable_counts_are_unknown_and_do_not_fail_the_reply() {
    for (count, known) in [
        ("-1", None),
        ("1e999", None),
        ("18446744073709551616", None),
        ("NaN", None),
        ("\"many\"", None),
        ("1.5", None),
        ("1.0", Some(1)),
        ("18446744073709551615", Some(u64::MAX)),
        ("2,\"prompt_tokens\":7", Some(7)),
    ] {
        let usage = format!(r#","usage":{{"prompt_tokens":{count},"completion_tokens":3}}"#);
        let reply = read(document(r#"{"content":"glaze"}"#, &usage)).await;
        assert_eq!(reply.content, "glaze", "{count}");
        assert_eq!(reply.input_tokens(), known, "{count}");
        assert_eq!(reply.output_tokens(), Some(3), "{count}");
    }
}

#[tokio::test]
async fn s49_the_last_value_of_a_repeated_key_counts() {
    let twice = r#"{"choices":[{"message":{"content":"old"}}],"choices":[{"message":{"content":"old","content":"new"}}]}"#;
    assert_eq!(read(twice).await.content, "new");
}

#[tokio::test]
async fn s49_broken_texts_are_mended() {
    assert_eq!(read(of_text(r#""a\ud83db""#)).await.content, "a\u{fffd}b");
    assert_eq!(read(of_text(r#""a\ude00b""#)).await.content, "a\u{fffd}b");
    let whole = of_text("\"a?b\"").into_bytes();
    let broken: Vec<u8> = whole.into_iter().map(|b| if b == b'?' { 0xff } else { b }).collect();
    assert_eq!(read(broken).await.content, "a\u{fffd}b");
    assert_eq!(read(format!("\u{feff} \n{}", of_text("\"ab\""))).await.content, "ab");
}

#[tokio::test]
async fn s49_text_behind_the_document_makes_it_malformed() {
    let body = format!("{}\nMARK", of_text("\"glaze\""));
    let text = refused(body, Malformed).await.to_string();
    assert!(text.starts_with("HTTP 200: the reply is not JSON"), "{text}");
    assert_eq!(read(format!("{}\r\n\r\n", of_text("\"glaze\""))).await.content, "glaze");
}

#[tokio::test]
async fn s49_the_messages_of_serde_which_quote_the_data_are_not_shown() {
    let long = "MARK".repeat(1_000_000);
    for body in [
        r#"{"choices":"MARK"}"#.to_owned(),
        r#"{"choices":["MARK"]}"#.to_owned(),
        format!(r#"{{"choices":"{long}"}}"#),
        // The reply's reader skips it, and the search for an error builds no tree of it.
        r#"{"choices":"MARK","odd":1e999}"#.to_owned(),
        format!(r#"{{"choices":[],"text":"MARK","odd":{}}}"#, nested(127)),
        format!(r#"{{"choices":[{{"message":{{"content":"{long}"#),
        format!(r#"{{"{long}":1,}}"#),
    ] {
        let error = refused(body, Malformed).await;
        assert!(error.to_string().len() < 200, "{error}");
    }
}

#[tokio::test]
async fn s50_without_choices_there_is_no_reply() {
    for body in [
        r#"{"choices":[],"id":"MARK"}"#,
        r#"{"id":"MARK","object":"chat.completion"}"#,
        r#"{"choices":null}"#,
        r#"{"choices":{}}"#,
        r#"{"choices":[null]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":null}]}"#,
    ] {
        let error = refused(body, Malformed).await;
        assert!(error.is_retryable(), "{body}");
    }
}

#[tokio::test]
async fn s50_content_null_is_a_reply_without_text() {
    assert_eq!(read(of_text("null")).await.content, "");
    assert_eq!(read(document("{}", "")).await.content, "");
}

#[tokio::test]
async fn s50_the_first_of_a_million_choices_is_the_reply() {
    let choice = r#"{"message":{"content":"glaze"}},"#;
    let body = format!(r#"{{"choices":[{}{{}}]}}"#, choice.repeat(1_000_000));
    assert_eq!(read(body).await.content, "glaze");
}
