//! Reads a JSON text in one pass: the tolerant reader takes the values it needs and skips the rest.
//!
//! Most of a reply is skipped. serde_json checks each byte of it, while this scanner skips strings eight
//! bytes at a time. It accepts the grammar of RFC 8259 as serde_json does (`properties` compares the two),
//! with two differences: numbers have no range, and a key may have a lone surrogate.

use std::ops::Range;

use crate::json::string::{self, Decoded};
use crate::json::write;

mod floats;
mod nesting;
#[cfg(test)]
mod properties;
mod text;

use nesting::Nesting;
pub(crate) use text::Text;

/// The text is not JSON, or not the expected kind of value. The slow pass says what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// A type that is read from a value.
pub(crate) trait Readable<'a>: Sized {
    /// Reads the value and nothing behind it.
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable>;
}

/// Reads a text that is one value.
pub(crate) fn read<'a, T: Readable<'a>>(text: &'a str) -> Result<T, Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    let value = T::read(&mut scanner)?;
    scanner.end().map(|()| value)
}

/// Reads the entries of a text that is one object, as [`Scanner::entries`] does.
pub(crate) fn entries<'a>(
    text: &'a str,
    each: impl FnMut(&str, &mut Scanner<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.entries(each)?;
    scanner.end()
}

/// Reads the items of a text that is one list, as [`Scanner::items`] does.
pub(crate) fn items<'a>(
    text: &'a str,
    each: impl FnMut(&mut Scanner<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.items(each)?;
    scanner.end()
}

/// Reads the value at the beginning of a text. Returns it and the rest.
pub(crate) fn first(text: &str) -> Result<(Raw<'_>, &str), Unreadable> {
    let mut scanner = Scanner { text, at: 0 };
    let value = Raw::read(&mut scanner)?;
    Ok((value, &text[scanner.at..]))
}

/// The text of a valid JSON value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    pub(crate) fn get(self) -> &'a str {
        self.0
    }

    /// Where it stands in the text that it was read from.
    pub(crate) fn range_in(self, text: &str) -> Range<usize> {
        let start = (self.0.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        start..start + self.0.len()
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

/// A list. Any other value is unreadable.
impl<'a> Readable<'a> for Vec<Raw<'a>> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut items = Self::new();
        scanner.items(|scanner| {
            items.push(Raw::read(scanner)?);
            Ok(())
        })?;
        Ok(items)
    }
}

/// A text and the offset up to which it has been read.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Moves to the next byte that is not white space, and returns it.
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

    /// Reads the next value.
    pub(crate) fn value<T: Readable<'a>>(&mut self) -> Result<T, Unreadable> {
        T::read(self)
    }

    /// Reads the next value, and gives back its text as well.
    pub(crate) fn with_text<T: Readable<'a>>(&mut self) -> Result<(T, Raw<'a>), Unreadable> {
        self.peek()?;
        let start = self.at;
        let value = T::read(self)?;
        Ok((value, Raw(&self.text[start..self.at])))
    }

    /// Reads the next value. `null` is `None`.
    pub(crate) fn optional<T: Readable<'a>>(&mut self) -> Result<Option<T>, Unreadable> {
        match self.peek()? {
            b'n' => self.skip().map(|()| None),
            _ => T::read(self).map(Some),
        }
    }

    /// Reads the entries of the next object. `each` gets the key and reads or skips its value.
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

    /// Reads the items of the next list. `each` reads or skips one.
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

    /// Skips the next value, however deep it is.
    pub(crate) fn skip(&mut self) -> Result<(), Unreadable> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            first => self.skip_plain(first),
        }
    }

    /// The text between the quotes of the first key, and whether it has escapes.
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

    /// Refuses anything but white space up to the end of the text.
    fn end(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            Err(Unreadable) => Ok(()),
            Ok(_) => Err(Unreadable),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Unreadable> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Unreadable);
        }
        self.at += word.len();
        Ok(())
    }

    /// Skips a string behind its opening quote. Returns whether it has escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Unreadable> {
        let escaped = self.plain_string()?;
        if escaped {
            self.escaped_string(None)?;
        }
        Ok(escaped)
    }

    /// Skips a string behind its opening quote, up to its first escape. Returns whether there is one.
    #[inline]
    fn plain_string(&mut self) -> Result<bool, Unreadable> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let end = write::first_to_escape(rest).ok_or(Unreadable)?;
        self.at += end;
        let escaped = rest.get(end) != Some(&b'"');
        self.at += usize::from(!escaped);
        Ok(escaped)
    }

    /// Skips a string from its first escape on, and decodes it if asked to. Not inlined, so that strings
    /// without escapes do not pay for its registers.
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

    /// Skips a value that holds no other value.
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
            // A value has ended: the next one follows, or its list or object ends.
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
