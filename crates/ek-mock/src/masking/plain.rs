//! A text as it is meant: without the escapes of JSON, URLs and HTML, one layer after the other.

/// At most this number of layers is taken off: JSON in the JSON of an event, itself escaped, has three.
const LAYERS: usize = 6;

/// Whether this holds for the text as it is, or with any number of layers off.
pub(super) fn any(bytes: &[u8], holds: impl Fn(&[u8]) -> bool) -> bool {
    if holds(bytes) {
        return true;
    }
    let mut layer = plainer(bytes);
    for _ in 0..LAYERS {
        let Some(text) = layer else { return false };
        if holds(&text) {
            return true;
        }
        layer = plainer(&text);
    }
    false
}

/// The text with one layer of escapes off; `None` if there is none.
fn plainer(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    let mut found = false;
    while at < text.len() {
        let rest = &text[at..];
        match escaped(rest) {
            Some((character, width)) => {
                found = true;
                match character {
                    Meant::Byte(byte) => plain.push(byte),
                    Meant::Char(char) => {
                        plain.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
                at += width;
            }
            None => {
                plain.push(rest[0]);
                at += 1;
            }
        }
    }
    found.then_some(plain)
}

enum Meant {
    Byte(u8),
    Char(char),
}

/// What an escape at the beginning of the text stands for, and how long it is.
fn escaped(text: &[u8]) -> Option<(Meant, usize)> {
    match text {
        [b'%', rest @ ..] => Some((Meant::Byte(u8::try_from(hex(rest, 2)?).ok()?), 3)),
        [b'\\', b'u', rest @ ..] => {
            let one = hex(rest, 4)?;
            let two = (rest.get(4..6) == Some(br"\u")).then(|| hex(&rest[6..], 4)).flatten();
            match (char::from_u32(one), two) {
                (Some(char), _) => Some((Meant::Char(char), 6)),
                (None, Some(two)) => Some((Meant::Char(pair(one, two)), 12)),
                (None, None) => Some((Meant::Char(char::REPLACEMENT_CHARACTER), 6)),
            }
        }
        [b'\\', b'x', rest @ ..] => Some((Meant::Byte(u8::try_from(hex(rest, 2)?).ok()?), 4)),
        [b'\\', byte, ..] => {
            let meant = match byte {
                b'"' | b'\'' | b'\\' | b'/' => *byte,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                _ => return None,
            };
            Some((Meant::Byte(meant), 2))
        }
        [b'&', rest @ ..] => {
            let end = rest.iter().take(10).position(|byte| *byte == b';')?;
            let char = match &rest[..end] {
                b"amp" => '&',
                b"quot" => '"',
                b"apos" => '\'',
                b"lt" => '<',
                b"gt" => '>',
                [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits, digits.len())?)?,
                [b'#', digits @ ..] => {
                    char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?
                }
                _ => return None,
            };
            Some((Meant::Char(char), end + 2))
        }
        _ => None,
    }
}

fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let digits = text.get(..digits)?;
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u32::from_str_radix(digits, 16).ok()
}

/// The character of two surrogates.
fn pair(high: u32, low: u32) -> char {
    let units = [high, low].map(|unit| u16::try_from(unit).unwrap_or_default());
    String::from_utf16_lossy(&units).chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_below_every_escape_and_several_of_them() {
        for text in [
            "a-key/1",
            r"a\u002dkey\/1",
            r"a-key\x2f1",
            "a%2Dkey%2f1",
            "a%252Dkey%252F1",
            "a&#45;key&#x2F;1",
            "a&amp;#45;key/1",
            r#"{\"a\":\"\\u0061-key\\/1\"}"#,
            r"\\\\\\\\u0061-key/1",
        ] {
            let holds = |text: &[u8]| text.windows(7).any(|window| window == b"a-key/1");
            assert!(any(text.as_bytes(), holds), "{text}");
        }
    }

    #[test]
    fn what_only_begins_like_an_escape_stands_for_itself() {
        for text in
            ["100%", "%zz", r"\q", r"\u12", "&", "&nbsp;", "& a;", "&#;", "&#x110000;", "\\"]
        {
            assert_eq!(plainer(text.as_bytes()), None, "{text}");
        }
        for (text, plain) in [
            (r"\ud83d\udd25", "🔥"),
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}"),
            (r"\n%41", "\nA"),
        ] {
            assert_eq!(plainer(text.as_bytes()), Some(plain.as_bytes().to_vec()), "{text}");
        }
    }

    #[test]
    fn the_layers_that_are_taken_off_are_bounded() {
        let deep = format!("{}41", "%25".repeat(1_000));
        assert!(!any(deep.as_bytes(), |text| text == b"A"));
    }
}
