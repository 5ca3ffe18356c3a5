//! A structured call as a stream: what is known of the value while the reply comes, and then the value.

mod event;
mod find;
mod skip;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use ek_core::{ChatRequest, Error, ErrorKind, Result, StreamingProvider};
use futures_util::{Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::question::Question;
use super::reading::Reader;
use super::{StructuredDetail, StructuredOptions};
use crate::Outcome;
use crate::ask::Streamed;
use crate::schema::Strict;
use crate::sink::{Events, Sink};
pub(super) use event::Part;
use event::Step;
pub use event::StructuredEvent;
use find::Finder;

/// [`structured`](crate::structured()) as a stream: what is known of the value while the reply comes, and the outcome.
///
/// It asks, checks and repairs as [`structured`](crate::structured()) does, with the same options, and costs the same.
/// After a reply that does not fit there is a [`StructuredEvent::Repairing`], and what is known begins again; set
/// [`repairs`](StructuredOptions::repairs) to 0 where a screen must never be cleared. Nothing is retried once a
/// reply has begun.
///
/// It takes the provider by reference, or by value: with a clone of a handle, or an `Arc`, the stream borrows nothing
/// and can be the body of an HTTP response.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{StructuredEvent, StructuredOptions, structured_stream};
///
/// #[derive(serde::Deserialize)]
/// struct Glaze {
///     name: String,
///     celsius: u16,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new([r#"{"name": "tenmoku", "celsius": 1260}"#]);
/// let prompt = "Describe tenmoku as JSON with `name` and `celsius`.";
/// let mut events = structured_stream::<Glaze, _>(&llm, prompt, &StructuredOptions::default())?;
/// while let Some(event) = events.next().await {
///     match event? {
///         // {"name":"ten"}, {"name":"tenmoku"}, {"celsius":1260,"name":"tenmoku"}
///         StructuredEvent::Partial => println!("{}", events.partial().unwrap_or_default()),
///         StructuredEvent::Repairing { .. } => println!("(the model corrects itself)"),
///         StructuredEvent::Done(outcome) => assert_eq!(outcome.value.celsius, 1260),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`structured`](crate::structured()). Errors before any call are returned at once, the others are the stream's
/// last item. [`ErrorKind::Unsupported`] where the provider cannot stream.
#[doc(alias("partial json", "instructor", "partial objects", "streamObject"))]
pub fn structured_stream<'a, T, P>(
    provider: P,
    input: impl Into<ChatRequest>,
    options: &StructuredOptions<T>,
) -> Result<StructuredStream<'a, T>>
where
    T: DeserializeOwned + Send + 'a,
    P: StreamingProvider + 'a,
{
    if !provider.supports_streaming() {
        let why = "the provider cannot stream; structured asks it for whole replies";
        return Err(Error::new(ErrorKind::Unsupported, why));
    }
    let question = Question::new(input.into(), options)?;
    let reader = Arc::clone(&question.reader);
    let is_wrapped = reader.strict.as_ref().is_some_and(Strict::is_wrapped);
    let sink = Sink::open();
    let parts = sink.clone();
    let work = async move {
        let outcome = question.answer(Streamed(provider), &parts).await?;
        Ok(Step::Done(Box::new(outcome)))
    };
    let events = Events::new(work, sink);
    Ok(StructuredStream { events, reader, finder: Finder::new(options, is_wrapped) })
}

/// A structured call that is running; see [`structured_stream`].
///
/// It ends with [`StructuredEvent::Done`], or with one error; nothing comes after that. It runs only while it is
/// polled, and is ahead of its consumer by at most one piece of text. Dropping it cancels the call, and settles the
/// ledger.
///
/// What is [known so far](Self::partial) has not been checked, and is the newest JSON in the reply, where
/// [`structured`](crate::structured()) takes the last that fits. JSON within the model's thoughts is left out. What
/// is not shown before the end: a number, `true`, `false` or `null` that is the whole value; texts in single quotes; and
/// what follows a mistake in the JSON.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{StructuredEvent, StructuredOptions, structured_stream};
///
/// #[derive(Default, serde::Deserialize)]
/// #[serde(default)]
/// struct Draft {
///     steps: Vec<String>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// // The provider by value: this stream borrows nothing.
/// let llm = MockProvider::new([r#"{"steps": ["wedge", "throw", "glaze"]}"#]);
/// let mut events = structured_stream::<Draft, _>(llm, "How?", &StructuredOptions::default())?;
/// let mut most = 0;
/// while let Some(event) = events.next().await {
///     if let StructuredEvent::Partial = event? {
///         let draft: Draft = events.partial_as().unwrap_or_default();
///         assert!(draft.steps.len() >= most);
///         most = draft.steps.len();
///     }
/// }
/// assert_eq!(most, 3);
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct StructuredStream<'a, T> {
    events: Events<'a, Part, Step<T>>,
    reader: Arc<Reader<T>>,
    finder: Finder,
}

impl<T: DeserializeOwned> StructuredStream<'_, T> {
    /// The next event; `None` after the end. Cancel-safe: dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Result<StructuredEvent<T>>> {
        StreamExt::next(self).await
    }

    /// What is known of the value so far; `None` before it begins. Each call makes a copy of the size of the value, so
    /// call it when you show it.
    ///
    /// Open texts, arrays and objects count as if they ended here, and a name without a value is left out
    /// ([`PartialJson`](crate::PartialJson) has the rules). With [`strict`](StructuredOptions::strict) it has the form of
    /// the original schema.
    #[must_use]
    pub fn partial(&self) -> Option<Value> {
        Some(self.reader.original(self.finder.json()?.value()?))
    }

    /// The same as a type, such as one whose fields all have defaults (`#[serde(default)]`); `None` where it does not
    /// fit. A text that is still open is left out where the type does not take the part of it that has come.
    #[must_use]
    pub fn partial_as<D: DeserializeOwned>(&self) -> Option<D> {
        self.finder.json()?.read_as(|value| self.reader.partial_as(value))
    }

    /// Waits for the end and returns the outcome.
    ///
    /// # Errors
    /// As [`structured`](crate::structured()).
    pub async fn collect(mut self) -> Result<Outcome<T, StructuredDetail>> {
        while let Some(event) = self.next().await {
            if let StructuredEvent::Done(outcome) = event? {
                return Ok(*outcome);
            }
        }
        Err(Error::new(ErrorKind::Interrupted, "the stream was at its end before it was collected"))
    }
}

impl<T> Stream for StructuredStream<'_, T> {
    type Item = Result<StructuredEvent<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let step = match ready!(Pin::new(&mut self.events).poll_next(cx)) {
                Some(Ok(step)) => step,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            };
            let event = match step {
                Step::Part(Part::Text(piece)) if self.finder.push(&piece) => {
                    StructuredEvent::Partial
                }
                Step::Part(Part::Text(_)) => continue,
                Step::Part(Part::Reasoning(piece)) => StructuredEvent::Reasoning(piece),
                Step::Part(Part::Refusal(piece)) => StructuredEvent::Refusal(piece),
                Step::Part(Part::Repairing { repair, max, misfit }) => {
                    self.finder.restart();
                    StructuredEvent::Repairing { repair, max, misfit }
                }
                Step::Done(outcome) => StructuredEvent::Done(outcome),
            };
            return Poll::Ready(Some(Ok(event)));
        }
    }
}

impl<T> fmt::Debug for StructuredStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredStream")
            .field("ended", &self.events.is_ended())
            .finish_non_exhaustive()
    }
}
