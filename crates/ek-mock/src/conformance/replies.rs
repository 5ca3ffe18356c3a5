//! Clauses on what a reply says about itself: usage, tools, the model's name.

use ek_core::LlmProvider;

use super::ask::{Clause, mark, question};
use super::{Judged, Violation};

/// Token counts that the backend did not give are `None`. A 0 would make the call look free.
///
/// Only both counts at 0, beside a text, count as invented: nothing is read and nothing written in
/// no call.
///
/// # Errors
/// What was seen instead.
pub async fn unknown_usage_is_none_and_not_zero(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "unknown_usage_is_none_and_not_zero",
        "a count that the backend does not give stays `None`: a 0 makes the call look free",
    );
    let reply = clause.reply(provider, &question(&mark(0))).await?;
    let zero = (reply.input_tokens(), reply.output_tokens()) == (Some(0), Some(0));
    clause.require(!zero || reply.content.is_empty(), || {
        let bytes = reply.content.len();
        format!("a text of {bytes} bytes is said to have cost 0 tokens in and 0 tokens out")
    })?;
    clause.kept_if(!reply.content.is_empty(), "a reply with a text")
}

/// Without tools in the request there are no calls in the reply.
///
/// # Errors
/// What was seen instead.
pub async fn no_tool_is_called_that_was_not_offered(
    provider: &impl LlmProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "no_tool_is_called_that_was_not_offered",
        "a request without tools gets a reply without tool calls",
    );
    let reply = clause.reply(provider, &question(&mark(0))).await?;
    clause.require(!reply.has_tool_calls(), || {
        format!("no tool was offered, and the reply calls {}", reply.tool_calls.len())
    })?;
    Ok(Judged::Kept)
}

/// `model()` is a setting of the provider, and not the model that answered last.
///
/// # Errors
/// What was seen instead.
pub async fn the_model_name_stays(provider: &impl LlmProvider) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "the_model_name_stays",
        "`model()` is the model asked by default: calls and what they ask for do not change it",
    );
    let before = provider.model().map(str::to_owned);
    let other = question(&mark(0)).with_model("another-model");
    // Whether the backend knows that model is no matter here.
    let first = clause.outcome(provider, &other).await?;
    let second = clause.outcome(provider, &question(&mark(1))).await?;
    let after = provider.model();
    clause.require(before.as_deref() == after, || {
        format!("`model()` was {before:?}, and is {after:?} after two calls")
    })?;
    clause.kept_if(first.is_ok() || second.is_ok(), "a call that is answered")
}
