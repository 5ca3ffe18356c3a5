//! How many calls a rule is to get: a range of counts, and its words.

use std::fmt;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

/// How many calls are expected, from a number (`2`) or a range (`1..`, `1..=3`, `..=3`).
///
/// ```
/// use ek_mock::{Expected, Rule, When};
///
/// assert!(Expected::from(1..=3).allows(2));
/// let tides = Rule::new(When::user_text_contains("tide")).reply("At noon.").expect_calls(1..);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Expected {
    pub(crate) least: usize,
    /// `None` without an upper limit.
    pub(crate) most: Option<usize>,
}

impl Expected {
    /// Whether this number of calls is as expected.
    #[must_use]
    pub fn allows(self, calls: usize) -> bool {
        calls >= self.least && self.most.is_none_or(|most| calls <= most)
    }
}

impl From<usize> for Expected {
    fn from(exactly: usize) -> Self {
        Self { least: exactly, most: Some(exactly) }
    }
}

impl From<RangeFrom<usize>> for Expected {
    fn from(range: RangeFrom<usize>) -> Self {
        Self { least: range.start, most: None }
    }
}

impl From<RangeInclusive<usize>> for Expected {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self { least: *range.start(), most: Some(*range.end()) }
    }
}

impl From<RangeToInclusive<usize>> for Expected {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self { least: 0, most: Some(range.end) }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (_, Some(0)) => f.write_str("no calls"),
            (least, Some(most)) if least == most => write!(f, "exactly {}", calls(least)),
            (0, Some(most)) => write!(f, "at most {}", calls(most)),
            (least, Some(most)) => write!(f, "{least} to {}", calls(most)),
            (least, None) => write!(f, "at least {}", calls(least)),
        }
    }
}

/// A number of calls, in words.
pub(crate) fn calls(count: usize) -> String {
    match count {
        0 => "no calls".to_owned(),
        1 => "1 call".to_owned(),
        many => format!("{many} calls"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_each_range_say_what_they_allow() {
        for (expected, words, allowed) in [
            (Expected::from(0), "no calls", 0..1),
            (Expected::from(1), "exactly 1 call", 1..2),
            (Expected::from(2..), "at least 2 calls", 2..5),
            (Expected::from(..=3), "at most 3 calls", 0..4),
            (Expected::from(1..=3), "1 to 3 calls", 1..4),
        ] {
            assert_eq!(expected.to_string(), words);
            for count in 0..5 {
                assert_eq!(expected.allows(count), allowed.contains(&count), "{words}: {count}");
            }
        }
    }
}
