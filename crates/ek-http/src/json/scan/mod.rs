//! JSON as replies have it: what the tolerant reader asks for is pulled out of text that is known to be
//! UTF-8, in one pass.
//!
//! Most of a reply is passed over unread. serde_json does that a byte at a time and with a check for
//! each; here strings are passed eight bytes at a time. The grammar is the same (RFC 8259), and
//! `properties` holds this to what serde_json takes and refuses. Two things are other than there:
//! numbers have no range, and a key may have a lone surrogate.

use crate::json::string::{self, Decoded};
use crate::json::write;

mod nesting;
#[cfg(test)]
mod properties;
mod text;

use nesting::Nesting;
pub(crate) use text::Text;

/// The text is no JSON, or not of the expected kind. What is wrong with it is told by the slow pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// What can be read where a value stands.
pub(crate) trait Readable<'a>: Sized {
    /// Reads the value, and nothing behind it.
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable>;
}

/// Reads a text that is one value.
pub(crate) fn read<'a, T: Readable<'a>>(text: &'a str) -> Result<T, Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    let value = T::read(&mut scanner)?;
    match scanner.peek() {
        Err(Unreadable) => Ok(value),
        Ok(_) => Err(Unreadable),
    }
}

/// Goes through the one object that the text is, as [`Scanner::entries`] does.
pub(crate) fn entries<'a>(
    text: &'a str,
    each: impl FnMut(&str, &mut Scanner<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.entries(each)?;
    match scanner.peek() {
        Err(Unreadable) => Ok(()),
        Ok(_) => Err(Unreadable),
    }
}

/// Reads the value at the head of a text, and gives back what stands behind it.
pub(crate) fn first(text: &str) -> Result<(Raw<'_>, &str), Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    let value = Raw::read(&mut scanner)?;
    Ok((value, &text[scanner.at..]))
}

/// A checked JSON value, borrowed as its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    pub(crate) fn get(self) -> &'a str {
        self.0
    }

    #[cfg(test)]
    pub(crate) fn of(json: &'a str) -> Self {
        read(json).expect(json)
    }
}

impl<'a> Readable<'a> for Raw<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        scanner.peek()?;
        let start = scanner.at;
        scanner.skip()?;
        Ok(Raw(&scanner.text[start..scanner.at]))
    }
}

/// A list; anything else is unreadable.
impl<'a> Readable<'a> for Vec<Raw<'a>> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut items = Self::new();
        if scanner.peek()? != b'[' {
            return Err(Unreadable);
        }
        scanner.items(|scanner| {
            items.push(Raw::read(scanner)?);
            Ok(())
        })?;
        Ok(items)
    }
}

/// The place in a text up to which it has been read.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The first byte that is no white space; the place is then before it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<u8, Unreadable> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_behind_space(),
        }
    }

    #[cold]
    fn peek_behind_space(&mut self) -> Result<u8, Unreadable> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Unreadable),
            }
        }
    }

    /// Reads the value of this key or item.
    pub(crate) fn value<T: Readable<'a>>(&mut self) -> Result<T, Unreadable> {
        T::read(self)
    }

    /// The same where there is more than `null`.
    pub(crate) fn optional<T: Readable<'a>>(&mut self) -> Result<Option<T>, Unreadable> {
        match self.peek()? {
            b'n' => self.skip().map(|()| None),
            _ => T::read(self).map(Some),
        }
    }

    /// Goes through the object that stands here. `each` reads or skips the value of its key.
    #[inline]
    pub(crate) fn entries(
        &mut self,
        mut each: impl FnMut(&str, &mut Self) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        self.take(b'{')?;
        let mut key = self.first_key()?;
        while let Some((inside, escaped)) = key {
            let decoded;
            let name = if escaped {
                decoded = string::decode_characters(inside);
                &decoded
            } else {
                inside
            };
            each(name, self)?;
            key = self.next_key()?;
        }
        Ok(())
    }

    /// Goes through the list that stands here. `each` reads or skips an item.
    pub(crate) fn items(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), Unreadable>,
    ) -> Result<(), Unreadable> {
        self.take(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            each(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Unreadable),
            }
        }
    }

    /// Passes over a value, however deep it is.
    pub(crate) fn skip(&mut self) -> Result<(), Unreadable> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            first => self.skip_plain(first),
        }
    }

    /// What stands between the quotes of a key, and whether there are escapes.
    fn first_key(&mut self) -> Result<Option<(&'a str, bool)>, Unreadable> {
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(None);
        }
        self.key().map(Some)
    }

    fn next_key(&mut self) -> Result<Option<(&'a str, bool)>, Unreadable> {
        let next = self.peek()?;
        self.at += 1;
        match next {
            b',' => self.key().map(Some),
            b'}' => Ok(None),
            _ => Err(Unreadable),
        }
    }

    #[inline]
    fn key(&mut self) -> Result<(&'a str, bool), Unreadable> {
        self.take(b'"')?;
        let start = self.at;
        let escaped = self.string()?;
        let inside = &self.text[start..self.at - 1];
        self.take(b':')?;
        Ok((inside, escaped))
    }

    #[inline]
    fn take(&mut self, expected: u8) -> Result<(), Unreadable> {
        if self.peek()? != expected {
            return Err(Unreadable);
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), Unreadable> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Unreadable);
        }
        self.at += word.len();
        Ok(())
    }

    /// Passes over a string whose opening quote has been taken; tells whether there are escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Unreadable> {
        let escaped = self.plain_string()?;
        if escaped {
            self.escaped_string(None)?;
        }
        Ok(escaped)
    }

    /// The same up to its first escape, if there is one.
    #[inline]
    fn plain_string(&mut self) -> Result<bool, Unreadable> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = write::first_to_escape(rest).ok_or(Unreadable)?;
        self.at += end;
        let escaped = rest.get(end) != Some(&b'"');
        self.at += usize::from(!escaped);
        Ok(escaped)
    }

    /// The same of a string with escapes, the first of which stands there. Apart, so that strings
    /// without any do not pay for its registers.
    #[inline(never)]
    fn escaped_string(&mut self, mut decoded: Option<&mut Decoded>) -> Result<(), Unreadable> {
        let bytes = self.text.as_bytes();
        while bytes[self.at] != b'"' {
            if bytes[self.at] != b'\\' {
                return Err(Unreadable); // a control character
            }
            let length = match bytes.get(self.at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                Some(b'u') => {
                    let digits = bytes.get(self.at + 2..self.at + 6).ok_or(Unreadable)?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(Unreadable);
                    }
                    6
                }
                _ => return Err(Unreadable),
            };
            if let Some(decoded) = &mut decoded {
                decoded.escape(self.text, self.at);
            }
            self.at += length;
            self.at += write::first_to_escape(&bytes[self.at..]).ok_or(Unreadable)?;
        }
        if let Some(decoded) = decoded {
            decoded.end(self.text, self.at);
        }
        self.at += 1;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Unreadable> {
        let byte = |at: usize| self.text.as_bytes().get(at).copied().unwrap_or_default();
        let digits = |from: usize| {
            let count = (from..).take_while(|at| byte(*at).is_ascii_digit()).count();
            if count == 0 { Err(Unreadable) } else { Ok(from + count) }
        };
        let mut at = self.at + usize::from(byte(self.at) == b'-');
        at = if byte(at) == b'0' { at + 1 } else { digits(at)? };
        if byte(at) == b'.' {
            at = digits(at + 1)?;
        }
        if byte(at) | 0x20 == b'e' {
            at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
        }
        self.at = at;
        Ok(())
    }

    /// Passes over a value that holds no other one.
    #[inline]
    fn skip_plain(&mut self, first: u8) -> Result<(), Unreadable> {
        match first {
            b'"' => {
                self.at += 1;
                self.string().map(drop)
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn skip_key(&mut self) -> Result<(), Unreadable> {
        self.take(b'"')?;
        self.string()?;
        self.take(b':')
    }

    fn skip_nested(&mut self) -> Result<(), Unreadable> {
        let mut nesting = Nesting::default();
        loop {
            match self.peek()? {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    let (object, close) = if open == b'{' { (true, b'}') } else { (false, b']') };
                    if self.peek()? == close {
                        self.at += 1;
                    } else {
                        nesting.push(object);
                        if object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                first => self.skip_plain(first)?,
            }
            // Behind a value: the next one, or the end of what holds it.
            loop {
                let Some(object) = nesting.innermost() else { return Ok(()) };
                let next = self.peek()?;
                self.at += 1;
                match (next, object) {
                    (b',', true) => {
                        self.skip_key()?;
                        break;
                    }
                    (b',', false) => break,
                    (b'}', true) | (b']', false) => nesting.pop(),
                    _ => return Err(Unreadable),
                }
            }
        }
    }
}
