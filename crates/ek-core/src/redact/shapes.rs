//! Where credentials stand in a text, by their shape: one walk from left to right.
//!
//! Written by hand: a matcher of patterns weighed as much as all else in a small client together, took
//! a millisecond before the first error, and read some texts fifteen times as slowly. The shapes are
//! those of the pattern in `pattern.rs`, and a test holds the two equal.

/// A credential; all offsets are bytes and stand between characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) start: usize,
    /// What stays in front of it ends here.
    pub(super) end: usize,
    /// The search goes on here.
    pub(super) next: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Shaped like a credential, wherever it stands.
    Certain,
    /// It follows a scheme, as in `Bearer x`.
    OfScheme,
    /// It follows a telling name and a sign, as in `token=x`.
    OfName { assigned: bool, has_scheme: bool },
}

type Class = fn(u8) -> bool;

/// Prefixes that tell a credential, what follows them, and how much of it at least.
const PREFIXES: [(&str, Class, usize); 17] = [
    ("ghp_", is_word, 4),
    ("gho_", is_word, 4),
    ("ghu_", is_word, 4),
    ("ghs_", is_word, 4),
    ("ghr_", is_word, 4),
    ("github_pat_", is_word, 4),
    ("glpat-", is_token, 4),
    ("AIza", is_token, 4),
    ("ya29.", is_token, 4),
    ("xai-", is_alphanumeric, 8),
    ("gsk_", is_word, 4),
    ("hf_", is_alphanumeric, 8),
    ("nvapi-", is_token, 4),
    ("pplx-", is_alphanumeric, 8),
    ("r8_", is_alphanumeric, 8),
    ("AKIA", is_upper, 12),
    ("ASIA", is_upper, 12),
];

const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Names are telling by their end.
const NAME_ENDS: [&str; 12] = [
    "apikey",
    "api_key",
    "api-key",
    "secret",
    "password",
    "passwd",
    "pwd",
    "credential",
    "subscription-key",
    "signature",
    "authorization",
    "token",
];

/// What may stand in front of such an end. Bounded: a run without end would be read again from each of
/// its words.
const MAX_BEFORE_NAME_END: usize = 40;
const MAX_NAME: usize = MAX_BEFORE_NAME_END + "subscription-key".len();

/// The credentials of a text, in order.
pub(super) struct Shapes<'a> {
    text: &'a [u8],
    at: usize,
    /// No JSON web token begins before this place.
    web_tokens_from: usize,
}

impl<'a> Shapes<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0, web_tokens_from: 0 }
    }

    fn found_at(&mut self, at: usize) -> Option<Found> {
        let text = self.text;
        if text[at] == b':' {
            return user_info(text, at);
        }
        let is_edge = (at > 0 && is_word(text[at - 1])) != is_word(text[at]);
        if !is_edge {
            return None;
        }
        let key = by_prefix(text, at).or_else(|| self.web_token(at));
        let key = key.map(|end| Found { start: at, end, next: end, kind: Kind::Certain });
        key.or_else(|| by_scheme(text, at)).or_else(|| by_name(text, at))
    }

    /// `eyJ....x.y`; tells its end.
    fn web_token(&mut self, at: usize) -> Option<usize> {
        let text = self.text;
        if at < self.web_tokens_from || !text[at..].starts_with(b"eyJ") {
            return None;
        }
        let header = run(text, at + 3, is_token);
        let payload = run(text, header + 1, is_token);
        if text.get(header) != Some(&b'.') || payload == header + 1 {
            // What begins later in this run ends as it does.
            self.web_tokens_from = header;
            return None;
        }
        if header < at + 3 + 6 {
            return None;
        }
        let signed = text.get(payload) == Some(&b'.');
        Some(if signed { run(text, payload + 1, is_token) } else { payload })
    }
}

impl Iterator for Shapes<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let found = (self.at..self.text.len()).find_map(|at| self.found_at(at));
        self.at = found.as_ref().map_or(self.text.len(), |found| found.next);
        found
    }
}

/// `://user:password@`.
fn user_info(text: &[u8], at: usize) -> Option<Found> {
    if !text[at..].starts_with(b"://") {
        return None;
    }
    let start = at + 3;
    let end = run(text, start, |b| !matches!(b, b'/' | b' ' | b'\t' | b'\r' | b'\n' | b'@'));
    let is_whole = end > start && text.get(end) == Some(&b'@');
    is_whole.then_some(Found { start, end, next: end + 1, kind: Kind::Certain })
}

/// `sk-x` and its kin, `xoxb-x`, and what has a fixed prefix; tells its end.
fn by_prefix(text: &[u8], at: usize) -> Option<usize> {
    let here = &text[at..];
    let (length, class, least): (usize, Class, usize) = match here {
        [b's' | b'p' | b'r' | b'S' | b'P' | b'R', b'k' | b'K', b'-' | b'_', ..] => {
            (3, |b| is_token(b) || b == b'*' || b == b'.', 3)
        }
        [b'x', b'o', b'x', b'a'..=b'z', b'-', ..] => (5, |b| is_alphanumeric(b) || b == b'-', 4),
        _ => {
            let (prefix, class, least) =
                *PREFIXES.iter().find(|(prefix, ..)| here.starts_with(prefix.as_bytes()))?;
            (prefix.len(), class, least)
        }
    };
    let start = at + length;
    let end = run(text, start, class);
    (end - start >= least).then_some(end)
}

/// `Bearer x`. Where the scheme is written twice, its second word is not the credential, unless nothing
/// follows.
fn by_scheme(text: &[u8], at: usize) -> Option<Found> {
    let is_sign = |b| matches!(b, b' ' | b'\t' | b':' | b'=');
    let (mut signs, mut start) = scheme(text, at, is_sign)?;
    let mut last = None;
    while let Some((next_signs, next_start)) = scheme(text, start, is_sign) {
        last = Some(start);
        (signs, start) = (next_signs, next_start);
    }
    // A sign may be the credential's too, where nothing else is.
    let whole = (signs + 1..=start).rev().find(|at| text.get(*at).is_some_and(|b| is_secret(*b)));
    let start = whole.or(last)?;
    let end = run(text, start, is_secret);
    Some(Found { start, end, next: end, kind: Kind::OfScheme })
}

/// The word of a scheme and what parts it from the next: where that begins and where it ends.
fn scheme(text: &[u8], at: usize, is_sign: Class) -> Option<(usize, usize)> {
    let here = &text[at..];
    let word = SCHEMES.iter().find(|word| starts_with_word(here, word))?;
    let signs = at + word.len();
    let end = run(text, signs, is_sign);
    (end > signs).then_some((signs, end))
}

/// `name=value` and `"name": "value"`, escaped or not.
fn by_name(text: &[u8], at: usize) -> Option<Found> {
    let name_end = at + text[at..].iter().take(MAX_NAME + 1).take_while(|b| is_token(**b)).count();
    if !is_telling(&text[at..name_end]) {
        return None;
    }
    let quote = |at: usize| at + usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let sign = run(text, quote(run(text, name_end, is_backslash)), is_blank);
    if !matches!(text.get(sign), Some(b'=' | b':')) {
        return None;
    }
    let after = quote(run(text, run(text, sign + 1, is_blank), is_backslash));
    let assigned = text[name_end..after].iter().any(|b| matches!(b, b'=' | b'"' | b'\''));
    let is_value = |b| is_secret(b) && b != b'&';
    let (mut start, mut last) = (after, after);
    while let Some((_, next)) = scheme(text, start, is_blank) {
        (last, start) = (start, next);
    }
    if !text.get(start).is_some_and(|b| is_value(*b)) {
        // The last scheme is the value itself.
        start = last;
    }
    let end = run(text, start, is_value);
    let kind = Kind::OfName { assigned, has_scheme: start > after };
    (end > start).then_some(Found { start, end, next: end, kind })
}

fn is_telling(name: &[u8]) -> bool {
    let ends = |end: &str| {
        let before = name.len().checked_sub(end.len());
        before.is_some_and(|n| n <= MAX_BEFORE_NAME_END && starts_with_word(&name[n..], end))
    };
    NAME_ENDS.iter().any(|end| ends(end))
        || name.eq_ignore_ascii_case(b"key")
        || name.eq_ignore_ascii_case(b"sig")
}

fn starts_with_word(text: &[u8], word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
}

/// Where the run of such bytes ends that begins here.
#[inline(never)]
fn run(text: &[u8], at: usize, class: Class) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|b| class(**b)).count()
}

fn is_alphanumeric(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn is_upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

fn is_token(b: u8) -> bool {
    is_word(b) || b == b'-'
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

fn is_backslash(b: u8) -> bool {
    b == b'\\'
}

/// What a credential after a scheme is made of.
fn is_secret(b: u8) -> bool {
    const NOT: &[u8] = b" \t\r\n\"'\\<>,;)}]";
    !NOT.contains(&b)
}
