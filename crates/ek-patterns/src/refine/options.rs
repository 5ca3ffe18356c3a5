//! The settings of a refinement.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use ek_core::{ChatRequest, DynProvider, Error, ErrorKind, LlmProvider, Result};

use crate::RunOptions;
use crate::setters::{run_setters, setters};

type Scoring = Pin<Box<dyn Future<Output = Result<f64>> + Send>>;

/// Scores an answer, 0 to 1.
pub type Evaluator = Arc<dyn Fn(String) -> Scoring + Send + Sync>;

/// How [`refine_loop`](crate::refine_loop) writes and judges.
///
/// ```
/// use ek_patterns::RefineOptions;
///
/// // Needs no model: an answer near 50 words is the best.
/// let by_length = |answer: String| async move {
///     let words = answer.split_whitespace().count();
///     Ok(1.0 / (1.0 + words.abs_diff(50) as f64))
/// };
/// let options = RefineOptions::default().with_evaluator(by_length).with_max_iterations(3);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RefineOptions {
    /// The score that is good enough. Default: 0.9; 0 to 1.
    pub target_score: f64,
    /// The most answers, the first one included. Default: 5; at least 1.
    pub max_iterations: u32,
    /// The loop ends after this many answers in a row that are not better than the best by `min_delta`.
    /// Default: 3; at least 1.
    pub patience: u32,
    /// The least difference of scores that counts as better. Default: 0.01; finite and at least 0.
    pub min_delta: f64,
    /// The longest answer in tokens, reasoning included; the request's own limit wins. Default: none,
    /// which leaves it to the provider; at least 1.
    pub max_tokens: Option<u32>,
    /// Scores the answers in place of a model. Default: none, which asks the judge.
    pub evaluator: Option<Evaluator>,
    /// The model that judges. Default: none, which asks the provider that writes.
    pub judge: Option<DynProvider>,
    /// What the judge grades by. Default: none, which leaves it to the judge.
    pub criteria: Option<String>,
    /// The temperature suggested for the judge. Default: 0.1; finite and at least 0.
    pub judge_temperature: f64,
    /// The longest verdict in tokens, reasoning included. Default: none, which leaves it to the provider;
    /// at least 1.
    pub judge_max_tokens: Option<u32>,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
}

impl Default for RefineOptions {
    fn default() -> Self {
        Self {
            target_score: 0.9,
            max_iterations: 5,
            patience: 3,
            min_delta: 0.01,
            max_tokens: None,
            evaluator: None,
            judge: None,
            criteria: None,
            judge_temperature: 0.1,
            judge_max_tokens: None,
            run: RunOptions::default(),
        }
    }
}

impl RefineOptions {
    run_setters!(run);

    setters! {
        /// Sets the score that is good enough.
        with_target_score(target_score: f64);
        /// Sets the most answers, the first one included.
        with_max_iterations(max_iterations: u32);
        /// Sets after how many answers in a row that are not better the loop ends.
        with_patience(patience: u32);
        /// Sets the least difference of scores that counts as better.
        with_min_delta(min_delta: f64);
        /// Sets the longest answer, in tokens.
        with_max_tokens(max_tokens: u32);
    }

    /// Sets what scores the answers, 0 to 1, in place of a model.
    #[must_use]
    pub fn with_evaluator<Fut>(
        mut self,
        evaluator: impl Fn(String) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<f64>> + Send + 'static,
    {
        self.evaluator = Some(Arc::new(move |answer| Box::pin(evaluator(answer))));
        self
    }

    /// Sets the model that judges.
    #[must_use]
    pub fn with_judge(mut self, judge: impl LlmProvider + 'static) -> Self {
        self.judge = Some(DynProvider::new(judge));
        self
    }

    /// Sets what the judge grades by.
    #[must_use]
    pub fn with_criteria(mut self, criteria: impl Into<String>) -> Self {
        self.criteria = Some(criteria.into());
        self
    }

    setters! {
        /// Sets the temperature suggested for the judge.
        with_judge_temperature(judge_temperature: f64);
        /// Sets the longest verdict, in tokens.
        with_judge_max_tokens(judge_max_tokens: u32);
    }

    pub(super) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if !(0.0..=1.0).contains(&self.target_score) {
            return refuse("target_score is not a number from 0 to 1");
        }
        if self.max_iterations == 0 {
            return refuse(
                "max_iterations is 0; the first answer counts, so 1 means no improvement",
            );
        }
        if self.patience == 0 {
            return refuse("patience is 0; 1 stops at the first answer that is no better");
        }
        let sound = |number: f64| number.is_finite() && number >= 0.0;
        if !sound(self.min_delta) {
            return refuse("min_delta is not a finite number of at least 0");
        }
        if !sound(self.judge_temperature) {
            return refuse("judge_temperature is not a finite number of at least 0");
        }
        if self.max_tokens == Some(0) || self.judge_max_tokens == Some(0) {
            return refuse("max_tokens is 0; an answer and a verdict take at least 1");
        }
        Ok(())
    }

    pub(super) fn request(&self, mut request: ChatRequest) -> ChatRequest {
        request.max_tokens = request.max_tokens.or(self.max_tokens);
        request
    }
}

impl fmt::Debug for RefineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefineOptions")
            .field("target_score", &self.target_score)
            .field("max_iterations", &self.max_iterations)
            .field("patience", &self.patience)
            .field("min_delta", &self.min_delta)
            .field("max_tokens", &self.max_tokens)
            .field("judge", &self.judge)
            .field("judge_temperature", &self.judge_temperature)
            .field("judge_max_tokens", &self.judge_max_tokens)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
