//! Reads objects key by key, more tolerant than derived types.
//!
//! A derived `Deserialize` refuses duplicate keys, a missing field and a number in place of an object. It
//! also reads numbers that no one needs, which may be out of range. Here a type reads the keys it needs
//! and skips the others.

use super::scan::{Readable, Scanner, Unreadable};

/// A type that is read from an object. A repeated key comes again, and the last one counts.
pub(crate) trait Fields<'a>: Default {
    /// The result for a value that is neither an object nor null.
    fn of_no_object() -> Self {
        Self::default()
    }

    /// Reads or skips the value of one key.
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable>;
}

/// Null counts as an empty object, and another value as [`Fields::of_no_object`].
impl<'a, T: Fields<'a>> Readable<'a> for T {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let first = scanner.peek()?;
        if first != b'{' {
            scanner.skip()?;
            return Ok(if first == b'n' { Self::default() } else { Self::of_no_object() });
        }
        let mut fields = Self::default();
        scanner.entries(|key, value| fields.field(key, value))?;
        Ok(fields)
    }
}
