//! One sample of a consensus, and what the vote makes of all of them.

use ek_core::{FinishReason, LlmResponse, Result};

use super::ConsensusOptions;
use crate::eaten::eaten;
use crate::thoughts::without_thoughts;

/// One answer, or why there is none.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sample {
    /// Which one it is, counted from 0.
    pub index: usize,
    /// The model's whole reply, or the error of the sample.
    pub reply: Result<LlmResponse>,
    /// Whether it took part in the vote.
    pub voted: bool,
    pub(super) form: String,
    /// The answer, where it is less than the text of the reply.
    answer: Option<String>,
}

impl Sample {
    pub(super) fn new(
        index: usize,
        reply: Result<LlmResponse>,
        options: &ConsensusOptions,
    ) -> Self {
        let answer = reply.as_ref().ok().and_then(|reply| {
            let answer = without_thoughts(&reply.content);
            (answer.len() < reply.content.len()).then(|| answer.trim().to_owned())
        });
        let mut sample = Self { index, reply, voted: false, form: String::new(), answer };
        sample.form = sample.text().map(|text| options.form(text)).unwrap_or_default();
        sample.voted = sample.reply.as_ref().is_ok_and(|reply| {
            (options.count_empty || !sample.form.is_empty())
                && (options.count_truncated || !was_cut(reply))
                && eaten(reply).is_none()
        });
        sample
    }

    /// The answer, without the model's thoughts; `None` if the sample failed.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let reply = self.reply.as_ref().ok()?;
        Some(self.answer.as_deref().unwrap_or(&reply.content))
    }

    /// Why the model stopped; `None` if the sample failed, or the server did not say.
    #[must_use]
    pub fn finish_reason(&self) -> Option<&FinishReason> {
        self.reply.as_ref().ok()?.finish_reason.as_ref()
    }
}

/// Whether the answer was broken off, so that nobody knows how it would have ended.
fn was_cut(reply: &LlmResponse) -> bool {
    reply.was_truncated() || reply.finish_reason == Some(FinishReason::ContentFilter)
}

/// What a vote came to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConsensusDetail {
    /// The votes for the winner, over all votes: 0 to 1; 0 where nobody voted.
    pub agreement: f64,
    /// How many samples voted.
    pub voters: usize,
    /// How many different answers got votes.
    pub unique_answers: usize,
    /// How many answers have as many votes as the winner, the winner counted: 1 if it is clear.
    pub tie_count: usize,
    /// All samples that came, in order; those that were cancelled are missing.
    pub samples: Vec<Sample>,
}
