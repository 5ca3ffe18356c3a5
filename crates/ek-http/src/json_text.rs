//! Texts as JSON strings, eight bytes at a time.
//!
//! serde_json looks at each byte by itself; a conversation of 64 KB costs it more than sending it does.
//! The outcome is the same, byte for byte.

/// Bytes of a word, and of a block that is looked at as a whole.
const WORD: usize = 8;
const BLOCK: usize = 32;

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Writes a text with its quotes.
pub(crate) fn write(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = first_to_escape(rest) {
        out.extend_from_slice(&rest[..at]);
        escape(rest[at], out);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// The first byte that may not stand in a string as it is: a control character, `"` or `\`.
#[inline]
pub(crate) fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    // Most strings of a reply end within two words.
    for at in [0, WORD] {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) else {
            return first_in_words(&bytes[at..]).map(|found| at + found);
        };
        let hits = to_escape(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
    }
    first_in_blocks(&bytes[2 * WORD..]).map(|found| 2 * WORD + found)
}

fn first_in_blocks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    for block in bytes.chunks_exact(BLOCK) {
        // Without branches, so that the compiler makes a few vector instructions of it.
        if block.iter().fold(false, |hit, byte| hit | is_to_escape(*byte)) {
            break;
        }
        at += BLOCK;
    }
    first_in_words(&bytes[at..]).map(|found| at + found)
}

fn first_in_words(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut words = bytes.chunks_exact(WORD);
    for word in &mut words {
        let hits = word.first_chunk().map_or(0, |word| to_escape(u64::from_le_bytes(*word)));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += WORD;
    }
    let rest = words.remainder().iter();
    rest.copied().position(is_to_escape).map(|found| at + found)
}

const fn is_to_escape(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// The high bit of each byte that is to be escaped. A borrow may set more bits above the first one,
/// which alone is to be believed.
const fn to_escape(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = quote.wrapping_sub(ONES) & !quote;
    let backslash = backslash.wrapping_sub(ONES) & !backslash;
    (control | quote | backslash) & HIGHS
}

/// Writes the short form where there is one, as serde_json does.
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
    fn each_character_at_each_place_is_written_as_serde_json_writes_it() {
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
