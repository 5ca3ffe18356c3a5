//! The pages about the mock itself: a journal of its calls, for tests in other languages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ek_core::ProtocolName;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::local_host::is_local;
use super::render::{Rendered, page, refusal};
use super::{RawRequest, dialect};
use crate::engine::Engine;
use crate::masking::Mask;
use crate::{CallOutcome, Chaos, MockCall, SentRequest, request_json};

/// Where the journal is, behind the address of the server or behind its base URL.
const JOURNAL: &str = "/__journal";

/// Whether this asks for a page about the mock itself, which no endpoint has.
pub(super) fn is_own(request: &RawRequest) -> bool {
    request.path().rsplit('/').next().is_some_and(|page| page.starts_with("__"))
}

/// The answer to a request for a page about the mock itself, if there is this page.
pub(super) fn answer(request: &RawRequest, engine: &Engine) -> Option<Rendered> {
    // A web page may let its own name point here, and could then read the answer.
    if !request.header_values("host").all(is_local) {
        let why = "this page is there for a Host that is an IP address or localhost";
        return Some(refusal(dialect::DEFAULT, 403, why));
    }
    let is_journal = request.method == "GET" && request.path().ends_with(JOURNAL);
    is_journal.then(|| page(&journal(engine)))
}

/// All calls so far, oldest first, and the requests that were none.
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
    let mask = Mask::knowing(&call.credentials);
    let mut entry = json!({
        "number": call.number,
        "attempt": call.attempt,
        "protocol": call.protocol.as_ref().map(ProtocolName::as_str),
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
        "sent": call.sent.as_ref().map(|sent| as_sent(sent, &mask)),
        "request": match &call.embedding {
            Some(embedding) => request_json::of_embedding(embedding),
            None => request_json::of(&call.request),
        },
        "started_ms": since(Some(call.started)),
        "first_byte_ms": since(call.first_byte),
        "ended_ms": since(call.ended),
    });
    mask.json(&mut entry);
    entry
}

/// A request as it was sent: its body is a text, byte for byte but for credentials.
fn as_sent(sent: &SentRequest, mask: &Mask) -> Value {
    let mut shown = json!({"method": sent.method, "path": sent.path, "query": sent.query});
    match std::str::from_utf8(&sent.body) {
        Ok(text) => shown["body"] = mask.json_text(text).into(),
        Err(_) => shown["body_base64"] = STANDARD.encode(mask.body(&sent.body)).into(),
    }
    shown
}
