//! executionkit as anybody would use it, with every guard on.

use std::sync::Arc;

use executionkit::{
    ChatRequest, LlmProvider as _, Message, Provider, StreamEvent, StreamingProvider as _,
};

use super::{Client, Outcomes};
use crate::Outcome;
use crate::answers::Found;
use crate::load::Job;
use crate::scenario::{self, Question};

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
        let provider = Provider::builder(&job.base, "gpt-4o-mini")
            .api_key("sk-0123456789abcdef")
            .max_connections(job.scenario.callers.max(100))
            .build()?;
        Ok(Self {
            provider,
            request: Arc::new(scenario::request(question)?),
            conversation: (question == Question::Long)
                .then(|| Arc::new(scenario::messages(question))),
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
