//! What calls cost, added up.

use std::iter::Sum;
use std::ops::{Add, AddAssign};

use crate::Usage;

/// The cost of any number of calls: tokens, and how many calls they were.
///
/// Adding is exact for what is known: an unknown count adds nothing, and a call whose input or output
/// count is unknown is counted in [`unknown_calls`](Self::unknown_calls).
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
    /// The sum of what was reported. A field is `None` until some call reported it.
    pub usage: Usage,
    /// Calls made, each attempt counted.
    pub calls: u64,
    /// Calls among them whose input or output tokens are unknown.
    pub unknown_calls: u64,
}

impl Spend {
    /// The spend of one call with this usage.
    #[must_use]
    pub const fn of(usage: Usage) -> Self {
        let unknown = usage.input_tokens.is_none() || usage.output_tokens.is_none();
        Self { usage, calls: 1, unknown_calls: unknown as u64 }
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
        // A total that only one side reported would no longer be the sum of anything: its parts stand
        // in, and where they are unknown too it adds nothing, as every unknown count.
        let mut usage = Usage {
            input_tokens: sum(a.input_tokens, b.input_tokens),
            output_tokens: sum(a.output_tokens, b.output_tokens),
            total_tokens: None,
            cached_input_tokens: sum(a.cached_input_tokens, b.cached_input_tokens),
            reasoning_tokens: sum(a.reasoning_tokens, b.reasoning_tokens),
        };
        if a.total_tokens.is_some() || b.total_tokens.is_some() {
            usage.total_tokens = sum(a.total(), b.total());
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
}
