//! Conversations that were left in the middle of a round.

use ek_core::{Message, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{ReactOptions, react_loop};

use super::{ask_tide, tide, written};

#[tokio::test]
async fn calls_without_a_result_are_run_before_the_model_is_asked() {
    let saved = vec![
        Message::user("When?"),
        Message::assistant("").with_tool_calls([ask_tide("a", "Bergen"), ask_tide("b", "Bergen")]),
        Message::tool("a", "04:12"),
    ];
    let model = MockProvider::new(["At 04:12."]);
    let outcome = react_loop(&model, saved, &[tide()], &ReactOptions::default()).await;
    let detail = outcome.expect("an answer").detail;
    assert_eq!(
        written(&detail.transcript),
        ["user: When?", "assistant:  -> a,b", "tool: 04:12", "tool: 04:12", "assistant: At 04:12."]
    );
    assert_eq!(detail.transcript[3].tool_call_id.as_deref(), Some("b"));
    let runs: Vec<_> = detail.tool_calls.iter().map(|run| (run.round, run.id.as_str())).collect();
    assert_eq!((detail.rounds, runs), (1, vec![(0, "b")]));
}

#[tokio::test]
async fn such_calls_are_approved_and_checked_as_all_others() {
    let saved = || {
        let calls = [ask_tide("a", "Bergen"), ToolCall::new("b", "tide", "{}")];
        vec![Message::user("When?"), Message::assistant("").with_tool_calls(calls)]
    };
    let model = MockProvider::new(["So be it."]);
    let options = ReactOptions::default().with_approval(|_| async { false });
    react_loop(&model, saved(), &[tide()], &options).await.expect("an answer");
    assert_eq!(
        super::shown(&model).into_iter().map(|(_, text)| text).collect::<Vec<_>>(),
        [
            "Tool 'tide' blocked by approval",
            "Tool 'tide' argument error: /city: expected a value, found nothing"
        ]
    );
}

#[tokio::test]
async fn an_outcome_can_be_gone_on_from_with_another_question() {
    let model = super::model([ask_tide("a", "Bergen")]);
    let options = ReactOptions::default();
    let outcome = react_loop(&model, "When?", &[tide()], &options).await.expect("an answer");
    let mut conversation = outcome.detail.transcript;
    conversation.push(Message::user("And tomorrow?"));
    let outcome = react_loop(&model, conversation, &[tide()], &options).await.expect("an answer");
    assert_eq!(outcome.detail.transcript.len(), 8);
}
