//! The settings of the loop.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result, ToolCall};

use super::{Approval, Decision};
use crate::run::common_options;
use crate::{Budget, Ledger, Observer, RetryConfig};

/// What to do when the loop comes to a limit: [`max_rounds`](ReactOptions::max_rounds),
/// [`no_progress_rounds`](ReactOptions::no_progress_rounds), or [`deadline`](ReactOptions::deadline).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLimit {
    /// Ends with an error of the kind `MaxIterations`, or `Timeout` where the time is up. Its transcript
    /// can be given back to go on.
    #[default]
    Error,
    /// Returns the newest text that the model wrote beside its calls, which may be empty.
    ReturnPartial,
    /// Asks once more, with the tools forbidden (`tool_choice: none`), and returns that answer. One
    /// call beyond the rounds, or beyond the deadline. A model that writes no text even so is an error
    /// as above.
    FinalAnswerWithoutTools,
}

/// How [`react_loop`](crate::react_loop) goes about it.
///
/// ```
/// use std::time::Duration;
/// use ek_patterns::{Budget, OnLimit, ReactOptions};
///
/// let options = ReactOptions::default()
///     .with_max_rounds(12)
///     .with_tool_timeout(Duration::from_secs(5))
///     .with_on_limit(OnLimit::FinalAnswerWithoutTools)
///     .with_approval(|call| async move { call.name != "delete" })
///     .with_budget(Budget::default().with_calls(20));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReactOptions {
    /// How often the model is asked at most. Default: 8; at least 1.
    pub max_rounds: u32,
    /// The temperature where the request sets none and the model takes one. Default: 0.3.
    pub temperature: f64,
    /// The longest reply in tokens, where the request sets no limit. Default: none, which leaves it to
    /// the provider and its model; at least 1.
    pub max_tokens: Option<u32>,
    /// The longest result of a tool that the model is shown, in characters; a longer one is cut and ends
    /// in a mark, which counts too. Default: 12,000; at least 1.
    pub max_observation_chars: usize,
    /// The longest time for one run of a tool. Default: 30 s; more than 0.
    pub tool_timeout: Duration,
    /// The longest time for the whole loop, waits and approvals included. Default: none; more than 0.
    ///
    /// When it is up, the call of the model that is under way is cancelled, tools are dropped and
    /// answered so, and the loop ends by [`on_limit`](Self::on_limit).
    pub deadline: Option<Duration>,
    /// How many calls of one reply are worked on at once. Default: 10; at least 1.
    pub tool_concurrency: usize,
    /// How many calls of one reply are run; the surplus is answered as rejected. Default: 32; at least
    /// 1.
    pub max_tool_calls_per_round: usize,
    /// How many messages of the conversation are sent. Default: all of them; at least 1.
    ///
    /// Beyond that the middle is left out. What is always sent may be more than this: the system
    /// messages, the task (the first message of the user), the newest message of the user, and the last
    /// call with its result. A call and its result are never parted. The transcript keeps everything.
    pub max_history_messages: Option<usize>,
    /// What to do at a limit. Default: an error.
    pub on_limit: OnLimit,
    /// How many rounds in a row may make the same calls with the same arguments; the last of them ends
    /// the loop as a limit does. Default: 3; at least 2. `None` for tools that are polled.
    pub no_progress_rounds: Option<u32>,
    /// Asked before each run of a tool. Default: every call is run.
    pub approval: Option<Approval>,
    /// How to retry each call of the model. Tools are never retried.
    pub retry: RetryConfig,
    /// The limits of this run. Default: none.
    pub budget: Budget,
    /// Shared with other runs: its limits bind as well. Default: none.
    pub ledger: Option<Ledger>,
    /// Told what happens. Default: nobody.
    pub observer: Option<Arc<dyn Observer>>,
    /// Whether spans may hold prompts, replies, arguments and results. Default: false.
    pub capture_content: bool,
}

impl Default for ReactOptions {
    fn default() -> Self {
        Self {
            max_rounds: 8,
            temperature: 0.3,
            max_tokens: None,
            max_observation_chars: 12_000,
            tool_timeout: Duration::from_secs(30),
            deadline: None,
            tool_concurrency: 10,
            max_tool_calls_per_round: 32,
            max_history_messages: None,
            on_limit: OnLimit::default(),
            no_progress_rounds: Some(3),
            approval: None,
            retry: RetryConfig::default(),
            budget: Budget::default(),
            ledger: None,
            observer: None,
            capture_content: false,
        }
    }
}

common_options!(ReactOptions);

impl ReactOptions {
    /// Sets how often the model is asked at most.
    #[must_use]
    pub fn with_max_rounds(mut self, rounds: u32) -> Self {
        self.max_rounds = rounds;
        self
    }

    /// Sets the temperature where the request sets none.
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = temperature;
        self
    }

    /// Sets the longest reply in tokens, where the request sets no limit.
    #[must_use]
    pub fn with_max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = Some(tokens);
        self
    }

    /// Sets the longest result of a tool that the model is shown.
    #[must_use]
    pub fn with_max_observation_chars(mut self, chars: usize) -> Self {
        self.max_observation_chars = chars;
        self
    }

    /// Sets the longest time for one run of a tool.
    #[must_use]
    pub fn with_tool_timeout(mut self, limit: Duration) -> Self {
        self.tool_timeout = limit;
        self
    }

    /// Sets the longest time for the whole loop.
    #[must_use]
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Sets how many calls of one reply are worked on at once.
    #[must_use]
    pub fn with_tool_concurrency(mut self, calls: usize) -> Self {
        self.tool_concurrency = calls;
        self
    }

    /// Sets how many calls of one reply are run.
    #[must_use]
    pub fn with_max_tool_calls_per_round(mut self, calls: usize) -> Self {
        self.max_tool_calls_per_round = calls;
        self
    }

    /// Sets how many messages of the conversation are sent.
    #[must_use]
    pub fn with_max_history_messages(mut self, messages: usize) -> Self {
        self.max_history_messages = Some(messages);
        self
    }

    /// Sets what to do at a limit.
    #[must_use]
    pub fn with_on_limit(mut self, on_limit: OnLimit) -> Self {
        self.on_limit = on_limit;
        self
    }

    /// Sets how many rounds in a row may make the same calls; `None` for any number.
    #[must_use]
    pub fn with_no_progress_rounds(mut self, rounds: impl Into<Option<u32>>) -> Self {
        self.no_progress_rounds = rounds.into();
        self
    }

    /// Sets who is asked before each run of a tool, and answers with a [`Decision`] or a `bool`; see
    /// [`Approval`].
    #[must_use]
    pub fn with_approval<D, Fut>(
        mut self,
        ask: impl Fn(ToolCall) -> Fut + Send + Sync + 'static,
    ) -> Self
    where
        D: Into<Decision>,
        Fut: Future<Output = D> + Send + 'static,
    {
        self.approval = Some(Approval::new(ask));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let zero = [
            (self.max_rounds == 0, "max_rounds"),
            (self.max_tokens == Some(0), "max_tokens"),
            (self.max_observation_chars == 0, "max_observation_chars"),
            (self.tool_timeout.is_zero(), "tool_timeout"),
            (self.deadline == Some(Duration::ZERO), "deadline"),
            (self.tool_concurrency == 0, "tool_concurrency"),
            (self.max_tool_calls_per_round == 0, "max_tool_calls_per_round"),
            (self.max_history_messages == Some(0), "max_history_messages"),
        ];
        let refuse = |why: String| Err(Error::new(ErrorKind::Config, why));
        if let Some((_, name)) = zero.iter().find(|(is_zero, _)| *is_zero) {
            return refuse(format!("{name} is 0; the least is 1"));
        }
        if self.no_progress_rounds.is_some_and(|rounds| rounds < 2) {
            return refuse("no_progress_rounds is below 2; None switches it off".to_owned());
        }
        if !self.temperature.is_finite() || self.temperature < 0.0 {
            return refuse("the temperature is not a finite number of at least 0".to_owned());
        }
        Ok(())
    }
}
