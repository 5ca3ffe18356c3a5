//! Lists of numbers, read into a buffer that is there already.

use memchr::{memchr, memchr_iter};

use super::{Scanner, Unreadable};
use crate::json::float;

impl Scanner<'_> {
    /// Adds the numbers of the next list to a buffer. Returns whether all items are numbers that an `f32`
    /// can hold; the others are skipped.
    pub(crate) fn floats(&mut self, out: &mut Vec<f32>) -> Result<bool, Unreadable> {
        let mut all = true;
        self.take(b'[')?;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(all);
        }
        loop {
            self.peek()?;
            let read = float::read_common(&self.text.as_bytes()[self.at..], out);
            self.at += read;
            // Behind a comma there is another one.
            if read > 0 {
                continue;
            }
            all &= self.odd_float(out)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(Unreadable),
            }
        }
        self.at += 1;
        Ok(all)
    }

    /// Adds a number of an unusual form, or skips what is none and returns false.
    #[cold]
    fn odd_float(&mut self, out: &mut Vec<f32>) -> Result<bool, Unreadable> {
        let Some((number, length)) = float::read(&self.text.as_bytes()[self.at..]) else {
            return self.skip().map(|()| false);
        };
        out.push(number);
        self.at += length;
        Ok(true)
    }

    /// About how many items the next list has, if none of them is a list.
    pub(crate) fn items_ahead(&self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let list = &rest[..memchr(b']', rest).unwrap_or(rest.len())];
        memchr_iter(b',', list).count() + 1
    }

    /// The length of the text, in bytes.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Readable, read};
    use super::*;

    struct Floats(Vec<f32>, bool, usize);

    impl<'a> Readable<'a> for Floats {
        fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
            let mut out = Vec::new();
            scanner.peek()?;
            let ahead = scanner.items_ahead();
            let all = scanner.floats(&mut out)?;
            Ok(Self(out, all, ahead))
        }
    }

    #[test]
    fn numbers_are_read_however_they_are_spaced() {
        for text in ["[0.5,-1,25e-2]", "[ 0.5, -1 , 25e-2 ]", " [\n\t0.5,\r\n  -1,  25e-2\n]"] {
            let Floats(numbers, all, ahead) = read(text).expect(text);
            assert_eq!((numbers, all, ahead), (vec![0.5, -1.0, 0.25], true, 3), "{text}");
        }
        assert!(read::<Floats>("[]").is_ok_and(|none| none.0.is_empty() && none.1));
    }

    #[test]
    fn an_item_that_is_no_number_is_skipped_and_said() {
        for text in
            ["[0.5,null]", "[\"0.5\", 0.5]", "[[0.5],0.5]", "[0.5,{\"a\":[1]}]", "[0.5,1e39]"]
        {
            let Floats(numbers, all, _) = read(text).expect(text);
            assert_eq!((numbers, all), (vec![0.5], false), "{text}");
        }
    }

    #[test]
    fn a_list_that_is_no_json_is_unreadable() {
        for text in
            ["[0.5", "[0.5,", "[0.5,]", "[0.5 0.5]", "[01]", "[1.]", "[.5]", "[NaN]", "[+1]", "7"]
        {
            assert!(read::<Floats>(text).is_err(), "{text}");
        }
    }
}
