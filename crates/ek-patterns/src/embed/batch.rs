//! The inputs of one request, and what became of them.

use std::fmt;
use std::ops::Range;

use ek_core::{EmbeddingInputs, Embeddings, Result};

use super::input::EmbedInput;

/// Inputs that were embedded together, or failed together: an item of an
/// [`EmbedStream`](crate::EmbedStream).
///
/// ```
/// use ek_patterns::EmbedBatch;
///
/// fn show(batch: &EmbedBatch) {
///     match &batch.vectors {
///         Ok(vectors) => println!("{:?}: {} vectors", batch.inputs, vectors.len()),
///         Err(error) => println!("{:?}: {error}", batch.inputs),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EmbedBatch {
    /// The places of the inputs, counted from 0. The batches of a stream follow each other without a gap.
    pub inputs: Range<usize>,
    /// A vector for each of the inputs, in their order; or why there are none.
    pub vectors: Result<Embeddings>,
}

/// Inputs that go in one request, all of one form, with their tokens. `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Inputs {
    first: usize,
    inputs: EmbeddingInputs,
    tokens: Vec<u64>,
    /// The sum, so that a long batch is not added up again and again.
    all_tokens: u64,
}

impl Inputs {
    /// No input yet; the first will stand at this place.
    pub(super) fn at(first: usize) -> Self {
        Self { first, inputs: EmbeddingInputs::default(), tokens: Vec::new(), all_tokens: 0 }
    }

    /// Whether an input may be added: it has the form of the others.
    pub(super) fn takes(&self, input: &EmbedInput) -> bool {
        use {EmbedInput as One, EmbeddingInputs as All};
        let is_alike = matches!(
            (input, &self.inputs),
            (One::Text(_), All::Texts(_)) | (One::Tokens(_), All::Tokens(_))
        );
        is_alike || self.is_empty()
    }

    /// Adds an input that it takes.
    pub(super) fn push(&mut self, input: EmbedInput, tokens: u64) {
        match (input, &mut self.inputs) {
            (EmbedInput::Text(text), EmbeddingInputs::Texts(all)) => all.push(text),
            (EmbedInput::Tokens(ids), EmbeddingInputs::Tokens(all)) => all.push(ids),
            // The first one decides on the form.
            (EmbedInput::Text(text), first) => *first = text.into(),
            (EmbedInput::Tokens(ids), first) => *first = vec![ids].into(),
        }
        self.tokens.push(tokens);
        self.all_tokens = self.all_tokens.saturating_add(tokens);
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(super) fn tokens(&self) -> u64 {
        self.all_tokens
    }

    pub(super) fn places(&self) -> Range<usize> {
        self.first..self.first + self.len()
    }

    /// Takes the inputs out, for a request.
    pub(super) fn take_inputs(&mut self) -> EmbeddingInputs {
        std::mem::take(&mut self.inputs)
    }

    /// Puts the inputs back, to be sent again.
    pub(super) fn put_back(&mut self, inputs: EmbeddingInputs) {
        self.inputs = inputs;
    }

    /// The first half, and the rest; the rest has nothing if there is one input.
    pub(super) fn halve(mut self) -> (Self, Self) {
        let middle = self.len().div_ceil(2);
        let mut rest = Self::at(self.first + middle);
        rest.inputs = self.inputs.split_off(middle);
        rest.tokens = self.tokens.split_off(middle);
        rest.all_tokens = rest.tokens.iter().fold(0, |sum, more| sum.saturating_add(*more));
        self.all_tokens = self.tokens.iter().fold(0, |sum, more| sum.saturating_add(*more));
        (self, rest)
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<inputs {:?}, {} tokens>", self.places(), self.all_tokens)
    }
}
