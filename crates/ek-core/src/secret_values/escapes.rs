//! How servers escape a character, so that a value is found however it was written.

/// The most escapes of escapes that are followed: `%252525`, `\\\\\\\\u002d`.
const MAX_DEPTH: usize = 8;

/// HTML's names of the signs that keys are made of.
const NAMED: [(&[u8], u8); 20] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"sol", b'/'),
    (b"bsol", b'\\'),
    (b"plus", b'+'),
    (b"equals", b'='),
    (b"hyphen", b'-'),
    (b"dash", b'-'),
    (b"lowbar", b'_'),
    (b"period", b'.'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"comma", b','),
    (b"num", b'#'),
    (b"percnt", b'%'),
    (b"commat", b'@'),
    (b"excl", b'!'),
];

/// The text's first character as it was meant, and how many bytes stand for it.
///
/// `%2D`, `%252D`, `%u002D`, `\u002d`, `\\u002d`, `\x2d`, `\/`, `&#45;`, `&#x2d;` and `&hyphen;` stand for
/// one byte each; a row of backslashes for one; all else for itself.
pub(super) fn decoded(text: &[u8]) -> Option<(u8, usize)> {
    let escaped = match text.first()? {
        b'%' => percent(text),
        b'\\' => backslash(text),
        b'&' => entity(text),
        byte => Some((*byte, 1)),
    };
    Some(escaped.unwrap_or((text[0], 1)))
}

/// The text with one layer of escapes off; `None` if there is none.
pub(super) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, width)) = decoded(rest) {
        plain.push(byte);
        rest = &rest[width..];
    }
    (plain.len() < text.len()).then_some(plain)
}

fn percent(text: &[u8]) -> Option<(u8, usize)> {
    if let [b'%', b'u' | b'U', b'0', b'0', rest @ ..] = text {
        return Some((hex(rest)?, 6));
    }
    // `%` itself is `%25`.
    let again = text[1..].chunks_exact(2).take(MAX_DEPTH).take_while(|pair| *pair == b"25").count();
    let (again, byte) =
        (0..=again).rev().find_map(|again| Some((again, hex(text.get(1 + 2 * again..)?)?)))?;
    Some((byte, 3 + 2 * again))
}

fn backslash(text: &[u8]) -> Option<(u8, usize)> {
    let row = text.iter().take(MAX_DEPTH).take_while(|byte| **byte == b'\\').count();
    let escape = match &text[row..] {
        [b'u' | b'U', b'0', b'0', rest @ ..] => hex(rest).map(|byte| (byte, row + 5)),
        [b'x' | b'X', rest @ ..] => hex(rest).map(|byte| (byte, row + 3)),
        [sign @ (b'/' | b'"' | b'\''), ..] => Some((*sign, row + 1)),
        _ => None,
    };
    Some(escape.unwrap_or((b'\\', row)))
}

fn entity(text: &[u8]) -> Option<(u8, usize)> {
    // The longest is `&#00000045;`.
    let end = text.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(text.get(1..end)?).ok()?;
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => {
            let named = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.as_bytes()));
            u32::from(named?.1)
        }
    };
    // What is no ASCII is more than one byte.
    let byte = u8::try_from(number).ok().filter(u8::is_ascii)?;
    Some((byte, end + 1))
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_of_a_character_stands_for_it() {
        for text in [
            "/",
            "%2F",
            "%2f",
            "%252F",
            "%25252f",
            "%u002F",
            "\\u002f",
            "\\\\u002F",
            "\\x2f",
            "\\\\x2F",
            "\\/",
            "\\\\\\/",
            "&#47;",
            "&#047;",
            "&#x2F;",
            "&#X2f;",
            "&sol;",
            "&SOL;",
        ] {
            assert_eq!(decoded(text.as_bytes()), Some((b'/', text.len())), "{text}");
        }
        assert_eq!(decoded(b"K"), Some((b'K', 1)));
        assert_eq!(decoded(b"\\\\\\\\a"), Some((b'\\', 4)));
    }

    #[test]
    fn what_only_begins_like_an_escape_stands_for_itself() {
        for text in ["%", "%2", "%zz", "%+1", "%u00", "&", "&#;", "&none;", "&#233;", "&amp"] {
            assert_eq!(decoded(text.as_bytes()), Some((text.as_bytes()[0], 1)), "{text}");
        }
        assert_eq!(decoded(b"%25"), Some((b'%', 3)));
        assert_eq!(decoded(b"\\u00"), Some((b'\\', 1)));
        assert_eq!(decoded(b""), None);
    }
}
