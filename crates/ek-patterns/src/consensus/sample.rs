//! One sample of a consensus, and the result of the vote.

use ek_core::{FinishReason, LlmResponse, Result};

use super::ConsensusOptions;
use crate::no_answer::no_answer;
use crate::thoughts::without_thoughts;

/// One answer, or the error in its place.
///
/// ```
/// use ek_patterns::ConsensusDetail;
///
/// fn show(detail: &ConsensusDetail) {
///     for sample in &detail.samples {
///         match (&sample.reply, sample.text()) {
///             (Ok(_), text) => println!("{}: {text:?}, voted: {}", sample.index, sample.voted),
///             (Err(error), _) => println!("{}: {error}", sample.index),
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sample {
    /// Its number, counted from 0.
    pub index: usize,
    /// The model's whole reply, or the error of the sample.
    pub reply: Result<LlmResponse>,
    /// Whether it took part in the vote.
    pub voted: bool,
    pub(super) form: String,
    /// The answer, where it is only a part of the reply's text.
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
                && no_answer(reply).is_none()
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

/// Whether the answer was cut, so that its end is unknown.
fn was_cut(reply: &LlmResponse) -> bool {
    reply.was_truncated() || reply.finish_reason == Some(FinishReason::ContentFilter)
}

/// The result of a vote.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ConsensusOptions, consensus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["391", "391", "381"]);
/// let options = ConsensusOptions::default().with_samples(3);
/// let detail = consensus(&llm, "What is 17 * 23?", &options).await?.detail;
/// assert_eq!((detail.voters, detail.unique_answers, detail.tie_count), (3, 2, 1));
/// assert!(detail.agreement > 0.6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConsensusDetail {
    /// The votes for the winner, divided by all votes: 0 to 1; 0 where no sample voted.
    pub agreement: f64,
    /// How many samples voted.
    pub voters: usize,
    /// How many different answers got votes.
    pub unique_answers: usize,
    /// How many answers have as many votes as the winner, the winner included: 1 if there is no tie.
    pub tie_count: usize,
    /// All samples that are done, in order; cancelled ones are missing.
    pub samples: Vec<Sample>,
}
