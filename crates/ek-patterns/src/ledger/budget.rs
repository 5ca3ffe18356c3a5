//! The limits, and the arithmetic on what counts against them.

use std::fmt;

use ek_core::{Error, ErrorKind, Result, Spend, Usage};

use super::Estimate;
use crate::Rates;

/// Limits on what may be spent; `None` is no limit.
///
/// ```
/// use ek_patterns::{Budget, Rates};
/// let budget = Budget::default().with_calls(100).with_cost(Rates::per_million(3.0, 15.0), 2.50);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Budget {
    /// Calls at most, each attempt counted.
    pub calls: Option<u64>,
    /// Tokens of all prompts.
    pub input_tokens: Option<u64>,
    /// Tokens of all replies.
    pub output_tokens: Option<u64>,
    /// Money, and the prices it is counted by.
    pub cost: Option<(Rates, f64)>,
}

impl Budget {
    /// Sets the number of calls.
    #[must_use]
    pub fn with_calls(mut self, calls: u64) -> Self {
        self.calls = Some(calls);
        self
    }

    /// Sets the tokens of all prompts.
    #[must_use]
    pub fn with_input_tokens(mut self, tokens: u64) -> Self {
        self.input_tokens = Some(tokens);
        self
    }

    /// Sets the tokens of all replies.
    #[must_use]
    pub fn with_output_tokens(mut self, tokens: u64) -> Self {
        self.output_tokens = Some(tokens);
        self
    }

    /// Sets the money, and the prices it is counted by.
    #[must_use]
    pub fn with_cost(mut self, rates: Rates, limit: f64) -> Self {
        self.cost = Some((rates, limit));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let sound =
            |(rates, limit): (Rates, f64)| rates.are_usable() && limit.is_finite() && limit >= 0.0;
        if self.cost.is_none_or(sound) {
            return Ok(());
        }
        let why = "the budget's cost and rates must be finite numbers of at least 0";
        Err(Error::new(ErrorKind::Config, why))
    }

    pub(super) fn amounts(&self, estimate: Estimate) -> Amounts {
        let usage = Usage::new(estimate.input_tokens, estimate.output_tokens);
        Amounts {
            calls: 1,
            input: estimate.input_tokens,
            output: estimate.output_tokens,
            cost: self.cost.map_or(0.0, |(rates, _)| rates.cost(&usage)),
        }
    }

    /// What a call came to: the reported counts, and the reservation's where they are unknown. True if
    /// any is.
    pub(super) fn settled(&self, reserved: Estimate, spend: Spend) -> (Amounts, bool) {
        let mut known = spend.usage;
        let input = known.input_tokens.unwrap_or(reserved.input_tokens);
        let output = known.output_tokens.unwrap_or(reserved.output_tokens);
        (known.input_tokens, known.output_tokens) = (Some(input), Some(output));
        let cost = self.cost.map_or(0.0, |(rates, _)| rates.cost(&known));
        (Amounts { calls: spend.calls, input, output, cost }, spend.unknown_calls > 0)
    }

    /// Which limit does not cover this much more.
    pub(super) fn short(&self, charged: Amounts, more: Amounts) -> Option<Limit> {
        let sum = charged.plus(more);
        let over = |limit: Option<u64>, sum: u64| limit.filter(|limit| sum > *limit);
        if let Some(calls) = over(self.calls, sum.calls) {
            return Some(Limit::Calls(calls));
        }
        if let Some(tokens) = over(self.input_tokens, sum.input) {
            return Some(Limit::InputTokens(tokens));
        }
        if let Some(tokens) = over(self.output_tokens, sum.output) {
            return Some(Limit::OutputTokens(tokens));
        }
        let (_, limit) = self.cost?;
        // Prices are sums of many small floats: a rounding error is no overrun.
        (sum.cost > limit * (1.0 + 1e-9)).then_some(Limit::Money(limit))
    }
}

/// A limit that was reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    Calls(u64),
    InputTokens(u64),
    OutputTokens(u64),
    Money(f64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(limit) => write!(f, "{limit} calls"),
            Self::InputTokens(limit) => write!(f, "{limit} input tokens"),
            Self::OutputTokens(limit) => write!(f, "{limit} output tokens"),
            Self::Money(limit) => write!(f, "{limit} in money"),
        }
    }
}

/// What counts against a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Amounts {
    pub(super) calls: u64,
    pub(super) input: u64,
    pub(super) output: u64,
    pub(super) cost: f64,
}

impl Amounts {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cost: self.cost + other.cost,
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            input: self.input.saturating_sub(other.input),
            output: self.output.saturating_sub(other.output),
            cost: (self.cost - other.cost).max(0.0),
        }
    }
}
