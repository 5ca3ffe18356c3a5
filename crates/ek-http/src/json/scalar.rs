//! Reads small values in any notation: a text that may be a number, a count that may be a string.

use std::borrow::Cow;

use super::scan::Raw;
use super::string;

/// A text: a string, or a number as it is written. An empty string and any other value are no text.
pub(crate) fn text(raw: Raw<'_>) -> Option<String> {
    word(raw).map(Cow::into_owned)
}

/// The same where it is only looked at.
pub(crate) fn word(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let json = raw.get();
    match json.as_bytes().first()? {
        b'"' => Some(string::read(json)).filter(|text| !text.is_empty()),
        b'0'..=b'9' | b'-' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

/// A count: an integer, a whole float, or one of them as a string. A negative, fractional or too large
/// number is no count.
pub(crate) fn count(raw: Raw<'_>) -> Option<u64> {
    let json = raw.get();
    if let Ok(count) = json.parse::<u64>() {
        return Some(count);
    }
    let digits = json.strip_prefix('"').and_then(|d| d.strip_suffix('"')).unwrap_or(json).trim();
    if let Ok(count) = digits.parse::<u64>() {
        return Some(count);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+')) {
        return None;
    }
    // Above 2^53 a float does not identify one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float =
        digits.parse::<f64>().ok().filter(|f| f.fract() == 0.0 && (0.0..=EXACT).contains(f))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Some(float as u64)
}

/// Whether a value is set: not null, false, zero, an empty string or an empty list.
pub(crate) fn is_set(raw: Raw<'_>) -> bool {
    !matches!(raw.get(), "null" | "false" | "\"\"" | "[]" | "0")
}

/// A value that says nothing, wherever a text may stand.
pub(crate) fn is_silent(raw: Option<Raw<'_>>) -> bool {
    raw.is_none_or(|raw| matches!(raw.get(), "null" | "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_integers_floats_and_strings() {
        for (json, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("\"12\"", Some(12)),
            ("1e3", Some(1000)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("12.5", None),
            ("-1", None),
            ("1e999", None),
            ("null", None),
            ("true", None),
            ("\"many\"", None),
            ("{}", None),
        ] {
            assert_eq!(count(Raw::of(json)), expected, "{json}");
        }
    }

    #[test]
    fn texts_are_read_from_strings_and_numbers() {
        for (json, expected) in [
            ("\"a\"", Some("a")),
            ("\"a\\ud83d\"", Some("a\u{fffd}")),
            ("0", Some("0")),
            ("17.5", Some("17.5")),
            ("\"\"", None),
            ("null", None),
            ("[1]", None),
        ] {
            assert_eq!(text(Raw::of(json)).as_deref(), expected, "{json}");
        }
    }
}
