//! JSON as replies have it: a serde deserializer for the few kinds of values that the tolerant reader
//! asks for, over text that is known to be UTF-8.
//!
//! Most of a reply is passed over unread. serde_json does that a byte at a time and with a check for
//! each; here strings are passed eight bytes at a time. The grammar is the same (RFC 8259), and
//! `properties` holds this to what serde_json takes and refuses. Two things are other than there:
//! numbers have no range, and a key may have a lone surrogate.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::json_string;
use crate::json_text;

mod nesting;
#[cfg(test)]
mod properties;
mod raw;

use nesting::Nesting;
pub(crate) use raw::Raw;

/// The text is no JSON, or not of the expected kind. What is wrong with it is told by the slow pass.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not readable")
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads a text that is one value.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    let mut scanner = Scanner::new(text);
    let value = T::deserialize(&mut scanner)?;
    scanner.end()?;
    Ok(value)
}

/// The place in a text up to which it has been read.
pub(crate) struct Scanner<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Scanner<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { text, at: 0 }
    }

    /// Whether nothing but white space follows.
    pub(super) fn end(&mut self) -> Result<(), Unreadable> {
        if self.peek().is_ok() { Err(Unreadable) } else { Ok(()) }
    }

    /// The first byte that is no white space; the place is then before it.
    fn peek(&mut self) -> Result<u8, Unreadable> {
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Unreadable),
            }
        }
    }

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

    /// Passes over a string: what stands between its quotes, and whether there are escapes.
    #[inline]
    fn string(&mut self) -> Result<(&'de str, bool), Unreadable> {
        self.take(b'"')?;
        let (bytes, start) = (self.text.as_bytes(), self.at);
        let end = start + json_text::first_to_escape(&bytes[start..]).ok_or(Unreadable)?;
        if bytes[end] != b'"' {
            return self.escaped_string(start, end);
        }
        self.at = end + 1;
        Ok((&self.text[start..end], false))
    }

    /// The same of a string with escapes, the first of which stands there.
    #[cold]
    fn escaped_string(&mut self, start: usize, at: usize) -> Result<(&'de str, bool), Unreadable> {
        self.at = at;
        let bytes = self.text.as_bytes();
        while bytes[self.at] != b'"' {
            if bytes[self.at] != b'\\' {
                return Err(Unreadable); // a control character
            }
            self.at += match bytes.get(self.at + 1) {
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
            self.at += json_text::first_to_escape(&bytes[self.at..]).ok_or(Unreadable)?;
        }
        let inside = &self.text[start..self.at];
        self.at += 1;
        Ok((inside, true))
    }

    fn digits(&mut self) -> Result<(), Unreadable> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(Unreadable) } else { Ok(()) }
    }

    fn next_is(&mut self, one_of: &[u8]) -> bool {
        let is = self.text.as_bytes().get(self.at).is_some_and(|byte| one_of.contains(byte));
        self.at += usize::from(is);
        is
    }

    fn number(&mut self) -> Result<(), Unreadable> {
        self.next_is(b"-");
        if !self.next_is(b"0") {
            self.digits()?;
        }
        if self.next_is(b".") {
            self.digits()?;
        }
        if self.next_is(b"eE") {
            self.next_is(b"+-");
            self.digits()?;
        }
        Ok(())
    }

    fn key(&mut self) -> Result<(&'de str, bool), Unreadable> {
        let key = self.string()?;
        self.take(b':')?;
        Ok(key)
    }

    /// Passes over a value, however deep it is.
    fn skip(&mut self) -> Result<(), Unreadable> {
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
                            self.key()?;
                        }
                        continue;
                    }
                }
                b'"' => drop(self.string()?),
                b't' => self.word("true")?,
                b'f' => self.word("false")?,
                b'n' => self.word("null")?,
                _ => self.number()?,
            }
            // Behind a value: the next one, or the end of what holds it.
            loop {
                let Some(object) = nesting.innermost() else { return Ok(()) };
                let next = self.peek()?;
                self.at += 1;
                match (next, object) {
                    (b',', true) => {
                        self.key()?;
                        break;
                    }
                    (b',', false) => break,
                    (b'}', true) | (b']', false) => nesting.pop(),
                    _ => return Err(Unreadable),
                }
            }
        }
    }

    fn give_string<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.string()? {
            (text, false) => visitor.visit_borrowed_str(text),
            (text, true) => visitor.visit_string(json_string::decode_characters(text)),
        }
    }
}

impl<'de> Deserializer<'de> for &mut Scanner<'de> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.peek()? {
            b'{' => {
                self.at += 1;
                visitor.visit_map(Items { scanner: self, first: true })
            }
            b'[' => {
                self.at += 1;
                visitor.visit_seq(Items { scanner: self, first: true })
            }
            b'"' => self.give_string(visitor),
            b't' => self.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word("false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.word("null").and_then(|()| visitor.visit_unit()),
            _ => {
                let start = self.at;
                self.number()?;
                visitor.visit_f64(self.text[start..self.at].parse().map_err(|_| Unreadable)?)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.peek()? {
            b'n' => self.word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.give_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unreadable> {
        if name != raw::NAME {
            return visitor.visit_newtype_struct(self);
        }
        self.peek()?;
        let start = self.at;
        self.skip()?;
        visitor.visit_borrowed_str(&self.text[start..self.at])
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The entries of an object, or the elements of a list.
struct Items<'a, 'de> {
    scanner: &'a mut Scanner<'de>,
    first: bool,
}

impl Items<'_, '_> {
    /// Whether there is another one; if not, the closing bracket has been read.
    fn has_next(&mut self, close: u8) -> Result<bool, Unreadable> {
        let next = self.scanner.peek()?;
        if next == close {
            self.scanner.at += 1;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            self.scanner.take(b',')?;
        }
        Ok(true)
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Unreadable> {
        if !self.has_next(b'}')? {
            return Ok(None);
        }
        match self.scanner.peek()? {
            b'"' => seed.deserialize(&mut *self.scanner).map(Some),
            _ => Err(Unreadable),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Unreadable> {
        self.scanner.take(b':')?;
        seed.deserialize(&mut *self.scanner)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unreadable> {
        if self.has_next(b']')? { seed.deserialize(&mut *self.scanner).map(Some) } else { Ok(None) }
    }
}
