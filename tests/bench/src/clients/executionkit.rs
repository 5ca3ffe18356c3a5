//! executionkit as anybody would use it, with every guard on.

use std::sync::Arc;

use bench_load::Outcome;
use bench_load::answers::Found;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bench_load::scenario::{self, API_KEY, MODEL, Question, SCHEMA, TOOL_DESCRIPTION, TOOL_NAMES};
use executionkit::{
    ChatRequest, LlmProvider as _, Message, Provider, StreamEvent, StreamingProvider as _, ToolSpec,
};

#[derive(Clone)]
pub(super) struct Ours {
    provider: Provider,
    request: Arc<ChatRequest>,
    /// A conversation whose request is made anew for each call.
    conversation: Option<Arc<Vec<Message>>>,
    stream: bool,
}

impl Client for Ours {
    fn new(job: &Job) -> Outcome<Self> {
        let question = job.scenario.question;
        let provider = Provider::builder(&job.base, MODEL)
            .api_key(API_KEY)
            .max_connections(job.scenario.callers.max(100))
            .build()?;
        Ok(Self {
            provider,
            request: Arc::new(request(question)?),
            conversation: (question == Question::Long).then(|| Arc::new(messages(question))),
            stream: job.answer.stream,
        })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        let built = self.conversation.as_ref().map(|all| ChatRequest::new(all.iter().cloned()));
        let request = built.as_ref().unwrap_or(&self.request);
        let mut found = Found::default();
        let reply = if self.stream {
            let mut stream = self.provider.stream(request).await?;
            let mut shown = 0;
            let reply = loop {
                match stream.next().await.ok_or("no end")?? {
                    StreamEvent::Text(piece) => {
                        found.deltas += 1;
                        shown += piece.len();
                    }
                    StreamEvent::ToolCallDelta(_) => found.deltas += 1,
                    StreamEvent::Done(reply) => break *reply,
                    _ => {}
                }
            };
            if shown != reply.content.len() {
                return Err("the pieces are not the whole".into());
            }
            reply
        } else {
            self.provider.complete(request).await?
        };
        found.text = reply.content.len();
        found.calls = reply.tool_calls.len();
        found.arguments = reply.tool_calls.iter().map(|call| call.arguments.as_str().len()).sum();
        found.tokens = reply.output_tokens().unwrap_or(0);
        Ok(Outcomes { found, ..Outcomes::default() })
    }
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
