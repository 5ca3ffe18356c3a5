//! A value that is usually a text, and may be a long one.
//!
//! Its escapes are decoded during the search for its end, because a second search would cost as much as
//! the first.

use super::{Raw, Readable, Scanner, Unreadable, skip};
use crate::json::string::Decoded;

/// A shorter rest of a document, such as a chunk of a stream, gains nothing.
const LONG_BYTES: usize = 1024;

#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) raw: Raw<'a>,
    /// The decoded text of a string with escapes that may be long.
    pub(crate) decoded: Option<Decoded>,
}

impl<'a> From<Raw<'a>> for Text<'a> {
    fn from(raw: Raw<'a>) -> Self {
        Self { raw, decoded: None }
    }
}

impl<'a> Readable<'a> for Text<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        if scanner.peek()? != b'"' {
            return Raw::read(scanner).map(Self::from);
        }
        let (text, start) = (scanner.text, scanner.at);
        let mut decoded = None;
        let mut end = skip::plain_characters(text.as_bytes(), start + 1)?;
        if text.as_bytes().get(end) != Some(&b'"') {
            if text.len() - start >= LONG_BYTES {
                decoded = Some(Decoded::from(text, start + 1));
            }
            end = skip::escaped_string(text, end, decoded.as_mut())?;
        }
        scanner.at = end + 1;
        Ok(Self { raw: Raw(&text[start..scanner.at]), decoded })
    }
}
