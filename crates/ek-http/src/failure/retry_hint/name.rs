//! The names of headers and fields that say when to retry.

use crate::failure::names;

/// The meaning of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// When to retry.
    Retry,
    /// When a limit ends. It may be another limit than the one that was reached.
    Reset,
}

/// A parsed name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) what: What,
    /// The unit of a plain number, in milliseconds.
    pub(super) unit: u32,
    /// The value is a moment, not a duration.
    pub(super) is_moment: bool,
}

/// The longest name, in bytes.
const MAX_BYTES: usize = 64;

/// The ends of the names, without units.
const STEMS: &[(&str, What)] = &[
    ("retryafter", What::Retry),
    ("retrydelay", What::Retry),
    ("retryin", What::Retry),
    ("retryat", What::Retry),
    ("nextretry", What::Retry),
    ("nextaccess", What::Retry), // WSO2
    ("retrybackoff", What::Retry),
    ("retrywait", What::Retry),
    ("tryagainin", What::Retry),
    ("tryagainafter", What::Retry),
    ("tryagainat", What::Retry),
    ("backoff", What::Retry),
    ("blocked", What::Retry),
    ("cooldown", What::Retry),
    ("wait", What::Retry),
    ("waitfor", What::Retry),
    ("estimated", What::Retry), // Hugging Face, while it loads a model
    ("availablein", What::Reset),
    ("availableat", What::Reset),
    ("reset", What::Reset),
    ("resets", What::Reset),
    ("resetin", What::Reset),
    ("resetsin", What::Reset),
    ("resetafter", What::Reset),
    ("resetsafter", What::Reset),
    ("resetat", What::Reset),
    ("resetsat", What::Reset),
    ("timeremaining", What::Reset),
    ("timeuntilreset", What::Reset),
    ("timetoreset", What::Reset),
    ("untilreset", What::Reset),
    ("toreset", What::Reset),
];

/// The units, longer ones first. A name has its unit at the end, or as a word at the beginning.
const UNITS: &[(&str, u32)] = &[
    ("milliseconds", 1),
    ("millis", 1),
    ("msecs", 1),
    ("msec", 1),
    ("ms", 1),
    ("seconds", 1_000),
    ("secs", 1_000),
    ("sec", 1_000),
    ("minutes", 60_000),
    ("mins", 60_000),
    ("min", 60_000),
    ("hours", 3_600_000),
    ("s", 1_000),
];

/// Words at the end of a name, and whether they make its value a moment.
const ENDINGS: &[(&str, bool)] = &[
    ("timestamp", true),
    ("epoch", true),
    ("date", true),
    ("unix", true),
    ("until", true),
    ("time", false),
    ("duration", false),
    ("remaining", false),
];

impl Name {
    /// Parses a name in any case and with any separators.
    pub(super) fn of(key: &str) -> Option<Self> {
        if key.len() > MAX_BYTES {
            return None;
        }
        let mut words = names::words(key);
        let unit_of =
            |word: &str| UNITS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit);
        let (mut unit, mut is_moment) = (None, false);
        // As in `seconds_until_reset`. The `ms` of `x-ms-...` is a vendor, not a unit.
        if let Some(first) = words.first().filter(|word| word.len() > 3).and_then(|w| unit_of(w)) {
            unit = Some(first);
            words.remove(0);
        }
        while let Some(last) = words.last() {
            let ending = ENDINGS.iter().find(|(name, _)| name == last);
            match (unit_of(last), ending) {
                (Some(found), _) => unit = Some(found),
                (None, Some((_, moment))) => is_moment |= moment,
                (None, None) => break,
            }
            words.pop();
        }
        let (what, joined) = (0..words.len()).find_map(|from| stem(&words[from..].concat()))?;
        let unit = unit.or(joined);
        is_moment |= words.last().is_some_and(|word| word == "at");
        Some(Self { what, unit: unit.unwrap_or(1_000), is_moment })
    }
}

/// The meaning of a stem, and the unit that follows it without a separator.
fn stem(tail: &str) -> Option<(What, Option<u32>)> {
    let what = |tail: &str| STEMS.iter().find(|(name, _)| *name == tail).map(|(_, what)| *what);
    if let Some(what) = what(tail) {
        return Some((what, None));
    }
    UNITS.iter().find_map(|(name, unit)| Some((what(tail.strip_suffix(name)?)?, Some(*unit))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_understood_in_any_spelling_with_its_unit() {
        use What::{Reset, Retry};
        for (key, what, unit, is_moment) in [
            ("retry_after", Retry, 1_000, false),
            ("retryAfter", Retry, 1_000, false),
            ("Retry-After", Retry, 1_000, false),
            ("retryafter", Retry, 1_000, false),
            ("retryAfterMs", Retry, 1, false),
            ("retry_after_ms", Retry, 1, false),
            ("RETRY-AFTER-MS", Retry, 1, false),
            ("retryafterms", Retry, 1, false),
            ("x-ms-retry-after-ms", Retry, 1, false),
            ("x-ms-retry-after", Retry, 1_000, false),
            ("retry_after_seconds", Retry, 1_000, false),
            ("retryAfterMilliseconds", Retry, 1, false),
            ("retry_after_s", Retry, 1_000, false),
            ("suggestedRetryDelay", Retry, 1_000, false),
            ("retry_in_minutes", Retry, 60_000, false),
            ("wait_time_ms", Retry, 1, false),
            ("waitSeconds", Retry, 1_000, false),
            ("retry_at", Retry, 1_000, true),
            ("cooldown_until", Retry, 1_000, true),
            ("estimated_time", Retry, 1_000, false),
            ("retryAfterTimestamp", Retry, 1_000, true),
            ("nextAccessTime", Retry, 1_000, false),
            ("resets_in_seconds", Reset, 1_000, false),
            ("reset_after_ms", Reset, 1, false),
            ("resetsAt", Reset, 1_000, true),
            ("reset_time", Reset, 1_000, false),
            ("seconds_until_reset", Reset, 1_000, false),
            ("x-ratelimit-timeremaining", Reset, 1_000, false),
        ] {
            assert_eq!(Name::of(key), Some(Name { what, unit, is_moment }), "{key}");
        }
    }

    #[test]
    fn a_name_that_only_sounds_like_it_is_none() {
        for key in
            ["retry", "retryable", "max_retries", "preset", "await", "estimated_cost", "after", ""]
        {
            assert_eq!(Name::of(key), None, "{key}");
        }
        assert_eq!(Name::of(&"retry_after_".repeat(10)), None);
    }
}
