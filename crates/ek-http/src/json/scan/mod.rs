//! Reads a JSON text in one pass: the tolerant reader takes the values it needs and skips the rest.
//!
//! Most of a reply is skipped. serde_json checks each byte of it, while this scanner skips strings eight
//! bytes at a time. It accepts the grammar of RFC 8259 as serde_json does (`properties` compares the two),
//! with two differences: numbers have no range, and a key may have a lone surrogate.

use crate::json::string;

mod counts;
mod floats;
mod nesting;
#[cfg(test)]
mod properties;
mod skip;
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
#[cfg(any(feature = "gemini", feature = "responses"))]
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
    #[cfg(feature = "anthropic")]
    pub(crate) fn range_in(self, text: &str) -> std::ops::Range<usize> {
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
        let (start, first) = skip::token(scanner.text.as_bytes(), scanner.at)?;
        scanner.at = skip::value_at(scanner.text, start, first)?;
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
        let (at, byte) = skip::token(self.text.as_bytes(), self.at)?;
        self.at = at;
        Ok(byte)
    }

    /// Reads the next value.
    pub(crate) fn value<T: Readable<'a>>(&mut self) -> Result<T, Unreadable> {
        T::read(self)
    }

    /// Reads the next value, and gives back its text as well.
    #[cfg(any(feature = "gemini", feature = "responses"))]
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
        self.at = skip::value(self.text, self.at)?;
        Ok(())
    }

    /// The text between the quotes of the first key, and whether it has escapes.
    #[inline]
    fn first_key(&mut self) -> Result<Option<(&'a str, bool)>, Unreadable> {
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(None);
        }
        self.key().map(Some)
    }

    #[inline]
    fn next_key(&mut self) -> Result<Option<(&'a str, bool)>, Unreadable> {
        let next = self.peek()?;
        self.at += 1;
        match next {
            b',' => self.key().map(Some),
            b'}' => Ok(None),
            _ => Err(Unreadable),
        }
    }

    fn key(&mut self) -> Result<(&'a str, bool), Unreadable> {
        let bytes = self.text.as_bytes();
        let start = skip::byte(bytes, self.at, b'"')?;
        let (end, escaped) = skip::string(self.text, start)?;
        self.at = skip::byte(bytes, end + 1, b':')?;
        Ok((&self.text[start..end], escaped))
    }

    #[inline]
    fn take(&mut self, expected: u8) -> Result<(), Unreadable> {
        self.at = skip::byte(self.text.as_bytes(), self.at, expected)?;
        Ok(())
    }

    /// Refuses anything but white space up to the end of the text.
    fn end(&mut self) -> Result<(), Unreadable> {
        match self.peek() {
            Err(Unreadable) => Ok(()),
            Ok(_) => Err(Unreadable),
        }
    }
}
