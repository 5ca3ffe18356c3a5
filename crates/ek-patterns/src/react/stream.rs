//! The loop as a stream of events.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use ek_core::{Arguments, Error, ErrorKind, Result, StreamEvent};
use futures_util::{Stream, StreamExt};

use super::agent::Ended;
use super::{ReactDetail, ToolOutcome};
use crate::Outcome;
use crate::ask::Piece;
use crate::sink::{Events, Sink};

/// One event of a [`ReactStream`]. `Debug` shows lengths, not texts.
///
/// ```
/// use ek_patterns::ReactEvent;
///
/// fn show(event: &ReactEvent) {
///     match event {
///         ReactEvent::Text(piece) => print!("{piece}"),
///         ReactEvent::ToolStarted { name, .. } => println!("[{name} ...]"),
///         ReactEvent::ToolFinished { name, outcome, .. } => println!("[{name}: {outcome:?}]"),
///         ReactEvent::Done(outcome) => println!("\n{} calls", outcome.spend.calls),
///         _ => {}
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum ReactEvent {
    /// The loop asks the model.
    #[non_exhaustive]
    RoundStarted {
        /// How often it has asked by now, this time included.
        round: u32,
    },
    /// A piece of the model's text: of the answer, or of a text beside its calls.
    Text(String),
    /// A piece of the model's reasoning.
    Reasoning(String),
    /// A piece of the model's refusal.
    Refusal(String),
    /// A tool begins to run. A call that is answered without running its tool has no such event.
    #[non_exhaustive]
    ToolStarted {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments with which it runs.
        arguments: Arguments,
    },
    /// A call is answered.
    #[non_exhaustive]
    ToolFinished {
        /// The call's id.
        id: String,
        /// The tool's name, as the model wrote it.
        name: String,
        /// How it ended.
        outcome: ToolOutcome,
        /// What the model reads; the texts where the result has several parts.
        observation: String,
    },
    /// The outcome; the stream ends.
    Done(Box<Outcome<String, ReactDetail>>),
}

impl Piece for ReactEvent {
    /// Calls have events when they run, and the outcome has the usage.
    fn of(event: StreamEvent) -> Option<Self> {
        match event {
            StreamEvent::Text(piece) => Some(Self::Text(piece)),
            StreamEvent::Reasoning(piece) => Some(Self::Reasoning(piece)),
            StreamEvent::Refusal(piece) => Some(Self::Refusal(piece)),
            _ => None,
        }
    }
}

impl fmt::Debug for ReactEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, text) = match self {
            Self::Text(text) => ("Text", text),
            Self::Reasoning(text) => ("Reasoning", text),
            Self::Refusal(text) => ("Refusal", text),
            Self::RoundStarted { round } => {
                return f.debug_struct("RoundStarted").field("round", round).finish();
            }
            Self::ToolStarted { id, name, .. } => {
                return f.debug_struct("ToolStarted").field("id", id).field("name", name).finish();
            }
            Self::ToolFinished { id, name, outcome, .. } => {
                let mut out = f.debug_struct("ToolFinished");
                return out.field("id", id).field("name", name).field("outcome", outcome).finish();
            }
            Self::Done(outcome) => return f.debug_tuple("Done").field(outcome).finish(),
        };
        write!(f, "{name}(<{} bytes>)", text.len())
    }
}

/// A loop that is running; see [`react_loop_stream`](crate::react_loop_stream).
///
/// It ends with [`ReactEvent::Done`], or with one error, which has what an error of
/// [`react_loop`](crate::react_loop) has; nothing comes after that. It runs only while it is polled, and is
/// ahead of its consumer by at most one piece of text. Dropping it cancels the call and the tools that are
/// under way, and settles the ledger.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ReactEvent, ReactOptions, ReactStream, react_loop_stream};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// // The provider by value: this stream borrows nothing, and can be the body of an answer.
/// let llm = MockProvider::new(["At noon."]);
/// let mut events: ReactStream<'static> =
///     react_loop_stream(llm, "When is high tide?", &[], &ReactOptions::default())?;
/// while let Some(event) = events.next().await {
///     if let ReactEvent::Done(outcome) = event? {
///         assert_eq!(outcome.value, "At noon.");
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct ReactStream<'a> {
    events: Events<'a, ReactEvent>,
}

impl<'a> ReactStream<'a> {
    pub(super) fn new(
        work: impl Future<Output = Result<Ended>> + Send + 'a,
        sink: Sink<ReactEvent>,
    ) -> Self {
        let work = async move { work.await.map(|outcome| ReactEvent::Done(Box::new(outcome))) };
        Self { events: Events::new(work, sink) }
    }

    /// The next event; `None` after the end. Cancel-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Result<ReactEvent>> {
        StreamExt::next(self).await
    }

    /// Waits for the end and returns the outcome.
    ///
    /// # Errors
    /// The loop's own.
    pub async fn collect(mut self) -> Result<Outcome<String, ReactDetail>> {
        while let Some(event) = self.next().await {
            if let ReactEvent::Done(outcome) = event? {
                return Ok(*outcome);
            }
        }
        Err(Error::new(ErrorKind::Interrupted, "the stream was at its end before it was collected"))
    }
}

impl Stream for ReactStream<'_> {
    type Item = Result<ReactEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.events).poll_next(cx)
    }
}

impl fmt::Debug for ReactStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReactStream")
            .field("ended", &self.events.is_ended())
            .finish_non_exhaustive()
    }
}
