//! Adapters that are wrong about tools, and what the suite says of each.

use std::sync::atomic::{AtomicBool, Ordering};

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider, LlmResponse, Result, Role,
    StreamEvent, ToolCall, ToolCallDelta, ToolCallingProvider,
};
use ek_mock::conformance::{echo, supports_tools_stays};

use super::adapters::{Streams, answers, assert_broken, sound};

fn calling(calls: &[(&str, &str)]) -> LlmResponse {
    let calls = calls.iter().map(|(id, name)| ToolCall::new(*id, *name, r#"{"city":"Oslo"}"#));
    LlmResponse::default().with_tool_calls(calls)
}

#[tokio::test]
async fn one_that_forgets_the_tools() {
    let wrong = answers(|_| Ok(LlmResponse::text("At noon.")));
    assert_broken!(
        a_required_tool_is_called(&wrong),
        "the request demands a tool call, and the reply has none"
    );
}

#[tokio::test]
async fn one_that_calls_other_tools() {
    let wrong = answers(|_| Ok(calling(&[("1", "tide"), ("2", "wind")])));
    assert_broken!(
        a_required_tool_is_called(&wrong),
        "1 of 2 calls name a tool that was not offered"
    );
}

#[tokio::test]
async fn ones_whose_calls_cannot_be_distinguished() {
    for (calls, seen) in [
        ([("1", "tide"), ("2", "")], "call 1 has no name"),
        ([("", "tide"), ("2", "tide")], "call 0 has no id"),
        ([("1", "tide"), ("1", "tide")], "call 1 has the id of another call"),
    ] {
        let wrong = answers(move |_| Ok(calling(&calls)));
        assert_broken!(tool_calls_have_names_and_ids_of_their_own(&wrong), seen);
    }
}

#[tokio::test]
async fn ones_whose_finish_reason_contradicts_the_calls() {
    for (calls, reason) in [(1, FinishReason::Stop), (0, FinishReason::ToolCalls)] {
        let seen =
            format!("a reply with {calls} tool calls has the finish reason Some({reason:?})");
        let wrong = answers(move |_| {
            Ok(calling(&[("1", "tide")][..calls]).with_finish_reason(reason.clone()))
        });
        assert_broken!(the_finish_reason_fits_the_tool_calls(&wrong), seen);
    }
}

#[tokio::test]
async fn one_that_does_not_know_the_role_of_tools() {
    let wrong = answers(|request| {
        let of_tool = request.messages.iter().any(|message| message.role == Role::Tool);
        if of_tool {
            return Err(Error::new(ErrorKind::Config, "unknown role"));
        }
        Ok(echo(request))
    });
    assert_broken!(
        a_tool_result_is_answered(&wrong),
        "the turn after the tools failed with Config: unknown role"
    );
}

/// Says what it was made with until it has called a tool, and then the other.
struct Fickle {
    says: AtomicBool,
    changes: bool,
    refuses: Option<ErrorKind>,
}

impl Fickle {
    fn new(says: bool) -> Self {
        Self { says: AtomicBool::new(says), changes: false, refuses: None }
    }
}

impl LlmProvider for Fickle {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.says.fetch_xor(self.changes, Ordering::SeqCst);
        match self.refuses {
            Some(kind) => Err(Error::new(kind, "no tools here")),
            None => Ok(echo(request)),
        }
    }
}

impl ToolCallingProvider for Fickle {
    fn supports_tools(&self) -> bool {
        self.says.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn ones_that_do_not_keep_what_they_say_of_tools() {
    for (wrong, seen) in [
        (
            Fickle { changes: true, ..Fickle::new(true) },
            "`supports_tools()` was true, and is false after a call",
        ),
        (Fickle::new(false), "`supports_tools()` is false, and the reply calls tools"),
        (
            Fickle { refuses: Some(ErrorKind::Server), ..Fickle::new(false) },
            "the call with tools failed with Server: no tools here",
        ),
    ] {
        assert_broken!(
            supports_tools_stays(&wrong),
            seen,
            "`supports_tools()` is a setting: calls do not change it, and who says no calls no tool"
        );
    }
    let honest = Fickle { refuses: Some(ErrorKind::Unsupported), ..Fickle::new(false) };
    supports_tools_stays(&honest).await.expect("refused as it should be");
}

#[tokio::test]
async fn ones_whose_streamed_calls_are_others() {
    type Change = fn(&mut Vec<StreamEvent>);
    // The events of `sound`: two pieces, two whole calls, the usage, `Done`.
    let changes: [(Change, &str); 6] = [
        (
            |events| *events = sound(LlmResponse::text("At noon.")),
            "the request demands a tool call, and the streamed reply has none",
        ),
        (
            |events| drop(events.remove(3)),
            "the whole calls that came (1) are not those of `Done` (2)",
        ),
        (|events| drop(events.remove(1)), "calls that came in pieces: 1, whole calls: 2"),
        (
            |events| events[0] = StreamEvent::ToolCallDelta(ToolCallDelta::new(7)),
            "a piece belongs to call 7, and only 0 calls had begun",
        ),
        (
            |events| events.insert(1, events[0].clone()),
            "the pieces of call 0 add up to none of the whole calls",
        ),
        (
            |events| {
                let mut rename = ToolCallDelta::new(1);
                rename.name = Some("wind".to_owned());
                events.insert(2, StreamEvent::ToolCallDelta(rename));
            },
            "the pieces of call 1 add up to none of the whole calls",
        ),
    ];
    for (change, seen) in changes {
        let wrong = Streams(move |request: &ChatRequest| {
            let mut events = sound(echo(request));
            change(&mut events);
            events.into_iter().map(Ok).collect()
        });
        assert_broken!(streamed_tool_calls_are_those_of_the_reply(&wrong), seen);
    }
}
