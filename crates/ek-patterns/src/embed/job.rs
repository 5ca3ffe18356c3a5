//! Embeds the inputs of one request, and finds the input for which a server refuses all of them.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind, Result};
use futures_util::stream::{self, Stream, StreamExt};

use super::batch::{EmbedBatch, Inputs};
use super::input::EmbedInput;
use super::options::EmbedOptions;
use super::split::{Limits, Piece, Split};
use crate::Estimate;
use crate::observe::Event;
use crate::run::Run;

/// The most requests that are refused in search of the inputs at fault of one batch.
const MOST_REFUSALS: usize = 64;

/// How many inputs are refused alone, and none embedded, before the fault is taken to be that of the whole
/// batch, such as a setting that the model does not know.
const REFUSED_ALONE: usize = 3;

/// A run that embeds texts.
pub(super) struct Job<'a, P> {
    shared: Arc<Shared<'a, P>>,
    options: EmbedOptions,
}

struct Shared<'a, P> {
    run: Run,
    provider: &'a P,
    request: EmbeddingRequest,
    /// Whether a batch ends with its first failure.
    fails_fast: bool,
    done: AtomicUsize,
}

impl<'a, P: EmbeddingProvider> Job<'a, P> {
    pub(super) fn begin(
        pattern: &'static str,
        provider: &'a P,
        options: &EmbedOptions,
        fails_fast: bool,
    ) -> Result<Self> {
        options.check()?;
        let run = Run::begin(pattern, &options.run)?;
        let (options, request) = (options.clone(), options.request.clone());
        let shared = Shared { run, provider, request, fails_fast, done: 0.into() };
        Ok(Self { shared: Arc::new(shared), options })
    }

    pub(super) fn run(&self) -> &Run {
        &self.shared.run
    }

    /// The batches of these inputs, in their order, several requests at once.
    pub(super) fn batches<S: Stream<Item: Into<EmbedInput>>>(
        &self,
        inputs: S,
    ) -> impl Stream<Item = EmbedBatch> + use<'a, P, S> {
        let total = match inputs.size_hint() {
            (least, Some(most)) if least == most => Some(most),
            _ => None,
        };
        let limits = Limits::new(&self.options, self.shared.provider.embedding_limits());
        let shared = Arc::clone(&self.shared);
        let batches = Split::new(inputs, limits).map(move |piece| {
            let shared = Arc::clone(&shared);
            async move { shared.piece(piece, total).await }
        });
        batches.buffered(self.options.concurrency).flat_map(stream::iter)
    }
}

impl<P: EmbeddingProvider> Shared<'_, P> {
    async fn piece(&self, piece: Piece, total: Option<usize>) -> Vec<EmbedBatch> {
        match piece {
            Piece::Request(inputs) => self.batch(inputs, total).await,
            Piece::TooLong { place, tokens, most } => {
                let why = format!("{tokens} tokens, and the model takes at most {most}");
                let error = Error::new(ErrorKind::Rejected, why).with_attempts(0);
                let error = error.with_code(Error::CONTEXT_OVERFLOW);
                vec![self.done(place..place + 1, Err(error), total)]
            }
        }
    }

    /// Embeds the inputs of one request: in one, or in halves of halves where the server refuses it.
    async fn batch(&self, inputs: Inputs, total: Option<usize>) -> Vec<EmbedBatch> {
        let mut batches = Vec::new();
        let (mut refusals, mut refused_alone, mut embedded) = (0, 0, false);
        // The parts that are not done yet, the next one last.
        let mut parts = vec![inputs];
        while let Some(mut part) = parts.pop() {
            let outcome = self.embed(&mut part).await;
            let error = match outcome {
                Ok(found) => {
                    embedded = true;
                    batches.push(self.done(part.places(), Ok(found), total));
                    continue;
                }
                Err(error) => error,
            };
            refusals += 1;
            let is_refusal = is_refusal(&error);
            if is_refusal && part.len() > 1 && refusals < MOST_REFUSALS {
                let (half, rest) = part.halve();
                parts.extend([rest, half]);
                continue;
            }
            refused_alone += usize::from(is_refusal);
            batches.push(self.done(part.places(), Err(error.clone()), total));
            if self.fails_fast || error.kind() == ErrorKind::BudgetExhausted {
                break;
            }
            let hopeless = !embedded && refused_alone >= REFUSED_ALONE;
            if hopeless || refusals >= MOST_REFUSALS {
                let rest = parts.drain(..).rev();
                batches
                    .extend(rest.map(|part| self.done(part.places(), Err(error.clone()), total)));
            }
        }
        batches
    }

    async fn embed(&self, part: &mut Inputs) -> Result<Embeddings> {
        let mut request = self.request.clone();
        request.inputs = part.take_inputs();
        let estimate = Estimate::new(part.tokens(), 0);
        let found = self.run.embed(self.provider, &mut request, estimate).await;
        part.put_back(request.inputs);
        found
    }

    /// Reports that inputs are done.
    fn done(
        &self,
        inputs: Range<usize>,
        vectors: Result<Embeddings>,
        total: Option<usize>,
    ) -> EmbedBatch {
        let done = self.done.fetch_add(inputs.len(), Ordering::Relaxed) + inputs.len();
        let (count, ok) = (inputs.len(), vectors.is_ok());
        self.run.observe(&Event::InputsEmbedded { inputs: count, done, total, ok });
        let vectors = vectors.map_err(|error| at(&inputs, error));
        EmbedBatch { inputs, vectors }
    }
}

/// The error with the places of its inputs before its message. An exhausted budget has nothing to do with
/// the inputs.
pub(super) fn at(inputs: &Range<usize>, error: Error) -> Error {
    if error.kind() == ErrorKind::BudgetExhausted {
        return error;
    }
    let (first, last) = (inputs.start, inputs.end.saturating_sub(1));
    error.with_context(if first == last {
        format!("input {first}")
    } else {
        format!("inputs {first} to {last}")
    })
}

/// Whether the server refused the inputs, or their number, so that fewer of them may pass.
fn is_refusal(error: &Error) -> bool {
    let by_status = matches!(error.status(), None | Some(400 | 413 | 422));
    error.is_context_overflow()
        || error.kind() == ErrorKind::TooLarge
        || (error.kind() == ErrorKind::Rejected && by_status)
}
