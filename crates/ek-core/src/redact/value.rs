//! Values by themselves: where one ends, and whether it is a credential, a word of prose or a setting.

use std::ops::Range;

use super::REDACTED;

/// Words that stand where a value would: in prose, in code, in a server's challenge.
const PLAIN: &str = "a absent an and apikey auth authentication authorization basic bearer boolean \
    credential credentials denied empty error expected expired failed false field for format has header \
    in input integer invalid is key missing must nil no none not null number object of or realm required \
    scheme scope should string the to token tokens true undefined unknown unset value values was with yes";

/// The first place from `at` on that such a character stands at, or the end.
pub(super) fn until(text: &str, at: usize, ends: impl Fn(char) -> bool) -> usize {
    text[at..].find(ends).map_or(text.len(), |length| at + length)
}

/// The word that begins there, without the sentence's own marks behind it.
pub(super) fn word(text: &str, at: usize) -> Range<usize> {
    const MARKS: &str = "\"'`\\<>&,;(){}[]“”‘’，。；（）、「」";
    let Some(rest) = text.get(at..) else { return text.len()..text.len() };
    let end = until(rest, 0, |c| c.is_whitespace() || c.is_control() || MARKS.contains(c));
    at..at + rest[..end].trim_end_matches(['.', ':', '!', '?', '…']).len()
}

/// The text in quotation marks that begins there, where what stands in front opens one. It ends with the
/// line at the latest.
pub(super) fn quoted(before: &str, text: &str, at: usize) -> Option<Range<usize>> {
    let (mark, in_front) =
        before.char_indices().next_back().map(|(at, mark)| (mark, &before[..at]))?;
    let ends_line = |c| matches!(c, '\r' | '\n');
    let end = match mark {
        // Escaped itself, it ends at an escape.
        '"' | '\'' | '`' if in_front.ends_with('\\') => {
            until(text, at, |c| c == mark || c == '\\' || ends_line(c))
        }
        '"' | '\'' | '`' => {
            let mut is_escaped = false;
            let ends = text[at..].find(|c| {
                let ends = (c == mark && !is_escaped) || ends_line(c);
                is_escaped = c == '\\' && !is_escaped;
                ends
            });
            ends.map_or(text.len(), |length| at + length)
        }
        '2' | '7' if in_front.ends_with("u002") => until(text, at, |c| c == '\\' || ends_line(c)),
        ';' if ["quot", "apos", "34", "39", "22", "27"].iter().any(|e| in_front.ends_with(e)) => {
            until(text, at, |c| c == '&' || ends_line(c))
        }
        _ => return None,
    };
    Some(at..end)
}

/// The value up to a mask that stands in it, if it is a secret.
pub(super) fn unmasked(text: &str, value: Range<usize>) -> Option<Range<usize>> {
    let found = &text[value.clone()];
    let length = found.find(REDACTED).unwrap_or(found.len());
    is_secret(&found[..length]).then_some(value.start..value.start + length)
}

/// Whether it is neither a plain word nor a setting such as `4096`.
pub(super) fn is_secret(value: &str) -> bool {
    let value = value.trim().trim_end_matches(['=', '.', ':', '!', '?']);
    let is_number = value.len() < 8 && value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_plain = PLAIN.split(' ').any(|word| word.eq_ignore_ascii_case(value));
    !is_number && !is_plain && value.chars().any(char::is_alphanumeric)
}

/// Whether it looks like a secret where prose is as likely.
pub(super) fn looks_secret(value: &str) -> bool {
    let has_digit = value.bytes().any(|b| b.is_ascii_digit());
    is_secret(value)
        && (has_digit && value.len() >= 6 || value.len() >= 20 && !is_identifier(value))
}

/// Whether it is letters and digits mixed, long and without a break, as generated texts are.
pub(super) fn looks_random(value: &str) -> bool {
    value.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        run.len() >= 12 && digits > 0 && digits < run.len()
    })
}

/// `max_completion_tokens`, `see-the-docs`.
pub(super) fn is_identifier(value: &str) -> bool {
    value.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.'))
}
