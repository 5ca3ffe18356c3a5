//! Texts as JSON strings, eight bytes at a time.
//!
//! serde_json looks at each byte by itself; a conversation of 64 KB costs it more than sending it does.
//! The outcome is the same, byte for byte.

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
pub(crate) fn first_to_escape(bytes: &[u8]) -> Option<usize> {
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let mut eight = [0; 8];
        eight.copy_from_slice(word);
        let hits = to_escape(u64::from_le_bytes(eight));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = words.remainder().iter();
    rest.copied().position(|byte| matches!(byte, 0..=0x1f | b'"' | b'\\')).map(|found| at + found)
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
            for before in 0..9 {
                for after in [0, 1, 8] {
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
