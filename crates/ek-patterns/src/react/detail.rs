//! What a loop reports besides its answer.

use std::time::Duration;

use ek_core::{FinishReason, Message};

use crate::ToolError;

/// What a loop has done, in the [`detail`](crate::Outcome::detail) of its outcome and, by
/// [`Error::detail`](ek_core::Error::detail), of its errors.
///
/// ```
/// use ek_patterns::{ReactDetail, ToolOutcome};
///
/// /// The tools that failed, and what the model does not read of it.
/// fn failures(detail: &ReactDetail) -> impl Iterator<Item = String> + '_ {
///     let failed = detail.tool_calls.iter().filter(|run| run.outcome == ToolOutcome::Failed);
///     failed.map(|run| format!("{} in round {}: {:?}", run.name, run.round, run.error))
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReactDetail {
    /// Why it ended.
    pub stop: StopReason,
    /// How often the model was asked, retries not counted.
    pub rounds: u32,
    /// In how many of them a part of the conversation was left out.
    pub trimmed_rounds: u32,
    /// All tool calls of the model, in its order.
    pub tool_calls: Vec<ToolRun>,
    /// Why the model stopped writing its last reply; `Length` where the answer was cut.
    pub finish_reason: Option<FinishReason>,
    /// The whole conversation: the given messages, the replies, and the results. To go on, give it to another
    /// loop, with a message of the user or as it is.
    pub transcript: Vec<Message>,
}

/// Why a loop ended.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ReactOptions, StopReason, react_loop};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["At noon."]);
/// let outcome = react_loop(&llm, "When is high tide?", &[], &ReactOptions::default()).await?;
/// assert_eq!(outcome.detail.stop, StopReason::Answered);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The model answered.
    Answered,
    /// The model refused; the value is the text of the refusal.
    Refused,
    /// The reply is empty: no tool calls, no text, no reasoning, and no limit cut it. The value is empty.
    Empty,
    /// The most rounds were made.
    MaxRounds,
    /// The model made the same calls in too many rounds in a row.
    NoProgress,
    /// The time of the whole loop ended.
    Deadline,
    /// The approval ended it; the transcript ends with the open calls.
    Stopped,
    /// An error ended it: a call of the model failed, or the budget did not cover another one.
    Failed,
}

/// One tool call, and how it ended. `Debug` shows no arguments and no results.
///
/// ```
/// use std::time::Duration;
///
/// use ek_patterns::ToolRun;
///
/// fn slowest(runs: &[ToolRun]) -> Option<(&str, Duration)> {
///     runs.iter().map(|run| (run.name.as_str(), run.elapsed)).max_by_key(|(_, elapsed)| *elapsed)
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ToolRun {
    /// The round, counted from 1; 0 for calls that were in the given conversation.
    pub round: u32,
    /// The call's id.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// How it ended.
    pub outcome: ToolOutcome,
    /// How long the tool ran; 0 where it did not run.
    pub elapsed: Duration,
    /// Whether the model reads only a part of the result.
    pub truncated: bool,
    /// The tool's error, where it failed, with what the model does not read.
    pub error: Option<ToolError>,
}

/// How a call ended.
///
/// ```
/// use ek_patterns::ToolOutcome;
///
/// fn was_the_models_mistake(outcome: ToolOutcome) -> bool {
///     matches!(outcome, ToolOutcome::UnknownTool | ToolOutcome::InvalidArguments)
/// }
/// assert!(!was_the_models_mistake(ToolOutcome::TimedOut));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolOutcome {
    /// The tool answered.
    Answered,
    /// The tool failed.
    Failed,
    /// The tool panicked.
    Panicked,
    /// The tool took too long and was dropped, or the time of the whole loop ended.
    TimedOut,
    /// There is no tool of that name.
    UnknownTool,
    /// The arguments are no JSON object, do not fit the schema, or are too large or too complex to check.
    InvalidArguments,
    /// The approval denied it.
    Denied,
    /// The reply had too many calls.
    Surplus,
    /// The reply was cut, by the token limit or the content filter: its calls may not be whole.
    Cut,
}

impl ToolOutcome {
    /// A word for spans.
    #[cfg(feature = "tracing")]
    pub(crate) const fn error_type(self) -> Option<&'static str> {
        match self {
            Self::Failed => Some("failed"),
            Self::Panicked => Some("panicked"),
            Self::TimedOut => Some("timeout"),
            _ => None,
        }
    }
}
