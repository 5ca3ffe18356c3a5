//! Adds up what calls cost, without a limit.

use std::sync::{Arc, Mutex};

use ek_core::{LlmResponse, Spend, Usage};

use super::PriceTable;
use crate::sync::lock;

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
#[doc(alias("price", "billing"))]
#[derive(Debug, Clone)]
pub struct CostTracker {
    prices: PriceTable,
    sum: Arc<Mutex<Sum>>,
}

#[derive(Debug, Default)]
struct Sum {
    spend: Spend,
    /// Priced call by call: a sum of usages does not say which of them reported a cost.
    cost: f64,
    unpriced_calls: u64,
}

impl CostTracker {
    /// A tracker with these prices, and an empty sum.
    #[must_use]
    pub fn new(prices: impl Into<PriceTable>) -> Self {
        Self { prices: prices.into(), sum: Arc::default() }
    }

    /// Adds one reply, at the price of the model that it names.
    pub fn add(&self, response: &LlmResponse) {
        self.add_usage(response.model.as_deref(), response.usage, Spend::of(response.usage));
    }

    /// Adds a spend (of an outcome, or of an error), at the default price.
    pub fn add_spend(&self, spend: Spend) {
        self.add_usage(None, spend.usage, spend);
    }

    fn add_usage(&self, model: Option<&str>, usage: Usage, spend: Spend) {
        let cost = self.prices.rates(model).map(|rates| rates.cost(&usage));
        let mut sum = lock(&self.sum);
        sum.spend += spend;
        sum.cost += cost.unwrap_or(0.0);
        sum.unpriced_calls += if cost.is_none() { spend.calls } else { 0 };
    }

    /// The sum so far.
    #[must_use]
    pub fn spend(&self) -> Spend {
        lock(&self.sum).spend
    }

    /// What the sum costs.
    #[must_use]
    pub fn cost(&self) -> f64 {
        lock(&self.sum).cost
    }

    /// How many calls add nothing to the cost, because their model has no price.
    #[must_use]
    pub fn unpriced_calls(&self) -> u64 {
        lock(&self.sum).unpriced_calls
    }
}

#[cfg(test)]
mod tests {
    use ek_core::Cost;

    use super::*;
    use crate::Rates;

    #[test]
    fn each_reply_is_priced_by_its_model_or_by_what_it_says_it_cost() {
        let prices = PriceTable::new().with_model("a", Rates::per_million(1.0, 1.0));
        let tracker = CostTracker::new(prices.with_model("b", Rates::per_million(10.0, 10.0)));
        let reply = |model: &str| {
            LlmResponse::text("x").with_model(model).with_usage(Usage::new(500_000, 500_000))
        };
        let mut costing = reply("a");
        costing.usage.cost = Cost::new(0.25);
        for reply in [reply("a"), reply("b"), costing] {
            tracker.add(&reply);
        }
        assert!((tracker.cost() - 11.25).abs() < 1e-9, "{}", tracker.cost());
        tracker.add(&reply("c"));
        assert_eq!((tracker.unpriced_calls(), tracker.spend().calls), (1, 4));
        assert!((tracker.cost() - 11.25).abs() < 1e-9, "{}", tracker.cost());
    }
}
