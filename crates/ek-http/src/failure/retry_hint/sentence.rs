//! The sentence in which a message says when to come back.

use std::time::{Duration, SystemTime};

use super::value;
use crate::failure::durations;

/// What stands before the wait, in small letters.
const OPENINGS: &[&str] = &[
    "try again in ",
    "try again after ",
    "try again at ",
    "retry after ",
    "retry in ",
    "retry at ",
    "retry your request in ",
    "retry your request after ",
    "retrying in ",
    "retry-after",
    "retry_after",
    "retryafter",
    "retrydelay",
    "reset after ",
    "reset in ",
    "reset at ",
    "resets after ",
    "resets in ",
    "resets at ",
    "resets on ",
    "available again in ",
    "available in ",
    "please wait ",
    "wait for ",
    "wait until ",
    "must wait ",
];

/// The longest wait in words.
const MAX_CHARS: usize = 96;

/// `try again in 1.2s`, `retry after 23 seconds`, `wait 46 seconds before retrying`.
pub(super) fn sentence(message: &str, now: SystemTime) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    OPENINGS.iter().find_map(|opening| {
        lower.match_indices(opening).find_map(|(at, _)| {
            // As it was written, for a date has capitals; and not much of it.
            let rest = message.get(at + opening.len()..)?;
            let end = rest.char_indices().nth(MAX_CHARS).map_or(rest.len(), |(end, _)| end);
            let rest = &rest[..end];
            let rest = rest.trim_start_matches([' ', ':', '=', '"', '\'', '`']);
            value::words(rest, now).or_else(|| bare(rest))
        })
    })
}

/// A number of seconds behind which nothing stands.
fn bare(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let ends = rest.trim_start().is_empty() || rest.starts_with([',', ')', '}', ']', '"', '\'']);
    durations::number(number.trim_end_matches('.')).filter(|_| ends).and_then(durations::seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn the_sentence_is_read_in_its_several_wordings() {
        let now = UNIX_EPOCH + Duration::from_secs(1_768_478_400);
        for (message, seconds) in [
            ("Limit 900. Please try again in 1.2s.", Some(1.2)),
            ("Please try again in 92ms. Visit us", Some(0.092)),
            ("Please try again in 2m59.56s.", Some(179.56)),
            ("Please retry after 23 seconds.", Some(23.0)),
            ("Retry after 20", Some(20.0)),
            ("retry-after: 12", Some(12.0)),
            ("upstream said {\"retryDelay\": \"34s\"}", Some(34.0)),
            ("Limit of 10 per 60s exceeded. Please wait 46 seconds before retrying.", Some(46.0)),
            ("try again in 1 minute and 5 seconds", Some(65.0)),
            ("Try again in 2 hours", Some(7_200.0)),
            ("Your quota will reset after 30s.", Some(30.0)),
            ("The limit resets at 2026-01-15T12:00:45Z.", Some(45.0)),
            ("Please wait until Thu, 15 Jan 2026 12:00:20 GMT", Some(20.0)),
            ("please try again later; try again in 3s", Some(3.0)),
            ("try again in a moment", None),
            ("retry after 5 dolphins", None),
            ("It was 5 seconds late", None),
            ("", None),
        ] {
            let wait = sentence(message, now).map(|d| d.as_secs_f64());
            assert_eq!(wait, seconds, "{message}");
        }
    }
}
