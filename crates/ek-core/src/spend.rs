//! What calls cost, added up.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use crate::{Cost, Usage};

/// The cost of any number of calls: tokens, and how many calls they were.
///
/// An unknown count adds nothing, and a call of which the input or output that is
/// [billed](Usage::billed) is unknown is counted in [`unknown_calls`](Self::unknown_calls).
///
/// ```
/// use ek_core::{Spend, Usage};
/// let spend: Spend = [Usage::new(10, 2), Usage::default()].into_iter().map(Spend::of).sum();
/// assert_eq!((spend.calls, spend.unknown_calls), (2, 1));
/// assert_eq!(spend.usage.input_tokens, Some(10));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Spend {
    /// The sum of what was reported. A field is `None` until some call reported it, or is billed for
    /// more than it reported. The [`cost`](Usage::cost) is that of all calls that are not unknown:
    /// `None` if one of them reported none, since a part of a sum would pass for the whole.
    pub usage: Usage,
    /// Calls made, each attempt counted.
    pub calls: u64,
    /// Calls among them whose input or output tokens are unknown.
    pub unknown_calls: u64,
}

impl Spend {
    /// The spend of one call with this usage.
    #[must_use]
    pub fn of(usage: Usage) -> Self {
        let billed = usage.billed();
        let unknown = billed.input_tokens.is_none() || billed.output_tokens.is_none();
        Self { usage, calls: 1, unknown_calls: u64::from(unknown) }
    }

    /// The spend of one call that was sent and refused (HTTP 429, for example): it counts as a call, and
    /// is known to cost nothing.
    #[must_use]
    pub const fn refused() -> Self {
        let mut usage = Usage::new(0, 0);
        usage.cost = Some(Cost::ZERO);
        Self { usage, calls: 1, unknown_calls: 0 }
    }

    /// The cost of those calls that are not unknown, if each of them reported it.
    fn known_cost(&self) -> Option<Cost> {
        let all_unknown = self.calls <= self.unknown_calls;
        self.usage.cost.or_else(|| all_unknown.then_some(Cost::ZERO))
    }
}

impl Add for Spend {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (known, None) | (None, known) => known,
        };
        let (a, b) = (self.usage, other.usage);
        let any_cost = a.cost.is_some() || b.cost.is_some();
        let cost = self.known_cost().zip(other.known_cost()).map(|(a, b)| a + b);
        let mut usage = Usage {
            input_tokens: sum(a.input_tokens, b.input_tokens),
            output_tokens: sum(a.output_tokens, b.output_tokens),
            total_tokens: None,
            cached_input_tokens: sum(a.cached_input_tokens, b.cached_input_tokens),
            cache_write_tokens: sum(a.cache_write_tokens, b.cache_write_tokens),
            reasoning_tokens: sum(a.reasoning_tokens, b.reasoning_tokens),
            cost: cost.filter(|_| any_cost),
        };
        // A total that only one side reported would no longer be the sum of anything: its parts stand
        // in, and where they are unknown too it adds nothing, as every unknown count. They are those
        // that are billed, so that what stands beside the reported output is in the sum as well.
        let total = |usage: &Usage| usage.billed().total();
        let is_odd = |usage: &Usage| usage.billed().output_tokens != usage.output_tokens;
        if a.total_tokens.or(b.total_tokens).is_some() || is_odd(&a) || is_odd(&b) {
            usage.total_tokens = sum(total(&a), total(&b));
        }
        Self {
            usage,
            calls: self.calls.saturating_add(other.calls),
            unknown_calls: self.unknown_calls.saturating_add(other.unknown_calls),
        }
    }
}

impl AddAssign for Spend {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Spend {
    fn sum<I: Iterator<Item = Self>>(calls: I) -> Self {
        calls.fold(Self::default(), Add::add)
    }
}

impl<'a> Sum<&'a Self> for Spend {
    fn sum<I: Iterator<Item = &'a Self>>(calls: I) -> Self {
        calls.copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_count_adds_nothing_and_is_counted() {
        let half = Usage { input_tokens: Some(5), ..Usage::default() };
        let spend = Spend::of(Usage::new(10, 2)) + Spend::of(half);
        assert_eq!(spend.usage, Usage::new(15, 2));
        assert_eq!((spend.calls, spend.unknown_calls), (2, 1));
    }

    #[test]
    fn a_total_reported_by_one_call_only_is_completed_from_the_parts_of_the_other() {
        let with_total = Usage { total_tokens: Some(20), ..Usage::new(10, 2) };
        let spend = Spend::of(with_total) + Spend::of(Usage::new(1, 1));
        assert_eq!(spend.usage.total(), Some(22));
    }
    #[test]
    fn what_is_billed_beside_the_reported_output_stays_in_the_sum() {
        let mut beside = Usage::new(61, 18);
        beside.reasoning_tokens = Some(137);
        let spend = Spend::of(beside) + Spend::of(Usage::new(9, 200));
        assert_eq!(spend.usage.output_tokens, Some(218), "as reported");
        assert_eq!(spend.usage.billed().output_tokens, Some(355), "as billed");
        let calls: Spend = [beside; 3].into_iter().map(Spend::of).sum();
        assert_eq!(calls.usage.billed().output_tokens, Some(3 * 155));
    }

    #[test]
    fn a_cost_is_that_of_all_known_calls_or_none() {
        let costing = |cost| Spend::of(Usage { cost: Cost::new(cost), ..Usage::new(10, 2) });
        let (free, unknown) = (Spend::of(Usage::new(10, 2)), Spend::of(Usage::default()));
        for (calls, cost) in [
            (vec![costing(0.25), costing(0.5)], Cost::new(0.75)),
            (vec![costing(0.25), unknown, Spend::refused()], Cost::new(0.25)),
            (vec![unknown, costing(0.25), free], None),
            (vec![free, unknown, costing(0.25), costing(0.25)], None),
            (vec![unknown, unknown], None),
            (vec![unknown, free], None),
        ] {
            assert_eq!(calls.iter().sum::<Spend>().usage.cost, cost, "{calls:?}");
            assert_eq!(calls.iter().rev().sum::<Spend>().usage.cost, cost, "{calls:?}");
        }
    }

    #[test]
    fn a_refused_call_is_a_call_and_is_not_unknown() {
        let spend = Spend::of(Usage::new(10, 2)) + Spend::refused();
        assert_eq!((spend.calls, spend.unknown_calls, spend.usage), (2, 0, Usage::new(10, 2)));
    }
}
