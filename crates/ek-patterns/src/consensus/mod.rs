//! Asks several times and takes the answer on which most samples agree.

mod normalize;
mod number;
mod options;
mod sample;
mod vote;

use ek_core::{ChatRequest, LlmProvider, Result};
use futures_util::stream::{self, StreamExt};

use crate::Outcome;
use crate::observe::Event;
use crate::run::Run;
pub use normalize::Normalizer;
pub use options::{ConsensusOptions, VotingStrategy};
pub use sample::{ConsensusDetail, Sample};
use vote::Vote;

/// Completes one request several times in parallel, and returns the answer that most samples gave.
///
/// Answers are compared by their form: without the model's thoughts (`<think>` and similar tags), trimmed,
/// white space collapsed, case kept, unless [`normalize`](ConsensusOptions::normalize) says otherwise.
/// The value is the first original text of the winning form, without thoughts, in the order of the
/// samples; a tie goes to the form that comes first in that order. The score is the agreement: the votes
/// for the winner, divided by all votes. Empty answers, and those that were cut (by the token limit or a
/// content filter), vote only where an option says so. A reply without an answer, because reasoning used up
/// its tokens, never votes.
///
/// For short answers that can be compared: a number, a class, yes or no. It costs
/// [`samples`](ConsensusOptions::samples) calls, fewer with
/// [`stop_early`](ConsensusOptions::stop_early). Dropping the future cancels all samples.
///
/// # Errors
/// - `Config` if an option cannot be used, before any call.
/// - The first error of a sample, once more samples have failed than
///   [`tolerate_failures`](ConsensusOptions::tolerate_failures); the other samples are cancelled.
/// - `ConsensusFailed` if no answer could vote, or if the vote had to be
///   [`Unanimous`](VotingStrategy::Unanimous) and was not; a [`ConsensusDetail`] with all samples is in its
///   [`detail`](ek_core::Error::detail).
///
/// Each has the spend of all samples.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ConsensusOptions, consensus};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["391", "391\n", "381"]);
/// let options = ConsensusOptions::default().with_samples(3);
/// let outcome = consensus(&llm, "What is 17 * 23? Answer with the number.", &options).await?;
/// assert_eq!((outcome.value.as_str(), outcome.spend.calls), ("391", 3));
/// assert!(outcome.detail.agreement > 0.6);
/// # Ok(())
/// # }
/// ```
#[doc(alias("vote", "self-consistency"))]
pub async fn consensus<P: LlmProvider>(
    provider: &P,
    input: impl Into<ChatRequest>,
    options: &ConsensusOptions,
) -> Result<Outcome<String, ConsensusDetail>> {
    options.check()?;
    let run = Run::begin("consensus", &options.run)?;
    let request = options.request(input.into());
    let vote = run.span().run(poll(&run, provider, &request, options)).await;
    match vote.and_then(|vote| vote.conclude(options.strategy)) {
        Ok((text, detail)) => Ok(run.outcome(text, Some(detail.agreement), detail)),
        Err(error) => Err(run.fail(error)),
    }
}

/// Collects the samples until all are done, the vote is decided, or too many have failed. Samples that are
/// still under way are cancelled when this returns, so that their spend is known.
async fn poll<P: LlmProvider>(
    run: &Run,
    provider: &P,
    request: &ChatRequest,
    options: &ConsensusOptions,
) -> Result<Vote> {
    let total = options.samples;
    let calls = (0..total).map(async |index| (index, run.complete(provider, request).await));
    let mut calls = stream::iter(calls).buffer_unordered(options.concurrency);
    let mut vote = Vote::new(total);
    // The first in time; the vote has the samples in their order.
    let mut first_error = None;
    while let Some((index, reply)) = calls.next().await {
        let sample = Sample::new(index, reply, options);
        run.observe(&Event::SampleDone { done: vote.done() + 1, total, ok: sample.reply.is_ok() });
        if let Err(error) = &sample.reply {
            let first = first_error.get_or_insert_with(|| error.clone());
            if vote.failed() == options.tolerate_failures {
                return Err(first.clone());
            }
        }
        vote.cast(sample);
        if options.stop_early && vote.is_decided(options.strategy) {
            break;
        }
    }
    Ok(vote)
}
