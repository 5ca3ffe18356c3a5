//! A value that is a text more often than not, and a long one.
//!
//! Its escapes are decoded while it is looked through for its end, for to look for them again would cost
//! as much as finding the end did.

use super::{Raw, Readable, Scanner, Unreadable};
use crate::json::string::Decoded;

/// In a shorter rest of a document, a stream's chunk most often, there is nothing to be gained.
const LONG_BYTES: usize = 1024;

#[derive(Debug)]
pub(crate) struct Text<'a> {
    pub(crate) raw: Raw<'a>,
    /// What it says; only of a string with escapes, and not where it has to be short.
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
        let start = scanner.at;
        scanner.at += 1;
        let mut decoded = None;
        if scanner.plain_string()? {
            if scanner.text.len() - start >= LONG_BYTES {
                decoded = Some(Decoded::from(scanner.text, start + 1));
            }
            scanner.escaped_string(decoded.as_mut())?;
        }
        Ok(Self { raw: Raw(&scanner.text[start..scanner.at]), decoded })
    }
}
