//! Reads a stream to its end and adds up what its pieces say.

use ek_core::{
    Arguments, ChatRequest, ChatStream, Error, LlmResponse, StreamEvent, StreamingProvider,
};

use super::Violation;
use super::ask::Clause;

/// Everything that a stream gave.
pub(super) struct Heard {
    pub(super) events: Vec<StreamEvent>,
    /// What ended it, unless it was [`StreamEvent::Done`].
    pub(super) error: Option<Error>,
}

/// A tool call, put together from its pieces.
#[derive(Default)]
pub(super) struct JoinedCall {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) arguments: String,
}

impl JoinedCall {
    /// No arguments at all are `{}` in the whole call.
    pub(super) fn whole_arguments(&self) -> Arguments {
        Arguments::from_text(self.arguments.as_str())
    }
}

impl Heard {
    pub(super) async fn of(
        clause: Clause,
        provider: &impl StreamingProvider,
        request: &ChatRequest,
    ) -> Result<Self, Violation> {
        let stream = clause.stream(provider, request).await?;
        clause.guarded("the stream", Self::read(stream)).await
    }

    async fn read(mut stream: ChatStream) -> Self {
        let mut heard = Self { events: Vec::new(), error: None };
        while let Some(event) = stream.next().await {
            match event {
                Ok(event) => heard.events.push(event),
                Err(error) => heard.error = Some(error),
            }
        }
        heard
    }

    /// The whole reply of a stream that has to succeed.
    pub(super) fn reply(&self, clause: Clause) -> Result<&LlmResponse, Violation> {
        if let Some(error) = &self.error {
            return Err(clause.failed("the stream", error));
        }
        let done = self.events.last().and_then(|event| match event {
            StreamEvent::Done(reply) => Some(&**reply),
            _ => None,
        });
        done.ok_or_else(|| clause.broken("the stream ended without a word"))
    }

    pub(super) fn text(&self) -> String {
        self.joined(|event| match event {
            StreamEvent::Text(piece) => Some(piece),
            _ => None,
        })
    }

    pub(super) fn reasoning(&self) -> String {
        self.joined(|event| match event {
            StreamEvent::Reasoning(piece) => Some(piece),
            _ => None,
        })
    }

    pub(super) fn refusal(&self) -> String {
        self.joined(|event| match event {
            StreamEvent::Refusal(piece) => Some(piece),
            _ => None,
        })
    }

    fn joined(&self, piece: impl Fn(&StreamEvent) -> Option<&String>) -> String {
        self.events.iter().filter_map(piece).map(String::as_str).collect()
    }

    /// The calls that the pieces make, by number. A piece may only continue a call or begin the next.
    pub(super) fn joined_calls(&self, clause: Clause) -> Result<Vec<JoinedCall>, Violation> {
        let mut calls: Vec<JoinedCall> = Vec::new();
        for event in &self.events {
            let StreamEvent::ToolCallDelta(delta) = event else { continue };
            clause.require(delta.call <= calls.len(), || {
                let (number, begun) = (delta.call, calls.len());
                format!("a piece belongs to call {number}, and only {begun} calls had begun")
            })?;
            if delta.call == calls.len() {
                calls.push(JoinedCall::default());
            }
            let call = &mut calls[delta.call];
            call.id = call.id.take().or_else(|| delta.id.clone());
            if let Some(name) = &delta.name {
                call.name.clone_from(name);
            }
            call.arguments.push_str(&delta.arguments);
        }
        Ok(calls)
    }
}
