//! Money as a provider reports it: whole trillionths, so that sums are exact and usage stays `Copy` and
//! `Eq`.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// How many of them make one unit of the currency. xAI reports ten billionths; prices of a single
/// cached token are near one billionth.
const TRILLIONTHS: f64 = 1e12;

/// What a provider says a call cost, in the provider's own currency (US dollars with all that are
/// known).
///
/// From 0 to about 18 million in steps of a trillionth; what is above saturates.
///
/// ```
/// use ek_core::Cost;
/// let cost = Cost::new(0.0003).expect("an amount");
/// assert_eq!((cost + cost).amount(), 0.0006);
/// assert_eq!(Cost::new(-1.0), None);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u64);

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of money, rounded to a trillionth; `None` if it is negative or not a number.
    #[must_use]
    pub fn new(amount: f64) -> Option<Self> {
        if amount.is_nan() || amount < 0.0 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        Some(Self((amount * TRILLIONTHS).round() as u64))
    }

    /// The amount of money.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to 9,000 units")]
    pub fn amount(self) -> f64 {
        self.0 as f64 / TRILLIONTHS
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

/// The amount as a plain number.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.amount().fmt(f)
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cost({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_comes_back_as_it_was_and_sums_are_exact() {
        for amount in [0.0, 1e-12, 5.45211e-5, 0.0076509169, 1330500e-10, 8_000.5] {
            assert_eq!(Cost::new(amount).map(Cost::amount), Some(amount));
        }
        let tenth = Cost::new(0.1).expect("an amount");
        assert_eq!([tenth; 10].into_iter().sum::<Cost>().amount(), 1.0);
    }

    #[test]
    fn what_is_no_amount_is_none_and_too_much_saturates() {
        for nothing in [-1e-9, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(Cost::new(nothing), None);
        }
        let most = Cost::new(f64::INFINITY).expect("the most there is");
        assert_eq!(most + most, most);
        assert_eq!(Cost::new(-0.0), Some(Cost::ZERO));
    }
}
