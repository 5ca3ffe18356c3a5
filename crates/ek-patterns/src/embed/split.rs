//! Splits inputs into requests, by their number and by their tokens. It makes no call.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ek_core::EmbeddingLimits;
use futures_util::Stream;

use super::batch::Inputs;
use super::input::EmbedInput;
use super::options::{EmbedOptions, TokenCounter};
use crate::ledger::of_text;

/// The most inputs where no limit is known: that of Gemini, and few servers take less.
const DEFAULT_INPUTS: usize = 100;

/// The limits of a request, and how tokens are counted.
pub(super) struct Limits {
    max_inputs: usize,
    max_tokens: u64,
    max_input_tokens: u64,
    counter: Option<TokenCounter>,
}

impl Limits {
    pub(super) fn new(options: &EmbedOptions, known: EmbeddingLimits) -> Self {
        Self {
            max_inputs: options.max_inputs.or(known.max_inputs).unwrap_or(DEFAULT_INPUTS).max(1),
            max_tokens: options.max_tokens.or(known.max_tokens).unwrap_or(u64::MAX),
            max_input_tokens: options
                .max_input_tokens
                .or(known.max_input_tokens)
                .unwrap_or(u64::MAX),
            counter: options.token_counter.clone(),
        }
    }

    fn count(&self, input: &EmbedInput) -> Count {
        let (tokens, is_exact) = match (input, &self.counter) {
            (EmbedInput::Tokens(ids), _) => (ids.len() as u64, true),
            (EmbedInput::Text(text), Some(counter)) => (counter.count(text), true),
            (EmbedInput::Text(text), None) => (of_text(text), false),
        };
        Count { tokens, is_exact }
    }

    /// Whether an input is known to be too long: an estimate knows nothing.
    fn is_too_long(&self, count: Count) -> bool {
        count.is_exact && count.tokens > self.max_input_tokens
    }

    /// Whether a request of this many tokens fits; of an estimate, with half of it as a margin.
    fn fits(&self, count: Count) -> bool {
        let margin = if count.is_exact { 0 } else { count.tokens / 2 };
        count.tokens.saturating_add(margin) <= self.max_tokens
    }
}

/// Tokens, counted or estimated.
#[derive(Clone, Copy)]
struct Count {
    tokens: u64,
    is_exact: bool,
}

/// What a stream of inputs is split into.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The inputs of one request.
    Request(Inputs),
    /// An input that is too long, and the longest that is not.
    TooLong { place: usize, tokens: u64, most: u64 },
}

/// The pieces of a stream of inputs, in order.
pub(super) struct Split<S> {
    inputs: Option<Pin<Box<S>>>,
    limits: Limits,
    /// The next request, not full yet.
    open: Inputs,
    /// The place of the next input.
    next: usize,
    too_long: Option<Piece>,
}

impl<S> Split<S> {
    pub(super) fn new(inputs: S, limits: Limits) -> Self {
        let inputs = Some(Box::pin(inputs));
        Self { inputs, limits, open: Inputs::at(0), next: 0, too_long: None }
    }

    /// Takes an input; the piece that is whole by that, if one is.
    fn take(&mut self, input: EmbedInput) -> Option<Piece> {
        let (place, count) = (self.next, self.limits.count(&input));
        let tokens = count.tokens;
        self.next += 1;
        if self.limits.is_too_long(count) {
            let piece = Piece::TooLong { place, tokens, most: self.limits.max_input_tokens };
            return match self.close() {
                None => Some(piece),
                open => {
                    self.too_long = Some(piece);
                    open
                }
            };
        }
        let together = Count { tokens: self.open.tokens().saturating_add(tokens), ..count };
        let fits = self.open.takes(&input) && self.limits.fits(together);
        let full = if fits { None } else { self.close() };
        if self.open.is_empty() {
            self.open = Inputs::at(place);
        }
        self.open.push(input, tokens);
        // With the last request closed, the new one has a single input and is full only at a limit of 1.
        match full {
            Some(full) => Some(full),
            None if self.open.len() >= self.limits.max_inputs => self.close(),
            None => None,
        }
    }

    fn close(&mut self) -> Option<Piece> {
        let open = std::mem::replace(&mut self.open, Inputs::at(self.next));
        (!open.is_empty()).then_some(Piece::Request(open))
    }
}

impl<S: Stream<Item: Into<EmbedInput>>> Stream for Split<S> {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        let this = &mut *self;
        loop {
            if let Some(piece) = this.too_long.take() {
                return Poll::Ready(Some(piece));
            }
            if this.open.len() >= this.limits.max_inputs {
                return Poll::Ready(this.close());
            }
            let Some(inputs) = &mut this.inputs else { return Poll::Ready(this.close()) };
            match ready!(inputs.as_mut().poll_next(cx)) {
                Some(input) => {
                    if let Some(piece) = this.take(input.into()) {
                        return Poll::Ready(Some(piece));
                    }
                }
                None => this.inputs = None,
            }
        }
    }
}

// The inputs are behind a pointer of their own.
impl<S> Unpin for Split<S> {}
