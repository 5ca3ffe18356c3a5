//! When to retry, as the server says it.
//!
//! The first of these that can be read counts: `retry-after-ms`, `retry-after`, a field of the body, the
//! message's sentence, the reset header of an exhausted bucket. Nothing is guessed.

mod bucket;
mod from_body;
mod name;
mod sentence;
#[cfg(test)]
mod tests;
mod value;

use std::time::{Duration, SystemTime};

use ek_core::RateLimit;
use hyper::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

use super::durations;
pub(crate) use from_body::BodyHints;
use name::{Name, What};

/// A wait, and whether the message names it.
pub(super) struct Hint {
    pub(super) wait: Duration,
    pub(super) is_in_message: bool,
}

/// The parts of an error body that may name a wait.
#[derive(Clone, Copy)]
pub(super) struct BodySays<'a> {
    pub(super) hints: &'a BodyHints,
    pub(super) message: Option<&'a str>,
}

/// The wait that the headers and the body name.
pub(super) fn retry_hint(headers: &HeaderMap, body: BodySays<'_>, now: SystemTime) -> Option<Hint> {
    let now = server_time(headers, now);
    let hint = |wait| Hint { wait, is_in_message: false };
    direct(headers, now)
        .map(hint)
        .or_else(|| of_body(body, now))
        .or_else(|| rest(headers, now).map(hint))
}

/// The wait that the body names: in a field or else in its sentence.
pub(super) fn of_body(body: BodySays<'_>, now: SystemTime) -> Option<Hint> {
    let field = body.hints.wait(now).map(|wait| Hint { wait, is_in_message: false });
    field.or_else(|| {
        let wait = sentence::sentence(body.message?, now)?;
        Some(Hint { wait, is_in_message: true })
    })
}

/// The time on the server's clock, if the server sends it. Moments are relative to it.
pub(super) fn server_time(headers: &HeaderMap, now: SystemTime) -> SystemTime {
    headers.get(DATE).and_then(text).and_then(durations::http_date).unwrap_or(now)
}

/// The wait in the headers that say when to retry.
fn direct(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let standard = headers.get_all(RETRY_AFTER).iter().map(|value| (RETRY_AFTER.as_str(), value));
    let others = headers.iter().map(|(name, value)| (name.as_str(), value));
    let mut waits = (None, None);
    for (name, value) in standard.chain(others) {
        let Some(name) = Name::of(name).filter(|name| name.what == What::Retry) else { continue };
        let slot = if name.unit == 1 { &mut waits.0 } else { &mut waits.1 };
        *slot = slot.or_else(|| value::wait(name, text(value)?, now));
    }
    preferred(waits.0, waits.1)
}

/// The wait in the headers that say when a limit ends.
fn rest(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let remaining = headers.get("x-ratelimit-timeremaining").and_then(text);
    let remaining = remaining.and_then(|value| value::wait(Name::of("reset")?, value, now));
    remaining.or_else(|| bucket::reset_of_exhausted(headers, now))
}

/// Milliseconds win over seconds, unless they are zero and the seconds are not.
fn preferred(millis: Option<Duration>, seconds: Option<Duration>) -> Option<Duration> {
    millis.filter(|wait| !wait.is_zero()).or(seconds).or(millis)
}

// Not inlined into its many callers, which saves 6 KiB.
#[inline(never)]
fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim_ascii)
}

/// The rate limit, from the `x-ratelimit-*` headers of an answer. One pass over the headers costs less than
/// six searches.
pub(crate) fn rate_limit(headers: &HeaderMap, now: SystemTime) -> Option<RateLimit> {
    let reset = Name { what: What::Reset, unit: 1_000, is_moment: false };
    let mut limits = RateLimit::default();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-ratelimit-") else { continue };
        let count = || std::str::from_utf8(value.as_bytes()).ok()?.trim_ascii().parse().ok();
        let wait = || value::wait(reset, text(value)?, now);
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
