//! Reads durations and moments as servers write them.
//!
//! A server may write anything: nothing here panics, and a number that is negative, not finite or longer
//! than a year is not a duration.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A moment as APIs write it: RFC 3339, or seconds or milliseconds since 1970.
pub(crate) fn moment(text: &str) -> Option<SystemTime> {
    rfc3339(text).or_else(|| epoch(text))
}

/// The longest duration that is accepted.
pub(super) const MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// A number of seconds as a duration.
pub(super) fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok().filter(|d| *d <= MAX)
}

/// `20`, `1.5`, `+20`.
pub(super) fn number(text: &str) -> Option<f64> {
    // The standard parser also accepts words (`nan`, `infinity`).
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
    text.parse().ok().filter(|_| plain)
}

/// The seconds of a named unit.
pub(super) fn unit(word: &str) -> Option<f64> {
    Some(match word {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

/// A duration in Go's notation: `2m59.56s`, `120ms`, `1h0m0s`. Also `1d2h` and `30sec`.
pub(super) fn go(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (value, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (name, tail) = tail.split_at(unit_end);
        let scale = match name {
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            name => unit(name)?,
        };
        total += value.parse::<f64>().ok()? * scale;
        rest = tail;
    }
    if text.is_empty() { None } else { seconds(total) }
}

/// A duration below a day in ISO 8601: `PT30S`, `PT1M5.5S`.
pub(super) fn iso(text: &str) -> Option<Duration> {
    go(&text.strip_prefix("PT")?.to_ascii_lowercase())
}

/// A duration in the notation of clocks: `1:23:45`, `0:30`.
pub(super) fn clock(text: &str) -> Option<Duration> {
    let parts: Vec<&str> = text.split(':').take(4).collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !(2..=3).contains(&parts.len()) || !parts.iter().all(digits) {
        return None;
    }
    let numbers = parts.iter().map(|part| part.parse::<f64>().unwrap_or(f64::INFINITY));
    seconds(numbers.fold(0.0, |total, part| total * 60.0 + part))
}

/// The time from `now` until a moment. It is zero for a moment in the past.
pub(super) fn until(moment: SystemTime, now: SystemTime) -> Option<Duration> {
    let wait = moment.duration_since(now).unwrap_or_default();
    Some(wait).filter(|w| *w <= MAX)
}

/// An HTTP date in any of its three forms (RFC 9110, section 5.6.7).
pub(super) fn http_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text).ok()
}

/// A moment in seconds or milliseconds since 1970. The size of the number shows which.
pub(super) fn epoch(text: &str) -> Option<SystemTime> {
    let number = number(text).filter(|n| *n >= 1e9)?;
    let seconds = if number >= 1e11 { number / 1e3 } else { number };
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

/// A moment in RFC 3339: `2026-01-15T12:00:45.5Z`, `...+02:00`.
pub(super) fn rfc3339(text: &str) -> Option<SystemTime> {
    let bytes = text.as_bytes();
    let shape = bytes.len() >= 20
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b't' | b' ')
        && bytes[13] == b':'
        && bytes[16] == b':';
    if !shape || !text.is_ascii() {
        return None;
    }
    let field = |from: usize, to: usize, range: std::ops::RangeInclusive<i64>| {
        let digits = &text[from..to];
        let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<i64>().ok());
        number.flatten().filter(|n| range.contains(n))
    };
    let (year, month, day) =
        (field(0, 4, 1970..=9999)?, field(5, 7, 1..=12)?, field(8, 10, 1..=31)?);
    let (hour, minute) = (field(11, 13, 0..=23)?, field(14, 16, 0..=59)?);
    let second = field(17, 19, 0..=60)?;

    let zone_at = 19 + text[19..].find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let fraction = match &text[19..zone_at] {
        "" => 0.0,
        fraction => format!("0{fraction}").parse::<f64>().ok().filter(|f| *f < 1.0)?,
    };
    let zone = &text[zone_at..];
    let offset = match (zone, zone.len()) {
        ("Z" | "z", _) => 0,
        (_, 6) if zone.as_bytes()[3] == b':' => {
            let hours = field(zone_at + 1, zone_at + 3, 0..=23)?;
            let minutes = field(zone_at + 4, zone_at + 6, 0..=59)?;
            let seconds = hours * 3_600 + minutes * 60;
            if zone.starts_with('-') { -seconds } else { seconds }
        }
        _ => return None,
    };
    let total = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let whole = Duration::from_secs(u64::try_from(total - offset).ok()?);
    UNIX_EPOCH.checked_add(whole)?.checked_add(Duration::try_from_secs_f64(fraction).ok()?)
}

/// A date and a time with their zone: `2026-01-15 12:00:45 UTC`, Go's `2026-01-15 20:00:45 +0800 CST`,
/// `2026-01-15 20:00:45 GMT+08:00`, Java's `2026-Jan-15 12:00:45+0000 UTC`. Without a zone it is no moment.
pub(super) fn civil(text: &str) -> Option<SystemTime> {
    const CIVIL_BYTES: usize = "2026-01-15 12:00:45".len();
    const MONTHS: &str = "janfebmaraprmayjunjulaugsepoctnovdec";
    let named = |text: &str| {
        let name = text.get(5..8)?.to_ascii_lowercase();
        let month = MONTHS.find(&name).filter(|at| at % 3 == 0)? / 3 + 1;
        Some(format!("{}{month:02}{}", &text[..5], &text[8..]))
    };
    let text = named(text).map_or(text.into(), Cow::Owned);
    let behind = text.get(CIVIL_BYTES..)?;
    let fraction = behind.find(|c: char| c != '.' && !c.is_ascii_digit())?;
    let (civil, zone) = text.split_at(CIVIL_BYTES + fraction);
    let zone = zone.trim_start();
    let is_utc = zone
        .get(..3)
        .is_some_and(|name| ["UTC", "GMT"].iter().any(|utc| name.eq_ignore_ascii_case(utc)));
    let offset = if is_utc { zone[3..].trim_start() } else { zone };
    let sign = offset.chars().next().filter(|sign| matches!(sign, '+' | '-'));
    let Some(sign) = sign else {
        return rfc3339(&format!("{}Z", Some(civil).filter(|_| is_utc)?));
    };
    let digits: String =
        offset[1..].chars().take_while(|c| c.is_ascii_digit() || *c == ':').collect();
    let digits = digits.trim_end_matches(':').replace(':', "");
    let (hours, minutes) = digits.split_at_checked(digits.len().min(2))?;
    let offset = format!("{sign}{hours:0>2}:{minutes:0>2}");
    rfc3339(&format!("{civil}{offset}")).filter(|_| !hours.is_empty())
}

/// Days since 1970-01-01 in the Gregorian calendar. The year begins in March here, so that the leap day is
/// its last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year / 4 - year / 100 + year / 400;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Option<SystemTime> {
        Some(UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[test]
    fn go_durations_are_read_and_others_are_refused() {
        for (text, millis) in [
            ("2m59.56s", Some(179_560)),
            ("120ms", Some(120)),
            ("6m0s", Some(360_000)),
            ("1h30m", Some(5_400_000)),
            ("1d", Some(86_400_000)),
            ("30sec", Some(30_000)),
            ("20", None),
            ("", None),
            ("s", None),
            ("-5s", None),
            ("5 s", None),
            ("5parsecs", None),
            ("99999999999999h", None),
        ] {
            assert_eq!(go(text), millis.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn iso_and_clock_durations_are_read_and_others_are_refused() {
        for (text, seconds) in [("PT30S", Some(30.0)), ("PT1M5.5S", Some(65.5)), ("PT", None)] {
            assert_eq!(iso(text).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
        for (text, seconds) in [
            ("1:23:45", Some(5_025.0)),
            ("0:30", Some(30.0)),
            ("30", None),
            (":30", None),
            ("1:2:3:4", None),
            ("9999999999999999:00:00", None),
        ] {
            assert_eq!(clock(text).map(|d| d.as_secs_f64()), seconds, "{text}");
        }
    }

    #[test]
    fn rfc_3339_moments_are_read_with_fractions_and_zones() {
        assert_eq!(rfc3339("1970-01-01T00:00:00Z"), at(0));
        assert_eq!(rfc3339("2026-01-15T12:00:45Z"), at(1_768_478_445));
        assert_eq!(rfc3339("2026-01-15T14:00:45+02:00"), at(1_768_478_445));
        assert_eq!(rfc3339("2024-02-29T00:00:00Z"), at(1_709_164_800));
        let half = rfc3339("1970-01-01T00:00:00.5Z");
        assert_eq!(half, Some(UNIX_EPOCH + Duration::from_millis(500)));
        for bad in
            ["2026-01-15", "2026-13-15T12:00:45Z", "2026-01-15T12:00:45", "é026-01-15T12:00:45Z"]
        {
            assert_eq!(rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_size_of_an_epoch_shows_its_unit() {
        assert_eq!(epoch("1768478445"), at(1_768_478_445));
        assert_eq!(epoch("1768478445000"), at(1_768_478_445));
        assert_eq!(epoch("60"), None);
        assert_eq!(epoch("99999999999999999999999999999999999"), None);
    }

    #[test]
    fn no_number_panics() {
        for value in [f64::NAN, f64::INFINITY, -1.0, 1e300, 4e7] {
            assert_eq!(seconds(value), None, "{value}");
        }
    }
}
