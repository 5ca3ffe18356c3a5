//! The batches as a stream, in the order of their inputs.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::{Error, ErrorKind, Spend};
use futures_util::{Stream, StreamExt};

use super::batch::EmbedBatch;
use super::job::at;
use crate::Ledger;
use crate::observe::PatternSpan;
use crate::run::Run;

/// Texts that are being embedded; see [`embed_stream`](crate::embed_stream).
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{EmbedOptions, EmbedStream, embed_iter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let provider = MockProvider::default();
/// let texts = ["Kilns cool slowly.", "The lake is calm."];
/// let mut batches: EmbedStream<'_> = embed_iter(&provider, texts, &EmbedOptions::default())?;
/// let mut requests = 0;
/// while batches.next().await.is_some() {
///     requests += 1;
/// }
/// assert_eq!(requests, 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "a stream does nothing unless it is read"]
pub struct EmbedStream<'a> {
    /// `None` once it has ended, so that what it held is dropped.
    batches: Option<Pin<Box<dyn Stream<Item = EmbedBatch> + Send + 'a>>>,
    widths: SameWidth,
    ledger: Ledger,
    span: PatternSpan,
}

impl<'a> EmbedStream<'a> {
    pub(super) fn new(batches: impl Stream<Item = EmbedBatch> + Send + 'a, run: &Run) -> Self {
        let (ledger, span) = (run.ledger().clone(), run.span().clone());
        Self { batches: Some(Box::pin(batches)), widths: SameWidth::default(), ledger, span }
    }

    /// The next batch; `None` after the last. Cancel-safe: dropping the future loses no batch.
    pub async fn next(&mut self) -> Option<EmbedBatch> {
        StreamExt::next(self).await
    }

    /// What was spent by now, failed attempts included.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.ledger.spend()
    }
}

impl Stream for EmbedStream<'_> {
    type Item = EmbedBatch;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<EmbedBatch>> {
        let Some(batches) = &mut self.batches else { return Poll::Ready(None) };
        let batch = ready!(batches.as_mut().poll_next(cx)).map(|batch| self.widths.check(batch));
        if let Some(Err(error)) = batch.as_ref().map(|batch| &batch.vectors)
            && error.kind() == ErrorKind::BudgetExhausted
        {
            self.span.record_error(error);
            self.end();
        } else if batch.is_none() {
            self.end();
        }
        Poll::Ready(batch)
    }
}

impl EmbedStream<'_> {
    /// Drops what is under way, and then says what all of it cost.
    fn end(&mut self) {
        if self.batches.take().is_some() {
            self.span.record_spend(self.spend());
        }
    }
}

impl Drop for EmbedStream<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for EmbedStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbedStream")
            .field("ended", &self.batches.is_none())
            .field("spend", &self.spend())
            .finish_non_exhaustive()
    }
}

/// Whether no other call is covered either.
pub(super) fn is_out_of_budget(batch: &EmbedBatch) -> bool {
    batch.vectors.as_ref().is_err_and(|error| error.kind() == ErrorKind::BudgetExhausted)
}

/// Holds all vectors of a run to one width: those of two widths cannot be compared, and a server that
/// changes its model on the way would mix them.
#[derive(Debug, Default)]
pub(super) struct SameWidth(Option<usize>);

impl SameWidth {
    pub(super) fn check(&mut self, batch: EmbedBatch) -> EmbedBatch {
        let EmbedBatch { inputs, vectors } = batch;
        let vectors = vectors.and_then(|found| {
            let (came, before) = (found.dimensions(), *self.0.get_or_insert(found.dimensions()));
            if came == before {
                return Ok(found);
            }
            let why = format!("vectors of {came} numbers, and those before have {before}");
            Err(at(&inputs, Error::new(ErrorKind::Malformed, why).with_retryable(false)))
        });
        EmbedBatch { inputs, vectors }
    }
}
