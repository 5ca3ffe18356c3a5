//! The fast way for the numbers of vectors, which look alike: `-0.012727811,`.
//!
//! Such a number is read eight digits at a time, as an integer of a small unit, and then as an `f64`. That one is off
//! by a few units in its last place, which leaves the nearest `f32` open only where it is close to the middle
//! between two of them. Then, and for every number of another form, nothing is said here.
//!
//! Where the next number begins is found without this number's sign: the processor finds the next ones while
//! it still computes this one.

use super::digits::{HalfWord, Word};

/// The unit of an integer of twelve digits behind the point, and of one of sixteen, each with the sign of the
/// number: signs follow no pattern that a branch could be guessed by.
const SHORT_UNITS: [f64; 2] = [1e-12, -1e-12];
const UNITS: [f64; 2] = [1e-16, -1e-16];

/// How far the `f64` may be off, in units of its last place. The integer, the unit and their product are each
/// rounded, by at most one of them.
const OFF_BY: u64 = 4;

/// The same where digits behind the sixteenth are left out, if the integer is at least `LEAST`.
const OFF_BY_REST: u64 = OFF_BY + (1 << 16);
const LEAST: u64 = 1 << 37;

/// Reads the common numbers at the beginning, each with the comma behind it, or with a comma and a space, as
/// Python writes them. Adds them to a buffer, and returns how many bytes they take.
pub(crate) fn read_common(text: &[u8], out: &mut Vec<f32>) -> usize {
    let read = read_all::<0>(text, out);
    if read > 0 && text.get(read) == Some(&b' ') {
        return read + 1 + read_all::<1>(&text[read + 1..], out);
    }
    read
}

/// The same with this many spaces behind each comma.
#[inline(never)]
fn read_all<const SPACES: usize>(text: &[u8], out: &mut Vec<f32>) -> usize {
    let mut rest = text;
    // Longer than these numbers, so that no place in it needs a check.
    while let Some(window) = rest.first_chunk() {
        let sign = usize::from(window[0] == b'-');
        let Some((number, end)) = read_usual(window, sign).or_else(|| read_other(window, sign))
        else {
            break;
        };
        if window[end] != b',' || window[end + 1..][..SPACES] != [b' '; SPACES] {
            break;
        }
        out.push(number);
        rest = &rest[end + 1 + SPACES..];
    }
    text.len() - rest.len()
}

/// Reads a number of `0.` and 8 to 11 digits, as an `f32` in its shortest form has most of the time. Returns it
/// and the place of its end.
#[inline]
fn read_usual(window: &[u8; 40], sign: usize) -> Option<(f32, usize)> {
    let number: &[u8; 10] = window[sign..].first_chunk()?;
    let [whole, point, first @ ..] = number;
    // Begins with the last digit of the first word, if there is a sign.
    let second = HalfWord::of(*window[10..].first_chunk()?);
    let (first, end) = (Word::of(*first), second.end()?);
    // Compared at once.
    let is_below_1 = u16::from_le_bytes([*whole, *point]) == u16::from_le_bytes(*b"0.");
    if !is_below_1 || first.end().is_some() {
        return None;
    }
    let number = first.number() * 10_000 + second.up_to(end).without(sign).number();
    Some((nearest(number, SHORT_UNITS[sign], OFF_BY)?, 10 + end.count()))
}

/// Reads a number of one digit, a point and 1 to 23 digits.
#[inline(never)]
fn read_other(window: &[u8; 40], sign: usize) -> Option<(f32, usize)> {
    let number: &[u8; 26] = window[sign..].first_chunk()?;
    let [whole @ b'0'..=b'9', b'.', digits @ ..] = number else { return None };
    let [first, second, third] = digits.as_chunks().0 else { return None };
    let (first, second, third) = (Word::of(*first), Word::of(*second), Word::of(*third));
    let (digits, count, off_by) = if let Some(end) = first.end() {
        (first.up_to(end).number() * 100_000_000, end.count(), OFF_BY)
    } else {
        let first = first.number() * 100_000_000;
        match second.end() {
            Some(end) => (first + second.up_to(end).number(), 8 + end.count(), OFF_BY),
            None => (first + second.number(), 16 + third.end()?.count(), OFF_BY_REST),
        }
    };
    let number = u64::from(*whole - b'0') * 10_000_000_000_000_000 + digits;
    if count == 0 || (off_by == OFF_BY_REST && number < LEAST) {
        return None;
    }
    Some((nearest(number, UNITS[sign], off_by)?, sign + 2 + count))
}

/// The bits of an `f64` that an `f32` has not, and what they are in the middle between two `f32`.
const REST: u64 = (1 << 29) - 1;
const MIDDLE: u64 = 1 << 28;

/// The `f32` nearest to this many units; `None` where it is too close to call.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "rounding to an `f32` is the purpose")]
#[allow(clippy::cast_precision_loss, reason = "`off_by` allows for it")]
fn nearest(number: u64, unit: f64, off_by: u64) -> Option<f32> {
    // Signed, since that is one instruction to convert; the number is below 1e17.
    let number = number.cast_signed() as f64 * unit;
    let above = number.to_bits().wrapping_add(off_by).wrapping_sub(MIDDLE) & REST;
    (above > 2 * off_by).then_some(number as f32)
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use proptest::prelude::*;

    /// What stands behind a number in a list.
    const BEHIND: [&str; 3] = [
        ",0.5,-0.25,0.125,0.0625,0.03125,0.015625]",
        ", 0.5, -0.25, 0.125, 0.0625, 0.03125, 0.015625]",
        ",\n 0.5,\n -0.25,\n 0.125,\n 0.0625,\n 0.03125]",
    ];

    /// Reads the text as the first of a list; the bits of the number and its length, if it is read.
    fn first_of(text: &str, behind: &str) -> Option<(u32, usize)> {
        let mut out = Vec::new();
        let list = format!("{text}{behind}");
        let read = read_common(list.as_bytes(), &mut out);
        let comma = list.bytes().position(|byte| byte == b',').unwrap_or(list.len());
        assert_eq!(out.is_empty(), read == 0, "{list}");
        out.first().map(|number| (number.to_bits(), comma))
    }

    #[track_caller]
    fn assert_read_or_left(text: &str) {
        let expected = read(text.as_bytes()).map(|(number, length)| (number.to_bits(), length));
        for behind in BEHIND {
            let common = first_of(text, behind);
            assert!(common.is_none() || common == expected, "{text}: {common:?}, {expected:?}");
        }
    }

    #[test]
    fn the_numbers_of_a_vector_are_common_ones() {
        for text in [
            "0.0057293195",
            "-0.012727811",
            "-0.006929283495992422",
            "0.006929283495992422",
            "0.12345678",
            "-0.1234567",
            "-0.12345678",
            "0.1234567890123456",
            "-0.123456789012345",
            "-0.1234567890123456",
            "0.5",
            "-0.5",
            "1.25",
            "-9.999999",
            "0.0",
            "-0.0",
            "0.00000000",
        ] {
            let expected: f32 = text.parse().expect(text);
            for behind in BEHIND {
                assert_eq!(
                    first_of(text, behind),
                    Some((expected.to_bits(), text.len())),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_list_is_read_up_to_its_last_numbers_however_it_is_spaced() {
        let numbers: Vec<f32> = (0..64_u8).map(|n| (f32::from(n) - 31.5) / 977.0).collect();
        for between in [",", ", "] {
            let texts: Vec<String> = numbers.iter().map(f32::to_string).collect();
            let list = texts.join(between);
            let mut out = Vec::new();
            let read = read_common(list.as_bytes(), &mut out);
            assert!((58..64).contains(&out.len()), "{}", out.len());
            assert_eq!(out, numbers[..out.len()]);
            let expected = texts[..out.len()].join(between);
            assert_eq!(list[..read].strip_suffix(between), Some(expected.as_str()));
        }
    }

    #[test]
    fn what_is_no_common_number_is_left() {
        for text in [
            "",
            "-",
            ".5",
            "+1",
            "1.",
            "1.e3",
            "-.5",
            "NaN",
            "null",
            "e5",
            "1e",
            "1",
            "-7",
            "12.5",
            "01.5",
            "0.5.5",
            "0.5e3",
            "0.12345678e1",
            "0.1234567890123456E1",
            "0.5]",
            "0.5 ",
            "-0.",
            "--0.5",
            "/.5",
            "0.123456789012345678901234567",
        ] {
            for behind in BEHIND {
                assert_eq!(first_of(text, behind), None, "{text}{behind}");
            }
        }
        // The end of the text is too near for a look at all places at once.
        assert_eq!(first_of("0.5", ",0.25]"), None);
    }

    #[test]
    fn the_middle_between_two_floats_and_its_neighbours_round_as_they_should() {
        for bits in (0x3000_0000_u32..0x4100_0000).step_by(99_991) {
            let (low, high) = (f32::from_bits(bits), f32::from_bits(bits + 1));
            let middle = f64::midpoint(f64::from(low), f64::from(high));
            for number in [middle.next_down(), middle, middle.next_up()] {
                assert_read_or_left(&format!("{number}"));
                for places in 12..24 {
                    assert_read_or_left(&format!("-{number:.places$}"));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_float_is_read_back_or_left(bits: u32) {
            let number = f32::from_bits(bits);
            prop_assume!(number.is_finite());
            assert_read_or_left(&format!("{number:?}"));
            assert_read_or_left(&format!("{}", f64::from(number)));
        }

        #[test]
        fn any_digits_are_read_as_the_standard_library_reads_them_or_left(
            text in "-?[0-9](\\.[0-9]{1,26})?([eE][+-]?[0-9]{1,3})?",
        ) {
            assert_read_or_left(&text);
        }

        #[test]
        fn any_text_ends_and_what_is_read_are_its_numbers(text in "[-0.12,, ]{0,80}") {
            let mut out = Vec::new();
            let read = read_common(text.as_bytes(), &mut out);
            let list = text[..read].trim_end_matches(' ').strip_suffix(',');
            let texts = list.into_iter().flat_map(|list| list.split(','));
            let expected: Vec<f32> = texts.map(|one| one.trim_start().parse().expect(one)).collect();
            prop_assert_eq!(out, expected);
        }
    }
}
