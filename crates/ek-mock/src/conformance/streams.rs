//! Clauses on what streams say: their pieces, their order, and that they are one reply.

use ek_core::{StreamEvent, StreamingProvider, Usage};
use futures_util::future::join_all;

use super::ask::{Clause, DISTINCT, foreign, mark, question};
use super::give_up::give_up_after;
use super::stream_reading::Heard;
use super::{Judged, Violation};

/// The pieces of text, reasoning and refusal, put together, are those of the reply in `Done`.
///
/// # Errors
/// What was seen instead.
pub async fn pieces_add_up_to_the_reply(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "pieces_add_up_to_the_reply",
        "who shows the pieces as they come has shown the reply that is in `Done`",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let heard = Heard::of(clause, provider, &question(&mark(0))).await?;
    let reply = heard.reply(clause)?;
    let (reasoning, refusal) = (reply.reasoning.as_deref(), reply.refusal.as_deref());
    for (what, pieces, whole) in [
        ("text", heard.text(), reply.content.as_str()),
        ("reasoning", heard.reasoning(), reasoning.unwrap_or_default()),
        ("refusal", heard.refusal(), refusal.unwrap_or_default()),
    ] {
        clause.require(pieces == whole, || {
            let (pieces, whole) = (pieces.len(), whole.len());
            format!("the pieces of the {what} have {pieces} bytes, the {what} in `Done` {whole}")
        })?;
    }
    let says_something = [Some(reply.content.as_str()), reasoning, refusal];
    let says_something = says_something.into_iter().flatten().any(|text| !text.is_empty());
    clause.kept_if(says_something, "a reply with a text")
}

/// First the pieces, then each whole tool call, then the usage once, if it is known, and `Done` last.
///
/// # Errors
/// What was seen instead.
pub async fn events_come_in_their_order(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "events_come_in_their_order",
        "pieces come first, then each whole tool call, then the usage once if known, then `Done`",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let heard = Heard::of(clause, provider, &question(&mark(0))).await?;
    let reply = heard.reply(clause)?;
    for pair in heard.events.windows(2) {
        let [(before, earlier), (after, later)] = [rank(&pair[0]), rank(&pair[1])];
        clause.require(before <= after, || format!("{later} came after {earlier}"))?;
    }
    let counts: Vec<_> = heard
        .events
        .iter()
        .filter_map(|event| match event {
            StreamEvent::Usage(usage) => Some(*usage),
            _ => None,
        })
        .collect();
    let known = Some(reply.usage).filter(|usage| *usage != Usage::default());
    clause.require(counts.len() <= 1, || format!("the usage came {} times", counts.len()))?;
    clause.require(counts.first() == known.as_ref(), || match (counts.first(), known) {
        (None, _) => "`Done` knows the usage, and there was no event for it".to_owned(),
        (_, None) => "there was an event for the usage, and `Done` does not know it".to_owned(),
        _ => "the event for the usage and `Done` give different counts".to_owned(),
    })?;
    clause.kept_if(heard.events.len() > 1, "a stream that has a piece before its `Done`")
}

/// `collect()` gives what `complete` gives, the payload excepted.
///
/// Texts are compared where two calls gave the same one, so that a backend which answers as it likes
/// passes.
///
/// # Errors
/// What was seen instead.
pub async fn a_stream_gives_what_a_call_gives(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_stream_gives_what_a_call_gives",
        "a collected stream is the reply that `complete` would have given, `raw` excepted",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let request = question(&mark(0));
    let first = clause.reply(provider, &request).await?;
    let second = clause.reply(provider, &request).await?;
    let heard = Heard::of(clause, provider, &request).await?;
    let streamed = heard.reply(clause)?;

    let differs = |what: &str| clause.broken(format!("call and stream differ in their {what}"));
    let steady = first.content == second.content;
    if steady && first.content != streamed.content {
        return Err(differs("content"));
    }
    if first.content.is_empty() != streamed.content.is_empty() {
        return Err(clause.broken("of call and stream only one has a text"));
    }
    if first.finish_reason == second.finish_reason && first.finish_reason != streamed.finish_reason
    {
        return Err(differs("finish reason"));
    }
    if first.model == second.model && first.model != streamed.model {
        return Err(differs("model"));
    }
    if first.has_tool_calls() == second.has_tool_calls()
        && first.has_tool_calls() != streamed.has_tool_calls()
    {
        return Err(differs("tool calls"));
    }
    clause.kept_if(steady, "a backend that answers one question twice in the same words")
}

/// Streams that run at the same time each get their own pieces.
///
/// Seen only where the backend's answers depend on the questions, as those of
/// [`echo`](super::echo) do.
///
/// # Errors
/// What was seen instead.
pub async fn parallel_streams_do_not_mix(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    const STREAMS: usize = 8;
    let clause = Clause::new(
        "parallel_streams_do_not_mix",
        "a provider is shared by parallel callers: each stream has the pieces of its own reply",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let requests: Vec<_> = (0..STREAMS).map(|stream| question(&mark(stream))).collect();
    let streams = requests.iter().map(|request| Heard::of(clause, provider, request));
    let mut are_distinct = false;
    for (own, heard) in join_all(streams).await.into_iter().enumerate() {
        let heard = heard?;
        let whole = &heard.reply(clause)?.content;
        are_distinct |= whole.contains(&mark(own));
        let other = foreign(&format!("{} {whole}", heard.text()), own, STREAMS);
        clause.require(other.is_none(), || {
            let other = other.unwrap_or_default();
            format!("of {STREAMS} parallel streams, number {own} got the answer to number {other}")
        })?;
    }
    clause.kept_if(are_distinct, DISTINCT)
}

/// A stream that is dropped, before or after pieces of it came, leaves nothing behind that the next
/// call or stream meets.
///
/// # Errors
/// What was seen instead.
pub async fn a_dropped_stream_leaves_the_provider_usable(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_dropped_stream_leaves_the_provider_usable",
        "dropping a stream stops its work; the next call and the next stream are unharmed",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let (dropped, kept) = (question(&mark(0)), question(&mark(1)));
    for taken in 0..3 {
        let mut stream = clause.stream(provider, &dropped).await?;
        for _ in 0..taken {
            clause.guarded("the stream", stream.next()).await?;
        }
        // And once while it waits.
        give_up_after(1, clause.guarded("the stream", stream.next())).await.transpose()?;
        drop(stream);
        let call = clause.outcome(provider, &kept).await?;
        let call =
            call.map_err(|error| clause.failed("the call after a dropped stream", &error))?;
        let heard = Heard::of(clause, provider, &kept).await?;
        let stream = heard.reply(clause)?;
        clause
            .require(!format!("{} {}", call.content, stream.content).contains(&mark(0)), || {
                "what came after a dropped stream was the answer to the dropped one".to_owned()
            })?;
    }
    Ok(Judged::Kept)
}

fn rank(event: &StreamEvent) -> (u8, &'static str) {
    match event {
        StreamEvent::Text(_) => (0, "a piece of text"),
        StreamEvent::Reasoning(_) => (0, "a piece of reasoning"),
        StreamEvent::Refusal(_) => (0, "a piece of the refusal"),
        StreamEvent::ToolCallDelta(_) => (0, "a piece of a tool call"),
        StreamEvent::ToolCall(_) => (1, "a whole tool call"),
        StreamEvent::Usage(_) => (2, "the usage"),
        StreamEvent::Done(_) => (3, "`Done`"),
        // Kinds that may be added are pieces until somebody ranks them here.
        _ => (0, "an event"),
    }
}
