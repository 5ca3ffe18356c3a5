//! Reads the numbers of vectors, of which an answer has many thousands.
//!
//! serde_json and the standard library read a digit at a time, which for a list of vectors costs more than
//! all the rest of the call. Most of these numbers look alike, `-0.012727811`: such a one is read here eight
//! digits at a time, with a bound on what the rounding may be off by. Every other number, and each whose
//! bounds round to two different `f32`, is read by the standard library, which is also the oracle of the
//! tests.

/// Reads the number at the beginning, if it is a common one: one digit before its point, no exponent, in the
/// middle of a longer list. Returns it and its length in bytes; `None` says nothing of what stands there.
#[inline]
pub(crate) fn read_common(bytes: &[u8]) -> Option<(f32, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    // Longer than these numbers, so that no place in it needs a check.
    let text: &[u8; 2 + 4 * 8] = bytes.get(usize::from(is_negative)..)?.first_chunk()?;
    let [whole, b'.', rest @ ..] = text else { return None };
    let [first, second, third, _] = rest.as_chunks().0 else { return None };
    let (first, second) = (Word::of(*first), Word::of(*second));
    let (digits, count) = if !first.is_full() {
        (first.digits() * 100_000_000, first.count())
    } else if !second.is_full() {
        (first.all_digits() * 100_000_000 + second.digits(), 8 + second.count())
    } else {
        // Further digits are too small to count for more than the margin.
        let digits = first.all_digits() * 100_000_000 + second.all_digits();
        (digits, 16 + Word::of(*third).count())
    };
    if count == 0 || count == 24 || rest[count % rest.len()] | 0x20 == b'e' {
        return None;
    }
    let number = match *whole {
        b'0' => rounded(digits, 8),
        b'1'..=b'9' => {
            let whole = u64::from(*whole - b'0');
            rounded(whole * 10_000_000_000_000_000 + digits, 8 + 4 * whole)
        }
        _ => None,
    }?;
    // Signs follow no pattern, so that a branch would be guessed wrong half the time.
    let sign = u32::from(is_negative) << 31;
    Some((f32::from_bits(number.to_bits() | sign), usize::from(is_negative) + 2 + count))
}

/// The `f32` of a number of 1e-16, which may have more digits behind it. `None` where a bound below it and
/// one above it round to different ones.
///
/// An integer, the power of ten and their product are each off by half a unit in the last place of an `f64`,
/// 3.4e-16 of the number in all. The margin, in 1e-16 too, is more than that.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "rounding to an `f32` is the purpose")]
#[allow(clippy::cast_precision_loss, reason = "the margin allows for it")]
fn rounded(number: u64, margin: u64) -> Option<f32> {
    // Signed, since that is one instruction to convert; the number is below 1e17.
    let round = |number: i64| (number as f64 * 1e-16) as f32;
    let (number, margin) = (number.cast_signed(), margin.cast_signed());
    let (low, high) = (round(number - margin), round(number + 1 + margin));
    (low == high).then_some(low)
}

/// Eight bytes, of which the first are digits.
struct Word {
    values: u64,
    /// The high bit of each byte that is no digit.
    others: u64,
}

impl Word {
    #[inline]
    fn of(bytes: [u8; 8]) -> Self {
        const ONES: u64 = u64::from_ne_bytes([1; 8]);
        let values = u64::from_le_bytes(bytes) ^ (ONES * 0x30);
        let others = (((values & (ONES * 0x7f)) + ONES * 0x76) | values) & (ONES * 0x80);
        Self { values, others }
    }

    #[inline]
    fn is_full(&self) -> bool {
        self.others == 0
    }

    /// How many digits stand before the first byte that is none.
    #[inline]
    fn count(&self) -> usize {
        self.others.trailing_zeros() as usize / 8
    }

    /// The number of eight digits that they are, with zeros behind them.
    #[inline]
    fn digits(&self) -> u64 {
        // The bits below the first byte that is no digit.
        let first_other = self.others & self.others.wrapping_neg();
        let values = self.values & (first_other >> 7).wrapping_sub(1);
        Self { values, others: 0 }.all_digits()
    }

    /// The same where all are digits.
    #[inline]
    fn all_digits(&self) -> u64 {
        // Neighbours are joined three times; the first digit is in the lowest byte.
        let digits = self.values;
        let pairs = (digits * 10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs * 100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
        (fours * 10_000).wrapping_add(fours >> 32) & 0xffff_ffff
    }
}

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

    /// What stands behind a number in a list.
    const BEHIND: &str = ", 0.5, -0.25, 0.125, 0.0625, 0.03125]";

    #[track_caller]
    fn assert_read(text: &str) {
        let expected: f32 = text.parse().expect(text);
        let expected = expected.is_finite().then_some((expected.to_bits(), text.len()));
        for list in [format!("{text}{BEHIND}"), text.to_owned()] {
            let list = list.as_bytes();
            let bits = |(number, length): (f32, usize)| (number.to_bits(), length);
            assert_eq!(read(list).map(bits), expected, "{text}");
            let common = read_common(list).map(bits);
            assert!(common.is_none() || common == expected, "{text}: {common:?}");
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
    fn the_middle_between_two_floats_and_its_neighbours_round_as_they_should() {
        for bits in (0x3c00_0000_u32..0x3f80_0000).step_by(99_991) {
            let (low, high) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            let middle = f64::midpoint(f64::from(low), f64::from(high));
            for number in [middle.next_down(), middle, middle.next_up()] {
                assert_read(&format!("{number}"));
                assert_read(&format!("-{number:.17}"));
            }
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in
            ["", "-", ".5", "+1", "1.", "1.e3", "-.5", "NaN", "Infinity", "null", "e5", "1e", "1e+"]
        {
            for list in [text.to_owned(), format!("{text}{BEHIND}")] {
                assert_eq!((read(list.as_bytes()), read_common(list.as_bytes())), (None, None));
            }
        }
        // The end of a number is where JSON has it.
        assert_eq!(read(format!("01.5{BEHIND}").as_bytes()), Some((0.0, 1)));
        assert_eq!(read_common(format!("01.5{BEHIND}").as_bytes()), None);
        assert_eq!(read_common(format!("0.5.5{BEHIND}").as_bytes()), Some((0.5, 3)));
    }

    #[test]
    fn the_numbers_of_a_vector_are_common_ones() {
        for text in ["0.0057293195", "-0.012727811", "-0.006929283495992422", "1.25", "9.999999"] {
            let list = format!("{text}{BEHIND}");
            let expected = (text.parse().expect(text), text.len());
            assert_eq!(read_common(list.as_bytes()), Some(expected), "{text}");
        }
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
            for (number, length) in read(text.as_bytes()).into_iter().chain(read_common(text.as_bytes())) {
                let expected = text[..length].parse::<f32>().expect("a number");
                prop_assert_eq!(number.to_bits(), expected.to_bits());
            }
        }
    }
}
