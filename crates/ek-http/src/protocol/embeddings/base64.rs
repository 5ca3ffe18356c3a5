//! A vector as base64 of little-endian `f32`.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The standard alphabet, with or without padding.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The characters that are decoded at a time, and their bytes: a whole number of `f32`.
const PIECE_CHARS: usize = 4_096;
const PIECE_BYTES: usize = PIECE_CHARS / 4 * 3;

/// Adds the numbers of a text to `out`. Returns false if the text is no base64, or its bytes are no whole
/// number of `f32`.
///
/// White space is passed over, and the alphabet for URLs is taken too.
pub(super) fn decode(text: &str, out: &mut Vec<f32>) -> bool {
    let start = out.len();
    if decode_standard(text, out) {
        return true;
    }
    out.truncate(start);
    let kept = text.chars().filter(|c| !c.is_ascii_whitespace());
    let standard: String = kept
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    standard != text && decode_standard(&standard, out)
}

/// Decodes piece by piece, so that no second buffer of the text's size is needed.
fn decode_standard(text: &str, out: &mut Vec<f32>) -> bool {
    let mut bytes = [0; PIECE_BYTES];
    let mut pieces = text.as_bytes().chunks(PIECE_CHARS).peekable();
    while let Some(piece) = pieces.next() {
        let Ok(length) = ENGINE.decode_slice(piece, &mut bytes) else { return false };
        let (numbers, rest) = bytes[..length].as_chunks();
        // A padding within the text ends a piece too early.
        if !rest.is_empty() || (pieces.peek().is_some() && length < PIECE_BYTES) {
            return false;
        }
        out.extend(numbers.iter().map(|number| f32::from_le_bytes(*number)));
    }
    true
}

#[cfg(test)]
pub(super) fn encode_for_tests(numbers: &[f32]) -> String {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    ENGINE.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose;

    fn decoded(text: &str) -> Option<Vec<f32>> {
        let mut out = vec![7.0];
        decode(text, &mut out).then(|| out.split_off(1))
    }

    #[test]
    fn padding_white_space_and_the_alphabet_for_urls_make_no_difference() {
        let numbers: Vec<f32> = (0..2_000_u16).map(|n| f32::from(n) * -1.37).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let mut lines = general_purpose::STANDARD.encode(&bytes);
        for at in (0..lines.len()).step_by(76).skip(1).rev() {
            lines.insert_str(at, "\r\n");
        }
        for text in [
            general_purpose::STANDARD.encode(&bytes),
            general_purpose::STANDARD_NO_PAD.encode(&bytes),
            general_purpose::URL_SAFE.encode(&bytes),
            general_purpose::URL_SAFE_NO_PAD.encode(&bytes),
            lines,
        ] {
            assert_eq!(decoded(&text).as_ref(), Some(&numbers), "{}", &text[..90]);
        }
    }

    #[test]
    fn what_is_no_whole_number_of_floats_is_refused() {
        let torn = general_purpose::STANDARD.encode([0; 7]);
        // A padding at the end of the first piece.
        let joined = format!("{}AAA=AAAAAAAA", "AAAA".repeat(PIECE_CHARS / 4 - 1));
        for text in ["mock embedding", "AACAPgAAAL8AAAA+AA", "AAAAA", "====", "ä", &torn, &joined]
        {
            assert_eq!(decoded(text), None, "{text}");
        }
        assert_eq!(decoded(""), Some(vec![]));
    }
}
