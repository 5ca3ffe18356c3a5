//! async-openai, as its examples have it.

use std::sync::Arc;

use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessage,
    ChatCompletionRequestMessage, ChatCompletionRequestUserMessage, ChatCompletionResponseStream,
    ChatCompletionStreamOptions, ChatCompletionTool, ChatCompletionTools,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs, FunctionObject,
};
use async_openai::types::embeddings::{CreateEmbeddingRequest, EncodingFormat};
use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::protocol::{Protocol, embeddings};
use bench_load::scenario::{
    self, API_KEY, MAX_TOKENS, MODEL, Question, SCHEMA, TEMPERATURE, TOOL_DESCRIPTION, TOOL_NAMES,
    VECTOR_MODEL,
};
use futures_util::StreamExt as _;

/// One client for all calls.
#[derive(Clone, Debug)]
pub struct Peer {
    client: async_openai::Client<OpenAIConfig>,
    question: Question,
    request: Arc<CreateChatCompletionRequest>,
    /// A conversation whose request is made anew for each call.
    conversation: Option<Arc<[ChatCompletionRequestMessage]>>,
    /// The request of a scenario of vectors.
    texts: Option<Arc<CreateEmbeddingRequest>>,
    stream: bool,
}

impl Client for Peer {
    type Open = Open;

    fn new(job: &Job) -> Outcome<Self> {
        job.only_in(&[Protocol::ChatCompletions, Protocol::Embeddings])?;
        let question = job.scenario.question;
        let config = OpenAIConfig::new().with_api_base(&job.base).with_api_key(API_KEY);
        let conversation = messages(question);
        let mut http = reqwest::Client::builder();
        if let Some(authority) = &job.authority {
            http = http.tls_certs_merge([reqwest::Certificate::from_pem(authority.as_bytes())?]);
        }
        if let Some(idle) = job.idle {
            http = http.pool_idle_timeout(idle);
        }
        Ok(Self {
            client: async_openai::Client::with_config(config).with_http_client(http.build()?),
            question,
            request: Arc::new(request(conversation.clone(), question, job.answer.stream)?),
            conversation: question.is_conversation().then(|| conversation.into()),
            texts: match scenario::texts(question) {
                texts if texts.is_empty() => None,
                texts => Some(Arc::new(CreateEmbeddingRequest {
                    model: VECTOR_MODEL.to_owned(),
                    input: texts.into(),
                    encoding_format: Some(match job.answer.name.ends_with("base64") {
                        true => EncodingFormat::Base64,
                        false => EncodingFormat::Float,
                    }),
                    ..CreateEmbeddingRequest::default()
                })),
            },
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        if let Some(texts) = &self.texts {
            return self.vectors(CreateEmbeddingRequest::clone(texts)).await;
        }
        if self.stream {
            return Self::rest(self.open().await?).await;
        }
        let reply = self.client.chat().create(self.request()?).await?;
        let message = reply.choices.into_iter().next().ok_or("no choice")?.message;
        let mut found = Found {
            text: message.content.unwrap_or_default().len(),
            tokens: reply.usage.ok_or("no usage")?.completion_tokens.into(),
            ..Found::default()
        };
        for call in message.tool_calls.into_iter().flatten() {
            let ChatCompletionMessageToolCalls::Function(call) = call else { continue };
            found.calls += 1;
            found.arguments += call.function.arguments.len();
        }
        Ok(Outcomes { found, ..Outcomes::default() })
    }

    async fn open(&self) -> Outcome<Open> {
        let chunks = self.client.chat().create_stream(self.request()?).await?;
        let (text, calls, found) = (String::new(), Vec::new(), Found::default());
        let mut open = Open { chunks, text, calls, found };
        while open.found.deltas == 0 && open.next().await? {}
        Ok(open)
    }

    async fn rest(mut open: Open) -> Outcome<Outcomes> {
        while open.next().await? {}
        let Open { text, calls, mut found, .. } = open;
        found.text = text.len();
        found.calls = calls.len();
        found.arguments = calls.iter().map(|(_, _, arguments)| arguments.len()).sum();
        Ok(Outcomes { found, ..Outcomes::default() })
    }
}

impl Peer {
    async fn vectors(&self, request: CreateEmbeddingRequest) -> Outcome<Outcomes> {
        let as_base64 = request.encoding_format == Some(EncodingFormat::Base64);
        let (vectors, tokens): (Vec<Vec<f32>>, u32) = if as_base64 {
            let answer = self.client.embeddings().create_base64(request).await?;
            let vectors = answer.data.into_iter().map(|row| row.embedding.into()).collect();
            (vectors, answer.usage.prompt_tokens)
        } else {
            let answer = self.client.embeddings().create(request).await?;
            let vectors = answer.data.into_iter().map(|row| row.embedding).collect();
            (vectors, answer.usage.prompt_tokens)
        };
        let numbers = vectors.iter().map(Vec::len).sum();
        let found = embeddings::found(vectors.len(), numbers, tokens.into());
        Ok(Outcomes { found, ..Outcomes::default() })
    }

    fn request(&self) -> Outcome<CreateChatCompletionRequest> {
        match &self.conversation {
            Some(conversation) => request(conversation.to_vec(), self.question, self.stream),
            None => Ok(CreateChatCompletionRequest::clone(&self.request)),
        }
    }
}

/// An open stream, and what has come of it.
pub struct Open {
    chunks: ChatCompletionResponseStream,
    text: String,
    /// Ids, names and arguments.
    calls: Vec<(String, String, String)>,
    found: Found,
}

impl Open {
    /// Takes one chunk; false at the end.
    async fn next(&mut self) -> Outcome<bool> {
        let Some(chunk) = self.chunks.next().await else {
            return Ok(false);
        };
        let chunk = chunk?;
        if let Some(usage) = chunk.usage {
            self.found.tokens = usage.completion_tokens.into();
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(true) };
        if let Some(piece) = choice.delta.content.filter(|piece| !piece.is_empty()) {
            self.found.deltas += 1;
            self.text.push_str(&piece);
        }
        for delta in choice.delta.tool_calls.into_iter().flatten() {
            self.found.deltas += 1;
            let at = usize::try_from(delta.index)?;
            if self.calls.len() <= at {
                self.calls.resize_with(at + 1, Default::default);
            }
            let (id, name, arguments) = &mut self.calls[at];
            id.push_str(&delta.id.unwrap_or_default());
            let Some(function) = delta.function else { continue };
            name.push_str(&function.name.unwrap_or_default());
            arguments.push_str(&function.arguments.unwrap_or_default());
        }
        Ok(true)
    }
}

fn messages(question: Question) -> Vec<ChatCompletionRequestMessage> {
    let message = |(role, text): (&str, String)| match role {
        "user" => ChatCompletionRequestUserMessage::from(text).into(),
        _ => ChatCompletionRequestAssistantMessage::from(text).into(),
    };
    scenario::conversation(question).into_iter().map(message).collect()
}

fn request(
    messages: Vec<ChatCompletionRequestMessage>,
    question: Question,
    stream: bool,
) -> Outcome<CreateChatCompletionRequest> {
    let mut request = CreateChatCompletionRequestArgs::default();
    request.model(MODEL).messages(messages);
    request.temperature(TEMPERATURE).max_completion_tokens(MAX_TOKENS);
    if question == Question::Tools {
        let parameters: serde_json::Value = serde_json::from_str(SCHEMA)?;
        let tool = |name: &str| {
            ChatCompletionTools::Function(ChatCompletionTool {
                function: FunctionObject {
                    name: name.to_owned(),
                    description: Some(TOOL_DESCRIPTION.to_owned()),
                    parameters: Some(parameters.clone()),
                    strict: None,
                },
            })
        };
        request.tools(TOOL_NAMES.map(tool));
    }
    if stream {
        let options =
            ChatCompletionStreamOptions { include_usage: Some(true), include_obfuscation: None };
        request.stream(true).stream_options(options);
    }
    Ok(request.build()?)
}
