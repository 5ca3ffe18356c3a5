//! What is looked for in a text: secrets, their digits and their base64, as a set of pieces, so that a
//! search costs the same for any number of them.

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::MIN_SECRET_BYTES;
use super::escapes::decoded;

/// A piece of a secret of this length is taken for the secret.
pub(super) const PIECE_BYTES: usize = 12;

/// The base64 of a shorter value is a word by chance.
const MIN_ENCODED_BYTES: usize = 4;

#[derive(Clone, Default)]
pub(super) struct Forms {
    pieces: HashSet<[u8; PIECE_BYTES]>,
    /// What is too short to have pieces.
    whole: HashSet<Vec<u8>>,
    /// The lengths of those.
    lengths: HashSet<usize>,
}

impl Forms {
    pub(super) fn add(&mut self, secret: &str) {
        self.add_form(secret.as_bytes());
        if secret.len() < MIN_ENCODED_BYTES {
            return;
        }
        if !secret.is_ascii() {
            self.add_form(json_escaped(secret).as_bytes());
        }
        let is_long = secret.len() >= MIN_SECRET_BYTES;
        if is_long {
            let digits: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            self.add_form(digits.as_bytes());
        }
        // Base64 takes three bytes at a time: the digits depend on how many stand in front.
        let others: &[&str] = if is_long { &["\0", "\0\0"] } else { &[] };
        for before in ["", "Bearer "].iter().chain(others) {
            let text = format!("{before}{secret}");
            let digits = STANDARD_NO_PAD.encode(&text);
            // The first digits may be of what stands in front, the last of what stands behind.
            let start = if before.starts_with('\0') { (before.len() * 8).div_ceil(6) } else { 0 };
            let end = if is_long { text.len() * 8 / 6 } else { digits.len() };
            let own = digits.get(start..end).unwrap_or_default();
            self.add_form(own.as_bytes());
            if own.contains(['+', '/']) {
                self.add_form(own.replace('+', "-").replace('/', "_").as_bytes());
            }
        }
    }

    /// Adds it as it is read in a text, for it may hold what looks like an escape.
    fn add_form(&mut self, mut form: &[u8]) {
        let mut read = Vec::with_capacity(form.len());
        while let Some((byte, width)) = decoded(form) {
            read.push(byte.to_ascii_lowercase());
            form = &form[width..];
        }
        if read.len() < PIECE_BYTES {
            self.lengths.insert(read.len());
            self.whole.insert(read);
        } else {
            let pieces = read
                .windows(PIECE_BYTES)
                .filter_map(|piece| <[u8; PIECE_BYTES]>::try_from(piece).ok());
            self.pieces.extend(pieces);
        }
    }

    /// Where any of it stands, in order. Linear in the text and, when it is made, in the secrets.
    pub(super) fn found(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for start in 0..text.len() {
            let mut piece = [0; PIECE_BYTES];
            let (mut read, mut end, mut last) = (0, start, None);
            while read < PIECE_BYTES
                && let Some((byte, width)) = decoded(&text[end..])
            {
                piece[read] = byte.to_ascii_lowercase();
                (read, end) = (read + 1, end + width);
                let is_short = read < MIN_SECRET_BYTES;
                if self.lengths.contains(&read)
                    && self.whole.contains(&piece[..read])
                    && (!is_short || is_word(text, start, end))
                {
                    last = Some(end);
                }
            }
            if read == PIECE_BYTES && self.pieces.contains(&piece) {
                last = Some(end);
            }
            let Some(end) = last else { continue };
            match found.last_mut() {
                Some(before) if start <= before.end => before.end = before.end.max(end),
                _ => found.push(start..end),
            }
        }
        found
    }
}

/// The value as JSON writes it in ASCII. A text that is read has one backslash for a row of them.
fn json_escaped(secret: &str) -> String {
    let mut units = [0; 2];
    let mut escaped = String::new();
    for character in secret.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            let units = character.encode_utf16(&mut units);
            escaped.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

/// Whether what stands there is no part of a longer word.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    !part(start.checked_sub(1).and_then(|before| text.get(before))) && !part(text.get(end))
}
