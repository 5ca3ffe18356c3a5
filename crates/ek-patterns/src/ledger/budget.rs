//! The limits on what may be spent.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use super::amounts::{Amounts, Limit, trillionths};
use crate::PriceTable;
use crate::setters::setters;

/// Limits on what may be spent; `None` is no limit.
///
/// ```
/// use ek_patterns::{Budget, Rates};
/// let budget = Budget::default().with_calls(100).with_cost(Rates::per_million(3.0, 15.0), 2.50);
/// ```
#[doc(alias("limit", "max_cost"))]
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Budget {
    /// The most calls; each attempt counts.
    pub calls: Option<u64>,
    /// The most tokens of all prompts.
    pub input_tokens: Option<u64>,
    /// The most tokens of all replies, reasoning included.
    pub output_tokens: Option<u64>,
    /// The most money, in the currency of the prices; finite and at least 0.
    pub cost: Option<f64>,
    /// What tokens cost. A call has one price, here and in every ledger above: that of the innermost budget
    /// with prices.
    pub prices: Option<PriceTable>,
    /// The longest time that a call waits for calls under way to give back what it needs; it begins again
    /// each time one of them ends. Default: 2 minutes; zero refuses at once.
    pub max_wait: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            calls: None,
            input_tokens: None,
            output_tokens: None,
            cost: None,
            prices: None,
            max_wait: Duration::from_secs(120),
        }
    }
}

impl Budget {
    setters! {
        /// Sets the most calls.
        with_calls(calls: u64);
        /// Sets the most tokens of all prompts.
        with_input_tokens(input_tokens: u64);
        /// Sets the most tokens of all replies.
        with_output_tokens(output_tokens: u64);
    }

    /// Sets the most money, and the prices: [`Rates`](crate::Rates) for one model, or a
    /// [`PriceTable`] for several.
    #[must_use]
    pub fn with_cost(self, prices: impl Into<PriceTable>, limit: f64) -> Self {
        self.with_prices(prices).with_cost_limit(limit)
    }

    setters! {
        /// Sets the most money alone, for a ledger whose parts have prices of their own.
        with_cost_limit(cost: f64);
    }

    /// Sets the prices alone, for a part of a ledger whose limit is further up.
    #[must_use]
    pub fn with_prices(mut self, prices: impl Into<PriceTable>) -> Self {
        self.prices = Some(prices.into());
        self
    }

    setters! {
        /// Sets the longest wait for calls under way.
        with_max_wait(max_wait: Duration);
    }

    pub(super) fn check(&self) -> Result<()> {
        let limit_is_sound = self.cost.is_none_or(|limit| limit.is_finite() && limit >= 0.0);
        if limit_is_sound && self.prices.as_ref().is_none_or(PriceTable::is_usable) {
            return Ok(());
        }
        let why = "the budget's cost and prices must be finite numbers of at least 0";
        Err(Error::new(ErrorKind::Config, why))
    }

    /// Whether longer replies use up more of it.
    pub(super) fn binds_output(&self) -> bool {
        self.output_tokens.is_some() || self.cost.is_some()
    }

    /// What is left beside this; the largest number where there is no limit.
    pub(super) fn left(&self, charged: Amounts) -> Amounts {
        let of =
            |limit: Option<u64>, charged| limit.map_or(u64::MAX, |l| l.saturating_sub(charged));
        let cost = self.cost.map(|limit| trillionths(limit).saturating_sub(charged.cost));
        Amounts {
            calls: of(self.calls, charged.calls),
            input: of(self.input_tokens, charged.input),
            output: of(self.output_tokens, charged.output),
            cost: cost.unwrap_or(u128::MAX),
        }
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
        let limit = trillionths(self.cost?);
        (sum.cost > limit).then_some(Limit::Money(limit))
    }
}
