//! The answers so far with their scores, and when to stop.

use std::fmt;

use ek_core::LlmResponse;

use super::RefineOptions;

/// One answer of a refinement.
///
/// ```
/// use ek_patterns::RefineIteration;
///
/// fn show(answers: &[RefineIteration]) {
///     for answer in answers {
///         println!("{:.2}: {}", answer.score, answer.feedback.as_deref().unwrap_or("no feedback"));
///     }
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RefineIteration {
    /// The answer.
    pub reply: LlmResponse,
    /// Its score, 0 to 1.
    pub score: f64,
    /// What the judge said about it.
    pub feedback: Option<String>,
}

impl fmt::Debug for RefineIteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefineIteration")
            .field("reply", &self.reply)
            .field("score", &self.score)
            .finish_non_exhaustive()
    }
}

/// Why a refinement ended.
///
/// ```
/// use ek_patterns::{RefineDetail, RefineStop};
///
/// fn is_good_enough(detail: &RefineDetail) -> bool {
///     detail.stopped == RefineStop::TargetReached
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefineStop {
    /// The best answer is good enough.
    TargetReached,
    /// The answers did not get better.
    NoProgress,
    /// The most answers were written.
    MaxIterations,
}

/// What [`refine_loop`](crate::refine_loop) reports about its answer.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{RefineOptions, refine_loop};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["A kiln is hot.", "How hot?\nSCORE: 4", "1,300 °C.", "SCORE: 9"]);
/// let options = RefineOptions::default().with_criteria("Is it exact?");
/// let detail = refine_loop(&llm, "What is a kiln?", &options).await?.detail;
/// assert_eq!((detail.scores(), detail.best), (vec![0.4, 0.9], 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefineDetail {
    /// All answers in order, each with its score.
    pub iterations: Vec<RefineIteration>,
    /// Which of them is the best, counted from 0.
    pub best: usize,
    /// Why it ended.
    pub stopped: RefineStop,
}

impl RefineDetail {
    /// The scores in order.
    #[must_use]
    pub fn scores(&self) -> Vec<f64> {
        self.iterations.iter().map(|iteration| iteration.score).collect()
    }
}

/// The answers so far.
#[derive(Default)]
pub(super) struct History {
    pub(super) iterations: Vec<RefineIteration>,
    best: usize,
    /// How many answers in a row have not been better.
    stale: u32,
}

impl History {
    pub(super) fn best(&self) -> Option<&RefineIteration> {
        self.iterations.get(self.best)
    }

    pub(super) fn add(&mut self, iteration: RefineIteration, min_delta: f64) {
        let score = iteration.score;
        let gain = self.best().map(|best| score - best.score);
        self.iterations.push(iteration);
        if gain.is_none_or(|gain| gain > 0.0) {
            self.best = self.iterations.len() - 1;
        }
        // Scores are floats: 0.15 counts as better than 0.14 by 0.01, although their difference is less.
        let better = gain.is_none_or(|gain| gain > 0.0 && gain + 1e-9 >= min_delta);
        self.stale = if better { 0 } else { self.stale + 1 };
    }

    pub(super) fn stop(&self, options: &RefineOptions) -> Option<RefineStop> {
        let best = self.best()?.score;
        if best + 1e-9 >= options.target_score {
            return Some(RefineStop::TargetReached);
        }
        if self.stale >= options.patience {
            return Some(RefineStop::NoProgress);
        }
        let done = u32::try_from(self.iterations.len()).unwrap_or(u32::MAX);
        (done >= options.max_iterations).then_some(RefineStop::MaxIterations)
    }

    pub(super) fn finish(self, stopped: RefineStop) -> RefineDetail {
        RefineDetail { iterations: self.iterations, best: self.best, stopped }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(scores: &[f64], options: &RefineOptions) -> (usize, Option<RefineStop>, usize) {
        let mut history = History::default();
        for score in scores {
            let reply = LlmResponse::text("x");
            let iteration = RefineIteration { reply, score: *score, feedback: None };
            history.add(iteration, options.min_delta);
            if let Some(stop) = history.stop(options) {
                return (history.iterations.len(), Some(stop), history.best);
            }
        }
        (scores.len(), None, history.best)
    }

    #[test]
    fn it_ends_at_the_target_without_progress_or_at_the_last_iteration() {
        let options = RefineOptions::default();
        let (target, stale, last) =
            (RefineStop::TargetReached, RefineStop::NoProgress, RefineStop::MaxIterations);
        assert_eq!(run(&[0.5, 0.9, 0.0], &options), (2, Some(target), 1));
        assert_eq!(run(&[0.5, 0.4, 0.5, 0.3, 0.9], &options), (4, Some(stale), 0));
        assert_eq!(run(&[0.1, 0.2, 0.3, 0.4, 0.5], &options), (5, Some(last), 4));
        assert_eq!(run(&[0.1, 0.2], &options), (2, None, 1));
    }

    #[test]
    fn a_gain_below_the_least_is_kept_and_is_no_progress() {
        let options = RefineOptions::default();
        let stale = Some(RefineStop::NoProgress);
        assert_eq!(run(&[0.5, 0.505, 0.509, 0.512], &options), (4, stale, 3));
        assert_eq!(run(&[0.5, 0.51, 0.52, 0.53], &options).1, None, "each by the least");
        let impatient = options.with_patience(1);
        assert_eq!(run(&[0.14, 0.15], &impatient).1, None, "by the least, in floats by less");
    }
}
