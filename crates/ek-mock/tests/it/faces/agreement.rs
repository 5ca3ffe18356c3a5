//! What a real client makes of the bytes is what the mock at the trait says.

use ek_core::{Error, ErrorKind, LlmResponse, ToolCall, ToolCallFragment, Usage};
use ek_mock::wire::{MockServer, MockTransport, ServerTls};
use ek_mock::{Fault, MockProvider, MockReply, Script};

use super::{ask, heard, over, to};

/// What a caller can tell of an outcome: ids and the model's name are the wire's own.
pub(super) fn seen_by_caller(outcome: Result<LlmResponse, Error>) -> String {
    let of_reply = |reply: &LlmResponse| {
        let calls: Vec<String> = reply
            .tool_calls
            .iter()
            .map(|call| format!("{}({})", call.name, call.arguments.as_str()))
            .collect();
        format!(
            "{:?} {:?} {:?} {} {:?} {:?}",
            reply.content,
            reply.reasoning,
            reply.refusal,
            calls.join(" "),
            reply.finish_reason,
            reply.usage.input_tokens.zip(reply.usage.output_tokens),
        )
    };
    match outcome {
        Ok(reply) => of_reply(&reply),
        Err(error) => format!(
            "{:?} retryable: {} partial: {:?}",
            error.kind(),
            error.is_retryable(),
            error.partial().map(of_reply)
        ),
    }
}

pub(super) fn replies() -> Vec<MockReply> {
    let call = ToolCall::new("call_1", "tide", r#"{"city":"Tromsø"}"#);
    let rich = LlmResponse::text("Højvande 🌊!").with_reasoning("hm").with_usage(Usage::new(11, 4));
    let rich = rich.with_tool_calls([call.clone(), ToolCall::new("call_2", "wind", "{}")]);
    let fragment = |index| ToolCallFragment::new().with_index(index);
    let fragments = [
        fragment(9).with_id("a").with_name("tide").with_arguments("{\"x\":"),
        fragment(2).with_id("b").with_name("wind").with_arguments("{}"),
        fragment(9).with_arguments("1}"),
    ];
    let mut replies: Vec<MockReply> = vec![
        "plain".into(),
        "".into(),
        rich.clone().into(),
        LlmResponse::default()
            .with_refusal("I will not.")
            .with_finish_reason_word("content_filter")
            .into(),
        LlmResponse::text("cut sho").with_finish_reason_word("length").into(),
        MockReply::in_fragments("I look.", fragments.clone()),
        MockReply::from("counted").with_counted_usage(),
        MockReply::from("whole").without_done(),
    ];
    let reset = Fault::Reset;
    let error = |kind| Fault::Error(Error::new(kind, "why"));
    for fault in [
        reset,
        Fault::Cut,
        Fault::End,
        Fault::Malformed,
        error(ErrorKind::Server),
        error(ErrorKind::Interrupted),
    ] {
        for pieces in [0, 1, 3, 5] {
            replies.push(MockReply::from(rich.clone()).failing_after(pieces, fault.clone()));
        }
        replies.push(MockReply::in_fragments("", fragments.clone()).failing_after(2, fault));
    }
    replies
}

#[tokio::test]
async fn a_script_that_is_played_once_has_nothing_for_a_call_too_many() {
    let script = Script::once(["flood", "ebb"]);
    let (plain, server) =
        (MockProvider::from_script(script.clone()), MockServer::start(script.clone()).await);
    let (memory, tcp) = (over(&MockTransport::new(script)), to(&server));
    for answer in ["flood", "ebb"] {
        for heard in [ask(&plain, "?").await, ask(&memory, "?").await, ask(&tcp, "?").await] {
            assert_eq!(heard.expect("a reply").content, answer);
        }
    }
    for error in [ask(&plain, "?").await, ask(&memory, "?").await, ask(&tcp, "?").await] {
        let error = error.expect_err("one too many");
        assert!(error.to_string().contains("call 3 is one too many"), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn tcp_and_tls_carry_it_as_well() {
    let script = Script::cycling(["Højvande 🌊!"]);
    let plain = MockServer::start(script.clone()).await;
    assert_eq!(ask(&to(&plain), "?").await.expect("a reply").content, "Højvande 🌊!");
    assert_eq!(heard(&to(&plain)).await.expect("a reply").content, "Højvande 🌊!");
    let secret = MockServer::start_tls(script, ServerTls::localhost()).await;
    let ca = secret.tls().expect("TLS").ca_pem().to_owned();
    let provider = ek_http::Provider::builder(secret.uri(), "m").root_certificate(ca);
    let provider = provider.build().expect("sound settings");
    assert_eq!(heard(&provider).await.expect("a reply").content, "Højvande 🌊!");
    assert_eq!((plain.call_count(), secret.call_count()), (2, 1));
}
