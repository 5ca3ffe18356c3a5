//! genai with its adapter of each protocol, as its examples have it.

use std::sync::Arc;
use std::time::Duration;

use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::protocol::Protocol;
use bench_load::scenario::{
    self, API_KEY, MAX_TOKENS, Question, SCHEMA, TEMPERATURE, TOOL_DESCRIPTION, TOOL_NAMES,
};
use futures_util::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{
    ChatMessage, ChatOptions, ChatRequest, ChatStream, ChatStreamEvent, StreamEnd, Tool, ToolCall,
};
use genai::resolver::{AuthData, Endpoint};

/// One client for all calls.
#[derive(Clone, Debug)]
pub struct Peer {
    client: genai::Client,
    model: &'static str,
    options: Arc<ChatOptions>,
    request: Arc<ChatRequest>,
    /// A conversation whose request is made anew for each call.
    conversation: Option<Arc<[ChatMessage]>>,
    stream: bool,
}

impl Client for Peer {
    type Open = Open;

    fn new(job: &Job) -> Outcome<Self> {
        let question = job.scenario.question;
        if matches!(question, Question::Texts(_)) {
            return Err("this client is not measured with vectors".into());
        }
        // As genai's own, which keeps four idle connections: 64 callers would dial all the time.
        let mut http = reqwest::Client::builder()
            .tcp_nodelay(true)
            .gzip(true)
            .pool_max_idle_per_host(job.scenario.callers.max(4))
            .http2_keep_alive_interval(Some(Duration::from_secs(20)))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .http2_keep_alive_while_idle(true)
            .http2_adaptive_window(true);
        if let Some(authority) = &job.authority {
            http = http.tls_certs_merge([reqwest::Certificate::from_pem(authority.as_bytes())?]);
        }
        if let Some(idle) = job.idle {
            http = http.pool_idle_timeout(idle);
        }
        let endpoint = Endpoint::from_owned(format!("{}/", job.base));
        let protocol = job.answer.protocol;
        let adapter = match protocol {
            Protocol::ChatCompletions => AdapterKind::OpenAI,
            Protocol::Anthropic => AdapterKind::Anthropic,
            Protocol::Responses => AdapterKind::OpenAIResp,
            Protocol::Gemini => AdapterKind::Gemini,
            Protocol::Embeddings => return Err("vectors are not asked of genai".into()),
        };
        let client = genai::Client::builder()
            .with_reqwest(http.build()?)
            .with_adapter_kind(adapter)
            .append_provider_config(adapter, (endpoint, AuthData::from_single(API_KEY)))
            .build()?;
        let options = ChatOptions::default()
            .with_temperature(TEMPERATURE.into())
            .with_max_tokens(MAX_TOKENS)
            .with_capture_content(true)
            .with_capture_tool_calls(true)
            .with_capture_usage(true);
        let conversation = messages(question);
        let mut request = ChatRequest::new(conversation.clone());
        if question == Question::Tools {
            let schema: serde_json::Value = serde_json::from_str(SCHEMA)?;
            let tool = |name: &str| {
                Tool::new(name).with_description(TOOL_DESCRIPTION).with_schema(schema.clone())
            };
            request = request.with_tools(TOOL_NAMES.map(tool));
        }
        Ok(Self {
            client,
            model: protocol.model(),
            options: Arc::new(options),
            request: Arc::new(request),
            conversation: question.is_conversation().then(|| conversation.into()),
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        if self.stream {
            return Self::rest(self.open().await?).await;
        }
        let reply = self.client.exec_chat(self.model, self.request(), Some(&self.options)).await?;
        let calls = reply.tool_calls();
        let found = Found {
            text: reply.first_text().unwrap_or_default().len(),
            deltas: 0,
            calls: calls.len(),
            arguments: calls.into_iter().map(arguments).sum::<Outcome<usize>>()?,
            tokens: reply.usage.completion_tokens.unwrap_or(0).try_into()?,
        };
        Ok(Outcomes { found, ..Outcomes::default() })
    }

    async fn open(&self) -> Outcome<Open> {
        let options = Some(&*self.options);
        let reply = self.client.exec_chat_stream(self.model, self.request(), options).await?;
        let mut open = Open { stream: reply.stream, deltas: 0, shown: 0 };
        while open.deltas == 0 {
            if open.next().await?.is_some() {
                return Err("the stream has no delta".into());
            }
        }
        Ok(open)
    }

    async fn rest(mut open: Open) -> Outcome<Outcomes> {
        let end = loop {
            if let Some(end) = open.next().await? {
                break end;
            }
        };
        let text = end.captured_first_text().unwrap_or_default().len();
        if open.shown != text {
            return Err("the pieces are not the whole".into());
        }
        let usage = end.captured_usage.as_ref().ok_or("no usage")?;
        let tokens = usage.completion_tokens.unwrap_or(0).try_into()?;
        let calls = end.captured_tool_calls().unwrap_or_default();
        let (count, all) = (calls.len(), calls.into_iter().map(arguments));
        let arguments = all.sum::<Outcome<usize>>()?;
        let found = Found { text, deltas: open.deltas, calls: count, arguments, tokens };
        Ok(Outcomes { found, ..Outcomes::default() })
    }
}

impl Peer {
    fn request(&self) -> ChatRequest {
        match &self.conversation {
            Some(conversation) => ChatRequest::new(conversation.to_vec()),
            None => ChatRequest::clone(&self.request),
        }
    }
}

/// An open stream, and what it has shown.
pub struct Open {
    stream: ChatStream,
    deltas: usize,
    shown: usize,
}

impl Open {
    /// Takes one event; what genai has captured, at the end.
    async fn next(&mut self) -> Outcome<Option<StreamEnd>> {
        match self.stream.next().await.ok_or("no end")?? {
            ChatStreamEvent::Chunk(chunk) => {
                self.deltas += 1;
                self.shown += chunk.content.len();
            }
            ChatStreamEvent::ToolCallChunk(_) => self.deltas += 1,
            ChatStreamEvent::End(end) => return Ok(Some(end)),
            _ => {}
        }
        Ok(None)
    }
}

fn messages(question: Question) -> Vec<ChatMessage> {
    let message = |(role, text): (&str, String)| match role {
        "user" => ChatMessage::user(text),
        _ => ChatMessage::assistant(text),
    };
    scenario::conversation(question).into_iter().map(message).collect()
}

/// Their bytes, as they would be written. genai has read them, and gives back a tree.
fn arguments(call: &ToolCall) -> Outcome<usize> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &call.fn_arguments)?;
    Ok(length.0)
}

/// Counts what is written to it, and keeps nothing.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
