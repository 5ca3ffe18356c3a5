//! Clauses on tools: that they are called, that their calls can be answered, and that the answers
//! are taken. A provider whose `supports_tools()` is false owes none of it.

use std::collections::HashSet;

use ek_core::{
    ChatRequest, ErrorKind, FinishReason, LlmResponse, Message, ToolCallingProvider, ToolChoice,
    ToolSpec,
};

use super::ask::Clause;
use super::{Judged, Violation};

const SCHEMA: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

/// What lets these clauses see calls.
const CALLS: &str = "a reply that calls the tool it was offered, as that of `echo` does";

/// A question that takes two calls of one tool.
pub(super) fn two_cities(clause: Clause) -> Result<ChatRequest, Violation> {
    let tide = ToolSpec::new("tide", "The next high tide of a harbour town", SCHEMA);
    let tide = tide.map_err(|error| clause.failed("making the tool", &error))?;
    let text = "When is high tide in Oslo, and when in Riga? Ask for both at once.";
    Ok(ChatRequest::user(text).with_tools([tide]).with_tool_choice(ToolChoice::Required))
}

/// The reply that calls tools, or `None` from a provider that says it cannot.
async fn calling(
    clause: Clause,
    provider: &impl ToolCallingProvider,
) -> Result<Option<(ChatRequest, LlmResponse)>, Violation> {
    if !provider.supports_tools() {
        return Ok(None);
    }
    let request = two_cities(clause)?;
    let reply = clause.reply(provider, &request).await?;
    Ok(Some((request, reply)))
}

/// A tool that the request demands is called, and is one of those that were offered.
///
/// # Errors
/// What was seen instead.
pub async fn a_required_tool_is_called(
    provider: &impl ToolCallingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_required_tool_is_called",
        "tools of the request reach the model, and its calls come back in `tool_calls`",
    );
    let Some((_, reply)) = calling(clause, provider).await? else { return clause.toolless() };
    clause.require(reply.has_tool_calls(), || {
        "the request demands a tool call, and the reply has none".to_owned()
    })?;
    let unknown = reply.tool_calls.iter().filter(|call| call.name != "tide").count();
    clause.require(unknown == 0, || {
        format!("{unknown} of {} calls name a tool that was not offered", reply.tool_calls.len())
    })?;
    Ok(Judged::Kept)
}

/// Each call has a name, and an id that no other call of the reply has.
///
/// # Errors
/// What was seen instead.
pub async fn tool_calls_have_names_and_ids_of_their_own(
    provider: &impl ToolCallingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "tool_calls_have_names_and_ids_of_their_own",
        "results go back by id: each call has a name, and an id that no other has",
    );
    let Some((_, reply)) = calling(clause, provider).await? else { return clause.toolless() };
    let mut ids = HashSet::new();
    for (number, call) in reply.tool_calls.iter().enumerate() {
        clause.require(!call.name.is_empty(), || format!("call {number} has no name"))?;
        clause.require(!call.id.is_empty(), || format!("call {number} has no id"))?;
        clause.require(ids.insert(&call.id), || {
            format!("call {number} has the id of another call")
        })?;
    }
    clause.kept_if(reply.has_tool_calls(), CALLS)
}

/// The finish reason does not contradict the calls: not `Stop` beside calls, not `ToolCalls` without.
///
/// # Errors
/// What was seen instead.
pub async fn the_finish_reason_fits_the_tool_calls(
    provider: &impl ToolCallingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "the_finish_reason_fits_the_tool_calls",
        "`Stop` stands beside no tool calls, and `ToolCalls` beside some",
    );
    let Some((_, reply)) = calling(clause, provider).await? else { return clause.toolless() };
    let fits = match reply.finish_reason {
        Some(FinishReason::Stop) => !reply.has_tool_calls(),
        Some(FinishReason::ToolCalls) => reply.has_tool_calls(),
        _ => true,
    };
    clause.require(fits, || {
        let (calls, reason) = (reply.tool_calls.len(), &reply.finish_reason);
        format!("a reply with {calls} tool calls has the finish reason {reason:?}")
    })?;
    let says_why =
        matches!(reply.finish_reason, Some(FinishReason::Stop | FinishReason::ToolCalls));
    clause.kept_if(says_why, "a reply whose finish reason is `Stop` or `ToolCalls`")
}

/// The next turn is answered: the model's own message, and a result for each of its calls, one of
/// them the word of a failure.
///
/// # Errors
/// What was seen instead.
pub async fn a_tool_result_is_answered(
    provider: &impl ToolCallingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_tool_result_is_answered",
        "`complete` takes a conversation with tool calls and their results",
    );
    let Some((mut request, reply)) = calling(clause, provider).await? else {
        return clause.toolless();
    };
    request.tool_choice = None;
    request.messages.push(Message::from(&reply));
    for (number, call) in reply.tool_calls.iter().enumerate() {
        let result = if number == 0 { r#"{"at":"14:05"}"# } else { "Error: no such town" };
        request.messages.push(Message::tool(&call.id, result));
    }
    let next = clause.outcome(provider, &request).await?;
    next.map_err(|error| clause.failed("the turn after the tools", &error))?;
    clause.kept_if(reply.has_tool_calls(), CALLS)
}

/// `supports_tools()` is a setting of the provider: calls do not change it. One that says no refuses
/// tools with `Unsupported`, or leaves them out; it calls none.
///
/// # Errors
/// What was seen instead.
pub async fn supports_tools_stays(
    provider: &impl ToolCallingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "supports_tools_stays",
        "`supports_tools()` is a setting: calls do not change it, and who says no calls no tool",
    );
    let before = provider.supports_tools();
    let outcome = clause.outcome(provider, &two_cities(clause)?).await?;
    let after = provider.supports_tools();
    clause.require(before == after, || {
        format!("`supports_tools()` was {before}, and is {after} after a call")
    })?;
    match outcome {
        Ok(reply) if !before && reply.has_tool_calls() => {
            Err(clause.broken("`supports_tools()` is false, and the reply calls tools"))
        }
        Err(error) if !before && error.kind() != ErrorKind::Unsupported => {
            Err(clause.failed("the call with tools", &error))
        }
        _ => Ok(Judged::Kept),
    }
}
