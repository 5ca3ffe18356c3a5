//! Searches prose for phrases, for servers that send no code.

use crate::cut_text::head;

/// The parts that a text has to have, each in one of its forms, in small letters. In `a*b` the second piece
/// follows closely behind the first.
pub(super) type Phrase = &'static [&'static [&'static str]];

/// How much of a text is searched, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// How many bytes may stand between the pieces of a form.
const MAX_GAP: usize = 32;

/// Words for a limit within a time window, which ends by itself.
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
        Self(head(text, MAX_BYTES).to_ascii_lowercase().replace(['\u{2018}', '\u{2019}'], "'"))
    }

    /// The text without some pieces.
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

    /// Whether the text names a limit within a time window.
    pub(super) fn has_window(&self) -> bool {
        self.has(&[WINDOWS])
    }
}
