//! Reads the numbers of vectors, of which an answer has many thousands.
//!
//! serde_json and the standard library read a digit at a time, which for a list of vectors costs more than
//! all the rest of the call. `common` reads most of them in another way, and leaves every other number to the
//! standard library, which is also the oracle of its tests.

mod common;
mod digits;

pub(crate) use common::read_common;

fn digit(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10)
}

/// Reads the JSON number at the beginning (RFC 8259, section 6). Returns it and its length in bytes; `None`
/// where no number stands there, or one that is too large for an `f32`.
pub(crate) fn read(bytes: &[u8]) -> Option<(f32, usize)> {
    let digits = |from: usize| {
        let count = (from..).take_while(|at| digit(bytes, *at).is_some()).count();
        (count > 0).then_some(from + count)
    };
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let mut at = usize::from(byte(0) == b'-');
    at = if byte(at) == b'0' { at + 1 } else { digits(at)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if byte(at) | 0x20 == b'e' {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    let number: f32 = std::str::from_utf8(&bytes[..at]).ok()?.parse().ok()?;
    number.is_finite().then_some((number, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn assert_read(text: &str) {
        let expected: f32 = text.parse().expect(text);
        let expected = expected.is_finite().then_some((expected.to_bits(), text.len()));
        for list in [format!("{text}, 0.5]"), text.to_owned()] {
            let found = read(list.as_bytes()).map(|(number, length)| (number.to_bits(), length));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_every_form_are_read_as_the_standard_library_reads_them() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "1",
            "-1",
            "0.5",
            "12.25",
            "999.5",
            "1000.5",
            "12345.678",
            "1e3",
            "1E-3",
            "-1.5e+2",
            "0.1e-45",
            "1e-999",
            "1e999",
            "-1e39",
            "3.4028235e38",
            "3.4028236e38",
            "0.0057293195",
            "-0.012727811",
            "0.0000000000000000000000000000000000000000000014",
            "0.1234567890123456",
            "0.12345678901234567",
            "0.1234567890123456789",
            "0.12345678901234567890123",
            "0.1234567890123456789012345",
            "-0.006929283495992422",
            "0.9999999999999999",
            "0.000000059604644775390625",
            "1.00000005960464477539",
            "1.000000059604644775390624",
            "123.123456789012345",
            "123.1234567890123456",
            "16777217.0",
            "0.0000000000000000001",
        ] {
            assert_read(text);
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in
            ["", "-", ".5", "+1", "1.", "1.e3", "-.5", "NaN", "Infinity", "null", "e5", "1e", "1e+"]
        {
            for list in [text.to_owned(), format!("{text}, 0.5]")] {
                assert_eq!(read(list.as_bytes()), None, "{list}");
            }
        }
        // The end of a number is where JSON has it.
        assert_eq!(read(b"01.5]"), Some((0.0, 1)));
    }

    proptest! {
        #[test]
        fn any_float_is_read_back(bits: u32) {
            let number = f32::from_bits(bits);
            prop_assume!(number.is_finite());
            assert_read(&format!("{number:?}"));
            assert_read(&format!("{}", f64::from(number)));
        }

        #[test]
        fn any_digits_are_read_as_the_standard_library_reads_them(
            text in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
        ) {
            assert_read(&text);
        }

        #[test]
        fn any_text_ends_and_what_is_read_is_a_number(text in "[-+.0-9eE,\\] ]{0,40}") {
            if let Some((number, length)) = read(text.as_bytes()) {
                let expected = text[..length].parse::<f32>().expect("a number");
                prop_assert_eq!(number.to_bits(), expected.to_bits());
            }
        }
    }
}
