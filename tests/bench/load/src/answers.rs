//! What the stub servers answer: prepared bytes, and what a client must find in them.

use std::time::Duration;

use crate::Outcome;
use crate::protocol::{self, Make, Protocol};

/// The output tokens of every answer.
pub const TOKENS: u64 = 24;

/// The size of the writes of a stream that has no pause, in bytes. Events end anywhere in them.
const WRITE: usize = 16 * 1024;

/// What every client but the yardstick is checked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text.
    pub text: usize,
    /// Events with a piece of text or of a call's arguments.
    pub deltas: usize,
    /// Tool calls.
    pub calls: usize,
    /// Bytes of their arguments.
    pub arguments: usize,
    /// Output tokens.
    pub tokens: u64,
}

/// An answer by name.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The first segment of the path that is answered so.
    pub name: &'static str,
    /// Whose answer it is.
    pub protocol: Protocol,
    /// The body; a stream in the pieces in which it is written.
    pub pieces: Vec<Vec<u8>>,
    /// The time between two pieces, where there is one.
    pub pause: Option<Duration>,
    /// Whether it is a stream.
    pub stream: bool,
    /// What is in it.
    pub found: Found,
}

impl Answer {
    /// A whole reply.
    pub(crate) fn whole(
        name: &'static str,
        protocol: Protocol,
        body: String,
        found: Found,
    ) -> Self {
        let pieces = vec![body.into_bytes()];
        Self { name, protocol, pieces, pause: None, stream: false, found }
    }

    /// A streamed reply without a pause.
    pub(crate) fn streamed(
        name: &'static str,
        protocol: Protocol,
        body: String,
        found: Found,
    ) -> Self {
        let pieces = body.as_bytes().chunks(WRITE).map(<[u8]>::to_vec).collect();
        Self { name, protocol, pieces, pause: None, stream: true, found }
    }

    /// Bytes of the body, which is all that the yardstick counts.
    pub fn bytes(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }
}

/// Every answer.
pub fn all() -> Vec<Answer> {
    makers().map(|(name, make)| make(name)).collect()
}

/// The answer of this name, and no other one.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Outcome<Answer> {
    let found = makers().find(|(known, _)| *known == name);
    let (name, make) = found.ok_or_else(|| format!("there is no answer `{name}`"))?;
    Ok(make(name))
}

fn makers() -> impl Iterator<Item = (&'static str, Make)> {
    protocol::ALL.into_iter().flat_map(Protocol::answers).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::scenario;

    #[test]
    fn every_scenario_has_an_answer_and_no_two_answers_have_one_name() {
        let names: Vec<_> = makers().map(|(name, _)| name).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        for scenario in scenario::ALL {
            assert!(names.contains(&scenario.answer), "{}", scenario.name);
        }
    }

    #[test]
    fn every_protocol_answers_with_the_same_text_and_the_same_calls() {
        let found = |name: &str| named(name).expect("an answer").found;
        for protocol in ["anthropic", "responses", "gemini"] {
            let own = |name: &str| found(&format!("{protocol}-{name}"));
            for name in ["small", "tools", "sse"] {
                assert_eq!(own(name), found(name), "{name} in {protocol}");
            }
            let deltas = Found { deltas: 0, ..own("sse-tools") };
            assert_eq!(deltas, Found { deltas: 0, ..found("sse-tools") }, "{protocol}");
        }
    }
}
