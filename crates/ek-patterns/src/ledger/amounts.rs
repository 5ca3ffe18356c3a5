//! What counts against a budget, and the arithmetic on it.

use std::fmt;

use ek_core::Spend;

use super::Estimate;
use crate::Rates;

/// Money is counted in whole trillionths, so that sums and limits are exact.
const TRILLIONTHS: f64 = 1e12;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(super) fn trillionths(amount: f64) -> u128 {
    (amount * TRILLIONTHS).round() as u128
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 9,000 units of a currency")]
pub(super) fn amount(trillionths: u128) -> f64 {
    trillionths as f64 / TRILLIONTHS
}

/// What a call needs: its estimate, and the prices of its model, where there are any.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Need {
    pub(super) estimate: Estimate,
    pub(super) rates: Option<Rates>,
}

impl Need {
    pub(super) fn amounts(&self) -> Amounts {
        let (input, output) = (self.estimate.input_tokens, self.estimate.output_tokens);
        let usage = ek_core::Usage::new(input, output);
        let cost = self.rates.map_or(0, |rates| trillionths(rates.cost(&usage)));
        Amounts { calls: 1, input, output, cost }
    }

    /// What the call cost, and whether a part of it is estimated. An output that was not reported is taken
    /// from what came, if that is known, else from the need; an input is taken from the need.
    pub(super) fn settled(
        &self,
        spend: Spend,
        came: Option<u64>,
        rates: Option<Rates>,
    ) -> (Amounts, bool) {
        let mut usage = spend.usage.billed();
        let input = self.estimate.input_tokens;
        let output = came.unwrap_or(self.estimate.output_tokens);
        if spend.calls > 1 {
            // The sum has the known requests; each unknown one counts as the need.
            let more = |known: Option<u64>, needed: u64| {
                known.unwrap_or(0).saturating_add(needed.saturating_mul(spend.unknown_calls))
            };
            let known_cost = usage.cost.filter(|_| spend.unknown_calls == 0);
            usage.input_tokens = Some(more(usage.input_tokens, input));
            usage.output_tokens = Some(more(usage.output_tokens, output));
            (usage.total_tokens, usage.cost) = (None, known_cost);
        } else {
            usage.input_tokens.get_or_insert(input);
            if usage.output_tokens.is_none() {
                (usage.output_tokens, usage.total_tokens) = (Some(output), None);
            }
        }
        let amounts = Amounts {
            calls: spend.calls,
            input: usage.input_tokens.unwrap_or(0),
            output: usage.output_tokens.unwrap_or(0),
            cost: rates.map_or(0, |rates| trillionths(rates.cost(&usage))),
        };
        (amounts, spend.unknown_calls > 0)
    }
}

/// What counts against a budget: of one call, or of several.
///
/// ```
/// use ek_patterns::Amounts;
///
/// let nothing = Amounts::default();
/// assert_eq!((nothing.calls, nothing.input, nothing.output, nothing.cost), (0, 0, 0, 0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Amounts {
    /// Calls; each attempt is one.
    pub calls: u64,
    /// Tokens of prompts.
    pub input: u64,
    /// Tokens of replies.
    pub output: u64,
    /// Money, in whole trillionths of the currency of the prices.
    pub cost: u128,
}

impl Amounts {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cost: self.cost.saturating_add(other.cost),
        }
    }

    /// Whether each of these is as large as the other's.
    pub(super) fn covers(self, other: Self) -> bool {
        self.calls >= other.calls
            && self.input >= other.input
            && self.output >= other.output
            && self.cost >= other.cost
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(other.calls),
            input: self.input.saturating_sub(other.input),
            output: self.output.saturating_sub(other.output),
            cost: self.cost.saturating_sub(other.cost),
        }
    }
}

/// A limit of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Calls(u64),
    InputTokens(u64),
    OutputTokens(u64),
    Money(u128),
}

impl Limit {
    /// The amount that this limits.
    fn of(self, amounts: Amounts) -> u128 {
        match self {
            Self::Calls(_) => amounts.calls.into(),
            Self::InputTokens(_) => amounts.input.into(),
            Self::OutputTokens(_) => amounts.output.into(),
            Self::Money(_) => amounts.cost,
        }
    }

    /// What is spent, what is left and what the call needs.
    pub(super) fn explain(self, settled: Amounts, reserved: Amounts, needed: Amounts) -> String {
        let limit: u128 = match self {
            Self::Calls(limit) | Self::InputTokens(limit) | Self::OutputTokens(limit) => {
                limit.into()
            }
            Self::Money(limit) => limit,
        };
        let show = |number: u128| match self {
            Self::Money(_) => format!("{}", amount(number)),
            _ => number.to_string(),
        };
        let (spent, aside) = (self.of(settled), self.of(reserved));
        let left = limit.saturating_sub(spent).saturating_sub(aside);
        let aside = match aside {
            0 => String::new(),
            aside => format!(", {} are reserved for calls under way", show(aside)),
        };
        format!(
            "the budget of {self} does not cover another call: {} are spent{aside}, {} are left, \
             and the call needs {}",
            show(spent),
            show(left),
            show(self.of(needed)),
        )
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(limit) => write!(f, "{limit} calls"),
            Self::InputTokens(limit) => write!(f, "{limit} input tokens"),
            Self::OutputTokens(limit) => write!(f, "{limit} output tokens"),
            Self::Money(limit) => write!(f, "{} in money", amount(*limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ek_core::{Cost, Usage};

    use super::*;

    fn need() -> Need {
        Need { estimate: Estimate::new(10, 100), rates: None }
    }

    fn settled(spend: Spend, came: Option<u64>) -> (u64, u64, bool) {
        let (amounts, estimated) = need().settled(spend, came, None);
        (amounts.input, amounts.output, estimated)
    }

    #[test]
    fn what_is_billed_counts_and_what_is_unknown_counts_as_it_was_needed() {
        let unknown = Spend::of(Usage::default());
        assert_eq!(settled(Spend::of(Usage::new(9, 2)), None), (9, 2, false));
        assert_eq!(settled(unknown, None), (10, 100, true));
        assert_eq!(settled(unknown, Some(7)), (10, 7, true));
        assert_eq!(settled(Spend::refused(), None), (0, 0, false));
        let mut beside = Usage::new(32, 9);
        beside.reasoning_tokens = Some(1_494);
        assert_eq!(settled(Spend::of(beside), None), (32, 1_503, false));
    }

    #[test]
    fn each_unknown_request_of_several_counts_as_it_was_needed() {
        let unknown = Spend::of(Usage::default());
        assert_eq!(settled(unknown + unknown, None), (20, 200, true));
        assert_eq!(settled(unknown + Spend::of(Usage::new(9, 2)), None), (19, 102, true));
    }

    #[test]
    fn money_is_what_was_reported_or_what_the_counts_come_to() {
        let rates = Some(Rates::per_million(1.0, 1.0));
        let mut usage = Usage::new(600_000, 400_000);
        let cost = |usage| amount(need().settled(Spend::of(usage), None, rates).0.cost);
        assert_eq!(cost(usage), 1.0);
        usage.cost = Cost::new(0.3);
        assert_eq!(cost(usage), 0.3);
    }

    #[test]
    fn a_refusal_says_what_is_spent_what_is_left_and_what_is_needed() {
        let settled = Amounts { calls: 2, output: 600, cost: trillionths(19.5), input: 0 };
        let reserved = Amounts { calls: 1, output: 100, ..Amounts::default() };
        let needed = Amounts { calls: 1, output: 400, cost: trillionths(0.75), input: 0 };
        assert_eq!(
            Limit::OutputTokens(1_000).explain(settled, reserved, needed),
            "the budget of 1000 output tokens does not cover another call: 600 are spent, 100 are \
             reserved for calls under way, 300 are left, and the call needs 400"
        );
        assert_eq!(
            Limit::Money(trillionths(20.0)).explain(settled, reserved, needed),
            "the budget of 20 in money does not cover another call: 19.5 are spent, 0.5 are left, and \
             the call needs 0.75"
        );
    }
}
