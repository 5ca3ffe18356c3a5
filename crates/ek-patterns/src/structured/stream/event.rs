//! What the stream of a structured call yields, and what goes on behind it.

use std::fmt;

use ek_core::StreamEvent;

use super::super::{Misfit, StructuredDetail};
use crate::Outcome;
use crate::ask::Piece;

/// One event of a [`StructuredStream`](crate::StructuredStream). `Debug` shows lengths, not texts.
///
/// ```
/// use ek_patterns::{StructuredEvent, StructuredStream};
///
/// async fn show(mut events: StructuredStream<'_, Vec<u16>>) -> ek_core::Result<()> {
///     while let Some(event) = events.next().await {
///         match event? {
///             StructuredEvent::Partial => println!("{:?}", events.partial()),
///             StructuredEvent::Repairing { repair, max, .. } => println!("again, {repair} of {max}"),
///             StructuredEvent::Done(outcome) => println!("{:?}", outcome.value),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum StructuredEvent<T> {
    /// More is known of the value: see [`partial`](crate::StructuredStream::partial). Rarely less, where the JSON so
    /// far turned out to be a draft.
    Partial,
    /// A piece of the model's reasoning.
    Reasoning(String),
    /// A piece of the model's refusal.
    Refusal(String),
    /// The reply cannot be used, and the model is asked to repair it. Nothing is known of the next one.
    #[non_exhaustive]
    Repairing {
        /// How often it has been asked by now, this time included.
        repair: u32,
        /// How often it is asked at most.
        max: u32,
        /// Why the reply cannot be used.
        misfit: Misfit,
    },
    /// The outcome; the stream ends.
    Done(Box<Outcome<T, StructuredDetail>>),
}

impl<T> fmt::Debug for StructuredEvent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Partial => f.write_str("Partial"),
            Self::Reasoning(piece) => write!(f, "Reasoning(<{} bytes>)", piece.len()),
            Self::Refusal(piece) => write!(f, "Refusal(<{} bytes>)", piece.len()),
            Self::Repairing { repair, max, misfit } => {
                let mut out = f.debug_struct("Repairing");
                out.field("repair", repair).field("max", max).field("misfit", misfit).finish()
            }
            Self::Done(outcome) => f.debug_tuple("Done").field(outcome).finish(),
        }
    }
}

/// What the call reports while it runs.
pub(in crate::structured) enum Part {
    Text(String),
    Reasoning(String),
    Refusal(String),
    Repairing { repair: u32, max: u32, misfit: Misfit },
}

impl Piece for Part {
    fn of(event: StreamEvent) -> Option<Self> {
        match event {
            StreamEvent::Text(piece) => Some(Self::Text(piece)),
            StreamEvent::Reasoning(piece) => Some(Self::Reasoning(piece)),
            StreamEvent::Refusal(piece) => Some(Self::Refusal(piece)),
            _ => None,
        }
    }
}

/// A part, or the end.
pub(super) enum Step<T> {
    Part(Part),
    Done(Box<Outcome<T, StructuredDetail>>),
}

impl<T> From<Part> for Step<T> {
    fn from(part: Part) -> Self {
        Self::Part(part)
    }
}
