//! Phrases: what servers say in prose where no code says it.

/// Parts that have to be in a text, each in one of its forms; in small letters. In `a*b` the second piece
/// stands close behind the first.
pub(super) type Phrase = &'static [&'static [&'static str]];

/// How much of a text is searched, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// How far apart the pieces of a form may stand, in bytes.
const MAX_GAP: usize = 32;

/// Words that speak of a limit within a span of time: it comes back without anybody's doing.
const WINDOWS: Phrase = &[&[
    "rate limit",
    "rate-limit",
    "ratelimit",
    "rate_limit",
    "per minute",
    "per min",
    "per second",
    "per sec",
    "per hour",
    "per day",
    "daily",
    "/ minute",
    "/minute",
    "/min",
    "/sec",
    "rpm",
    "tpm",
    "qps",
    "concurren",
]];

/// A text that is searched for phrases.
pub(super) struct Prose(String);

impl Prose {
    pub(super) fn of(text: &str) -> Self {
        let mut end = text.len().min(MAX_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self(text[..end].to_ascii_lowercase().replace(['\u{2018}', '\u{2019}'], "'"))
    }

    /// The same, without some pieces of it.
    pub(super) fn without(text: &str, pieces: &[&str]) -> Self {
        pieces.iter().fold(Self::of(text), |prose, piece| Self(prose.0.replace(piece, "")))
    }

    /// Whether the text has each part of one of these phrases.
    pub(super) fn has(&self, phrases: &[Phrase]) -> bool {
        let part = |forms: &&[&str]| forms.iter().any(|form| self.has_form(form));
        phrases.iter().any(|phrase| phrase.iter().all(part))
    }

    fn has_form(&self, form: &str) -> bool {
        let Some((first, second)) = form.split_once('*') else { return self.0.contains(form) };
        let bytes = self.0.as_bytes();
        self.0.match_indices(first).any(|(at, _)| {
            let gap = &bytes[at + first.len()..];
            let gap = &gap[..gap.len().min(MAX_GAP + second.len())];
            gap.windows(second.len()).any(|piece| piece == second.as_bytes())
        })
    }

    /// Whether the text speaks of a limit within a span of time.
    pub(super) fn has_window(&self) -> bool {
        self.has(&[WINDOWS])
    }
}
