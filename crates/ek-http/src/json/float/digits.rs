//! Several digits at a time, in one register.

/// Bytes of a text in a register, the first in the lowest byte; each digit is its value.
macro_rules! word {
    ($word:ident, $end:ident, $int:ty) => {
        #[derive(Clone, Copy)]
        pub(super) struct $word($int);

        /// The first byte that is no digit: the high bit of each such byte.
        #[derive(Clone, Copy)]
        pub(super) struct $end($int);

        impl $word {
            const ONES: $int = <$int>::from_ne_bytes([1; size_of::<$int>()]);

            #[inline]
            pub(super) fn of(bytes: [u8; size_of::<$int>()]) -> Self {
                Self(<$int>::from_le_bytes(bytes) ^ (Self::ONES * 0x30))
            }

            /// Where the digits at its beginning end; `None` if all bytes are digits.
            #[inline]
            pub(super) fn end(self) -> Option<$end> {
                // The addition may carry out of a byte that is no digit, which spoils only what stands
                // behind it.
                let above_9 = self.0.wrapping_add(Self::ONES * 0x76) | self.0;
                let others = above_9 & (Self::ONES * 0x80);
                (others != 0).then_some($end(others))
            }

            /// The same with zeros from this end on.
            #[inline]
            pub(super) fn up_to(self, end: $end) -> Self {
                // The bits below the whole byte that is no digit.
                Self(self.0 & ((end.0 ^ end.0.wrapping_sub(1)) >> 8))
            }
        }

        impl $end {
            /// How many digits stand before it.
            #[inline]
            pub(super) fn count(self) -> usize {
                self.0.trailing_zeros() as usize / 8
            }
        }
    };
}

word!(Word, End, u64);
word!(HalfWord, HalfEnd, u32);

impl Word {
    /// The number of eight digits that they are.
    #[inline]
    pub(super) fn number(self) -> u64 {
        // Neighbours are joined three times: each product adds a digit, a pair or four to the one behind.
        let pairs = (self.0.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
        fours.wrapping_mul(10_000 << 32 | 1) >> 32
    }
}

impl HalfWord {
    /// The number of four digits that they are.
    #[inline]
    pub(super) fn number(self) -> u64 {
        let pairs = (self.0.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff;
        u64::from(pairs.wrapping_mul(100 << 16 | 1) >> 16)
    }

    /// The same without its first bytes, fewer than four, and with zeros at its end.
    #[inline]
    pub(super) fn without(self, bytes: usize) -> Self {
        Self(self.0 >> (8 * bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// How many digits stand at the beginning, and the number that they and zeros are.
    fn expected(text: &[u8]) -> (Option<usize>, u64) {
        let end = text.iter().position(|byte| !byte.is_ascii_digit());
        let digits = String::from_utf8_lossy(&text[..end.unwrap_or(text.len())]);
        let width = text.len();
        (end, format!("{digits:0<width$}").parse().expect("digits"))
    }

    proptest! {
        #[test]
        fn digits_are_the_number_that_they_say(
            mut bytes: [u8; 8],
            digits in "[0-9]{8}",
            count in 0..9_usize,
        ) {
            bytes[..count].copy_from_slice(&digits.as_bytes()[..count]);
            let word = Word::of(bytes);
            let shown = word.end().map_or(word, |end| word.up_to(end)).number();
            prop_assert_eq!((word.end().map(End::count), shown), expected(&bytes));

            let half = *bytes.first_chunk().expect("four");
            let word = HalfWord::of(half);
            let shown = word.end().map_or(word, |end| word.up_to(end)).number();
            prop_assert_eq!((word.end().map(HalfEnd::count), shown), expected(&half));
        }
    }

    #[test]
    fn bytes_are_left_out_at_the_beginning() {
        let word = HalfWord::of(*b"1234");
        assert_eq!((word.without(0).number(), word.without(1).number()), (1_234, 2_340));
    }
}
