//! What a pattern returns: the value, and what it cost.

use std::fmt;

use ek_core::Spend;

/// The result of a pattern.
///
/// `Debug` leaves the value out, since it comes from a model's text.
///
/// ```
/// use ek_patterns::Outcome;
/// fn report(outcome: &Outcome<String, ()>) {
///     println!("{} ({} calls)", outcome.value, outcome.spend.calls);
/// }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome<T, D> {
    /// The answer.
    pub value: T,
    /// How good it is, usually 0 to 1; `None` where the pattern does not judge it.
    pub score: Option<f64>,
    /// What all calls of the pattern have spent, failed attempts included.
    pub spend: Spend,
    /// What else the pattern reports.
    pub detail: D,
}

impl<T, D> Outcome<T, D> {
    /// Replaces the value by what `change` makes of it, and keeps the rest.
    #[must_use]
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U, D> {
        let Self { value, score, spend, detail } = self;
        Outcome { value: change(value), score, spend, detail }
    }
}

impl<T, D: fmt::Debug> fmt::Debug for Outcome<T, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("score", &self.score)
            .field("spend", &self.spend)
            .field("detail", &self.detail)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_leaves_the_value_out_and_map_keeps_the_rest() {
        let outcome =
            Outcome { value: "MARK", score: Some(0.5), spend: Spend::default(), detail: 7 };
        let shown = format!("{outcome:?}");
        assert!(!shown.contains("MARK") && shown.contains("0.5"), "{shown}");
        let longer = outcome.map(str::len);
        assert_eq!((longer.value, longer.score, longer.detail), (4, Some(0.5), 7));
    }
}
