//! Adapters that are wrong about tools, and what the suite says of each.

use std::sync::atomic::{AtomicBool, Ordering};

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider, LlmResponse, Result, Role,
    StreamEvent, ToolCall, ToolCallDelta, ToolCallingProvider,
};
use ek_mock::conformance::{self as clauses, echo};

use super::adapters::{Streams, answers, assert_broken, sound};

fn calling(calls: &[(&str, &str)]) -> LlmResponse {
    let calls = calls.iter().map(|(id, name)| ToolCall::new(*id, *name, r#"{"city":"Oslo"}"#));
    LlmResponse::default().with_tool_calls(calls)
}

#[tokio::test]
async fn one_that_forgets_the_tools() {
    let wrong = answers(|_| Ok(LlmResponse::text("At noon.")));
    assert_broken(
        clauses::a_required_tool_is_called(&wrong).await,
        "`a_required_tool_is_called` is broken: the request demands a tool call, and the reply has \
         none\n  owed: tools of the request reach the model, and its calls come back in \
         `tool_calls`",
    );
}

#[tokio::test]
async fn one_that_calls_other_tools() {
    let wrong = answers(|_| Ok(calling(&[("1", "tide"), ("2", "wind")])));
    assert_broken(
        clauses::a_required_tool_is_called(&wrong).await,
        "`a_required_tool_is_called` is broken: 1 of 2 calls name a tool that was not offered\n  \
         owed: tools of the request reach the model, and its calls come back in `tool_calls`",
    );
}

#[tokio::test]
async fn ones_whose_calls_cannot_be_distinguished() {
    let owed = "owed: results go back by id: each call has a name, and an id that no other has";
    for (calls, seen) in [
        ([("1", "tide"), ("2", "")], "call 1 has no name"),
        ([("", "tide"), ("2", "tide")], "call 0 has no id"),
        ([("1", "tide"), ("1", "tide")], "call 1 has the id of another call"),
    ] {
        let wrong = answers(move |_| Ok(calling(&calls)));
        assert_broken(
            clauses::tool_calls_have_names_and_ids_of_their_own(&wrong).await,
            &format!("`tool_calls_have_names_and_ids_of_their_own` is broken: {seen}\n  {owed}"),
        );
    }
}

#[tokio::test]
async fn ones_whose_finish_reason_contradicts_the_calls() {
    let owed = "owed: `Stop` stands beside no tool calls, and `ToolCalls` beside some";
    for (calls, reason) in [(1, FinishReason::Stop), (0, FinishReason::ToolCalls)] {
        let seen =
            format!("a reply with {calls} tool calls has the finish reason Some({reason:?})");
        let wrong = answers(move |_| {
            Ok(calling(&[("1", "tide")][..calls]).with_finish_reason(reason.clone()))
        });
        assert_broken(
            clauses::the_finish_reason_fits_the_tool_calls(&wrong).await,
            &format!("`the_finish_reason_fits_the_tool_calls` is broken: {seen}\n  {owed}"),
        );
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
    assert_broken(
        clauses::a_tool_result_is_answered(&wrong).await,
        "`a_tool_result_is_answered` is broken: the turn after the tools failed with Config: unknown \
         role\n  owed: `complete` takes a conversation with tool calls and their results",
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
    let owed = "owed: `supports_tools()` is a setting: calls do not change it, and who says no calls \
                no tool";
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
        assert_broken(
            clauses::supports_tools_stays(&wrong).await,
            &format!("`supports_tools_stays` is broken: {seen}\n  {owed}"),
        );
    }
    let honest = Fickle { refuses: Some(ErrorKind::Unsupported), ..Fickle::new(false) };
    clauses::supports_tools_stays(&honest).await.expect("refused as it should be");
}

#[tokio::test]
async fn ones_whose_streamed_calls_are_others() {
    let owed = "owed: a call's pieces, its whole in the stream and the one in `Done` are the same \
                call";
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
        assert_broken(
            clauses::streamed_tool_calls_are_those_of_the_reply(&wrong).await,
            &format!("`streamed_tool_calls_are_those_of_the_reply` is broken: {seen}\n  {owed}"),
        );
    }
}
