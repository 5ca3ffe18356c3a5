//! What calls come to in money. Prices change and differ by contract: no table is shipped.

use std::sync::{Arc, Mutex};

use ek_core::{LlmResponse, Spend, Usage};

use crate::sync::lock;

/// Prices per token, in any currency.
///
/// ```
/// use ek_core::Usage;
/// use ek_patterns::Rates;
///
/// // 3 and 15 for a million tokens, cached ones at a tenth
/// let rates = Rates::per_million(3.0, 15.0).with_cached_input(0.3 / 1e6);
/// assert!((rates.cost(&Usage::new(1_000, 200)) - 0.006).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// For a token of the prompt.
    pub input: f64,
    /// For a token of the prompt that came from the provider's cache.
    pub cached_input: f64,
    /// For a token of the reply.
    pub output: f64,
}

impl Rates {
    /// Prices for a million tokens; cached ones cost as much as others.
    #[must_use]
    pub fn per_million(input: f64, output: f64) -> Self {
        Self { input: input / 1e6, cached_input: input / 1e6, output: output / 1e6 }
    }

    /// Sets the price of a cached token.
    #[must_use]
    pub fn with_cached_input(mut self, rate: f64) -> Self {
        self.cached_input = rate;
        self
    }

    /// What these tokens cost. An unknown count costs nothing; see [`Spend::unknown_calls`].
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
    pub fn cost(&self, usage: &Usage) -> f64 {
        let input = usage.input_tokens.unwrap_or(0);
        let cached = usage.cached_input_tokens.unwrap_or(0).min(input);
        (input - cached) as f64 * self.input
            + cached as f64 * self.cached_input
            + usage.output_tokens.unwrap_or(0) as f64 * self.output
    }

    pub(crate) fn are_usable(&self) -> bool {
        [self.input, self.cached_input, self.output].iter().all(|r| r.is_finite() && *r >= 0.0)
    }
}

/// Adds up the usage of any provider's replies; clones share the sum.
///
/// ```
/// use ek_core::{LlmResponse, Usage};
/// use ek_patterns::{CostTracker, Rates};
///
/// let tracker = CostTracker::new(Rates::per_million(3.0, 15.0));
/// tracker.add(&LlmResponse::text("hi").with_usage(Usage::new(1_000, 200)));
/// tracker.add(&LlmResponse::text("no usage: costs 0, and is counted as unknown"));
/// assert_eq!((tracker.spend().calls, tracker.spend().unknown_calls), (2, 1));
/// assert!((tracker.cost() - 0.006).abs() < 1e-12);
/// ```
#[derive(Debug, Clone)]
pub struct CostTracker {
    rates: Rates,
    spend: Arc<Mutex<Spend>>,
}

impl CostTracker {
    /// A sum of nothing, at these prices.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self { rates, spend: Arc::default() }
    }

    /// Adds one reply.
    pub fn add(&self, response: &LlmResponse) {
        self.add_spend(Spend::of(response.usage));
    }

    /// Adds what anything spent: an outcome, or an error.
    pub fn add_spend(&self, spend: Spend) {
        *lock(&self.spend) += spend;
    }

    /// The sum so far.
    #[must_use]
    pub fn spend(&self) -> Spend {
        *lock(&self.spend)
    }

    /// What it comes to.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.rates.cost(&self.spend().usage)
    }
}
