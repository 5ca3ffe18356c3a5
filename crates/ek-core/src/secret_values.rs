//! Masks values that are known to be secret, whatever their shape.
//!
//! [`redact`](crate::redact()) knows credentials by their looks, and many keys have none. A client knows
//! what it was configured with, and a recorder what it was sent: both have to find such a value where a
//! server sends it back.

mod escapes;
mod forms;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::REDACTED;
use escapes::unescaped;
use forms::Forms;

/// A shorter value is masked only where it stands as a word of its own.
const MIN_SECRET_BYTES: usize = 8;

/// How many layers of escapes [`SecretValues::is_in`] takes off: JSON in the JSON of an event, itself
/// escaped, has three.
const MAX_LAYERS: usize = 6;

/// Secret values, to be masked wherever they come back.
///
/// A value is found as it is, in another case, from 12 bytes in a row on, escaped as URLs, JSON and HTML
/// do it, as hexadecimal digits, and in base64 whatever stands around it. A value under 8 bytes is found
/// only as a word of its own. The cost is linear in the text and, for each value added, in its length.
///
/// `Debug` shows nothing of the values. They are not wiped from memory on drop.
///
/// ```
/// use ek_core::SecretValues;
///
/// let secrets = SecretValues::new(["kiln/0key+without-shape"]);
/// assert_eq!(secrets.mask("bad key kiln%2F0key%2Bwithout-shape"), "bad key [REDACTED]");
/// assert!(secrets.is_in(br#"{"a":"{\"b\":\"kiln\\/0key+with\"}"}"#));
/// ```
#[derive(Clone, Default)]
pub struct SecretValues {
    forms: Forms,
}

impl SecretValues {
    /// These values.
    pub fn new<I>(values: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let mut secrets = Self::default();
        values.into_iter().for_each(|value| secrets.forms.add(value.as_ref()));
        secrets
    }

    /// The text with [`REDACTED`] in place of every value. It masks by value alone: what is shaped like a
    /// credential is left to [`redact`](crate::redact()).
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        cover(text, self.forms.found(text.as_bytes()))
    }

    /// Whether any of the values is in these bytes, as [`mask`](Self::mask) finds them and below up to six
    /// layers of escapes.
    #[must_use]
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let mut layer = Cow::Borrowed(bytes);
        for _ in 0..MAX_LAYERS {
            if !self.forms.found(&layer).is_empty() {
                return true;
            }
            let Some(text) = unescaped(&layer) else { return false };
            layer = Cow::Owned(text);
        }
        !self.forms.found(&layer).is_empty()
    }
}

impl fmt::Debug for SecretValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretValues").finish_non_exhaustive()
    }
}

/// The text with `[REDACTED]` in these places.
fn cover(text: &str, places: Vec<Range<usize>>) -> Cow<'_, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for place in places {
        let start = (kept..=place.start).rev().find(|at| text.is_char_boundary(*at));
        let end = (place.end..text.len()).find(|at| text.is_char_boundary(*at));
        out.push_str(&text[kept..start.unwrap_or(kept)]);
        out.push_str(REDACTED);
        kept = end.unwrap_or(text.len());
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "zq8Xw3Lm5Rt7Yb1Nc9Vd2Kf4Hj6Ps0Ga";

    fn masked(value: &str, text: &str) -> String {
        SecretValues::new([value]).mask(text).into_owned()
    }

    #[test]
    fn the_whole_and_a_good_piece_are_masked() {
        for text in [KEY, &KEY[..12], &KEY[9..25]] {
            assert_eq!(masked(KEY, &format!("<{text}> ø")), "<[REDACTED]> ø");
        }
        let short = &KEY[..11];
        assert_eq!(masked(KEY, short), short);
        assert_eq!(masked(KEY, &format!("{KEY}{KEY} {KEY}")), "[REDACTED] [REDACTED]");
    }

    #[test]
    fn a_short_value_is_masked_where_it_is_a_word_of_its_own() {
        assert_eq!(masked("test", "the latest test: test."), "the latest [REDACTED]: [REDACTED].");
        assert_eq!(masked("kiln0key", "akiln0keyb"), "a[REDACTED]b");
    }

    #[test]
    fn a_value_that_is_no_ascii_is_masked_between_characters_and_found_as_json_escapes_it() {
        let value = "ключ-без-формы";
        assert_eq!(masked(value, &format!("ø{value}ø")), "ø[REDACTED]ø");
        let escape =
            |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
        let escaped: String = value.chars().map(escape).collect();
        assert_eq!(masked(value, &format!("key {escaped}!")), "key [REDACTED]!");
        assert!(SecretValues::new([value]).is_in(escaped.replace('\\', r"\\\\").as_bytes()));
    }

    #[test]
    fn a_value_is_found_as_hexadecimal_digits() {
        assert_eq!(masked("kiln/0key", "got 6b696c6e2f306b6579."), "got [REDACTED].");
        assert_eq!(masked("kiln/0key", "got 6B696C6E2F306B6579."), "got [REDACTED].");
    }

    #[test]
    fn a_value_is_found_in_the_base64_of_any_text_around_it() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        for value in ["kiln?0key~/>without", "kiln0key"] {
            for before in ["", "a", "ab", "abc", "Bearer "] {
                for behind in ["", "!", "!!", "\u{ff}"] {
                    let text = format!("{before}{value}{behind}");
                    for coded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                        assert!(
                            SecretValues::new([value]).is_in(coded.as_bytes()),
                            "{text}: {coded}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_value_is_found_below_every_escape_and_several_of_them() {
        for text in [
            "a-key/1",
            r"a\u002dkey\/1",
            r"a-key\x2f1",
            "a%2Dkey%2f1",
            "a%252Dkey%252F1",
            "a&#45;key&#x2F;1",
            "a&amp;#45;key/1",
            "a%26%2345%3Bkey/1",
            r"a\u0026#x2d;key/1",
            r#"{\"a\":\"\\u0061-key\\/1\"}"#,
            r"\\\\\\\\u0061-key/1",
        ] {
            assert!(SecretValues::new(["a-key/1"]).is_in(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_key_is_masked_however_a_server_escapes_it() {
        let key = "Kx1-b2c/d3e+F4g_h5i=";
        let each = |escape: fn(u8) -> String| key.bytes().map(escape).collect::<String>();
        let signs = |escape: fn(u8) -> String| -> String {
            let one = |b: u8| {
                if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { escape(b) }
            };
            key.bytes().map(one).collect()
        };
        let escapes: [fn(u8) -> String; 9] = [
            |b| format!("%{b:02X}"),
            |b| format!("%25{b:02x}"),
            |b| format!("%u{b:04X}"),
            |b| format!("\\u{b:04x}"),
            |b| format!("\\\\u{b:04X}"),
            |b| format!("\\x{b:02x}"),
            |b| format!("&#{b};"),
            |b| format!("&#x{b:X};"),
            |b| format!("&#{b:04};"),
        ];
        let mut echoes: Vec<String> =
            escapes.iter().flat_map(|escape| [each(*escape), signs(*escape)]).collect();
        echoes.extend([key.to_uppercase(), key.to_lowercase()]);
        echoes.push(key.replace('/', "&sol;").replace('+', "&plus;").replace('_', "&lowbar;"));
        for echo in echoes {
            assert_eq!(
                masked(key, &format!("key {echo} refused")),
                "key [REDACTED] refused",
                "{echo}"
            );
        }
    }

    #[test]
    fn a_key_is_masked_in_base64_whatever_stands_around_it() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let key = "kiln?0key~/>without-a-shape";
        for text in
            [key.to_owned(), format!("Bearer {key}"), format!("a{key}b"), format!("ab{key}")]
        {
            for coded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                let masked = masked(key, &format!("value {coded} refused"));
                assert!(masked.contains(REDACTED), "{masked}");
                assert!(masked.len() <= "value  refused".len() + REDACTED.len() + 6, "{masked}");
            }
        }
    }

    #[test]
    fn text_that_shares_little_with_a_secret_stays() {
        assert_eq!(masked("0a1b2c3d4e5f6071", "port 0a1b is open"), "port 0a1b is open");
    }

    #[test]
    fn text_outside_ascii_is_masked_at_its_borders() {
        assert_eq!(masked("abcdefghijkl", "é abcdefghijkl é"), "é [REDACTED] é");
        assert_eq!(masked("éabcdefghijké", "è éabcdefghijké è"), "è [REDACTED] è");
        assert_eq!(masked("éabcdefghijk", "è\u{e9}abcdefghijkè"), "è[REDACTED]è");
    }

    #[test]
    fn what_looks_like_an_escape_in_front_of_a_secret_does_not_hide_it() {
        assert_eq!(masked("0a1b2c3d4e5f", "100%0a1b2c3d4e5f!"), "100%[REDACTED]!");
        assert_eq!(masked("0a1b2c3d4e5f", "\\u000a1b2c3d4e5f"), "\\u00[REDACTED]");
        assert_eq!(masked("0a1b2c3d4e5f", "at the end 0a1b2c3d4e5f"), "at the end [REDACTED]");
    }

    #[test]
    fn the_layers_that_are_taken_off_are_bounded() {
        let layered = |pairs| {
            (0..pairs).fold("%6Biln0key".to_owned(), |text, _| {
                let text = text.replace('%', "&#37;");
                text.replace('&', "%26").replace('#', "%23").replace(';', "%3B")
            })
        };
        assert!(SecretValues::new(["kiln0key"]).is_in(layered(3).as_bytes()));
        assert!(!SecretValues::new(["kiln0key"]).is_in(layered(4).as_bytes()));
    }

    #[test]
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", SecretValues::new([KEY])), "SecretValues { .. }");
    }
}
