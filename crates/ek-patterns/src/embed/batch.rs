//! The inputs of one request, and what became of them.

use std::fmt;
use std::ops::Range;

use ek_core::{Embeddings, Result};

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

/// Texts that go in one request, with their tokens. `Debug` shows no text.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Inputs {
    first: usize,
    texts: Vec<String>,
    tokens: Vec<u64>,
    /// The sum, so that a long batch is not added up again and again.
    all_tokens: u64,
}

impl Inputs {
    /// No text yet; the first will stand at this place.
    pub(super) fn at(first: usize) -> Self {
        Self { first, texts: Vec::new(), tokens: Vec::new(), all_tokens: 0 }
    }

    pub(super) fn push(&mut self, text: String, tokens: u64) {
        self.texts.push(text);
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

    /// Takes the texts out, for a request.
    pub(super) fn take_texts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.texts)
    }

    /// Puts the texts back, to be sent again.
    pub(super) fn put_back(&mut self, texts: Vec<String>) {
        self.texts = texts;
    }

    /// The first half, and the rest; the rest has nothing if there is one input.
    pub(super) fn halve(mut self) -> (Self, Self) {
        let middle = self.len().div_ceil(2);
        let mut rest = Self::at(self.first + middle);
        rest.texts = self.texts.split_off(middle);
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
