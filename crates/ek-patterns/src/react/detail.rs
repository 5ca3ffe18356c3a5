//! What is known of a loop besides its answer.

use std::time::Duration;

use ek_core::{FinishReason, Message};

use crate::ToolError;

/// What a loop did, in the [`detail`](crate::Outcome::detail) of its outcome and, by
/// [`Error::detail`](ek_core::Error::detail), of its errors.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReactDetail {
    /// Why it ended.
    pub stop: StopReason,
    /// How often the model was asked, retries not counted.
    pub rounds: u32,
    /// In how many of them a part of the conversation was left out.
    pub trimmed_rounds: u32,
    /// Every call of a tool that the model made, round by round in its order.
    pub tool_calls: Vec<ToolRun>,
    /// Why the model stopped writing its last reply; `Length` where the answer was cut.
    pub finish_reason: Option<FinishReason>,
    /// The whole conversation: what was given, the replies, and the results. Give it back, with a message
    /// of the user or as it is, to go on.
    pub transcript: Vec<Message>,
}

/// Why a loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// The model answered.
    Answered,
    /// The model refused; the value is what it said of that.
    Refused,
    /// The model neither called a tool nor wrote or reasoned anything, and no limit cut it; the value is
    /// empty.
    Empty,
    /// The limit of rounds was reached.
    MaxRounds,
    /// The model made the same calls again and again.
    NoProgress,
    /// The time for the whole loop was up.
    Deadline,
    /// The approval ended it; the open calls stand at the end of the transcript.
    Stopped,
    /// An error ended it: a call of the model failed, or the budget did not cover another one.
    Failed,
}

/// One call of a tool, and what became of it. `Debug` shows no arguments and no results.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ToolRun {
    /// The round, counted from 1; 0 for calls that the conversation came with.
    pub round: u32,
    /// The call's id.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// What became of it.
    pub outcome: ToolOutcome,
    /// How long the tool ran; 0 where it did not.
    pub elapsed: Duration,
    /// Whether the model was shown only a part of the result.
    pub truncated: bool,
    /// The tool's error, where it failed, with what was hidden from the model.
    pub error: Option<ToolError>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolOutcome {
    /// The tool answered.
    Answered,
    /// The tool failed.
    Failed,
    /// The tool panicked.
    Panicked,
    /// The tool took too long and was dropped, or the time for the whole loop was up.
    TimedOut,
    /// There is no tool of that name.
    UnknownTool,
    /// The arguments are no JSON object, not what the schema asks for, or too large or too complex to
    /// tell.
    InvalidArguments,
    /// The approval hook said no.
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
