//! How the bytes of an answer reach the client.

use super::super::case::Answer;

/// How the bytes of a body reach the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In one write.
    Whole,
    /// In pieces, as the case says.
    Split,
    /// One byte at a time.
    Bytes,
}

impl Delivery {
    /// The deliveries that differ for this answer.
    pub(super) fn of(answer: &Answer) -> Vec<Self> {
        let mut all = vec![Self::Whole];
        if !answer.split_at.is_empty() {
            all.push(Self::Split);
        }
        if answer.body.len() > 1 {
            all.push(Self::Bytes);
        }
        all
    }

    pub(super) fn pieces(self, answer: &Answer) -> Vec<Vec<u8>> {
        let body = &answer.body;
        match self {
            Self::Whole => vec![body.clone()],
            Self::Bytes => body.iter().map(|byte| vec![*byte]).collect(),
            Self::Split => {
                let mut ends = answer.split_at.clone();
                ends.retain(|end| *end > 0 && *end < body.len());
                ends.push(body.len());
                ends.sort_unstable();
                ends.dedup();
                let mut start = 0;
                ends.into_iter()
                    .map(|end| body[std::mem::replace(&mut start, end)..end].to_vec())
                    .collect()
            }
        }
    }
}
