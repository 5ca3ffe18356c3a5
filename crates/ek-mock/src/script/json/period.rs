//! A span of time as people write it: `"250ms"`, `"20s"`.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A whole number with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period(pub(super) Duration);

const UNITS: [(&str, u64); 5] =
    [("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)];

fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, microseconds) = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    number.parse::<u64>().ok()?.checked_mul(*microseconds).map(Duration::from_micros)
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = Period;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a time: a whole number with its unit (us, ms, s, m or h), such as \"250ms\" or \"20s\"",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Period, E> {
        parse(text).map(Period).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let microseconds = self.0.as_micros();
        let whole = |(_, unit): &&(&str, u64)| microseconds.is_multiple_of(u128::from(*unit));
        let (name, unit) = match UNITS.iter().rev().find(whole) {
            Some(largest) if microseconds > 0 => largest,
            _ => &UNITS[2],
        };
        serializer.collect_str(&format_args!("{}{name}", microseconds / u128::from(*unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_numbers_with_a_unit_and_are_written_in_the_largest() {
        for (text, duration, written) in [
            ("0s", Duration::ZERO, "0s"),
            ("7us", Duration::from_micros(7), "7us"),
            ("1500ms", Duration::from_millis(1500), "1500ms"),
            ("2000 ms", Duration::from_secs(2), "2s"),
            ("90s", Duration::from_secs(90), "90s"),
            ("60m", Duration::from_secs(3600), "1h"),
        ] {
            assert_eq!(parse(text), Some(duration), "{text}");
            let json = serde_json::to_string(&Period(duration)).expect("writes");
            assert_eq!(json, format!("{written:?}"));
        }
        for text in [
            "",
            "2",
            "s",
            "1.5s",
            "-1s",
            "2 days",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
