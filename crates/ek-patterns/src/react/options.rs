//! The options of the loop.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result, ToolCall};

use super::{Approval, Decision};
use crate::RunOptions;
use crate::setters::{run_setters, setters};

/// What to do when the loop reaches a limit: [`max_rounds`](ReactOptions::max_rounds),
/// [`no_progress_rounds`](ReactOptions::no_progress_rounds), or [`deadline`](ReactOptions::deadline).
///
/// ```
/// use ek_patterns::{OnLimit, ReactOptions};
///
/// // Eight rounds, and then an answer from what is known by then.
/// let options = ReactOptions::default().with_on_limit(OnLimit::FinalAnswerWithoutTools);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnLimit {
    /// Ends with an error of the kind `MaxIterations`, or `Timeout` where the time has ended. Another loop can
    /// go on with its transcript.
    #[default]
    Error,
    /// Returns the newest text that the model wrote beside its calls, which may be empty.
    ReturnPartial,
    /// Asks once more, with the tools forbidden (`tool_choice: none`), and returns that answer. This is one
    /// call more than `max_rounds`, or after the deadline. If the reply has no text, the loop ends with an
    /// error as above.
    FinalAnswerWithoutTools,
}

/// How [`react_loop`](crate::react_loop) runs.
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
    /// The most rounds: how often the model is asked. Default: 8; at least 1.
    pub max_rounds: u32,
    /// The temperature where the request sets none and the model takes one. Default: 0.3; finite and at least
    /// 0.
    pub temperature: f64,
    /// The longest reply in tokens, where the request sets no limit. Default: none, which leaves it to
    /// the provider and its model; at least 1.
    pub max_tokens: Option<u32>,
    /// The longest result of a tool that the model reads, in characters; a longer one is cut and ends with a
    /// mark, which counts too. Default: 12,000; at least 1.
    pub max_observation_chars: usize,
    /// The longest time for one run of a tool. Default: 30 s; more than 0.
    pub tool_timeout: Duration,
    /// The longest time for the whole loop, waits and approvals included. Default: none; more than 0.
    ///
    /// When it ends, the model's call that is under way is cancelled, tools that run are dropped and answered
    /// as timed out, and the loop ends by [`on_limit`](Self::on_limit).
    pub deadline: Option<Duration>,
    /// How many calls of one reply run at once. Default: 10; at least 1.
    pub tool_concurrency: usize,
    /// How many calls of one reply are run; the others are answered as rejected. Default: 32; at least 1.
    pub max_tool_calls_per_round: usize,
    /// How many messages of the conversation are sent. Default: all of them; at least 1.
    ///
    /// The middle of a longer conversation is left out. What is always sent may be more than this: the system
    /// messages, the task (the first message of the user), the newest message of the user, and the last call
    /// with its result. A call and its result stay together, and so do the parts of a paused turn; a turn that
    /// has its [native form](ek_core::Message::native) is sent whole or not at all. The transcript keeps
    /// everything.
    pub max_history_messages: Option<usize>,
    /// What to do at a limit. Default: an error.
    pub on_limit: OnLimit,
    /// After this many rounds in a row with the same calls and arguments, the loop has reached a limit.
    /// Default: 3; at least 2. `None`, for tools that are polled, sets no limit.
    pub no_progress_rounds: Option<u32>,
    /// Is asked before each run of a tool. Default: every call is run.
    pub approval: Option<Approval>,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
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
            run: RunOptions::default(),
        }
    }
}

impl ReactOptions {
    run_setters!(run);

    setters! {
        /// Sets the most rounds.
        with_max_rounds(max_rounds: u32);
        /// Sets the temperature where the request sets none.
        with_temperature(temperature: f64);
        /// Sets the longest reply in tokens, where the request sets no limit.
        with_max_tokens(max_tokens: u32);
        /// Sets the longest result of a tool that the model reads.
        with_max_observation_chars(max_observation_chars: usize);
        /// Sets the longest time for one run of a tool.
        with_tool_timeout(tool_timeout: Duration);
        /// Sets the longest time for the whole loop.
        with_deadline(deadline: Duration);
        /// Sets how many calls of one reply run at once.
        with_tool_concurrency(tool_concurrency: usize);
        /// Sets how many calls of one reply are run.
        with_max_tool_calls_per_round(max_tool_calls_per_round: usize);
        /// Sets how many messages of the conversation are sent.
        with_max_history_messages(max_history_messages: usize);
        /// Sets what to do at a limit.
        with_on_limit(on_limit: OnLimit);
        /// Sets after how many rounds with the same calls the loop ends; `None` for no limit.
        with_no_progress_rounds(no_progress_rounds: impl Into<Option<u32>>);
    }

    /// Sets the closure that is asked before each run of a tool, and answers with a [`Decision`] or a `bool`;
    /// see [`Approval`].
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
