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
        let word = word.trim();
        if word.is_empty() || word.eq_ignore_ascii_case("null") || word.eq_ignore_ascii_case("none")
        {
            return None;
        }
        Some(match word {
            "stop" | "STOP" | "end_turn" | "completed" => Self::Stop,
            "length" | "max_tokens" | "MAX_TOKENS" => Self::Length,
            "tool_calls" | "tool_use" => Self::ToolCalls,
            _ => by_words(word.split(':').next()?).unwrap_or_else(|| Self::Other(word.to_owned())),
        })
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

/// A reason, the words that name it, and the words that may stand beside them.
type Named = (FinishReason, &'static [&'static str], &'static [&'static str]);

const NAMED: [Named; 5] = [
    (
        FinishReason::Stop,
        &[
            "stop",
            "stopped",
            "eos",
            "eot",
            "end",
            "ended",
            "complete",
            "completed",
            "done",
            "finish",
            "finished",
        ],
        &[
            "sequence", "token", "tokens", "turn", "word", "words", "string", "text", "message",
            "id",
        ],
    ),
    (
        FinishReason::Length,
        &["length", "len", "max", "maximum", "limit", "exceeded"],
        &[
            "token",
            "tokens",
            "context",
            "window",
            "reached",
            "model",
            "output",
            "completion",
            "new",
        ],
    ),
    (
        FinishReason::ToolCalls,
        &["tool", "tools", "function", "functions"],
        &["call", "calls", "calling", "use"],
    ),
    (
        FinishReason::ContentFilter,
        &[
            "filter",
            "filtered",
            "policy",
            "safety",
            "sensitive",
            "moderation",
            "moderated",
            "blocked",
            "blocklist",
            "guardrail",
            "guardrails",
            "refusal",
            "refused",
            "recitation",
            "prohibited",
            "spii",
            "armor",
            "jailbreak",
            "toxic",
            "image",
        ],
        &["content", "violation", "intervened", "new", "model", "error", "other"],
    ),
    (FinishReason::Paused, &["pause", "paused"], &["turn"]),
];

/// The reason that the words of a server's word name, if there is no word among them that may change it:
/// `time_limit` and `malformed_function_call` are none of these. What stands before `reason` only says what the
/// word is (`FINISH_REASON_STOP`).
#[cold]
fn by_words(word: &str) -> Option<FinishReason> {
    let words = words_of(word);
    let behind = words.iter().position(|word| word == "reason").map_or(0, |at| at + 1);
    let words = words.get(behind..).filter(|words| !words.is_empty())?;
    let names = |(_, own, beside): &&Named| {
        words.iter().any(|word| own.contains(&word.as_str()))
            && words.iter().all(|word| own.iter().chain(*beside).any(|known| word == known))
    };
    NAMED.iter().find(names).map(|(reason, ..)| reason.clone())
}

/// The words of `tool-calls`, `Tool Calls`, `TOOL_CALLS` and `toolCalls`, in small letters.
fn words_of(word: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in word.chars() {
        let begins = !letter.is_alphanumeric() || (letter.is_uppercase() && after_small);
        if begins && words.last().is_some_and(|last| !last.is_empty()) {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            last.extend(letter.to_lowercase());
        }
        after_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
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
            ("FINISH_REASON_STOP", Some(Stop)),
            ("FinishReason.MAX_TOKENS", Some(Length)),
            ("REASON_MAX_LEN", Some(Length)),
            ("stop_token", Some(Stop)),
            ("FINISHED", Some(Stop)),
            ("token_limit", Some(Length)),
            ("max_new_tokens", Some(Length)),
            ("context_length_exceeded", Some(Length)),
            ("function_calls", Some(ToolCalls)),
            ("content_moderation", Some(ContentFilter)),
            ("ERROR_TOXIC", Some(ContentFilter)),
            ("IMAGE_OTHER", Some(ContentFilter)),
            ("time_limit", Some(Other("time_limit".into()))),
            ("max_tool_calls", Some(Other("max_tool_calls".into()))),
            ("not_finished", Some(Other("not_finished".into()))),
            ("finish_reason", Some(Other("finish_reason".into()))),
            ("FINISH_REASON_UNSPECIFIED", Some(Other("FINISH_REASON_UNSPECIFIED".into()))),
            ("_", Some(Other("_".into()))),
        ] {
            assert_eq!(FinishReason::from_wire(word), reason, "{word}");
        }
    }
}
