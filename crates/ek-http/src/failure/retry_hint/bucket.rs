//! The reset of an exhausted bucket, from the rate limit headers.
//!
//! There are two notations: one header for each number (`x-ratelimit-remaining-tokens`), and one for all
//! (`RateLimit: "default";r=0;t=55`, draft-ietf-httpapi-ratelimit-headers; before its draft 8
//! `limit=100, remaining=0, reset=55`).

use std::time::{Duration, SystemTime};

use hyper::header::HeaderMap;

use super::name::{Name, What};
use super::{text, value};
use crate::failure::{durations, names};

const RESET: Name = Name { what: What::Reset, unit: 1_000, is_moment: false };

/// The longest wait of the empty buckets. A bucket that does not say what remains counts as empty only if
/// no bucket says it.
#[derive(Default)]
struct Buckets {
    any_count: bool,
    exhausted: Option<Duration>,
    uncounted: Option<Duration>,
}

impl Buckets {
    fn add(&mut self, remaining: Option<f64>, wait: Duration) {
        match remaining {
            Some(remaining) => {
                self.any_count = true;
                if remaining <= 0.0 {
                    self.exhausted = self.exhausted.max(Some(wait));
                }
            }
            None => self.uncounted = self.uncounted.max(Some(wait)),
        }
    }

    fn wait(self) -> Option<Duration> {
        self.exhausted.or_else(|| self.uncounted.filter(|_| !self.any_count))
    }
}

/// How long until the exhausted bucket is filled again.
pub(super) fn reset_of_exhausted(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut buckets = Buckets::default();
    for (name, value) in headers {
        let Some(value) = text(value) else { continue };
        if names::is(name.as_str(), "ratelimit") {
            structured(value, now, &mut buckets);
        } else if let Some((unit, remaining)) = reset(name.as_str())
            && let Some(wait) = value::wait(Name { unit, ..RESET }, value, now)
        {
            let remaining = headers.get(remaining).and_then(text).and_then(durations::number);
            buckets.add(remaining.or_else(|| left_by_status(headers, name.as_str())), wait);
        }
    }
    buckets.wait()
}

/// For a reset header: the unit of its number in milliseconds, and the header of what remains.
///
/// `x-ratelimit-reset-tokens`, `x-ratelimit-reset`, `anthropic-ratelimit-requests-reset`,
/// `ratelimit-reset`, `x-rate-limit-reset-ms`.
fn reset(name: &str) -> Option<(u32, String)> {
    const TAILS: [(&str, u32); 5] =
        [("-ms", 1), ("-after", 1_000), ("-in", 1_000), ("-seconds", 1_000), ("-time", 1_000)];
    let bucket = name.replacen("rate-limit", "ratelimit", 1);
    if !bucket.contains("ratelimit") || !bucket.split('-').any(|word| word == "reset") {
        return None;
    }
    let tail = TAILS.iter().find_map(|(tail, unit)| Some((name.strip_suffix(tail)?, *unit)));
    let (name, unit) = tail.unwrap_or((name, 1_000));
    Some((unit, name.replacen("-reset", "-remaining", 1)))
}

/// What the status beside a reset says is left: `anthropic-ratelimit-unified-5h-status` is `allowed`,
/// `allowed_warning` or `rejected`.
fn left_by_status(headers: &HeaderMap, reset: &str) -> Option<f64> {
    let status = text(headers.get(reset.replacen("-reset", "-status", 1))?)?;
    let is = |word: &str| status.get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word));
    if is("allowed") {
        return Some(1.0);
    }
    is("rejected").then_some(0.0)
}

/// Reads a structured field: for each bucket its name and its numbers.
fn structured(field: &str, now: SystemTime, buckets: &mut Buckets) {
    let (mut remaining, mut wait) = (None, None);
    let mut quoted = false;
    let pieces = field.split(|c: char| {
        quoted ^= c == '"';
        !quoted && matches!(c, ',' | ';')
    });
    for piece in pieces.map(str::trim) {
        match piece.split_once('=').map(|(key, number)| (key.trim(), number.trim())) {
            Some(("r" | "remaining", number)) => remaining = durations::number(number),
            Some(("t" | "reset", number)) => wait = value::wait(RESET, number, now),
            Some(_) => {}
            None => {
                // The next bucket begins.
                if let Some(wait) = wait.take() {
                    buckets.add(remaining, wait);
                }
                remaining = None;
            }
        }
    }
    if let Some(wait) = wait {
        buckets.add(remaining, wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;
    use std::time::UNIX_EPOCH;

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<f64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_static(value));
        }
        let now = UNIX_EPOCH + Duration::from_secs(1_768_478_400);
        reset_of_exhausted(&map, now).map(|d| d.as_secs_f64())
    }

    #[test]
    fn only_the_exhausted_bucket_counts() {
        let buckets = [
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "6m0s"),
            ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-tokens", "120ms"),
        ];
        assert_eq!(wait(&buckets), Some(360.0));
        assert_eq!(wait(&buckets[2..]), None);
        assert_eq!(wait(&buckets[1..2]), Some(360.0), "the only bucket there is");
    }

    #[test]
    fn a_status_says_which_of_several_windows_is_used_up() {
        let windows = |five_hours, seven_days| {
            wait(&[
                ("anthropic-ratelimit-unified-5h-status", five_hours),
                ("anthropic-ratelimit-unified-5h-reset", "1768482000"),
                ("anthropic-ratelimit-unified-7d-status", seven_days),
                ("anthropic-ratelimit-unified-7d-reset", "1768978400"),
            ])
        };
        assert_eq!(windows("rejected", "allowed"), Some(3_600.0));
        assert_eq!(windows("Rejected", "allowed_warning"), Some(3_600.0));
        assert_eq!(windows("rejected", "rejected"), Some(500_000.0));
        assert_eq!(windows("allowed", "allowed"), None);
        assert_eq!(windows("perhaps", "allowed"), None, "there is a count, and none is used up");
    }

    #[test]
    fn resets_come_as_durations_and_as_moments() {
        for (value, seconds) in [
            ("30", 30.0),
            ("1768478445", 45.0),
            ("1768478445000", 45.0),
            ("2026-01-15T12:00:45Z", 45.0),
        ] {
            let bucket = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", value)];
            assert_eq!(wait(&bucket), Some(seconds), "{value:?}");
        }
    }

    #[test]
    fn a_reset_is_known_in_any_spelling() {
        for (remaining, reset, value) in [
            ("ratelimit-remaining", "ratelimit-reset", "45"),
            ("x-rate-limit-remaining", "x-rate-limit-reset", "45"),
            ("x-ratelimit-remaining", "x-ratelimit-reset-after", "45.0"),
            ("x-ratelimit-remaining", "x-ratelimit-reset-ms", "45000"),
            ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset", "45"),
            ("x-ratelimit-remaining-tokens-minute", "x-ratelimit-reset-tokens-minute", "45"),
        ] {
            assert_eq!(wait(&[(remaining, "0"), (reset, value)]), Some(45.0), "{reset}");
            assert_eq!(wait(&[(remaining, "7"), (reset, value)]), None, "{reset}");
        }
    }

    #[test]
    fn the_structured_field_is_read_in_each_of_its_drafts() {
        for (field, seconds) in [
            ("\"api\";r=0;t=55", Some(55.0)),
            ("\"api\";r=12;t=55", None),
            ("\"a\";r=0;t=5, \"b\";r=9;t=90, \"c\";r=0;t=7", Some(7.0)),
            ("\"a, b;t=1\" ; r=0 ; t=55", Some(55.0)),
            ("default;r=0;t=55", Some(55.0)),
            ("limit=100, remaining=0, reset=55", Some(55.0)),
            ("limit=100;remaining=0;reset=55", Some(55.0)),
            ("limit=100, remaining=3, reset=55", None),
            ("\"api\";t=55", Some(55.0)),
            ("\"api\";r=0;t=-1", None),
            ("\"api\";r=0;t=nan", None),
            ("\"api\";r=0", None),
            ("\"", None),
            ("", None),
        ] {
            assert_eq!(wait(&[("ratelimit", field)]), seconds, "{field}");
        }
        let policy = ("ratelimit-policy", "\"api\";q=500;w=300");
        assert_eq!(wait(&[policy]), None, "a window is no wait");
    }
}
