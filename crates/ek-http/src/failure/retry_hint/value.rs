//! Reads the value of a wait: a number, a duration, a moment, or words.

use std::time::{Duration, SystemTime};

use super::name::{Name, What};
use crate::failure::durations;

/// The wait of a value, read with the name of its field.
pub(super) fn wait(name: Name, text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim().trim_matches(['"', '\'']);
    let Some(number) = durations::number(text) else { return words(text, now) };
    let length = durations::seconds(number * f64::from(name.unit) / 1e3);
    // A number that would be longer than a year is a moment.
    length.filter(|_| !name.is_moment).or_else(|| {
        let wait = durations::until(durations::epoch(text)?, now)?;
        Some(wait).filter(|wait| !wait.is_zero() || name.is_moment || name.what == What::Reset)
    })
}

/// The wait at the beginning of a text: a duration, a moment, or words.
pub(super) fn words(text: &str, now: SystemTime) -> Option<Duration> {
    moment(text).map_or_else(|| length(text), |moment| durations::until(moment, now))
}

/// Reads `2026-01-15T12:00:45Z`, `2026-01-15 12:00:45 UTC`, `Thu, 15 Jan 2026 12:00:45 GMT`.
fn moment(text: &str) -> Option<SystemTime> {
    const DATE_BYTES: usize = "Thu, 15 Jan 2026 12:00:45 GMT".len();
    let word = text.split_ascii_whitespace().next().map(clean)?;
    let date = || text.get(..DATE_BYTES).and_then(durations::http_date);
    let other_date = || durations::http_date(text);
    let moment = durations::rfc3339(word)
        .or_else(|| durations::civil(text))
        .or_else(date)
        .or_else(other_date);
    moment.or_else(|| durations::epoch(word))
}

/// Reads `1.2s`, `2m59.56s`, `1h 30m`, `23 seconds`, `1 minute and 5 seconds`, `about 20 seconds`.
fn length(text: &str) -> Option<Duration> {
    const FILLERS: [&str; 11] = [
        "about",
        "approximately",
        "around",
        "another",
        "at",
        "least",
        "~",
        "approx",
        "in",
        "after",
        "for",
    ];
    let words = text.split_ascii_whitespace().map(clean).skip_while(|w| FILLERS.contains(w));
    let mut words = words.filter(|word| *word != "more");
    let mut total: Option<Duration> = None;
    let mut next = words.next();
    while let Some(word) = next {
        let word = word.trim_start_matches('~');
        let (piece, after) = match durations::number(word) {
            None => {
                let length = durations::go(word).or_else(|| durations::iso(word));
                (length.or_else(|| durations::clock(word)), words.next())
            }
            Some(number) => match words.next().and_then(durations::unit) {
                Some(unit) => (durations::seconds(number * unit), words.next()),
                None => (None, None),
            },
        };
        let Some(piece) = piece else { break };
        total = Some(total.unwrap_or_default().checked_add(piece)?);
        next = if after == Some("and") { words.next() } else { after };
    }
    total.filter(|total| *total <= durations::MAX)
}

/// A word without the punctuation around it. A quoted word ends at its quotation mark.
fn clean(word: &str) -> &str {
    let word = word.trim_start_matches(['`', '"', '\'']);
    let word = word.split(['`', '"', '\'', '\\']).next().unwrap_or(word);
    let word = word.split("(s)").next().unwrap_or(word);
    word.trim_end_matches([',', '.', ';', ')', '}', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    /// 2026-01-15 12:00:00 UTC.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_768_478_400)
    }

    #[test]
    fn lengths_and_moments_are_read_and_nonsense_passed_over() {
        for (text, seconds) in [
            ("1.2s", Some(1.2)),
            ("92ms. Visit us", Some(0.092)),
            ("2m59.56s.", Some(179.56)),
            ("1h 30m", Some(5_400.0)),
            ("PT30S", Some(30.0)),
            ("0:01:30.", Some(90.0)),
            ("30sec", Some(30.0)),
            ("in 30 seconds", Some(30.0)),
            ("17s\\n}", Some(17.0)),
            ("23 seconds.", Some(23.0)),
            ("1 minute and 5 seconds", Some(65.0)),
            ("1 hour, 2 minutes, 3 seconds", Some(3_723.0)),
            ("about 20 seconds", Some(20.0)),
            ("at least 5 minutes", Some(300.0)),
            ("2026-01-15T12:00:45Z", Some(45.0)),
            ("2026-01-15T12:00:45Z, please", Some(45.0)),
            ("2026-01-15 12:00:45 UTC", Some(45.0)),
            ("2026-01-15 20:00:45 +0800 CST. Request id: 1", Some(45.0)),
            ("2026-01-15 17:30:45 +05:30.", Some(45.0)),
            ("2026-01-15 20:00:45 GMT+08:00.", Some(45.0)),
            ("2026-01-15 20:00:45 UTC+8", Some(45.0)),
            ("2026-01-15 07:00:45 UTC-5, please", Some(45.0)),
            ("2026-Jan-15 12:00:45+0000 UTC", Some(45.0)),
            ("2026-01-15 12:00:45.25 +0000 UTC", Some(45.25)),
            ("2026-01-15 12:00:45", None),
            ("2026-01-15 12:00:45 +", None),
            ("2026-01-15 12:00:45 CST", None),
            ("2026-anj-15 12:00:45 UTC", None),
            ("12 more second(s) before", Some(12.0)),
            ("2 minute(s).", Some(120.0)),
            ("Thu, 15 Jan 2026 12:00:20 GMT", Some(20.0)),
            ("Thu, 15 Jan 2026 12:00:20 GMT.", Some(20.0)),
            ("1768478445", Some(45.0)),
            ("1768478445000", Some(45.0)),
            ("a moment", None),
            ("5 dolphins", None),
            ("500 days", None),
            ("-5 seconds", None),
            ("nan seconds", None),
            ("99999999999999999999 hours", None),
            ("", None),
        ] {
            assert_eq!(words(text, now()).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
    }

    #[test]
    fn a_number_has_the_unit_of_its_name_and_is_a_moment_where_it_is_too_long() {
        for (name, text, seconds) in [
            ("retry_after", "20", Some(20.0)),
            ("retry_after", "\"20\"", Some(20.0)),
            ("retry_after_ms", "2500", Some(2.5)),
            ("retry_after_ms", "1768478445000", Some(45.0)),
            ("retry_after", "1768478445", Some(45.0)),
            ("retry_after", "1000000000", None),
            ("retry_after", "40000000", None),
            ("retry_after", "-1", None),
            ("resets_at", "1768478445", Some(45.0)),
            ("resets_at", "1768478000", Some(0.0)),
            ("resets_at", "45", None),
            ("reset", "45", Some(45.0)),
            ("retry_after_ms", "3s", Some(3.0)),
        ] {
            let name = Name::of(name).expect("a name");
            assert_eq!(wait(name, text, now()).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
    }
}
