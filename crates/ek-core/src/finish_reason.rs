//! Why a model stopped: an open set, since servers choose the words.

use std::fmt;

/// Why the model ended its reply.
///
/// Decide whether to run tools by [`LlmResponse::has_tool_calls`](crate::LlmResponse::has_tool_calls)
/// and never by this reason: servers disagree about it.
///
/// ```
/// use ek_core::{FinishReason, LlmResponse};
///
/// let reply = LlmResponse::text("Slowly, or").with_finish_reason(FinishReason::Length);
/// match &reply.finish_reason {
///     Some(FinishReason::Length) => println!("cut by the token limit"),
///     Some(reason) => println!("ended: {}", reason.as_str()),
///     None => println!("the server did not say"),
/// }
/// assert!(reply.was_truncated());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// A natural end, or a stop sequence.
    Stop,
    /// The token limit cut the reply.
    Length,
    /// The model wants tools to be called.
    ToolCalls,
    /// A content filter cut the reply or kept it back, or the model refused.
    ContentFilter,
    /// The provider paused a long turn: send the reply back as it is, and it goes on.
    Paused,
    /// Any other word, as the server sent it.
    Other(String),
}

impl FinishReason {
    /// Reads a server's word without regard to case and separators. A detail behind a colon explains
    /// the word and does not change it. Empty, and the word `null`, mean that there is none.
    ///
    /// ```
    /// use ek_core::FinishReason;
    /// assert_eq!(FinishReason::from_wire("end_turn"), Some(FinishReason::Stop));
    /// assert_eq!(FinishReason::from_wire("MAX_TOKENS"), Some(FinishReason::Length));
    /// assert_eq!(FinishReason::from_wire("content_filter: SAFETY"), Some(FinishReason::ContentFilter));
    /// assert_eq!(FinishReason::from_wire(""), None);
    /// ```
    #[must_use]
    pub fn from_wire(word: &str) -> Option<Self> {
        const STOP: &[&str] = &[
            "stop",
            "completed",
            "eos",
            "eos_token",
            "end",
            "end_turn",
            "stop_sequence",
            "complete",
        ];
        const LENGTH: &[&str] = &[
            "length",
            "max_tokens",
            "model_length",
            "max_output_tokens",
            "model_context_window_exceeded",
        ];
        const TOOL_CALLS: &[&str] = &["tool_calls", "tool_use", "function_call", "tool_call"];
        const CONTENT_FILTER: &[&str] = &[
            "content_filter",
            "content_filtered",
            "content_policy_violation",
            "guardrail_intervened",
            "new_sensitive",
            "sensitive",
            "refusal",
            "safety",
            "recitation",
            "blocklist",
            "prohibited_content",
            "spii",
            "model_armor",
            "jailbreak",
            "image_other",
            "image_safety",
            "image_prohibited_content",
            "image_recitation",
        ];
        const PAUSED: &[&str] = &["paused", "pause_turn"];

        let word = word.trim();
        if word.is_empty() || is_one_of(word, &["null", "none"]) {
            return None;
        }
        let known = |word: &str| {
            let is = |words| is_one_of(word, words);
            Some(if is(STOP) {
                Self::Stop
            } else if is(LENGTH) {
                Self::Length
            } else if is(TOOL_CALLS) {
                Self::ToolCalls
            } else if is(CONTENT_FILTER) {
                Self::ContentFilter
            } else if is(PAUSED) {
                Self::Paused
            } else {
                return None;
            })
        };
        let reason = known(word).or_else(|| known(&snake_case(word.split(':').next()?)));
        Some(reason.unwrap_or_else(|| Self::Other(word.to_owned())))
    }

    /// The word of the OpenAI API, or the server's own.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Paused => "paused",
            Self::Other(word) => word,
        }
    }
}

// Once: in its caller it would be unrolled for each word.
#[inline(never)]
fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// `tool-calls`, `Tool Calls` and `toolCalls` as `tool_calls`.
#[cold]
fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len() + 2);
    let mut after_small = false;
    for letter in word.trim().chars() {
        match letter {
            '-' | ' ' => snake.push('_'),
            _ if letter.is_ascii_uppercase() && after_small => snake.extend(['_', letter]),
            _ => snake.push(letter),
        }
        after_small = letter.is_ascii_lowercase();
    }
    snake
}

impl fmt::Display for FinishReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_read_from_its_own_word() {
        use FinishReason::{ContentFilter, Length, Paused, Stop, ToolCalls};
        for reason in [Stop, Length, ToolCalls, ContentFilter, Paused] {
            assert_eq!(FinishReason::from_wire(reason.as_str()), Some(reason));
        }
    }

    #[test]
    fn known_words_are_mapped_without_regard_to_spelling_and_others_kept() {
        use FinishReason::{ContentFilter, Length, Other, Paused, Stop, ToolCalls};
        for (word, reason) in [
            ("STOP", Some(Stop)),
            ("eos", Some(Stop)),
            ("Eos_Token", Some(Stop)),
            ("completed", Some(Stop)),
            ("max_tokens", Some(Length)),
            ("model_length", Some(Length)),
            ("tool_use", Some(ToolCalls)),
            ("function_call", Some(ToolCalls)),
            ("sensitive", Some(ContentFilter)),
            ("refusal", Some(ContentFilter)),
            ("PROHIBITED_CONTENT", Some(ContentFilter)),
            ("model_context_window_exceeded", Some(Length)),
            ("pause_turn", Some(Paused)),
            ("paused", Some(Paused)),
            ("tool-calls", Some(ToolCalls)),
            ("toolCalls", Some(ToolCalls)),
            ("maxTokens", Some(Length)),
            ("End Turn", Some(Stop)),
            ("content_filter: PROHIBITED_CONTENT", Some(ContentFilter)),
            ("length:10", Some(Length)),
            (": SAFETY", Some(Other(": SAFETY".into()))),
            (
                "function_call_filter: MALFORMED_FUNCTION_CALL",
                Some(Other("function_call_filter: MALFORMED_FUNCTION_CALL".into())),
            ),
            ("MALFORMED_FUNCTION_CALL", Some(Other("MALFORMED_FUNCTION_CALL".into()))),
            ("", None),
            ("null", None),
            ("abort", Some(Other("abort".into()))),
        ] {
            assert_eq!(FinishReason::from_wire(word), reason, "{word}");
        }
    }
}
