//! Skips values. Most of a reply is skipped, so the offset is no field here: it stays in a register.
//!
//! Each function takes the offset at which it begins, and returns the one behind what it skipped.

use super::{Nesting, Unreadable};
use crate::json::string::Decoded;
use crate::json::write;

type Skipped = Result<usize, Unreadable>;

/// The next byte that is not white space, and its offset.
#[inline]
pub(super) fn token(bytes: &[u8], at: usize) -> Result<(usize, u8), Unreadable> {
    match bytes.get(at) {
        Some(byte) if *byte > b' ' => Ok((at, *byte)),
        _ => token_behind_space(bytes, at),
    }
}

#[cold]
fn token_behind_space(bytes: &[u8], mut at: usize) -> Result<(usize, u8), Unreadable> {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            Some(byte) => return Ok((at, *byte)),
            None => return Err(Unreadable),
        }
    }
}

/// Skips this byte and the white space before it.
#[inline]
pub(super) fn byte(bytes: &[u8], at: usize, expected: u8) -> Skipped {
    match bytes.get(at) {
        Some(byte) if *byte == expected => Ok(at + 1),
        _ => match token_behind_space(bytes, at)? {
            (at, byte) if byte == expected => Ok(at + 1),
            _ => Err(Unreadable),
        },
    }
}

/// Skips a value, however deep it is.
#[inline]
pub(super) fn value(text: &str, at: usize) -> Skipped {
    let (at, first) = token(text.as_bytes(), at)?;
    value_at(text, at, first)
}

/// The same of a value whose first byte is known.
#[inline]
pub(super) fn value_at(text: &str, at: usize, first: u8) -> Skipped {
    match first {
        b'{' | b'[' => nested(text, at, first),
        first => plain(text, at, first),
    }
}

/// Skips a key, from before its opening quote to behind its colon.
#[inline]
fn key(text: &str, at: usize) -> Skipped {
    let start = byte(text.as_bytes(), at, b'"')?;
    let (end, _) = string(text, start)?;
    byte(text.as_bytes(), end + 1, b':')
}

/// The offset of a string's closing quote, from behind its opening one, and whether it has escapes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "for most keys the call costs as much as the search")]
pub(super) fn string(text: &str, at: usize) -> Result<(usize, bool), Unreadable> {
    let end = plain_characters(text.as_bytes(), at)?;
    match text.as_bytes().get(end) {
        Some(b'"') => Ok((end, false)),
        _ => escaped_string(text, end, None).map(|end| (end, true)),
    }
}

/// The offset of the first character that ends a string or begins an escape, or may not stand in one.
#[inline]
pub(super) fn plain_characters(bytes: &[u8], at: usize) -> Skipped {
    write::first_to_escape(bytes, at).ok_or(Unreadable)
}

/// The offset of a string's closing quote, from its first escape on; decodes the string if asked to. Not
/// inlined, so that strings without escapes do not pay for its registers.
#[inline(never)]
pub(super) fn escaped_string(
    text: &str,
    mut at: usize,
    mut decoded: Option<&mut Decoded>,
) -> Skipped {
    let bytes = text.as_bytes();
    while bytes[at] != b'"' {
        if bytes[at] != b'\\' {
            return Err(Unreadable); // a control character
        }
        let length = match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => {
                let digits = bytes.get(at + 2..at + 6).ok_or(Unreadable)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(Unreadable);
                }
                6
            }
            _ => return Err(Unreadable),
        };
        if let Some(decoded) = &mut decoded {
            decoded.escape(text, at);
        }
        at = plain_characters(bytes, at + length)?;
    }
    if let Some(decoded) = decoded {
        decoded.end(text, at);
    }
    Ok(at)
}

/// Skips a value that holds no other value.
#[inline]
fn plain(text: &str, at: usize, first: u8) -> Skipped {
    match first {
        b'"' => string(text, at + 1).map(|(end, _)| end + 1),
        b't' => word(text, at, "true"),
        b'f' => word(text, at, "false"),
        b'n' => word(text, at, "null"),
        _ => number(text.as_bytes(), at),
    }
}

fn word(text: &str, at: usize, word: &str) -> Skipped {
    let is_there = text.as_bytes()[at..].starts_with(word.as_bytes());
    if is_there { Ok(at + word.len()) } else { Err(Unreadable) }
}

fn number(bytes: &[u8], at: usize) -> Skipped {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let digits = |from: usize| {
        let count = (from..).take_while(|at| byte(*at).is_ascii_digit()).count();
        if count == 0 { Err(Unreadable) } else { Ok(from + count) }
    };
    let at = at + usize::from(byte(at) == b'-');
    let mut at = if byte(at) == b'0' { at + 1 } else { digits(at)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if byte(at) | 0x20 == b'e' {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    Ok(at)
}

/// Skips an object or a list, which begins with `first`.
#[inline(never)]
fn nested(text: &str, mut at: usize, mut first: u8) -> Skipped {
    let bytes = text.as_bytes();
    let mut nesting = Nesting::default();
    loop {
        if matches!(first, b'{' | b'[') {
            let (is_object, close) = if first == b'{' { (true, b'}') } else { (false, b']') };
            (at, first) = token(bytes, at + 1)?;
            if first == close {
                at += 1;
            } else {
                nesting.push(is_object);
                if is_object {
                    at = key(text, at)?;
                    (at, first) = token(bytes, at)?;
                }
                continue;
            }
        } else {
            at = plain(text, at, first)?;
        }
        // A value has ended: the next one follows, or its list or object ends.
        loop {
            let Some(is_object) = nesting.innermost() else { return Ok(at) };
            let (place, next) = token(bytes, at)?;
            at = place + 1;
            match (next, is_object) {
                (b',', true) => {
                    at = key(text, at)?;
                    break;
                }
                (b',', false) => break,
                (b'}', true) | (b']', false) => nesting.pop(),
                _ => return Err(Unreadable),
            }
        }
        (at, first) = token(bytes, at)?;
    }
}
