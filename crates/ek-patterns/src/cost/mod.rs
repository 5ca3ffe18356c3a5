//! What calls cost in money. Prices change and differ by contract, so there is no table of them here.

mod table;
mod tracker;

use ek_core::{Cost, Usage};

pub use table::PriceTable;
pub use tracker::CostTracker;

/// The price of a token, in any currency. The names of the constructors say the unit.
///
/// ```
/// use ek_patterns::Price;
/// assert_eq!(Price::per_million(2.5), Price::per_token(2.5 / 1e6));
/// assert_eq!(Price::per_million(2.5).of(2_000_000), 5.0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Price {
    per_token: f64,
}

impl Price {
    /// Nothing.
    pub const FREE: Self = Self::per_token(0.0);

    /// The price of a million tokens, as price lists have it.
    #[must_use]
    pub const fn per_million(amount: f64) -> Self {
        Self::per_token(amount / 1e6)
    }

    /// The price of one token.
    #[must_use]
    pub const fn per_token(amount: f64) -> Self {
        Self { per_token: amount }
    }

    /// What this many tokens cost.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
    pub fn of(self, tokens: u64) -> f64 {
        tokens as f64 * self.per_token
    }

    /// How many tokens an amount of money buys.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(crate) fn buys(self, amount: f64) -> u64 {
        if self.per_token > 0.0 { (amount / self.per_token) as u64 } else { u64::MAX }
    }

    fn is_usable(self) -> bool {
        self.per_token.is_finite() && self.per_token >= 0.0
    }
}

/// The prices of one model, in any currency.
///
/// ```
/// use ek_core::Usage;
/// use ek_patterns::{Price, Rates};
///
/// // 3 and 15 for a million tokens, cached ones at a tenth
/// let rates = Rates::per_million(3.0, 15.0).with_cached_input(Price::per_million(0.3));
/// assert!((rates.cost(&Usage::new(1_000, 200)) - 0.006).abs() < 1e-12);
/// ```
#[doc(alias("price", "pricing"))]
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// For a token of the prompt.
    pub input: Price,
    /// For a token of the prompt that came from the provider's cache. Default: as `input`.
    pub cached_input: Price,
    /// For a token of the prompt that was written to the provider's cache. Default: as `input`.
    pub cache_write: Price,
    /// For a token of the reply.
    pub output: Price,
    /// Whether the provider's own cost counts in place of these prices, where it reports one above 0.
    /// Default: true. Switch it off where these prices are in another currency than the provider's.
    pub reported_cost: bool,
}

impl Rates {
    /// These prices; cached and written tokens cost as much as others of the prompt.
    #[must_use]
    pub const fn new(input: Price, output: Price) -> Self {
        Self { input, cached_input: input, cache_write: input, output, reported_cost: true }
    }

    /// Prices for a million tokens, as in [`Price::per_million`].
    #[must_use]
    pub const fn per_million(input: f64, output: f64) -> Self {
        Self::new(Price::per_million(input), Price::per_million(output))
    }

    /// Sets the price of a cached token.
    #[must_use]
    pub const fn with_cached_input(mut self, price: Price) -> Self {
        self.cached_input = price;
        self
    }

    /// Sets the price of a token that is written to a cache.
    #[must_use]
    pub const fn with_cache_write(mut self, price: Price) -> Self {
        self.cache_write = price;
        self
    }

    /// Sets whether the provider's own cost counts, where it reports one.
    #[must_use]
    pub const fn with_reported_cost(mut self, counts: bool) -> Self {
        self.reported_cost = counts;
        self
    }

    /// What a call of this usage costs: what the provider reports, else the counts that are
    /// [billed](Usage::billed), at these prices. An unknown count costs nothing; see
    /// [`Spend::unknown_calls`](ek_core::Spend::unknown_calls).
    ///
    /// A reported cost of 0 is ignored: gateways send it for models without a price, and where another
    /// account pays.
    #[must_use]
    pub fn cost(&self, usage: &Usage) -> f64 {
        let reported = usage.cost.filter(|cost| self.reported_cost && *cost > Cost::ZERO);
        if let Some(reported) = reported {
            return reported.amount();
        }
        let usage = usage.billed();
        let input = usage.input_tokens.unwrap_or(0);
        let cached = usage.cached_input_tokens.unwrap_or(0).min(input);
        let written = usage.cache_write_tokens.unwrap_or(0).min(input - cached);
        self.input.of(input - cached - written)
            + self.cached_input.of(cached)
            + self.cache_write.of(written)
            + self.output.of(usage.output_tokens.unwrap_or(0))
    }

    pub(crate) fn are_usable(&self) -> bool {
        [self.input, self.cached_input, self.cache_write, self.output]
            .into_iter()
            .all(Price::is_usable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn each_part_of_the_prompt_has_its_price() {
        let rates = Rates::per_million(3.0, 15.0)
            .with_cached_input(Price::per_million(0.3))
            .with_cache_write(Price::per_million(3.75));
        let mut usage = Usage::new(4_009, 0);
        usage.cached_input_tokens = Some(4_000);
        assert!(close(rates.cost(&usage), 0.001_227), "{}", rates.cost(&usage));
        usage.cache_write_tokens = Some(9);
        assert!(close(rates.cost(&usage), 0.0012 + 9.0 * 3.75e-6));
        usage.cached_input_tokens = Some(9_999);
        assert!(close(rates.cost(&usage), 4_009.0 * 0.3e-6), "no more is cached than there is");
    }

    #[test]
    fn reasoning_beside_the_output_is_paid_for() {
        let mut usage = Usage::new(32, 9);
        (usage.reasoning_tokens, usage.total_tokens) = (Some(1_494), Some(1_535));
        assert!(close(Rates::per_million(0.0, 1_000.0).cost(&usage), 1.503));
    }

    #[test]
    fn the_provider_s_own_cost_counts_where_it_reports_one() {
        let rates = Rates::per_million(1.0, 1.0);
        let mut usage = Usage::new(1_000_000, 1_000_000);
        usage.cost = Cost::new(0.054);
        assert!(close(rates.cost(&usage), 0.054));
        assert!(close(rates.with_reported_cost(false).cost(&usage), 2.0));
        usage.cost = Some(Cost::ZERO);
        assert!(close(rates.cost(&usage), 2.0), "another account pays");
    }

    #[test]
    fn a_price_buys_what_it_says() {
        assert_eq!(Price::per_million(2.0).buys(1.0), 500_000);
        assert_eq!(Price::FREE.buys(0.0), u64::MAX);
        assert_eq!(Price::per_token(1.0).buys(-1.0), 0);
    }
}
