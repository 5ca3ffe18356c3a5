//! Clauses on how streams end: with the whole reply, or with an error that holds what came;
//! and that a provider which cannot stream says so.
//!
//! A provider whose `supports_streaming()` is false owes nothing else of streams.

use ek_core::{ErrorKind, StreamingProvider};

use super::ask::{Clause, mark, question};
use super::stream_reading::Heard;
use super::{Judged, Violation};

/// A stream of a whole reply ends with `Done`.
///
/// # Errors
/// What was seen instead.
pub async fn a_stream_ends_with_done(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_stream_ends_with_done",
        "the last event of a whole reply is `Done`, which holds it: without it a reply counts as cut",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let heard = Heard::of(clause, provider, &question(&mark(0))).await?;
    match &heard.error {
        // What `ChatStream` makes of a stream that simply stops.
        Some(error) if error.kind() == ErrorKind::Interrupted && error.partial().is_none() => {
            Err(clause.broken("the stream simply stopped, without `Done`"))
        }
        _ => heard.reply(clause).map(|_| Judged::Kept),
    }
}

/// A stream that the backend breaks off in the middle ends with one error, which is not to be retried
/// and whose [`partial`](ek_core::Error::partial) holds the pieces that came.
///
/// `provider` is one whose backend does break its streams off, after at least one piece of text. The
/// macro takes it by `broken_stream = ...`.
///
/// # Errors
/// What was seen instead.
pub async fn a_broken_stream_ends_with_what_came(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "a_broken_stream_ends_with_what_came",
        "a stream that breaks off ends with an error that is not retried and holds what came",
    );
    if !provider.supports_streaming() {
        return clause.unstreamed();
    }
    let heard = Heard::of(clause, provider, &question(&mark(0))).await?;
    let text = heard.text();
    let Some(error) = &heard.error else {
        return Err(clause.broken("the broken stream ended as if it were whole"));
    };
    clause.require(!text.is_empty(), || {
        format!("no piece of text came before the error {:?}: {error}", error.kind())
    })?;
    clause.require(!error.is_retryable(), || {
        format!("the error {:?} is retryable, although something came before it", error.kind())
    })?;
    let partial = error.partial().map(|partial| partial.content.as_str());
    clause.require(partial == Some(text.as_str()), || match partial {
        None => "the error has no `partial()`".to_owned(),
        Some(partial) => {
            let (came, kept) = (text.len(), partial.len());
            format!("{came} bytes of text came, and `partial()` holds {kept}")
        }
    })?;
    Ok(Judged::Kept)
}

/// `supports_streaming()` is a setting of the provider: streams do not change it. One that says no
/// refuses them with `Unsupported`.
///
/// # Errors
/// What was seen instead.
pub async fn supports_streaming_stays(
    provider: &impl StreamingProvider,
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "supports_streaming_stays",
        "`supports_streaming()` is a setting: streams do not change it, and who says no refuses \
         them with Unsupported",
    );
    let before = provider.supports_streaming();
    let request = question(&mark(0));
    let begun = clause.guarded("the call of `stream`", provider.stream(&request)).await?;
    let after = provider.supports_streaming();
    clause.require(before == after, || {
        format!("`supports_streaming()` was {before}, and is {after} after a stream")
    })?;
    match begun {
        Ok(_) if !before => {
            Err(clause.broken("`supports_streaming()` is false, and a stream has begun"))
        }
        Err(error) if !before && error.kind() != ErrorKind::Unsupported => {
            Err(clause.failed("the call of `stream`", &error))
        }
        _ => Ok(Judged::Kept),
    }
}
