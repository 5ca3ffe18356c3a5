//! The settings of a consensus.

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use super::normalize::{Normalizer, collapse};
use crate::RunOptions;
use crate::setters::{run_setters, setters};

/// The most samples: each is kept with its whole reply.
const MAX_SAMPLES: usize = 10_000;

/// What a vote needs to succeed.
///
/// ```
/// use ek_patterns::{ConsensusOptions, VotingStrategy};
///
/// let options = ConsensusOptions::default().with_strategy(VotingStrategy::Unanimous);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VotingStrategy {
    /// More votes than any other form; there is no least number. The default.
    #[default]
    Majority,
    /// All votes are for one form.
    Unanimous,
}

/// How [`consensus`](crate::consensus()) asks and counts.
///
/// ```
/// use ek_patterns::{ConsensusOptions, VotingStrategy};
///
/// // Compares the last word only: models like to explain themselves.
/// let last_word = |answer: &str| answer.split_whitespace().last().unwrap_or_default().to_lowercase();
/// let options = ConsensusOptions::default()
///     .with_samples(7)
///     .with_strategy(VotingStrategy::Unanimous)
///     .with_normalize(last_word);
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConsensusOptions {
    /// How many samples to take. Default: 5; 1 to 10,000, since all replies are kept.
    pub samples: usize,
    /// What the vote needs to succeed. Default: [`VotingStrategy::Majority`].
    pub strategy: VotingStrategy,
    /// The temperature suggested for the samples; the request's own wins, and it is not sent to models that
    /// take none. Default: 0.9; finite and at least 0.
    pub temperature: f64,
    /// The longest answer in tokens, reasoning included; the request's own limit wins. Default: none,
    /// which leaves it to the provider; at least 1.
    pub max_tokens: Option<u32>,
    /// How many samples are under way at once. Default: 5; at least 1.
    pub concurrency: usize,
    /// How many samples may fail without failing the whole. Default: 0.
    pub tolerate_failures: usize,
    /// Whether to cancel the other samples as soon as they cannot change the winner. Agreement is then counted
    /// over the votes that came. Default: false.
    pub stop_early: bool,
    /// Turns an answer, without the model's thoughts, into the form that is compared; an empty form counts as
    /// an empty answer. Default: none, which trims and collapses white space and keeps the case.
    pub normalize: Option<Normalizer>,
    /// Whether empty answers vote; replies without an answer, because reasoning used up their tokens, never
    /// do. Default: false.
    pub count_empty: bool,
    /// Whether answers that were cut, by the token limit or a content filter, vote. Default: false.
    pub count_truncated: bool,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
}

impl Default for ConsensusOptions {
    fn default() -> Self {
        Self {
            samples: 5,
            strategy: VotingStrategy::Majority,
            temperature: 0.9,
            max_tokens: None,
            concurrency: 5,
            tolerate_failures: 0,
            stop_early: false,
            normalize: None,
            count_empty: false,
            count_truncated: false,
            run: RunOptions::default(),
        }
    }
}

impl ConsensusOptions {
    run_setters!(run);

    setters! {
        /// Sets the number of samples.
        with_samples(samples: usize);
        /// Sets what the vote needs to succeed.
        with_strategy(strategy: VotingStrategy);
        /// Sets the temperature suggested for the samples.
        with_temperature(temperature: f64);
        /// Sets the longest answer, in tokens.
        with_max_tokens(max_tokens: u32);
        /// Sets how many samples are under way at once.
        with_concurrency(concurrency: usize);
        /// Sets how many samples may fail.
        with_tolerate_failures(tolerate_failures: usize);
        /// Sets whether to cancel the other samples once the vote is decided.
        with_stop_early(stop_early: bool);
    }

    /// Sets what turns an answer into the form that is compared: a closure, or a ready one
    /// ([`Normalizer::words`], [`Normalizer::number`]).
    #[must_use]
    pub fn with_normalize(
        mut self,
        normalize: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.normalize = Some(Normalizer::new(normalize));
        self
    }

    setters! {
        /// Sets whether empty answers vote.
        with_count_empty(count_empty: bool);
        /// Sets whether answers that were cut vote.
        with_count_truncated(count_truncated: bool);
    }

    pub(super) fn check(&self) -> Result<()> {
        let why = if self.samples == 0 {
            "a consensus of 0 samples; ask for at least 1"
        } else if self.samples > MAX_SAMPLES {
            "a consensus of more than 10,000 samples, all of which would be kept"
        } else if self.concurrency == 0 {
            "a concurrency of 0 would never start a sample; ask for at least 1"
        } else if !self.temperature.is_finite() || self.temperature < 0.0 {
            "the temperature of a consensus is not a finite number of at least 0"
        } else if self.max_tokens == Some(0) {
            "max_tokens of a consensus is 0; an answer takes at least 1"
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Config, why))
    }

    /// What each sample asks.
    pub(super) fn request(&self, mut request: ChatRequest) -> ChatRequest {
        request.suggested_temperature.get_or_insert(self.temperature);
        request.max_tokens = request.max_tokens.or(self.max_tokens);
        request
    }

    /// The form by which an answer is compared.
    pub(super) fn form(&self, answer: &str) -> String {
        match &self.normalize {
            Some(normalize) => normalize.form(answer),
            None => collapse(answer),
        }
    }
}
