//! The sentence of a message that says when to retry.

use std::time::{Duration, SystemTime};

use super::name::Name;
use super::value;
use crate::failure::durations;

/// The words before the wait, in small letters. A mark stands behind them.
const OPENINGS: &[&str] = &[
    "try again at",
    "retry after",
    "retry in",
    "retry at",
    "retry your request in",
    "retry your request after",
    "retrying in",
    "again in",
    "again after",
    "try in",
    "reset after",
    "reset in",
    "reset at",
    "resets after",
    "resets in",
    "resets at",
    "resets on",
    "replenished in",
    "available in",
    "wait until",
    "wait",
];

/// The beginnings of field names within prose, in small letters.
const FIELDS: &[&str] =
    &["retry-", "retry_", "retryafter", "retrydelay", "retryin", "cooldown", "resets_"];

/// The characters that may stand between a name and its value.
const MARKS: [char; 6] = [' ', ':', '=', '"', '\'', '`'];

/// How many characters are read, from the words before the wait on.
const MAX_CHARS: usize = 128;

/// The wait in `try again in 1.2s`, `retry after 23 seconds` or `wait 46 seconds before retrying`.
pub(super) fn sentence(message: &str, now: SystemTime) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let behind = |piece: &'static str| {
        lower.match_indices(piece).filter_map(move |(at, _)| {
            // The original text, because a date has capitals.
            let rest = message.get(at..)?;
            let end = rest.char_indices().nth(MAX_CHARS).map_or(rest.len(), |(end, _)| end);
            Some((&rest[..end], piece.len()))
        })
    };
    let spoken = OPENINGS.iter().flat_map(|opening| behind(opening)).find_map(|(text, from)| {
        let rest = text.get(from..).filter(|rest| rest.starts_with(MARKS))?;
        let rest = rest.trim_start_matches(MARKS);
        value::words(rest, now).or_else(|| bare(rest))
    });
    spoken.or_else(|| {
        FIELDS.iter().flat_map(|field| behind(field)).find_map(|(text, _)| field(text, now))
    })
}

/// The wait in `retry_after_ms: 2500` within prose.
fn field(text: &str, now: SystemTime) -> Option<Duration> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let end = text.find(|c: char| !is_name(c))?;
    let name = Name::of(&text[..end])?;
    let value = text[end..].trim_start_matches(MARKS);
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let is_number = bare(value).is_some();
    if is_number {
        value::wait(name, value[..end].trim_end_matches('.'), now)
    } else {
        value::words(value, now)
    }
}

/// A number of seconds that ends the text or is followed by punctuation.
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
            ("limited (retry_after_ms=2500)", Some(2.5)),
            ("limited, retryAfterSeconds: 3, bye", Some(3.0)),
            ("You have no quota left (60s asked, 0s left). Try again in 0:01:30", Some(90.0)),
            ("Wait 5s", Some(5.0)),
            ("the retry-after header", None),
            ("max_retries: 5", None),
            ("timed out after 30 seconds", None),
            ("60 requests in 60 seconds", None),
            ("upstream said {\"retryDelay\": \"34s\"}", Some(34.0)),
            ("Limit of 10 per 60s exceeded. Please wait 46 seconds before retrying.", Some(46.0)),
            ("try again in 1 minute and 5 seconds", Some(65.0)),
            ("Try again in 2 hours", Some(7_200.0)),
            ("Your quota will reset after 30s.", Some(30.0)),
            ("The limit resets at 2026-01-15T12:00:45Z.", Some(45.0)),
            ("Remaining: 0. Limit resets at: 2026-01-15 12:00:58 UTC", Some(58.0)),
            ("Out of quota. Quota will be replenished in 00:05:00.", Some(300.0)),
            ("waiting 5 seconds", None),
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
