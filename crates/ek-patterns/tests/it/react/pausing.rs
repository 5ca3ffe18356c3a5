//! Turns that the provider pauses, because its own tools take long.

use ek_core::{
    ErrorKind, FinishReason, LlmResponse, Message, NativeTurn, ProtocolName, RawJson, Role,
};
use ek_mock::MockProvider;
use ek_patterns::{OnLimit, ReactOptions, StopReason, react_loop, react_loop_stream};

use super::{ask_tide, calls, text, tide, written};

fn native(reply: LlmResponse) -> LlmResponse {
    let blocks = RawJson::new(r#"[{"type":"server_tool_use"}]"#).expect("JSON");
    let name = ProtocolName::AnthropicMessages;
    let turn = NativeTurn::new(name, blocks, &reply.content, &reply.tool_calls);
    reply.with_native(turn)
}

fn paused(words: &str) -> LlmResponse {
    native(text(words)).with_finish_reason(FinishReason::Paused)
}

fn is_native(message: &Message) -> bool {
    message.native_for(&ProtocolName::AnthropicMessages).is_some()
}

#[tokio::test]
async fn a_paused_turn_is_sent_back_as_it_is_and_the_loop_goes_on() {
    let script = || {
        let called = native(calls([ask_tide("a", "Bergen")]));
        MockProvider::new([paused("Searching."), paused(""), called, text("At 04:12.")])
    };
    let (model, options) = (script(), ReactOptions::default());
    let outcome = react_loop(&model, "When?", &[tide()], &options).await.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.detail.stop), ("At 04:12.", StopReason::Answered));
    assert_eq!((outcome.detail.rounds, outcome.spend.calls), (4, 4));
    let transcript = [
        "user: When?",
        "assistant: Searching.",
        "assistant: ",
        "assistant:  -> a",
        "tool: 04:12",
        "assistant: At 04:12.",
    ];
    assert_eq!(written(&outcome.detail.transcript), transcript);
    let sent = model.last_call().expect("a call").request.messages;
    let turns: Vec<_> = sent.iter().filter(|m| m.role == Role::Assistant).collect();
    assert!(turns.len() == 3 && turns.into_iter().all(is_native), "{sent:?}");

    let stream = react_loop_stream(script(), "When?", &[tide()], &options).expect("a stream");
    let outcome = stream.collect().await.expect("an answer");
    assert_eq!(written(&outcome.detail.transcript), transcript);
}

#[tokio::test]
async fn a_turn_that_is_paused_again_and_again_reaches_the_limit_of_rounds() {
    let model = MockProvider::new([paused("Still searching.")]);
    let options = || ReactOptions::default().with_max_rounds(3);
    let error = react_loop(&model, "When?", &[tide()], &options()).await.expect_err("no answer");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::MaxIterations, 3));
    assert_eq!(error.transcript().map(<[Message]>::len), Some(4));

    let partial = options().with_on_limit(OnLimit::ReturnPartial);
    let outcome = react_loop(&model, "When?", &[tide()], &partial).await.expect("a part");
    assert_eq!(outcome.value, "Still searching.");

    let last = options().with_on_limit(OnLimit::FinalAnswerWithoutTools);
    let error = react_loop(&model, "When?", &[tide()], &last).await.expect_err("still paused");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::MaxIterations, 4));
}
