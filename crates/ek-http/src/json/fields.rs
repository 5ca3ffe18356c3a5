//! Reading objects key by key, without the strictness of derived types.
//!
//! A derived `Deserialize` refuses duplicate keys, a missing field, a number where an object belongs;
//! and it reads numbers that nobody needs, which then may be out of range. Here a type says what it
//! wants of each key, and everything else is skipped unread.

use super::scan::{Readable, Scanner, Unreadable};

/// What is read of an object. Keys given twice come twice: the last one counts.
pub(crate) trait Fields<'a>: Default {
    /// What stands for a value that is neither an object nor null.
    fn of_no_object() -> Self {
        Self::default()
    }

    /// Reads the value of one key, or skips it.
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable>;
}

/// What is no object is as good as an empty one, but for [`Fields::of_no_object`].
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
