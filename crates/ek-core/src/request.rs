//! What is asked of a model.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::debug_text;
use crate::{
    CacheMark, Message, ProtocolName, ReasoningBudget, ResponseFormat, Role, ToolChoice, ToolSpec,
};

/// A conversation to be completed, and how.
///
/// Fields are public to read and assign; there are no struct literals outside this crate, so that
/// fields can be added. What is `None` or empty is the provider's default. `Debug` shows no texts.
///
/// ```
/// use ek_core::{ChatRequest, Message};
///
/// let request = ChatRequest::new([Message::system("Be brief."), Message::user("Why kilns?")])
///     .with_temperature(0.2)
///     .with_max_tokens(200)
///     .with_extra("min_p", 0.05);
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The conversation, oldest message first.
    pub messages: Vec<Message>,
    /// The model, instead of the provider's own.
    pub model: Option<String>,
    /// How freely to sample, usually 0 to 2. Always sent when set.
    pub temperature: Option<f64>,
    /// The temperature that a pattern would like: used where [`temperature`](Self::temperature) is not
    /// set, and dropped for models that refuse one.
    pub suggested_temperature: Option<f64>,
    /// The share of the likeliest tokens to sample from, above 0 and up to 1.
    pub top_p: Option<f64>,
    /// The longest reply, in tokens.
    pub max_tokens: Option<u32>,
    /// Tools the model may call.
    pub tools: Vec<ToolSpec>,
    /// Whether and which tool it has to call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether the model may call several tools in one reply.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub response_format: Option<ResponseFormat>,
    /// Texts at which the model stops; most servers take up to four.
    pub stop: Vec<String>,
    /// Asks for repeatable sampling, as far as the server can.
    pub seed: Option<i64>,
    /// How much a reasoning model thinks: `minimal`, `low`, `medium`, `high` or another word.
    pub reasoning_effort: Option<String>,
    /// How many tokens a reasoning model may think, where the protocol takes a number.
    pub reasoning_budget: Option<ReasoningBudget>,
    /// Asks the provider to cache the prompt, and to find the places for it, where the protocol can.
    pub cache: Option<CacheMark>,
    /// The longest time for one attempt, instead of the provider's own.
    pub timeout: Option<Duration>,
    /// Names this logical call for providers that have an idempotency header switched on; the same for
    /// every attempt of one call. Not part of the payload.
    pub idempotency_key: Option<String>,
    /// Headers to add, name and value; they replace the provider's own of the same name.
    pub headers: Vec<(String, String)>,
    /// Everything this struct does not model, merged last into the payload: it wins over every other
    /// field, `model` included. Every protocol gets it.
    pub extra: Map<String, Value>,
    /// The same for one protocol alone, so that a failover across vendors does not send one vendor's keys
    /// to another; they win over [`extra`](Self::extra). Read both by [`extra_of`](Self::extra_of).
    pub extra_for: Vec<(ProtocolName, Map<String, Value>)>,
}

impl ChatRequest {
    /// A request to complete this conversation.
    #[must_use]
    pub fn new(messages: impl IntoIterator<Item = Message>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }

    /// A request with one message of the user.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::new([Message::user(text.into())])
    }

    /// Adds a message to the conversation.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Message>) -> Self {
        self.messages.push(message.into());
        self
    }

    /// Sets the conversation.
    #[must_use]
    pub fn with_messages(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.messages = messages.into_iter().collect();
        self
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the temperature; it is always sent.
    #[must_use]
    pub fn with_temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets the temperature to use where none was asked for and the model takes one.
    #[must_use]
    pub fn with_suggested_temperature(mut self, temperature: f64) -> Self {
        self.suggested_temperature = Some(temperature);
        self
    }

    /// Sets the share of the likeliest tokens to sample from.
    #[must_use]
    pub fn with_top_p(mut self, top_p: f64) -> Self {
        self.top_p = Some(top_p);
        self
    }

    /// Sets the longest reply, in tokens.
    #[must_use]
    pub fn with_max_tokens(mut self, max_tokens: u32) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Sets the tools the model may call.
    #[must_use]
    pub fn with_tools(mut self, tools: impl IntoIterator<Item = ToolSpec>) -> Self {
        self.tools = tools.into_iter().collect();
        self
    }

    /// Sets whether and which tool the model has to call.
    #[must_use]
    pub fn with_tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// Sets whether the model may call several tools in one reply.
    #[must_use]
    pub fn with_parallel_tool_calls(mut self, parallel: bool) -> Self {
        self.parallel_tool_calls = Some(parallel);
        self
    }

    /// Sets the form of the answer.
    #[must_use]
    pub fn with_response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Sets the texts at which the model stops.
    #[must_use]
    pub fn with_stop<S: Into<String>>(mut self, stop: impl IntoIterator<Item = S>) -> Self {
        self.stop = stop.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn with_seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets how much a reasoning model thinks.
    #[must_use]
    pub fn with_reasoning_effort(mut self, effort: impl Into<String>) -> Self {
        self.reasoning_effort = Some(effort.into());
        self
    }

    /// Sets how many tokens a reasoning model may think.
    #[must_use]
    pub fn with_reasoning_budget(mut self, budget: ReasoningBudget) -> Self {
        self.reasoning_budget = Some(budget);
        self
    }

    /// Asks the provider to cache the prompt, and to find the places for it.
    #[must_use]
    pub fn with_cache(mut self, mark: CacheMark) -> Self {
        self.cache = Some(mark);
        self
    }

    /// Sets the longest time for one attempt.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Names the logical call for an idempotency header.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a key to the payload; it wins over every other field of that name.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }

    /// Adds a key to the payload of one protocol alone.
    ///
    /// ```
    /// use ek_core::{ChatRequest, ProtocolName};
    /// let request = ChatRequest::user("Why kilns?")
    ///     .with_extra("user", "u-1")
    ///     .with_extra_for(ProtocolName::AnthropicMessages, "service_tier", "auto");
    /// assert_eq!(request.extra_of(&ProtocolName::AnthropicMessages).len(), 2);
    /// assert_eq!(request.extra_of(&ProtocolName::ChatCompletions).len(), 1);
    /// ```
    #[must_use]
    pub fn with_extra_for(
        mut self,
        protocol: ProtocolName,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        let (key, value) = (key.into(), value.into());
        match self.extra_for.iter_mut().find(|(own, _)| *own == protocol) {
            Some((_, keys)) => drop(keys.insert(key, value)),
            None => self.extra_for.push((protocol, Map::from_iter([(key, value)]))),
        }
        self
    }

    /// The keys to merge into the payload of this protocol: those for every protocol, and over them those
    /// for this one alone.
    #[must_use]
    pub fn extra_of(&self, protocol: &ProtocolName) -> Cow<'_, Map<String, Value>> {
        let mut keys = Cow::Borrowed(&self.extra);
        for (_, own) in self.extra_for.iter().filter(|(name, _)| name == protocol) {
            keys.to_mut().extend(own.clone());
        }
        keys
    }

    /// One of the values that [`extra_of`](Self::extra_of) gives.
    #[must_use]
    pub fn extra_value(&self, protocol: &ProtocolName, key: &str) -> Option<&Value> {
        let own = self.extra_for.iter().rev().filter(|(name, _)| name == protocol);
        own.map(|(_, keys)| keys).chain([&self.extra]).find_map(|keys| keys.get(key))
    }

    /// The text of the newest message of the user.
    #[must_use]
    pub fn last_user_text(&self) -> Option<Cow<'_, str>> {
        self.messages.iter().rev().find(|m| m.role == Role::User).map(Message::text)
    }
}

impl From<&str> for ChatRequest {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for ChatRequest {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

/// A copy, so that what takes anything that becomes a request takes a borrowed one too.
impl From<&ChatRequest> for ChatRequest {
    fn from(request: &ChatRequest) -> Self {
        request.clone()
    }
}

impl From<Vec<Message>> for ChatRequest {
    fn from(messages: Vec<Message>) -> Self {
        Self { messages, ..Self::default() }
    }
}

/// A copy: a conversation that somebody else keeps, such as an error's transcript.
impl From<&[Message]> for ChatRequest {
    fn from(messages: &[Message]) -> Self {
        messages.to_vec().into()
    }
}

/// Settings and sizes; neither texts nor header values.
impl fmt::Debug for ChatRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let extra_for: Vec<_> =
            self.extra_for.iter().map(|(name, keys)| (name, debug_text::Keys(keys))).collect();
        f.debug_struct("ChatRequest")
            .field("messages", &self.messages)
            .field("model", &self.model)
            .field("temperature", &self.temperature)
            .field("max_tokens", &self.max_tokens)
            .field("tools", &self.tools)
            .field("timeout", &self.timeout)
            .field("headers", &header_names)
            .field("extra", &debug_text::Keys(&self.extra))
            .field("extra_for", &extra_for)
            .finish_non_exhaustive()
    }
}
