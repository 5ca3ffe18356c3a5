//! executionkit as anybody would use it, with every guard on.

use std::sync::Arc;

use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::protocol::{Protocol, embeddings};
use bench_load::scenario::{self, API_KEY, Question, SCHEMA, TOOL_DESCRIPTION, TOOL_NAMES};
use executionkit::{
    ChatRequest, ChatStream, EmbeddingProvider as _, EmbeddingRequest, LlmProvider as _,
    LlmResponse, Message, Provider, StreamEvent, StreamingProvider as _, ToolSpec,
};

/// One provider for all calls.
#[derive(Clone, Debug)]
pub struct Ours {
    provider: Provider,
    request: Arc<ChatRequest>,
    /// A conversation whose request is made anew for each call.
    conversation: Option<Arc<Vec<Message>>>,
    /// The request of a scenario of vectors.
    texts: Option<Arc<EmbeddingRequest>>,
    stream: bool,
}

/// An open stream, and what it has shown.
#[derive(Debug)]
pub struct Open {
    stream: ChatStream,
    deltas: usize,
    shown: usize,
}

impl Client for Ours {
    type Open = Open;

    fn new(job: &Job) -> Outcome<Self> {
        let question = job.scenario.question;
        let protocol = job.answer.protocol;
        let model = protocol.model();
        let builder = match protocol {
            Protocol::ChatCompletions | Protocol::Embeddings => Provider::builder(&job.base, model),
            Protocol::Anthropic => Provider::anthropic(model).base_url(&job.base),
            Protocol::Responses => Provider::openai_responses(model).base_url(&job.base),
            Protocol::Gemini => Provider::gemini(model).base_url(&job.base),
        };
        let mut builder = builder.api_key(API_KEY).max_connections(job.scenario.callers.max(100));
        if let Some(authority) = &job.authority {
            builder = builder.root_certificate(authority);
        }
        if let Some(idle) = job.idle {
            builder = builder.pool_idle_timeout(idle).keep_warm(true);
        }
        Ok(Self {
            provider: builder.build()?,
            request: Arc::new(request(question)?),
            conversation: question.is_conversation().then(|| Arc::new(messages(question))),
            texts: match scenario::texts(question) {
                texts if texts.is_empty() => None,
                texts => Some(Arc::new(EmbeddingRequest::new(texts))),
            },
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        if let Some(texts) = &self.texts {
            let vectors = self.provider.embed(texts).await?;
            let tokens = vectors.usage.input_tokens.unwrap_or(0);
            let found = embeddings::found(vectors.len(), vectors.values().len(), tokens);
            return Ok(Outcomes { found, ..Outcomes::default() });
        }
        if self.stream {
            return Self::rest(self.open().await?).await;
        }
        let reply = match self.built() {
            Some(request) => self.provider.complete(&request).await?,
            None => self.provider.complete(&self.request).await?,
        };
        Ok(outcomes(&reply, 0))
    }

    async fn open(&self) -> Outcome<Open> {
        let stream = match self.built() {
            Some(request) => self.provider.stream(&request).await?,
            None => self.provider.stream(&self.request).await?,
        };
        let mut open = Open { stream, deltas: 0, shown: 0 };
        while open.deltas == 0 {
            if open.next().await?.is_some() {
                return Err("the stream has no delta".into());
            }
        }
        Ok(open)
    }

    async fn connect(&self) -> Outcome<bool> {
        self.provider.connect().await?;
        Ok(true)
    }

    async fn rest(mut open: Open) -> Outcome<Outcomes> {
        let reply = loop {
            if let Some(reply) = open.next().await? {
                break reply;
            }
        };
        if open.shown != reply.content.len() {
            return Err("the pieces are not the whole".into());
        }
        Ok(outcomes(&reply, open.deltas))
    }
}

impl Ours {
    /// The request of a conversation, made anew.
    fn built(&self) -> Option<ChatRequest> {
        let conversation = self.conversation.as_ref()?;
        Some(ChatRequest::new(conversation.iter().cloned()))
    }
}

impl Open {
    /// Takes one event; the reply, at the end.
    async fn next(&mut self) -> Outcome<Option<Box<LlmResponse>>> {
        match self.stream.next().await.ok_or("no end")?? {
            StreamEvent::Text(piece) => {
                self.deltas += 1;
                self.shown += piece.len();
            }
            StreamEvent::ToolCallDelta(_) => self.deltas += 1,
            StreamEvent::Done(reply) => return Ok(Some(reply)),
            _ => {}
        }
        Ok(None)
    }
}

fn outcomes(reply: &LlmResponse, deltas: usize) -> Outcomes {
    let found = Found {
        text: reply.content.len(),
        deltas,
        calls: reply.tool_calls.len(),
        arguments: reply.tool_calls.iter().map(|call| call.arguments.as_str().len()).sum(),
        tokens: reply.output_tokens().unwrap_or(0),
    };
    Outcomes { found, ..Outcomes::default() }
}

fn messages(question: Question) -> Vec<Message> {
    let message = |(role, text): (&str, String)| match role {
        "user" => Message::user(text),
        _ => Message::assistant(text),
    };
    scenario::conversation(question).into_iter().map(message).collect()
}

fn request(question: Question) -> Outcome<ChatRequest> {
    let request = ChatRequest::new(messages(question));
    if question != Question::Tools {
        return Ok(request);
    }
    let tool = |name: &&str| ToolSpec::new(*name, TOOL_DESCRIPTION, SCHEMA);
    let tools: Result<Vec<_>, _> = TOOL_NAMES.iter().map(tool).collect();
    Ok(request.with_tools(tools?))
}
