//! Counts votes; it knows no providers and no time.

use std::cmp::Reverse;
use std::collections::HashMap;

use ek_core::{Error, ErrorKind, Result};

use super::{ConsensusDetail, Sample, VotingStrategy};

/// A vote under way.
#[derive(Debug)]
pub(super) struct Vote {
    total: usize,
    failed: usize,
    voters: usize,
    samples: Vec<Sample>,
    tallies: HashMap<String, Tally>,
}

/// The votes for one form.
#[derive(Debug)]
struct Tally {
    votes: usize,
    /// The lowest index of a sample of this form.
    first: usize,
}

impl Vote {
    /// A vote of this many samples at most.
    pub(super) fn new(total: usize) -> Self {
        Self { total, failed: 0, voters: 0, samples: Vec::new(), tallies: HashMap::new() }
    }

    /// How many samples are done.
    pub(super) fn done(&self) -> usize {
        self.samples.len()
    }

    /// How many of them have failed.
    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn cast(&mut self, mut sample: Sample) {
        self.failed += usize::from(sample.reply.is_err());
        if sample.voted {
            self.voters += 1;
            let form = std::mem::take(&mut sample.form);
            let tally = self.tallies.entry(form).or_insert(Tally { votes: 0, first: sample.index });
            tally.votes += 1;
            tally.first = tally.first.min(sample.index);
        }
        self.samples.push(sample);
    }

    /// Whether the samples to come cannot change the result.
    pub(super) fn is_decided(&self, strategy: VotingStrategy) -> bool {
        let open = self.total - self.done();
        match strategy {
            VotingStrategy::Unanimous => open == 0 || self.tallies.len() > 1,
            // The winner needs more votes than another form can still get: a tie may go to the other one.
            VotingStrategy::Majority => {
                let (mut most, mut second) = (0, 0);
                for tally in self.tallies.values() {
                    second = second.max(most.min(tally.votes));
                    most = most.max(tally.votes);
                }
                open == 0 || most > second + open
            }
        }
    }

    /// The first text of the winning form.
    pub(super) fn conclude(
        mut self,
        strategy: VotingStrategy,
    ) -> Result<(String, ConsensusDetail)> {
        self.samples.sort_unstable_by_key(|sample| sample.index);
        let winner = self.tallies.values().max_by_key(|tally| (tally.votes, Reverse(tally.first)));
        let (votes, first) = winner.map_or((0, 0), |winner| (winner.votes, winner.first));
        let detail = ConsensusDetail {
            agreement: ratio(votes, self.voters),
            voters: self.voters,
            unique_answers: self.tallies.len(),
            tie_count: self.tallies.values().filter(|tally| tally.votes == votes).count(),
            samples: self.samples,
        };
        let text =
            detail.samples.iter().find(|s| s.voted && s.index == first).and_then(Sample::text);
        match text {
            Some(text) if strategy == VotingStrategy::Majority || detail.unique_answers == 1 => {
                Ok((text.to_owned(), detail))
            }
            Some(_) => {
                let message = format!(
                    "no unanimous answer: {} different ones in {} votes",
                    detail.unique_answers, detail.voters
                );
                Err(Error::new(ErrorKind::ConsensusFailed, message).with_detail(detail))
            }
            None => Err(no_votes(detail, self.failed)),
        }
    }
}

fn no_votes(detail: ConsensusDetail, failed: usize) -> Error {
    let count = detail.samples.len();
    let message = format!(
        "no answer could vote: of {count} samples {failed} failed and {} were empty or cut",
        count - failed
    );
    let cause = detail.samples.iter().find_map(|sample| sample.reply.as_ref().err().cloned());
    let error = Error::new(ErrorKind::ConsensusFailed, message).with_detail(detail);
    match cause {
        Some(cause) => error.with_source(cause),
        None => error,
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer samples than 2^52")]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use ek_core::LlmResponse;

    use super::*;
    use crate::ConsensusOptions;

    fn sample(index: usize, text: &str) -> Sample {
        Sample::new(index, Ok(LlmResponse::text(text)), &ConsensusOptions::default())
    }

    fn vote(total: usize, answers: &[(usize, &str)]) -> Vote {
        let mut vote = Vote::new(total);
        for (index, text) in answers {
            vote.cast(sample(*index, text));
        }
        vote
    }

    #[test]
    fn the_order_of_arrival_changes_nothing() {
        let answers = [(0, "b"), (1, "a"), (2, " b "), (3, "a "), (4, "c")];
        for shift in 0..answers.len() {
            let mut arrival = answers;
            arrival.rotate_left(shift);
            let (text, detail) =
                vote(5, &arrival).conclude(VotingStrategy::Majority).expect("a winner");
            assert_eq!((text.as_str(), detail.tie_count, detail.unique_answers), ("b", 2, 3));
            let order: Vec<_> = detail.samples.iter().map(|sample| sample.index).collect();
            assert_eq!(order, [0, 1, 2, 3, 4]);
        }
    }

    #[test]
    fn a_majority_is_decided_when_no_other_form_can_reach_it_any_more() {
        for (answers, decided) in [
            (&[(0, "a")][..], false),
            (&[(0, "a"), (1, "a")], false), // three more might be one other form
            (&[(0, "a"), (1, "a"), (2, "a")], true),
            (&[(0, "a"), (1, "a"), (2, "b")], false),
            (&[(0, "a"), (1, "a"), (2, "b"), (3, "a")], true),
            (&[(1, "a"), (2, "a"), (3, "b"), (4, "c")], false), // a tie with `b`, if 0 says so
            (&[(0, ""), (1, ""), (2, ""), (3, "a")], false),
            (&[(0, ""), (1, ""), (2, ""), (3, "a"), (4, "")], true),
        ] {
            let is_decided = vote(5, answers).is_decided(VotingStrategy::Majority);
            assert_eq!(is_decided, decided, "{answers:?}");
        }
    }

    #[test]
    fn a_unanimous_vote_is_decided_by_the_first_that_differs() {
        assert!(!vote(5, &[(0, "a"), (1, "a")]).is_decided(VotingStrategy::Unanimous));
        assert!(vote(5, &[(0, "a"), (1, "b")]).is_decided(VotingStrategy::Unanimous));
    }
}
