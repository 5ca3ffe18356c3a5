//! Writes texts as JSON strings, eight bytes at a time.
//!
//! serde_json checks one byte at a time, which for a conversation of 64 KB costs more than sending it. The
//! output is the same, byte for byte.

/// The bytes of a word, and of a block that is checked as a whole.
const WORD: usize = 8;
const BLOCK: usize = 32;
/// Most strings of a reply end within this many words.
const SHORT: usize = 4;

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Writes a text in quotes.
pub(crate) fn write(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let (bytes, mut from) = (text.as_bytes(), 0);
    while let Some(at) = first_to_escape(bytes, from) {
        out.extend_from_slice(&bytes[from..at]);
        escape(bytes[at], out);
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// The offset of the first byte at or behind `from` that needs an escape: a control character, `"` or `\`.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "left to the compiler, 64 messages cost a tenth more to write"
)]
pub(crate) fn first_to_escape(bytes: &[u8], from: usize) -> Option<usize> {
    let Some(words) = bytes.get(from..)?.as_chunks().0.first_chunk::<SHORT>() else {
        return first_in_blocks(bytes, from);
    };
    for (number, word) in words.iter().enumerate() {
        let hits = to_escape(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(from + number * WORD + hits.trailing_zeros() as usize / 8);
        }
    }
    first_in_blocks(bytes, from + SHORT * WORD)
}

/// Not inlined, so that short strings do not pay for its registers.
#[inline(never)]
fn first_in_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    let (blocks, _) = bytes[at..].as_chunks::<BLOCK>();
    for block in blocks {
        // Without branches, so that the compiler can use vector instructions.
        if block.iter().fold(false, |hit, byte| hit | is_to_escape(*byte)) {
            break;
        }
        at += BLOCK;
    }
    let (words, rest) = bytes[at..].as_chunks();
    for word in words {
        let hits = to_escape(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += WORD;
    }
    rest.iter().copied().position(is_to_escape).map(|found| at + found)
}

/// A flipped bit moves `"` next to the control characters.
const fn is_to_escape(byte: u8) -> bool {
    (byte ^ 0x02 <= 0x20) | (byte == b'\\')
}

/// Sets the high bit of each byte that needs an escape. Only the first one is reliable: a borrow may set
/// bits above it.
const fn to_escape(word: u64) -> u64 {
    let low = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    ((low & !word) | equal_to(b'\\', word)) & HIGHS
}

/// Sets the high bit of each byte that is the ASCII byte `byte`. Only the first one is reliable.
pub(crate) const fn equal_to(byte: u8, word: u64) -> u64 {
    (word ^ (ONES * byte as u64)).wrapping_sub(ONES) & !word & HIGHS
}

/// Writes an escape, in its short form if there is one, as serde_json does.
fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write(text, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn each_character_at_each_offset_is_written_as_serde_json_writes_it() {
        for character in (0..=0x17f).filter_map(char::from_u32) {
            for before in (0..9).chain([16, 25, 40]) {
                for after in [0, 1, 8, 40] {
                    let (before, after) = ("éx".repeat(before), "~".repeat(after));
                    let text = format!("{before}{character}{after}");
                    assert_eq!(written(&text), serde_json::to_string(&text).expect("writes"));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_written_as_serde_json_writes_it(text in "(?s:.|\\PC|[\"\\\\\\x00-\\x20]){0,80}") {
            prop_assert_eq!(written(&text), serde_json::to_string(&text).expect("writes"));
        }
    }
}
