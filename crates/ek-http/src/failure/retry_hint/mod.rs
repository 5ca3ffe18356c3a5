//! When a server wants to be asked again.
//!
//! In this order: `retry-after-ms`; `retry-after`; what the body says; the reset header of an
//! exhausted bucket. What cannot be read is passed over, never guessed.

use std::time::{Duration, SystemTime};

use ek_core::RateLimit;
use hyper::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::durations;

/// What the headers and the body (its `retryDelay` or its sentence) say.
pub(crate) fn retry_hint(
    headers: &HeaderMap,
    body_delay: Option<&str>,
    message: Option<&str>,
    now: SystemTime,
) -> Option<Duration> {
    // Moments are measured on the server's own clock where it shows it.
    let date = headers.get(DATE).and_then(text).and_then(durations::http_date);
    let now = date.unwrap_or(now);
    let first = |name: &str, read: &dyn Fn(&str) -> Option<Duration>| {
        headers.get_all(name).iter().filter_map(text).find_map(read)
    };
    first("retry-after-ms", &milliseconds)
        .or_else(|| first(RETRY_AFTER.as_str(), &|value| retry_after(value, now)))
        .or_else(|| body_delay.and_then(|delay| retry_after(delay.trim(), now)))
        .or_else(|| message.and_then(sentence))
        .or_else(|| first("x-ratelimit-timeremaining", &|value| retry_after(value, now)))
        .or_else(|| exhausted_bucket(headers, now))
}

// Out of its many callers: once is 6 KiB less.
#[inline(never)]
fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim_ascii)
}

fn milliseconds(value: &str) -> Option<Duration> {
    durations::seconds(durations::number(value)? / 1e3)
}

/// Seconds, an HTTP date, or a duration as Go prints it.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if let Some(number) = durations::number(value) {
        return durations::seconds(number);
    }
    durations::go(value)
        .or_else(|| durations::http_date(value).and_then(|moment| durations::until(moment, now)))
}

/// `try again in 1.2s`, `retry after 23 seconds`, `wait 46 seconds before retrying`.
fn sentence(message: &str) -> Option<Duration> {
    const OPENINGS: [&str; 8] = [
        "try again in ",
        "try again after ",
        "retry after ",
        "retry in ",
        "retry your request in ",
        "retry your request after ",
        "please wait ",
        "wait for ",
    ];
    let lower = message.to_ascii_lowercase();
    OPENINGS.iter().find_map(|opening| {
        let mut from = 0;
        while let Some(at) = lower.get(from..)?.find(opening) {
            from += at + opening.len();
            if let Some(wait) = spoken(&lower[from..]) {
                return Some(wait);
            }
        }
        None
    })
}

/// A duration at the head of a text: `1.2s`, `2m59.56s`, `23 seconds`, `1 minute and 5 seconds`.
fn spoken(text: &str) -> Option<Duration> {
    let mut words = text.split_ascii_whitespace().map(|w| w.trim_end_matches([',', '.', ';', ')']));
    let first = words.next()?;
    if let Some(wait) = durations::go(first) {
        return Some(wait);
    }
    let mut number = durations::number(first)?;
    let mut total = 0.0;
    let mut known = false;
    loop {
        let unit = words.next().unwrap_or_default();
        let scale = match unit {
            "ms" | "millisecond" | "milliseconds" => 1e-3,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3_600.0,
            "day" | "days" => 86_400.0,
            _ => break,
        };
        total += number * scale;
        known = true;
        let next = words.next().filter(|w| *w != "and").or_else(|| words.next());
        match next.and_then(durations::number) {
            Some(more) => number = more,
            None => break,
        }
    }
    known.then(|| durations::seconds(total)).flatten()
}

/// The longest wait among the buckets that are empty. A bucket without a count of what remains is
/// taken for the empty one only where no bucket has such a count.
fn exhausted_bucket(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut any_count = false;
    let (mut exhausted, mut uncounted) = (None, None);
    for (name, value) in headers {
        let name = name.as_str();
        let Some(remaining_name) = remaining_of(name) else {
            continue;
        };
        let Some(wait) = text(value).and_then(|value| reset(value, now)) else {
            continue;
        };
        match headers.get(remaining_name).and_then(text).and_then(durations::number) {
            Some(remaining) => {
                any_count = true;
                if remaining <= 0.0 {
                    exhausted = exhausted.max(Some(wait));
                }
            }
            None => uncounted = uncounted.max(Some(wait)),
        }
    }
    exhausted.or_else(|| uncounted.filter(|_| !any_count))
}

/// The header that counts what remains in the bucket that this header resets.
///
/// `x-ratelimit-reset-tokens`, `x-ratelimit-reset`, `anthropic-ratelimit-requests-reset`,
/// `ratelimit-reset`.
fn remaining_of(name: &str) -> Option<String> {
    let is_reset =
        name.contains("ratelimit") && (name.ends_with("-reset") || name.contains("-reset-"));
    is_reset.then(|| name.replacen("-reset", "-remaining", 1))
}

/// A reset is a duration, or a moment in one of several notations.
fn reset(value: &str, now: SystemTime) -> Option<Duration> {
    let moment = durations::epoch(value).or_else(|| durations::rfc3339(value));
    match moment {
        Some(moment) => durations::until(moment, now),
        None => retry_after(value, now),
    }
}

/// The state of the limits, from the `x-ratelimit-*` headers of an answer. One walk over the headers
/// costs less than six searches.
pub(crate) fn rate_limit(headers: &HeaderMap, now: SystemTime) -> Option<RateLimit> {
    let mut limits = RateLimit::default();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-ratelimit-") else { continue };
        let count = || text(value)?.parse::<u64>().ok();
        let wait = || text(value).and_then(|value| reset(value, now));
        match name {
            "limit-requests" => limits.limit_requests = limits.limit_requests.or_else(count),
            "limit-tokens" => limits.limit_tokens = limits.limit_tokens.or_else(count),
            "remaining-requests" => {
                limits.remaining_requests = limits.remaining_requests.or_else(count);
            }
            "remaining-tokens" => limits.remaining_tokens = limits.remaining_tokens.or_else(count),
            "reset-requests" => limits.reset_requests = limits.reset_requests.or_else(wait),
            "reset-tokens" => limits.reset_tokens = limits.reset_tokens.or_else(wait),
            _ => {}
        }
    }
    Some(limits).filter(|limits| *limits != RateLimit::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    /// 2026-01-15 12:00:00 UTC.
    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_768_478_400)
    }

    fn hint(headers: &[(&'static str, &[u8])]) -> Option<f64> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).expect("a header"));
        }
        retry_hint(&map, None, None, now()).map(|d| d.as_secs_f64())
    }

    /// Scenario 27 of the fault list.
    #[test]
    fn s27_retry_after_in_seconds_is_read_or_passed_over() {
        for (value, seconds) in [
            (&b"20"[..], Some(20.0)),
            (b"0", Some(0.0)),
            (b"1.5", Some(1.5)),
            (b" 20 ", Some(20.0)),
            (b"+20", Some(20.0)),
            (b"2m59.56s", Some(179.56)),
            (b"-10", None),
            (b"", None),
            (b"abc", None),
            (b"nan", None),
            (b"inf", None),
            (b"1e3", None),
            (b"99999999999999999999999999999999999", None),
            (b"\xff", None),
        ] {
            assert_eq!(hint(&[("retry-after", value)]), seconds, "{value:?}");
        }
        assert_eq!(hint(&[("retry-after", b"abc"), ("retry-after", b"7")]), Some(7.0));
        assert_eq!(hint(&[("retry-after", b"5"), ("retry-after", b"7")]), Some(5.0));
    }

    /// Scenario 28 of the fault list.
    #[test]
    fn s28_retry_after_as_a_date_is_measured_on_the_server_s_clock() {
        for (value, seconds) in [
            ("Thu, 15 Jan 2026 12:00:20 GMT", Some(20.0)),
            ("Thu, 15 Jan 2026 12:00:00 GMT", Some(0.0)),
            ("Thu, 15 Jan 2026 11:00:00 GMT", Some(0.0)),
            ("Thursday, 15-Jan-26 12:00:20 GMT", Some(20.0)),
            ("Thu Jan 15 12:00:20 2026", Some(20.0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("Fri, 31 Dec 100000 23:59:59 GMT", None),
            ("Thu, 15 Jan 2026 12:00:20 +0200", None),
        ] {
            assert_eq!(hint(&[("retry-after", value.as_bytes())]), seconds, "{value}");
        }
        let old = hint(&[("retry-after", b"Wed, 31 Dec 1969 23:59:59 GMT")]);
        assert!(old.is_none_or(|seconds| seconds == 0.0), "{old:?}");
        let skewed = [
            ("retry-after", &b"Fri, 16 Jan 2026 12:00:20 GMT"[..]),
            ("date", b"Fri, 16 Jan 2026 12:00:00 GMT"),
        ];
        assert_eq!(hint(&skewed), Some(20.0));
    }

    /// Scenario 29 of the fault list.
    #[test]
    fn s29_milliseconds_win_over_a_date() {
        let both =
            [("retry-after", &b"Thu, 15 Jan 2026 12:00:20 GMT"[..]), ("retry-after-ms", b"0")];
        assert_eq!(hint(&both), Some(0.0));
    }

    #[test]
    fn only_the_exhausted_bucket_counts() {
        let buckets = [
            ("x-ratelimit-remaining-requests", &b"0"[..]),
            ("x-ratelimit-reset-requests", b"6m0s"),
            ("x-ratelimit-remaining-tokens", b"149984"),
            ("x-ratelimit-reset-tokens", b"120ms"),
        ];
        assert_eq!(hint(&buckets), Some(360.0));
        assert_eq!(hint(&buckets[2..]), None);
        assert_eq!(hint(&buckets[1..2]), Some(360.0), "the only bucket there is");
    }

    #[test]
    fn resets_come_as_durations_and_as_moments() {
        for (value, seconds) in [
            (&b"30"[..], 30.0),
            (b"1768478445", 45.0),
            (b"1768478445000", 45.0),
            (b"2026-01-15T12:00:45Z", 45.0),
        ] {
            let bucket = [("x-ratelimit-remaining", &b"0"[..]), ("x-ratelimit-reset", value)];
            assert_eq!(hint(&bucket), Some(seconds), "{value:?}");
        }
    }

    #[test]
    fn the_body_s_sentence_is_read_in_its_several_wordings() {
        for (message, seconds) in [
            ("Limit 900. Please try again in 1.2s.", Some(1.2)),
            ("Please try again in 92ms. Visit us", Some(0.092)),
            ("Please try again in 2m59.56s.", Some(179.56)),
            ("Please retry after 23 seconds.", Some(23.0)),
            ("Limit of 10 per 60s exceeded. Please wait 46 seconds before retrying.", Some(46.0)),
            ("try again in 1 minute and 5 seconds", Some(65.0)),
            ("Try again in 2 hours", Some(7_200.0)),
            ("please try again later; try again in 3s", Some(3.0)),
            ("try again in a moment", None),
            ("retry after 5 dolphins", None),
            ("", None),
        ] {
            let wait = sentence(message).map(|d| d.as_secs_f64());
            assert_eq!(wait, seconds, "{message}");
        }
    }

    #[test]
    fn the_state_of_the_limits_is_read_on_success_too() {
        let mut headers = HeaderMap::new();
        assert_eq!(rate_limit(&headers, now()), None);
        headers.insert("x-ratelimit-remaining-tokens", HeaderValue::from_static("17"));
        headers.insert("x-ratelimit-reset-tokens", HeaderValue::from_static("120ms"));
        let limits = rate_limit(&headers, now()).expect("limits");
        assert_eq!(limits.remaining_tokens, Some(17));
        assert_eq!(limits.reset_tokens, Some(Duration::from_millis(120)));
        assert_eq!(limits.limit_requests, None);
    }
}
