//! How much of the conversation is sent.

use std::sync::{Arc, Mutex};

use ek_core::{ChatRequest, Message, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{Event, ReactOptions, react_loop};

use super::{calls, text, tide, written};

/// Calls twice in each of three rounds, and then answers.
fn model() -> MockProvider {
    let pair = |round: &str| {
        let city = |n: &str| format!(r#"{{"city":"{round}{n}"}}"#);
        let call = |n: &str| ToolCall::new(format!("{round}{n}"), "tide", city(n));
        calls([call("x"), call("y")])
    };
    MockProvider::new([pair("a"), pair("b"), pair("c"), text("done")])
}

fn conversation() -> ChatRequest {
    ChatRequest::new([Message::system("Be brief."), Message::user("When?")])
}

#[tokio::test]
async fn everything_is_sent_by_default() {
    let model = model();
    let options = ReactOptions::default();
    react_loop(&model, conversation(), &[tide()], &options).await.expect("an answer");
    let sent: Vec<_> = model.calls().iter().map(|c| c.request.messages.len()).collect();
    assert_eq!(sent, [2, 5, 8, 11]);
}

#[tokio::test]
async fn trimming_keeps_the_system_messages_the_task_and_the_newest_whole_blocks() {
    let model = model();
    let trimmed = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&trimmed);
    let options = ReactOptions::default().with_max_history_messages(8).with_observer(
        move |event: &Event<'_>| {
            if let Event::HistoryTrimmed { sent, all, .. } = event {
                list.lock().expect("the list").push((*sent, *all));
            }
        },
    );
    let outcome = react_loop(&model, conversation(), &[tide()], &options).await;
    let sent = model.last_call().expect("a call").request.messages;
    let failed = "tool: Tool 'tide' failed: other error";
    assert_eq!(
        written(&sent),
        [
            "system: Be brief.",
            "user: When?",
            "assistant:  -> bx,by",
            failed,
            failed,
            "assistant:  -> cx,cy",
            failed,
            failed,
        ]
    );
    assert_eq!(*trimmed.lock().expect("the list"), [(8, 11)]);
    let detail = outcome.expect("an answer").detail;
    assert_eq!((detail.trimmed_rounds, detail.rounds), (1, 4));
    assert_eq!(detail.transcript.len(), 12, "nothing is lost of it");
}

#[tokio::test]
async fn an_oversize_newest_block_is_shortened_and_not_dropped() {
    let model = model();
    let options = ReactOptions::default().with_max_history_messages(4);
    react_loop(&model, conversation(), &[tide()], &options).await.expect("an answer");
    let sent = model.last_call().expect("a call").request.messages;
    let failed = "tool: Tool 'tide' failed: other error";
    assert_eq!(written(&sent), ["system: Be brief.", "user: When?", "assistant:  -> cy", failed]);
}
