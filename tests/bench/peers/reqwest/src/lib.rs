//! reqwest by hand, as most programs have it: typed structs for what is sent and read, and
//! eventsource-stream for the events.

use std::sync::Arc;

use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::protocol::Protocol;
use bench_load::scenario::{
    self, API_KEY, MAX_TOKENS, MODEL, Question, SCHEMA, TEMPERATURE, TOOL_DESCRIPTION, TOOL_NAMES,
};
use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One client for all calls.
#[derive(Clone, Debug)]
pub struct Peer {
    http: reqwest::Client,
    url: Arc<str>,
    conversation: Arc<[Message]>,
    tools: Option<Arc<[Tool]>>,
    stream: bool,
}

#[derive(Debug, Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

#[derive(Debug, Serialize)]
struct Tool {
    r#type: &'static str,
    function: Function,
}

#[derive(Debug, Serialize)]
struct Function {
    name: &'static str,
    description: &'static str,
    parameters: Value,
}

#[derive(Debug, Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    temperature: f32,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a [Tool]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// A reply, and a chunk of one.
#[derive(Debug, Deserialize)]
struct Reply {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(alias = "delta")]
    message: Part,
}

#[derive(Debug, Deserialize)]
struct Part {
    content: Option<String>,
    tool_calls: Option<Vec<ToolCall>>,
}

#[derive(Debug, Deserialize)]
struct ToolCall {
    index: Option<usize>,
    id: Option<String>,
    function: Called,
}

#[derive(Debug, Deserialize)]
struct Called {
    name: Option<String>,
    arguments: String,
}

#[derive(Debug, Deserialize)]
struct Usage {
    completion_tokens: u64,
}

impl Client for Peer {
    type Open = Open;

    fn new(job: &Job) -> Outcome<Self> {
        job.only_in(&[Protocol::ChatCompletions])?;
        let question = job.scenario.question;
        if matches!(question, Question::Texts(_)) {
            return Err("this client is not measured with vectors".into());
        }
        let parameters: Value = serde_json::from_str(SCHEMA)?;
        let tool = |name| {
            let parameters = parameters.clone();
            let function = Function { name, description: TOOL_DESCRIPTION, parameters };
            Tool { r#type: "function", function }
        };
        let message = |(role, content)| Message { role, content };
        let mut http = reqwest::Client::builder();
        if let Some(authority) = &job.authority {
            http = http.tls_certs_merge([reqwest::Certificate::from_pem(authority.as_bytes())?]);
        }
        if let Some(idle) = job.idle {
            http = http.pool_idle_timeout(idle);
        }
        Ok(Self {
            http: http.build()?,
            url: format!("{}/chat/completions", job.base).into(),
            conversation: scenario::conversation(question).into_iter().map(message).collect(),
            tools: (question == Question::Tools).then(|| TOOL_NAMES.map(tool).into()),
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        if self.stream {
            return Self::rest(self.open().await?).await;
        }
        let reply: Reply = self.send().await?.json().await?;
        let message = reply.choices.into_iter().next().ok_or("no choice")?.message;
        let calls = message.tool_calls.unwrap_or_default();
        let found = Found {
            text: message.content.unwrap_or_default().len(),
            deltas: 0,
            calls: calls.len(),
            arguments: calls.iter().map(|call| call.function.arguments.len()).sum(),
            tokens: reply.usage.ok_or("no usage")?.completion_tokens,
        };
        Ok(Outcomes { found, ..Outcomes::default() })
    }

    async fn open(&self) -> Outcome<Open> {
        let bytes = self.send().await?.bytes_stream();
        let events = bytes.eventsource().map(|event| Ok(event?.data));
        let mut open = Open {
            events: events.boxed(),
            text: String::new(),
            calls: Vec::new(),
            found: Found::default(),
        };
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
    async fn send(&self) -> Outcome<reqwest::Response> {
        let request = Request {
            model: MODEL,
            messages: &self.conversation,
            temperature: TEMPERATURE,
            max_tokens: MAX_TOKENS,
            tools: self.tools.as_deref(),
            stream: self.stream.then_some(true),
            stream_options: self.stream.then_some(StreamOptions { include_usage: true }),
        };
        let request = self.http.post(&*self.url).bearer_auth(API_KEY).json(&request);
        Ok(request.send().await?.error_for_status()?)
    }
}

/// An open stream, and what has come of it.
pub struct Open {
    events: BoxStream<'static, Outcome<String>>,
    text: String,
    /// Ids, names and arguments.
    calls: Vec<(String, String, String)>,
    found: Found,
}

impl Open {
    /// Takes one event; false at the end.
    async fn next(&mut self) -> Outcome<bool> {
        let Some(data) = self.events.next().await else {
            return Ok(false);
        };
        let data = data?;
        if data == "[DONE]" {
            return Ok(false);
        }
        let chunk: Reply = serde_json::from_str(&data)?;
        if let Some(usage) = chunk.usage {
            self.found.tokens = usage.completion_tokens;
        }
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(true) };
        if let Some(piece) = choice.message.content.filter(|piece| !piece.is_empty()) {
            self.found.deltas += 1;
            self.text.push_str(&piece);
        }
        for delta in choice.message.tool_calls.into_iter().flatten() {
            self.found.deltas += 1;
            let at = delta.index.ok_or("no index")?;
            if self.calls.len() <= at {
                self.calls.resize_with(at + 1, Default::default);
            }
            let (id, name, arguments) = &mut self.calls[at];
            id.push_str(&delta.id.unwrap_or_default());
            name.push_str(&delta.function.name.unwrap_or_default());
            arguments.push_str(&delta.function.arguments);
        }
        Ok(true)
    }
}
