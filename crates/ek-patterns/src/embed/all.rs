//! All vectors of a run in one place, or what came of them before it failed.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;

use ek_core::{Embeddings, Error, ErrorKind, Result};
use futures_util::{Stream, StreamExt};

use super::batch::EmbedBatch;
use super::stream::{SameWidth, is_out_of_budget};
use crate::Outcome;
use crate::run::Run;

/// What [`embed_all`](crate::embed_all) reports about its vectors.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{EmbedOptions, embed_all};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let texts = ["Kilns cool slowly.", "The lake is calm."];
/// let outcome = embed_all(&MockProvider::default(), texts, &EmbedOptions::default()).await?;
/// assert_eq!(outcome.detail.batches, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct EmbedDetail {
    /// How many requests brought them.
    pub batches: usize,
}

/// How far [`embed_all`](crate::embed_all) has come: in [`Error::detail`].
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::EmbedFailure;
///
/// /// The places of the inputs whose vectors came.
/// fn places(error: &Error) -> Vec<usize> {
///     let failure = error.detail::<EmbedFailure>();
///     failure.map(|failure| failure.iter().map(|(place, _)| place).collect()).unwrap_or_default()
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct EmbedFailure {
    /// The vectors that came, in the order of their inputs.
    pub vectors: Embeddings,
    /// The places of their inputs, counted from 0, in order.
    pub places: Vec<Range<usize>>,
    /// The inputs that failed, in order.
    pub failed: Vec<FailedInputs>,
}

/// Inputs that failed together.
///
/// ```
/// use ek_patterns::FailedInputs;
///
/// fn show(failed: &[FailedInputs]) {
///     for part in failed {
///         println!("{} to {}: {}", part.inputs.start, part.inputs.end, part.error);
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedInputs {
    /// Their places, counted from 0.
    pub inputs: Range<usize>,
    /// Why.
    pub error: Error,
}

impl EmbedFailure {
    /// The vectors that came, each with the place of its input.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.places.iter().cloned().flatten().zip(self.vectors.iter())
    }
}

/// Sizes and places, no number of a vector.
impl fmt::Debug for EmbedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbedFailure")
            .field("vectors", &self.vectors.len())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// The vectors by now.
#[derive(Default)]
pub(super) struct All {
    values: Vec<f32>,
    dimensions: usize,
    model: Option<String>,
    truncated: Vec<usize>,
    places: Vec<Range<usize>>,
    failed: Vec<FailedInputs>,
}

impl All {
    /// Takes the batches, up to the first failure or up to the last batch.
    pub(super) async fn collect(
        mut batches: Pin<&mut impl Stream<Item = EmbedBatch>>,
        keep_going: bool,
    ) -> Self {
        let (mut all, mut widths) = (Self::default(), SameWidth::default());
        while let Some(batch) = batches.next().await {
            let batch = widths.check(batch);
            let ends = batch.vectors.is_err() && (!keep_going || is_out_of_budget(&batch));
            all.add(batch);
            if ends {
                break;
            }
        }
        all
    }

    fn add(&mut self, batch: EmbedBatch) {
        match batch.vectors {
            Ok(found) => {
                self.dimensions = found.dimensions();
                self.model = self.model.take().or_else(|| found.model.clone());
                // Counted from the first vector here, as that of an input that failed is not.
                let before = self.values.len() / found.dimensions().max(1);
                self.truncated.extend(found.truncated.iter().map(|place| before + place));
                self.places.push(batch.inputs);
                if self.values.is_empty() {
                    self.values = found.into_values();
                } else {
                    self.values.extend_from_slice(found.values());
                }
            }
            Err(error) => self.failed.push(FailedInputs { inputs: batch.inputs, error }),
        }
    }

    /// Ends the run: with all vectors, or with the first failure. A budget that is exhausted is the failure
    /// that ended the run, whatever failed before.
    pub(super) fn finish(self, run: &Run) -> Result<Outcome<Embeddings, EmbedDetail>> {
        let Self { values, dimensions, model, truncated, places, failed } = self;
        let mut vectors = Embeddings::new(values, dimensions)?.with_usage(run.spend().usage);
        vectors.model = model;
        vectors.truncated = truncated;
        let last = failed.last().filter(|last| last.error.kind() == ErrorKind::BudgetExhausted);
        match last.or(failed.first()) {
            None => {
                let detail = EmbedDetail { batches: places.len() };
                Ok(run.outcome(vectors, None, detail))
            }
            Some(FailedInputs { error, .. }) => {
                let error = error.clone();
                Err(run.fail(error.with_detail(EmbedFailure { vectors, places, failed })))
            }
        }
    }
}
