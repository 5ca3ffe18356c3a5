//! The pages about the mock itself: a list of its models, for clients that ask for one, and a journal of
//! its calls, for tests in other languages.

use ek_core::{ChatRequest, Error, ErrorKind};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::RawRequest;
use super::local::is_local;
use super::render::{Asked, Rendered, render, render_error};
use crate::engine::Engine;
use crate::masking::Mask;
use crate::script::Condition;
use crate::{CallOutcome, Chaos, MockCall, MockReply, RawReply, request_json};

/// Where the journal is, behind the address of the server or behind its base URL.
const JOURNAL: &str = "/__journal";

/// Whether this asks for a page about the server itself, which no endpoint but this has.
pub(super) fn is_own(request: &RawRequest) -> bool {
    request.path().rsplit('/').next().is_some_and(|page| page.starts_with("__"))
}

/// The answer to a request that is about the server itself.
pub(super) fn answer(request: &RawRequest, engine: &Engine) -> Option<Rendered> {
    // A page elsewhere may let its own name point here, and would then be allowed to read the answer.
    if is_own(request) && !request.header_values("host").all(is_local) {
        let why = "this page is there for a Host that is an IP address or localhost";
        return Some(render_error(&Error::new(ErrorKind::Rejected, why).with_status(403)));
    }
    if request.method != "GET" {
        return None;
    }
    let path = request.path();
    if path.ends_with(JOURNAL) {
        return Some(page(&journal(engine)));
    }
    path.ends_with("/models").then(|| page(&models(engine)))
}

/// All calls so far, oldest first, and what came that was none.
fn journal(engine: &Engine) -> Value {
    let chaos = engine.script().chaos;
    engine.call_log().read(|history| {
        let first = history.calls.first().map(|call| call.started);
        let calls: Vec<Value> =
            history.calls.iter().map(|call| entry(call, first, chaos)).collect();
        json!({"calls": calls, "unmatched": history.unmatched})
    })
}

fn entry(call: &MockCall, first: Option<Instant>, chaos: Option<Chaos>) -> Value {
    let since = |instant: Option<Instant>| {
        let since = instant?.saturating_duration_since(first?);
        Some(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    };
    let mut entry = json!({
        "number": call.number,
        "attempt": call.attempt,
        "rule": call.rule,
        "streamed": call.streamed,
        "outcome": match call.outcome {
            CallOutcome::Pending => "pending",
            CallOutcome::Finished => "finished",
            CallOutcome::Failed => "failed",
            CallOutcome::Dropped => "dropped",
        },
        "chaos": chaos.and_then(|chaos| chaos.fault_of_call(call.number)),
        "problem": call.problem,
        "headers": call.headers,
        "request": request_json::of(&call.request),
        "started_ms": since(Some(call.started)),
        "first_byte_ms": since(call.first_byte),
        "ended_ms": since(call.ended),
    });
    Mask::knowing(&call.credentials).json(&mut entry);
    entry
}

/// The models that the rules name, and one that is always there.
fn models(engine: &Engine) -> Value {
    let conditions = engine.script().rules.iter().flat_map(|rule| &rule.when.conditions);
    let named = conditions.filter_map(|condition| match condition {
        Condition::Model(name) => Some(name.as_str()),
        _ => None,
    });
    let mut names = vec!["mock"];
    for name in named {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let data: Vec<Value> = names
        .into_iter()
        .map(|id| json!({"id": id, "object": "model", "created": 0, "owned_by": "ek-mock"}))
        .collect();
    json!({"object": "list", "data": data})
}

fn page(body: &Value) -> Rendered {
    let reply = RawReply::new(200).with_header("content-type", "application/json");
    let reply = MockReply::from(reply.with_body(body.to_string()));
    let nobody = ChatRequest::default();
    let asked = Asked { request: &nobody, streamed: false, usage: false, number: 0 };
    render(&reply, Default::default(), asked)
}
