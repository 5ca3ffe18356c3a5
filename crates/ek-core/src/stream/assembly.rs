//! Pieces become a reply, without IO.

use super::ToolCallDelta;
use super::calls::CallAssembly;
use super::fragment::ToolCallFragment;
use crate::{LlmResponse, NativeTurn, ProtocolName, RawJson, Result, Usage};

/// Puts the pieces of a streamed reply together.
///
/// Knows how servers stream (see [`push_tool_call`](Self::push_tool_call)) and nothing of HTTP; an
/// adapter feeds it what it decodes and gets the same [`LlmResponse`] as of a unary reply.
///
/// ```
/// use ek_core::{ResponseAssembly, ToolCallFragment, Usage};
///
/// let mut reply = ResponseAssembly::new();
/// reply.push_text("Reading ");
/// reply.push_text("it.");
/// reply.push_tool_call(ToolCallFragment::new().with_index(0).with_id("call_a").with_name("tide"))?;
/// reply.push_tool_call(ToolCallFragment::new().with_index(0).with_arguments("{}"))?;
/// reply.set_finish_reason("stop");
/// reply.update_usage(&Usage::new(11, 4));
/// let reply = reply.finish()?;
/// assert_eq!((reply.content.as_str(), reply.tool_calls.len()), ("Reading it.", 1));
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ResponseAssembly {
    /// Everything but the calls and the finish reason, which depends on them.
    response: LlmResponse,
    calls: CallAssembly,
    finish_word: Option<String>,
    native: Option<(ProtocolName, RawJson)>,
}

impl ResponseAssembly {
    /// A reply of which nothing has come yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends to the text.
    pub fn push_text(&mut self, piece: &str) {
        self.response.content.push_str(piece);
    }

    /// Appends to the reasoning.
    pub fn push_reasoning(&mut self, piece: &str) {
        append(&mut self.response.reasoning, piece);
    }

    /// Appends to the refusal.
    pub fn push_refusal(&mut self, piece: &str) {
        append(&mut self.response.refusal, piece);
    }

    /// Takes a fragment to the tool call it belongs to, and tells what it added; `None` if nothing.
    ///
    /// The call is found by the index, else the id, else the order. The id of another call outweighs
    /// the index, and arguments without a name under a new index go to the call that lacks them. A new
    /// id with a new name starts a call even on a used index; a repeated name, a whole object sent again and a leading `null` or
    /// `{}` add nothing. Behind a whole object another one is the arguments of another call. A fragment
    /// without name, id and arguments is no call.
    ///
    /// # Errors
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) beyond 4,096 calls.
    pub fn push_tool_call(
        &mut self,
        fragment: ToolCallFragment<'_>,
    ) -> Result<Option<ToolCallDelta>> {
        self.calls.push(fragment)
    }

    /// Sets why the model stopped, in the server's word; a later one wins.
    pub fn set_finish_reason(&mut self, word: &str) {
        self.finish_word = Some(word.to_owned());
    }

    /// Takes the finish reason back, since the reply goes on behind it.
    pub fn clear_finish_reason(&mut self) {
        self.finish_word = None;
    }

    /// Takes over every count that is known; a later one wins, nothing is added up.
    pub fn update_usage(&mut self, usage: &Usage) {
        self.response.usage.update(usage);
    }

    /// Sets the reply's id, unless it has one.
    pub fn set_id(&mut self, id: &str) {
        set_once(&mut self.response.id, id);
    }

    /// Sets the model that answers, unless it is known.
    pub fn set_model(&mut self, model: &str) {
        set_once(&mut self.response.model, model);
    }

    /// Sets the turn as its protocol wrote it; [`finish`](Self::finish) puts it on the reply. A later one
    /// wins.
    pub fn set_native_json(&mut self, protocol: ProtocolName, json: RawJson) {
        self.native = Some((protocol, json));
    }

    /// The token counts so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.response.usage
    }

    /// The text so far.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.response.content
    }

    /// The reasoning so far.
    #[must_use]
    pub fn reasoning(&self) -> &str {
        self.response.reasoning.as_deref().unwrap_or_default()
    }

    /// Whether a finish reason has come.
    #[must_use]
    pub fn has_finish_reason(&self) -> bool {
        self.finish_word.is_some()
    }

    /// Whether any tool call has begun.
    #[must_use]
    pub fn has_tool_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Whether nothing of a reply has come: no text, reasoning, refusal or call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let reply = &self.response;
        reply.content.is_empty()
            && reply.reasoning.is_none()
            && reply.refusal.is_none()
            && self.calls.is_empty()
    }

    /// Whether each tool call has a name, so that [`finish`](Self::finish) gives the reply.
    #[must_use]
    pub fn can_finish(&self) -> bool {
        self.calls.are_named()
    }

    /// What has come so far, for an error: texts, the calls that are whole, the counts. The finish
    /// reason is unknown, and there is no native turn: half of one cannot be sent back.
    #[must_use]
    pub fn partial(&self) -> LlmResponse {
        let mut partial = self.response.clone();
        partial.tool_calls = self.calls.complete();
        partial
    }

    /// The whole reply.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`](crate::ErrorKind::Malformed) if a tool call never got a name.
    pub fn finish(self) -> Result<LlmResponse> {
        let mut response = self.response;
        response.tool_calls = self.calls.finish()?;
        response.native = self.native.map(|(protocol, json)| {
            NativeTurn::new(protocol, json, &response.content, &response.tool_calls)
        });
        Ok(match self.finish_word {
            Some(word) => response.with_finish_reason_word(&word),
            None => response,
        })
    }

    /// Completes this reply by another choice's: its calls, where this one has none, and its text, where
    /// this one has calls and no text. True if the text was taken. Some servers put the text into one
    /// choice and the calls into another.
    ///
    /// ```
    /// use ek_core::{ResponseAssembly, ToolCallFragment};
    /// let (mut first, mut second) = (ResponseAssembly::new(), ResponseAssembly::new());
    /// first.push_text("Reading it.");
    /// second.push_tool_call(ToolCallFragment::new().with_id("call_a").with_name("tide"))?;
    /// assert!(!first.complete_from(second));
    /// assert_eq!(first.finish()?.tool_calls.len(), 1);
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    pub fn complete_from(&mut self, other: Self) -> bool {
        if self.calls.is_empty() && !other.calls.is_empty() {
            self.calls = other.calls;
            self.finish_word = other.finish_word.or(self.finish_word.take());
        }
        let take = !self.calls.is_empty() && self.response.content.is_empty();
        if take {
            self.response.content = other.response.content;
        }
        take && !self.response.content.is_empty()
    }
}

fn append(text: &mut Option<String>, piece: &str) {
    if !piece.is_empty() {
        text.get_or_insert_default().push_str(piece);
    }
}

fn set_once(slot: &mut Option<String>, value: &str) {
    if slot.is_none() && !value.is_empty() {
        *slot = Some(value.to_owned());
    }
}
