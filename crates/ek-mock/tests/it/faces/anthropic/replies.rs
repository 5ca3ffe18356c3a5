//! Replies and errors through our client.

use std::time::Duration;

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider as _, LlmResponse, Message,
    NativeTurn, ProtocolName, RawJson, StreamingProvider as _, Usage,
};
use ek_mock::wire::MockTransport;
use ek_mock::{MockProvider, MockReply, Script};

use super::super::agreement::{replies, told};
use super::super::{ask, heard};
use super::over;

/// An outcome as far as both know it: what a stream says of its counts at its beginning, the trait has
/// only at the end.
fn known(outcome: Result<LlmResponse, Error>) -> String {
    told(outcome.map_err(|error| match error.partial().cloned() {
        Some(partial) => error.with_partial(partial.with_usage(Usage::default())),
        None => error,
    }))
}

#[tokio::test]
async fn a_real_client_hears_in_memory_what_the_trait_says() {
    for (number, reply) in replies().into_iter().enumerate() {
        let script = Script::cycling([reply.clone()]).with_chunk_chars(4);
        let plain = MockProvider::from_script(script.clone());
        let real = over(&MockTransport::new(script));
        assert_eq!(
            known(heard(&real).await),
            known(heard(&plain).await),
            "stream {number}: {reply:?}"
        );
        assert_eq!(
            known(ask(&real, "?").await),
            known(ask(&plain, "?").await),
            "call {number}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn counts_of_caches_and_of_thinking_come_to_the_same_usage() {
    let mut usage = Usage::new(120, 9);
    usage.cached_input_tokens = Some(100);
    usage.cache_write_tokens = Some(8);
    usage.reasoning_tokens = Some(3);
    let reply = LlmResponse::text("Ebb.").with_reasoning("hm").with_usage(usage);
    let real = over(&MockTransport::new(Script::cycling([reply])));
    assert_eq!(ask(&real, "?").await.expect("a reply").usage, usage);
    assert_eq!(heard(&real).await.expect("a reply").usage, usage);
}

#[tokio::test]
async fn thinking_has_a_signature_and_goes_back_with_it() {
    let reply = LlmResponse::text("Ebb.").with_reasoning("The moon is full.");
    let transport = MockTransport::new(Script::cycling([reply]));
    let real = over(&transport);
    let whole = ask(&real, "?").await.expect("a reply");
    let streamed = heard(&real).await.expect("a reply");
    assert_eq!(whole.reasoning.as_deref(), Some("The moon is full."));
    let turn = whole.native.clone().expect("a turn");
    assert!(turn.json().contains(r#""signature":"ZWstbW9jaw==""#), "{}", turn.json());
    assert_eq!(streamed.native.as_ref().map(NativeTurn::json), Some(turn.json()));

    let asked = ChatRequest::new([Message::user("?"), whole.into(), Message::user("And then?")]);
    real.complete(&asked).await.expect("a reply");
    let message = &transport.last_call().expect("a call").request.messages[1];
    assert_eq!(message.native_for(&ProtocolName::AnthropicMessages), Some(turn.json()));
}

#[tokio::test]
async fn the_blocks_of_a_native_turn_come_as_they_are() {
    let blocks = r#"[{"signature":"c2ln","thinking":"","type":"thinking"},{"data":"x","type":"redacted_thinking"},{"citations":[{"cited_text":"Ebb","type":"char_location"}],"text":"Ebb at noon.","type":"text"},{"id":"s","input":{"query":"tide"},"name":"web_search","type":"server_tool_use"},{"content":[],"tool_use_id":"s","type":"web_search_tool_result"}]"#;
    let json = RawJson::new(blocks).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::AnthropicMessages, json, "Ebb at noon.", &[]);
    let reply = LlmResponse::text("Ebb at noon.").with_native(turn);
    let reply = reply.with_finish_reason(FinishReason::Paused);
    let real = over(&MockTransport::new(Script::cycling([reply]).with_chunk_chars(4)));
    let value = |reply: &LlmResponse| -> serde_json::Value {
        serde_json::from_str(reply.native.as_ref().expect("a turn").json()).expect("JSON")
    };
    let whole = ask(&real, "?").await.expect("a reply");
    assert_eq!(whole.native.as_ref().map(NativeTurn::json), Some(blocks));
    let streamed = heard(&real).await.expect("a reply");
    assert_eq!(value(&streamed), value(&whole));
    for reply in [whole, streamed] {
        assert_eq!(reply.content, "Ebb at noon.");
        assert_eq!(reply.finish_reason_raw(), Some("pause_turn"));
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_that_a_server_can_make_is_what_the_client_says() {
    use ErrorKind::*;
    for (kind, heard, retryable) in [
        (Rejected, Rejected, false),
        (QuotaExhausted, QuotaExhausted, false),
        (RateLimited, RateLimited, true),
        (Server, Server, true),
        (Timeout, Timeout, true),
        (Connect, Interrupted, true),
        (Interrupted, Interrupted, true),
        (Malformed, Malformed, true),
        (TooLarge, TooLarge, false),
        (Config, Server, false),
        (Unsupported, Server, false),
    ] {
        let transport = MockTransport::new(Script::cycling([Error::new(kind, "why")]));
        let error = ask(&over(&transport), "?").await.expect_err("an error");
        assert_eq!((error.kind(), error.is_retryable()), (heard, retryable), "{kind:?}: {error}");
    }
}

#[tokio::test]
async fn an_overloaded_server_says_so_by_status_and_in_mid_stream() {
    let busy = || {
        Error::new(ErrorKind::Server, "overloaded")
            .with_status(529)
            .with_request_id("req_1")
            .with_retry_after(Duration::from_secs(3))
    };
    let error = ask(&over(&MockTransport::new(Script::cycling([busy()]))), "?").await;
    let error = error.expect_err("an error");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(529)));
    assert_eq!(
        (error.request_id(), error.retry_after()),
        (Some("req_1"), Some(Duration::from_secs(3)))
    );

    let reply = MockReply::from("Slowly, or the clay cracks.").failing_after(2, busy());
    let real = over(&MockTransport::new(Script::cycling([reply]).with_chunk_chars(8)));
    let stream = real.stream(&ChatRequest::user("?")).await.expect("a stream");
    let error = stream.collect().await.expect_err("it breaks off");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.partial().expect("what came").content, "Slowly, or the c");
}

#[cfg(feature = "conformance")]
mod passes_the_conformance_suite {
    use ek_core::{Error, ErrorKind};
    use ek_http::Provider;
    use ek_mock::conformance::echo;
    use ek_mock::wire::MockTransport;
    use ek_mock::{MockReply, Script};

    const KEY: &str = "sk-ant-0123456789abcdef";

    fn speaking(script: Script) -> Provider {
        let transport = MockTransport::new(script);
        let settings = Provider::anthropic("m").base_url(transport.uri()).api_key(KEY);
        settings.connector(transport).build().expect("sound settings")
    }

    ek_mock::conformance!(
        speaking(Script::responding(echo)),
        streaming,
        tools,
        debug,
        keys = [KEY],
        broken_stream =
            speaking(Script::cycling([MockReply::from("Slowly.")
                .failing_after(1, Error::new(ErrorKind::Interrupted, "cut"))])),
    );
}
