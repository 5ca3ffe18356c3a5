//! A collected stream equals the unary reply, and an answer that is not a stream is read all the same.

use std::path::Path;

use ek_core::ErrorKind::{Interrupted, Malformed, RateLimited, TooLarge};
use ek_core::{Error, LlmResponse, RawBody, Result, StreamEvent};
use ek_mock::wire::{Connection, RawServer, response, response_head};
use serde_json::Value;

use super::{DONE, EVENTS, Heard, frame, hear, listen, start};
use crate::support::hidden::assert_error_hides;
use crate::support::rig::Rig;
use crate::support::{JSON, REPLY, completion, first, in_time};

/// The bodies of the dialect cases of this kind, by name.
fn dialects(kind: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dialects");
    let mut bodies = Vec::new();
    for entry in folder.read_dir().expect("the cases") {
        let path = entry.expect("a case").path();
        let case = std::fs::read(&path).expect("a case");
        let case: Value = serde_json::from_slice(&case).expect("a case");
        let name = case["name"].as_str().expect("a name").to_owned();
        if case["kind"] == kind
            && let Some(body) = case["body"].as_str()
        {
            bodies.push((name, body.to_owned()));
        }
    }
    bodies.sort();
    assert!(bodies.len() > 60, "only {} cases", bodies.len());
    bodies
}

/// The comparable part: without the payload and without ids that the body does not hold. The texts of some
/// errors name the form of the body.
fn compared(outcome: Result<LlmResponse>, body: &str) -> Result<LlmResponse, String> {
    let told = |error: &Error| match error.kind() {
        Malformed => String::new(),
        _ => error.to_string(),
    };
    let mut reply = outcome.map_err(|error| format!("{:?} {}", error.kind(), told(&error)))?;
    reply.raw = RawBody::default();
    // JSON that a server has parsed is kept as it is in the body.
    if let Ok(content) = serde_json::from_str::<Value>(&reply.content) {
        reply.content = content.to_string();
    }
    for call in &mut reply.tool_calls {
        if !body.contains(&call.id) {
            "<generated>".clone_into(&mut call.id);
        }
    }
    Ok(reply)
}

async fn serve(body: &str) -> Rig {
    let connection = Connection::new().read_request().write(response(200, &[EVENTS], body));
    Rig::of(RawServer::start(connection.repeat()).await, |settings| settings)
}

async fn collect(rig: &Rig) -> Result<LlmResponse> {
    in_time(start(&rig.provider).await.collect()).await
}

#[tokio::test]
async fn the_same_bytes_give_the_same_result_streamed_and_unary() {
    for kind in ["body", "stream", "error"] {
        for (name, body) in dialects(kind) {
            let rig = serve(&body).await;
            let unary = compared(rig.ask().await, &body);
            let collected = compared(collect(&rig).await, &body);
            assert_eq!(collected, unary, "{name}");
        }
    }
}

/// The same reply as one event, with its message as a delta.
fn streamed(document: &Value) -> Option<String> {
    let mut chunk = document.clone();
    for choice in chunk.get_mut("choices")?.as_array_mut()? {
        let choice = choice.as_object_mut()?;
        // These are in every chunk of a stream and mean nothing there.
        choice.get("finish_reason").filter(|reason| *reason != "" && *reason != "null")?;
        let message = choice.remove("message")?;
        choice.insert("delta".to_owned(), message);
    }
    Some(joined!(frame(chunk), DONE))
}

#[tokio::test]
async fn a_reply_in_one_document_and_as_a_stream_is_the_same() {
    let mut compared_replies = 0;
    for (name, body) in dialects("body") {
        let Some(document) = serde_json::from_str::<Value>(&body).ok() else { continue };
        let Some(stream) = streamed(&document) else { continue };
        // What goes back is kept byte for byte, so that both have their keys in one order.
        let body = document.to_string();
        let unary = compared(serve(&body).await.ask().await, &body);
        let collected = compared(collect(&serve(&stream).await).await, &body);
        assert_eq!(collected, unary, "{name}");
        compared_replies += 1;
    }
    assert!(compared_replies > 50, "only {compared_replies}");
}

#[tokio::test]
async fn s70_a_completion_in_one_document_comes_as_events() {
    for content_type in [JSON, EVENTS, ("content-type", "text/plain")] {
        let document = format!(" \n\u{feff}{}", completion(REPLY));
        for document in [completion(REPLY), document.trim_start().to_owned()] {
            let heard = hear(first(response(200, &[content_type], document))).await;
            assert_eq!(heard.text(), REPLY);
            assert_eq!(heard.reply().content, REPLY);
            assert_eq!(heard.reply().total_tokens(), Some(12));
            assert!(heard.reply().raw.is_empty());
            let kinds = heard.events.iter().map(|event| matches!(event, StreamEvent::Text(_)));
            assert_eq!(kinds.collect::<Vec<_>>(), [true, false], "text, then usage");
        }
    }
}

#[tokio::test]
async fn s70_an_error_document_is_an_error_of_its_kind() {
    let body = r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#;
    for content_type in [JSON, EVENTS] {
        let heard = hear(first(response(200, &[content_type], body))).await;
        assert_eq!(heard.error().kind(), RateLimited);
        assert!(heard.error().is_retryable() && heard.error().retry_after().is_some());
        assert!(heard.error().to_string().contains("slow down"));
    }
}

#[tokio::test]
async fn s70_a_page_is_malformed_and_only_its_title_is_shown() {
    for page in [
        "<!doctype html><html><head><title>Log in</title></head><body>MARK</body></html>",
        "\n\n<html><title>Log in</title>MARK",
    ] {
        let heard = hear(first(response(200, &[("content-type", "text/html")], page))).await;
        let shown = heard.error().to_string();
        assert_eq!(heard.error().kind(), Malformed);
        assert!(shown.contains("an HTML page titled \"Log in\" instead of JSON"), "{shown}");
        assert!(!heard.error().is_retryable(), "the next answer would be the page again");
        assert_error_hides(heard.error());
    }
}

#[tokio::test]
async fn s70_anything_else_is_malformed() {
    for body in ["no healthy upstream", "null", "true", "17", "\"MARK\"", "[]", "{}", "\u{0}\u{1}"]
    {
        let heard = hear(first(response(200, &[EVENTS], body))).await;
        assert_eq!(heard.error().kind(), Malformed, "{body:?}");
        assert_error_hides(heard.error());
    }
}

#[tokio::test]
async fn s70_a_document_is_read_up_to_the_cap_of_replies() {
    let document = completion(REPLY);
    for (cap, fits) in [(document.len(), true), (document.len() - 1, false)] {
        let connection = first(response(200, &[JSON], &document));
        let rig = Rig::with(connection, |settings| settings.max_response_bytes(cap)).await;
        let heard = listen(&rig.provider).await;
        assert_eq!(heard.end.is_ok(), fits);
        if !fits {
            assert_eq!(heard.error().kind(), TooLarge);
            assert_error_hides(heard.error());
        }
    }
    let endless = Connection::new().read_request().write(response_head(200, &[JSON]));
    let endless = endless.write("{\"MARK\":\"").write_endlessly("x".repeat(1000));
    let rig = Rig::with(endless, |settings| settings.max_response_bytes(100_000)).await;
    assert_eq!(listen(&rig.provider).await.error().kind(), TooLarge);
}

#[tokio::test]
async fn s70_a_cut_document_is_interrupted_and_one_that_ends_early_is_malformed() {
    let half = &completion(REPLY)[..150];
    let cut = Connection::new().read_request().write(response_head(200, &[JSON])).write(half);
    let heard = hear(cut).await;
    assert_eq!(heard.error().kind(), Interrupted);
    assert!(heard.error().is_retryable());
    assert_error_hides(heard.error());

    let rig = Rig::new(first(response(200, &[JSON], half))).await;
    let heard = Heard::all(start(&rig.provider).await).await;
    assert_eq!(heard.error().kind(), Malformed);
    assert_error_hides(heard.error());
    rig.works().await;
    assert_eq!(rig.server.connection_count(), 1);
}
