//! How fast a reply comes: as the reply itself says it, else the handle that is asked, else the script.

use std::time::Duration;

/// The characters in a piece of a stream by default: about a token of English.
const CHUNK_CHARS: usize = 4;

/// What is `None` is left to the next one that may say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    /// From the start of the call to the reply. Default: none.
    pub(crate) latency: Option<Duration>,
    /// Before each piece but the first. Default: none.
    pub(crate) pause: Option<Duration>,
    /// The characters in a piece of a stream.
    pub(crate) chunk_chars: Option<usize>,
}

impl Pace {
    /// The same, with what it does not say from another.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            latency: self.latency.or(other.latency),
            pause: self.pause.or(other.pause),
            chunk_chars: self.chunk_chars.or(other.chunk_chars),
        }
    }

    pub(crate) fn latency(self) -> Duration {
        self.latency.unwrap_or_default()
    }

    pub(crate) fn pause(self) -> Duration {
        self.pause.unwrap_or_default()
    }

    pub(crate) fn chunk_chars(self) -> usize {
        self.chunk_chars.unwrap_or(CHUNK_CHARS)
    }
}
