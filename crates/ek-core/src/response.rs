//! What a model answered.

use std::fmt;

use crate::debug_text;
use crate::{FinishReason, NativeTurn, RateLimit, RawBody, ToolCall, Usage};

/// A model's whole reply.
///
/// An adapter needs no more than [`LlmResponse::text`]; everything else has a `with_*` setter.
///
/// ```
/// use ek_core::{FinishReason, LlmResponse, Usage};
///
/// let reply = LlmResponse::text("The kiln is warm.").with_usage(Usage::new(11, 4));
/// assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
/// assert_eq!(reply.total_tokens(), Some(15));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LlmResponse {
    /// The text; empty where the model only called tools or refused.
    pub content: String,
    /// The tools the model calls.
    pub tool_calls: Vec<ToolCall>,
    /// Why the model stopped; `None` where the server did not say.
    pub finish_reason: Option<FinishReason>,
    /// Token counts; unknown is `None`.
    pub usage: Usage,
    /// The model's reasoning, where the server shows it.
    pub reasoning: Option<String>,
    /// The model's refusal, where the server tells it apart from the text.
    pub refusal: Option<String>,
    /// The reply's id.
    pub id: Option<String>,
    /// The model that answered, as the server names it.
    pub model: Option<String>,
    /// The id under which the provider logs the request.
    pub request_id: Option<String>,
    /// The room that the server's rate limits leave.
    pub rate_limit: Option<RateLimit>,
    /// The turn as its protocol wrote it, where the fields above do not hold all of it;
    /// [`Message::from`](crate::Message) takes it over.
    pub native: Option<NativeTurn>,
    /// The provider's payload, unredacted; empty after a stream.
    pub raw: RawBody,
    finish_reason_raw: Option<String>,
}

impl LlmResponse {
    /// A finished text reply. Its finish reason is [`FinishReason::Stop`].
    #[must_use]
    pub fn text(content: impl Into<String>) -> Self {
        Self { content: content.into(), finish_reason: Some(FinishReason::Stop), ..Self::default() }
    }

    /// Sets the tool calls, and with them the finish reason [`FinishReason::ToolCalls`].
    #[must_use]
    pub fn with_tool_calls(mut self, calls: impl IntoIterator<Item = ToolCall>) -> Self {
        self.tool_calls = calls.into_iter().collect();
        if self.has_tool_calls() {
            self.finish_reason = Some(FinishReason::ToolCalls);
            self.finish_reason_raw = None;
        }
        self
    }

    /// Sets the token counts.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Sets why the model stopped.
    #[must_use]
    pub fn with_finish_reason(mut self, reason: FinishReason) -> Self {
        self.finish_reason = Some(reason);
        self.finish_reason_raw = None;
        self
    }

    /// Sets why the model stopped from the server's own word, after the tool calls were set. The
    /// reason becomes what the calls say where it contradicts them: `stop` with calls is
    /// [`FinishReason::ToolCalls`], `tool_calls` without calls is [`FinishReason::Stop`]. The word is
    /// kept for [`finish_reason_raw`](Self::finish_reason_raw).
    #[must_use]
    pub fn with_finish_reason_word(mut self, word: &str) -> Self {
        let reason = match FinishReason::from_wire(word) {
            Some(FinishReason::Stop) if self.has_tool_calls() => Some(FinishReason::ToolCalls),
            Some(FinishReason::ToolCalls) if !self.has_tool_calls() => Some(FinishReason::Stop),
            other => other,
        };
        let same = reason.as_ref().is_some_and(|reason| reason.as_str() == word);
        self.finish_reason_raw = (!same).then(|| word.to_owned());
        self.finish_reason = reason;
        self
    }

    /// Sets the reasoning.
    #[must_use]
    pub fn with_reasoning(mut self, reasoning: impl Into<String>) -> Self {
        self.reasoning = Some(reasoning.into());
        self
    }

    /// Sets the refusal.
    #[must_use]
    pub fn with_refusal(mut self, refusal: impl Into<String>) -> Self {
        self.refusal = Some(refusal.into());
        self
    }

    /// Sets the reply's id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the model that answered.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the provider's request id.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Sets the room that the server's rate limits leave.
    #[must_use]
    pub fn with_rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// Sets the turn as its protocol wrote it.
    #[must_use]
    pub fn with_native(mut self, turn: NativeTurn) -> Self {
        self.native = Some(turn);
        self
    }

    /// Keeps the provider's payload.
    #[must_use]
    pub fn with_raw(mut self, raw: impl Into<RawBody>) -> Self {
        self.raw = raw.into();
        self
    }

    /// Whether the model calls tools. Decide by this and not by the finish reason.
    #[must_use]
    pub fn has_tool_calls(&self) -> bool {
        !self.tool_calls.is_empty()
    }

    /// Whether the token limit cut the reply.
    #[must_use]
    pub fn was_truncated(&self) -> bool {
        self.finish_reason == Some(FinishReason::Length)
    }

    /// Why the model stopped, in the server's own word.
    #[must_use]
    pub fn finish_reason_raw(&self) -> Option<&str> {
        self.finish_reason_raw
            .as_deref()
            .or_else(|| self.finish_reason.as_ref().map(FinishReason::as_str))
    }

    /// Tokens of the prompt, if known.
    #[must_use]
    pub fn input_tokens(&self) -> Option<u64> {
        self.usage.input_tokens
    }

    /// Tokens of the reply, if known.
    #[must_use]
    pub fn output_tokens(&self) -> Option<u64> {
        self.usage.output_tokens
    }

    /// The reported total, else the sum of both where both are known.
    #[must_use]
    pub fn total_tokens(&self) -> Option<u64> {
        self.usage.total()
    }
}

impl From<&str> for LlmResponse {
    fn from(content: &str) -> Self {
        Self::text(content)
    }
}

impl From<String> for LlmResponse {
    fn from(content: String) -> Self {
        Self::text(content)
    }
}

/// Metadata only: texts are shown by their length, the payload is left out.
impl fmt::Debug for LlmResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("LlmResponse");
        out.field("content", &debug_text::text(&self.content))
            .field("tool_calls", &self.tool_calls)
            .field("finish_reason", &self.finish_reason)
            .field("usage", &self.usage);
        if let Some(reasoning) = &self.reasoning {
            out.field("reasoning", &debug_text::text(reasoning));
        }
        if let Some(refusal) = &self.refusal {
            out.field("refusal", &debug_text::text(refusal));
        }
        if let Some(native) = &self.native {
            out.field("native", native);
        }
        out.field("id", &self.id).field("model", &self.model).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_follows_the_calls_and_the_word_is_kept() {
        let with_call = LlmResponse::default().with_tool_calls([ToolCall::new("1", "tide", "{}")]);
        let reply = with_call.with_finish_reason_word("stop");
        assert_eq!(reply.finish_reason, Some(FinishReason::ToolCalls));
        assert_eq!(reply.finish_reason_raw(), Some("stop"));

        let reply = LlmResponse::default().with_finish_reason_word("tool_calls");
        assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
        assert_eq!(reply.finish_reason_raw(), Some("tool_calls"));
    }

    #[test]
    fn a_reply_cut_by_length_stays_cut_whatever_it_calls() {
        let reply = LlmResponse::default()
            .with_tool_calls([ToolCall::new("1", "tide", "{\"a\":")])
            .with_finish_reason_word("max_tokens");
        assert!(reply.was_truncated() && reply.has_tool_calls());
        assert_eq!(reply.finish_reason_raw(), Some("max_tokens"));
    }

    #[test]
    fn an_empty_word_is_no_reason_and_is_kept_as_sent() {
        let reply = LlmResponse::text("x").with_finish_reason_word("");
        assert_eq!((reply.finish_reason.as_ref(), reply.finish_reason_raw()), (None, Some("")));
    }

    #[test]
    fn debug_shows_no_text_of_the_reply() {
        let reply = LlmResponse::text("MARK").with_reasoning("MARK").with_refusal("MARK");
        let shown = format!("{:?}", reply.with_raw(b"MARK".to_vec()));
        assert!(!shown.contains("MARK"), "{shown}");
        assert!(shown.contains("<4 bytes>"), "{shown}");
    }
}
