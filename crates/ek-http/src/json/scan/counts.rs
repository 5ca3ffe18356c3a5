//! Reads counts. Most are short numbers, which are read while their end is looked for.

use super::{Raw, Readable as _, Scanner, Unreadable};
use crate::json::scalar;

/// A number of this many digits fits any count.
const MAX_DIGITS: usize = 19;

impl Scanner<'_> {
    /// Reads the next value as a count, in any notation that [`scalar::count`] knows. Any other value is none.
    pub(crate) fn count(&mut self) -> Result<Option<u64>, Unreadable> {
        let first = self.peek()?;
        let rest = &self.text.as_bytes()[self.at..];
        let (mut count, mut length) = (0, 0);
        for digit in rest.iter().take(MAX_DIGITS).take_while(|byte| byte.is_ascii_digit()) {
            count = count * 10 + u64::from(digit - b'0');
            length += 1;
        }
        let is_number = length == 1 || (length > 1 && first != b'0');
        if is_number && matches!(rest.get(length), Some(b',' | b'}' | b']')) {
            self.at += length;
            return Ok(Some(count));
        }
        Raw::read(self).map(scalar::count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::json::scan::Readable;

    #[derive(Debug, PartialEq)]
    struct Counts(Vec<Option<u64>>);

    impl<'a> Readable<'a> for Counts {
        fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
            let mut counts = Vec::new();
            scanner.items(|scanner| {
                counts.push(scanner.count()?);
                Ok(())
            })?;
            Ok(Self(counts))
        }
    }

    #[test]
    fn a_count_is_read_as_from_its_own_text_wherever_it_stands() {
        let values = [
            "0",
            "7",
            "120",
            "1.0",
            "1e2",
            "-1",
            "-0",
            "\"12\"",
            "null",
            "{}",
            "[1]",
            "true",
            "1.5",
            "9999999999999999999",
            "18446744073709551615",
            "18446744073709551616",
            "100000000000000000000",
        ];
        for (value, space) in values.into_iter().flat_map(|value| [(value, ""), (value, " \n")]) {
            let list = format!("[{space}{value}{space},{value},\"x\",{value}]");
            let count = scalar::count(Raw::of(value));
            assert_eq!(read(&list), Ok(Counts(vec![count, count, None, count])), "{list}");
        }
    }

    #[test]
    fn what_is_no_number_of_json_is_unreadable() {
        for text in ["[01]", "[00]", "[1", "[1x]", "[+1]", "[.5]", "[1.]", "[]]", "[1 2]"] {
            assert_eq!(read::<Counts>(text), Err(Unreadable), "{text}");
        }
    }
}
