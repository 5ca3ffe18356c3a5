//! The clause on tool calls that come in pieces.

use ek_core::{StreamEvent, StreamingProvider, ToolCall, ToolCallingProvider};

use super::ask::Clause;
use super::stream_reading::Heard;
use super::tools::two_cities;
use super::{Judged, Violation};

/// The pieces of tool calls, the whole calls that follow them, and those of the reply in `Done` are
/// the same calls.
///
/// # Errors
/// What was seen instead.
pub async fn streamed_tool_calls_are_those_of_the_reply(
    provider: &(impl StreamingProvider + ToolCallingProvider),
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "streamed_tool_calls_are_those_of_the_reply",
        "a call's pieces, its whole in the stream and the one in `Done` are the same call",
    );
    if !provider.supports_tools() {
        return clause.toolless();
    }
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let heard = Heard::of(clause, provider, &two_cities(clause)?).await?;
    let reply = heard.reply(clause)?;
    clause.require(reply.has_tool_calls(), || {
        "the request demands a tool call, and the streamed reply has none".to_owned()
    })?;
    let whole = |event| match event {
        StreamEvent::ToolCall(call) => Some(call),
        _ => None,
    };
    let whole: Vec<ToolCall> = heard.events.iter().cloned().filter_map(whole).collect();
    clause.require(whole == reply.tool_calls, || {
        let (events, calls) = (whole.len(), reply.tool_calls.len());
        format!("the whole calls that came ({events}) are not those of `Done` ({calls})")
    })?;

    let calls = heard.joined_calls(clause)?;
    clause.require(calls.len() == whole.len(), || {
        format!("calls that came in pieces: {}, whole calls: {}", calls.len(), whole.len())
    })?;
    for (number, joined) in calls.iter().enumerate() {
        let same = |call: &&ToolCall| {
            joined.id.as_ref().is_none_or(|id| *id == call.id)
                && joined.name == call.name
                && (call.is_custom() || joined.whole_arguments() == call.arguments)
        };
        clause.require(whole.iter().any(|call| same(&call)), || {
            format!("the pieces of call {number} add up to none of the whole calls")
        })?;
    }
    Ok(Judged::Kept)
}
