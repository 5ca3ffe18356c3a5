//! Which requests a rule is for: conditions that can be written in words and as JSON, and are
//! checked one by one, so that a request that almost fits can be shown.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use ek_core::{ChatRequest, EmbeddingRequest, Message, ProtocolName, Role};

type Predicate = Arc<dyn Fn(&Asked<'_>) -> bool + Send + Sync>;

/// Which requests a [`Rule`](crate::Rule) answers: all of its conditions must hold. Without any it is
/// for every request for a reply. A rule is for requests for embeddings, and for these alone, if it has
/// one of the conditions that name them ([`embedding`](Self::embedding),
/// [`embedding_text_contains`](Self::embedding_text_contains)).
///
/// ```
/// use ek_mock::When;
///
/// let asked_for_tides = When::user_text_contains("tide").and(When::offers_tool("tide"));
/// let knows_the_tide = When::tool_result_of("tide");
/// let long = When::predicate("more than 20 messages", |request| request.messages.len() > 20);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct When {
    pub(crate) conditions: Vec<Condition>,
}

/// One thing to hold of a request.
#[derive(Clone)]
pub(crate) enum Condition {
    UserText(String),
    UserTextContains(String),
    Model(String),
    ToolResult(bool),
    ToolResultOf(String),
    OffersTool(String),
    Streamed(bool),
    Embedding,
    EmbeddingTextContains(String),
    Predicate(String, Predicate),
}

/// What conditions look at.
#[derive(Clone)]
pub(crate) struct Asked<'a> {
    /// Of a request for embeddings this has the model alone.
    pub(crate) request: &'a ChatRequest,
    pub(crate) streamed: bool,
    /// The request for embeddings, if it is one.
    pub(crate) embedding: Option<&'a EmbeddingRequest>,
    /// The end of the path of one on the wire.
    #[cfg_attr(not(feature = "wire"), expect(dead_code, reason = "cassettes alone compare it"))]
    pub(crate) embeddings_path: Option<&'static str>,
    /// The protocol of a request on the wire; at the trait there is none.
    #[cfg_attr(not(feature = "wire"), expect(dead_code, reason = "cassettes alone compare it"))]
    pub(crate) protocol: Option<&'a ProtocolName>,
    /// The newest message of the user: taken out once, since every rule may look at it.
    user_text: Cow<'a, str>,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(
        request: &'a ChatRequest,
        streamed: bool,
        protocol: Option<&'a ProtocolName>,
    ) -> Self {
        let user_text = request.last_user_text().unwrap_or_default();
        Self { request, streamed, embedding: None, embeddings_path: None, protocol, user_text }
    }

    pub(crate) fn with_embedding(
        self,
        embedding: Option<&'a EmbeddingRequest>,
        path: impl Into<Option<&'static str>>,
    ) -> Self {
        Self { embedding, embeddings_path: path.into(), ..self }
    }
}

impl When {
    /// Every request for a reply.
    pub fn any() -> Self {
        Self::default()
    }

    fn one(condition: Condition) -> Self {
        Self { conditions: vec![condition] }
    }

    /// The newest message of the user is exactly this text.
    pub fn user_text(text: impl Into<String>) -> Self {
        Self::one(Condition::UserText(text.into()))
    }

    /// The newest message of the user contains this text; case counts.
    pub fn user_text_contains(text: impl Into<String>) -> Self {
        Self::one(Condition::UserTextContains(text.into()))
    }

    /// The request names this model: in [`extra`](ChatRequest::extra), else in
    /// [`model`](ChatRequest::model). On the wire every request names one.
    pub fn model(model: impl Into<String>) -> Self {
        Self::one(Condition::Model(model.into()))
    }

    /// The model is to go on from the results of tools: one comes after the newest message of the
    /// user.
    pub fn tool_result() -> Self {
        Self::one(Condition::ToolResult(true))
    }

    /// No result of a tool comes after the newest message of the user.
    pub fn no_tool_result() -> Self {
        Self::one(Condition::ToolResult(false))
    }

    /// A result of this tool comes after the newest message of the user. The tool is known by the
    /// call that the result answers.
    pub fn tool_result_of(tool: impl Into<String>) -> Self {
        Self::one(Condition::ToolResultOf(tool.into()))
    }

    /// The request offers this tool to the model.
    pub fn offers_tool(tool: impl Into<String>) -> Self {
        Self::one(Condition::OffersTool(tool.into()))
    }

    /// The reply is asked for as a stream, or is not.
    pub fn streamed(streamed: bool) -> Self {
        Self::one(Condition::Streamed(streamed))
    }

    /// The request is for embeddings.
    pub fn embedding() -> Self {
        Self::one(Condition::Embedding)
    }

    /// The request is for embeddings, and one of its texts contains this text; case counts.
    pub fn embedding_text_contains(text: impl Into<String>) -> Self {
        Self::one(Condition::EmbeddingTextContains(text.into()))
    }

    /// The closure says yes. The name stands for it in messages; a script with closures cannot be
    /// written as JSON.
    pub fn predicate(
        name: impl Into<String>,
        holds: impl Fn(&ChatRequest) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::asked(name.into(), move |asked| holds(asked.request))
    }

    /// The closure says yes to all that is known of the request.
    pub(crate) fn asked(
        name: String,
        holds: impl Fn(&Asked<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self::one(Condition::Predicate(name, Arc::new(holds)))
    }

    /// Both hold.
    pub fn and(mut self, other: Self) -> Self {
        self.conditions.extend(other.conditions);
        self
    }

    /// Whether it is for requests for embeddings, and not for those for a reply.
    pub(crate) fn is_for_embeddings(&self) -> bool {
        let names_them = |one: &Condition| {
            matches!(one, Condition::Embedding | Condition::EmbeddingTextContains(_))
        };
        self.conditions.iter().any(names_them)
    }

    /// Whether all conditions hold, of a request of the kind that it is for.
    pub(crate) fn holds(&self, asked: &Asked<'_>) -> bool {
        self.is_for_embeddings() == asked.embedding.is_some()
            && self.conditions.iter().all(|condition| condition.holds(asked))
    }
}

impl Condition {
    pub(crate) fn holds(&self, asked: &Asked<'_>) -> bool {
        let request = asked.request;
        match self {
            Self::UserText(text) => asked.user_text == *text,
            Self::UserTextContains(text) => asked.user_text.contains(text.as_str()),
            Self::Model(model) => model_of(request) == Some(model.as_str()),
            Self::ToolResult(wanted) => tool_results(request).next().is_some() == *wanted,
            Self::ToolResultOf(tool) => {
                tool_results(request).any(|result| tool_of(request, result) == Some(tool.as_str()))
            }
            Self::OffersTool(tool) => request.tools.iter().any(|offered| offered.name == *tool),
            Self::Streamed(wanted) => asked.streamed == *wanted,
            Self::Embedding => asked.embedding.is_some(),
            Self::EmbeddingTextContains(text) => asked.embedding.is_some_and(|embedding| {
                let texts = embedding.inputs.texts().unwrap_or_default();
                texts.iter().any(|input| input.contains(text.as_str()))
            }),
            Self::Predicate(_, holds) => holds(asked),
        }
    }
}

/// The model that a request names.
pub(crate) fn model_of(request: &ChatRequest) -> Option<&str> {
    let extra = request.extra_value(&ProtocolName::ChatCompletions, "model");
    let extra = extra.and_then(|model| model.as_str());
    extra.or(request.model.as_deref())
}

/// The results after the newest message of the user.
fn tool_results(request: &ChatRequest) -> impl Iterator<Item = &Message> {
    let newest = request.messages.iter().rev().take_while(|message| message.role != Role::User);
    newest.filter(|message| message.role == Role::Tool)
}

/// The tool whose call a result answers.
fn tool_of<'a>(request: &'a ChatRequest, result: &Message) -> Option<&'a str> {
    let id = result.tool_call_id.as_deref()?;
    // Ids are unique in one reply only: the newest call of this id is the one that is answered.
    let calls = request.messages.iter().rev().flat_map(|message| &message.tool_calls);
    calls.into_iter().find(|call| call.id == id).map(|call| call.name.as_str())
}

/// In words, as failures show it.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserText(text) => write!(f, "user text is {text:?}"),
            Self::UserTextContains(text) => write!(f, "user text contains {text:?}"),
            Self::Model(model) => write!(f, "model is {model:?}"),
            Self::ToolResult(true) => f.write_str("a tool result is there"),
            Self::ToolResult(false) => f.write_str("no tool result is there"),
            Self::ToolResultOf(tool) => write!(f, "a result of tool {tool:?} is there"),
            Self::OffersTool(tool) => write!(f, "tool {tool:?} is offered"),
            Self::Streamed(true) => f.write_str("asked for as a stream"),
            Self::Streamed(false) => f.write_str("not asked for as a stream"),
            Self::Embedding => f.write_str("for embeddings"),
            Self::EmbeddingTextContains(text) => write!(f, "a text to embed contains {text:?}"),
            Self::Predicate(name, _) => write!(f, "{name} (closure)"),
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.conditions.is_empty() {
            return f.write_str("any request");
        }
        for (number, condition) in self.conditions.iter().enumerate() {
            let glue = if number == 0 { "" } else { ", and " };
            write!(f, "{glue}{condition}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "When({self})")
    }
}
