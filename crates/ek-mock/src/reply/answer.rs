//! What a reply consists of, before anything is said about time and faults.

use ek_core::{
    ChatRequest, Error, ErrorKind, LlmResponse, Message, ResponseAssembly, Result,
    ToolCallFragment, Usage,
};

use super::{ErrorReply, MockReply, RawReply};
use crate::embedding::VectorReply;
use crate::token_count::tokens;

/// The kinds of answers.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Model(Box<ModelReply>),
    Vectors(Box<VectorReply>),
    Error(Box<ErrorReply>),
    Raw(Box<RawReply>),
    /// One for each attempt of the same request; the last again and again.
    Attempts(Vec<MockReply>),
}

/// What a model says.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelReply {
    pub(crate) response: LlmResponse,
    /// The tool calls in pieces, in place of those of the response.
    pub(crate) fragments: Vec<ToolCallFragment<'static>>,
    /// Whether tokens are counted where the usage is to be unknown otherwise.
    pub(crate) counts_tokens: bool,
}

impl ModelReply {
    /// The whole reply to this request.
    ///
    /// # Errors
    /// If the fragments make no tool calls.
    pub(crate) fn response_to(&self, request: &ChatRequest) -> Result<LlmResponse> {
        let mut response = self.response.clone();
        if !self.fragments.is_empty() {
            let mut calls = ResponseAssembly::new();
            for fragment in &self.fragments {
                calls.push_tool_call(fragment.clone())?;
            }
            let reason = response.finish_reason.take();
            response = response.with_tool_calls(calls.finish()?.tool_calls);
            if let Some(said) = reason.filter(|reason| *reason != ek_core::FinishReason::Stop) {
                response = response.with_finish_reason(said);
            }
        }
        if self.counts_tokens && response.usage == Usage::default() {
            response.usage = counted(request, &response);
        }
        Ok(response)
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.response_to(&ChatRequest::default()).map(drop).map_err(|error| {
            let why = format!("the fragments make no tool calls: {error}");
            Error::new(ErrorKind::Config, why)
        })
    }
}

/// The tokens of a conversation, of its texts and of its calls.
pub(crate) fn input_tokens(request: &ChatRequest) -> u64 {
    let calls = |message: &Message| -> String {
        message.tool_calls.iter().map(|call| call.arguments.as_str()).collect()
    };
    let input = request.messages.iter().map(|message| tokens(&[&message.text(), &calls(message)]));
    input.sum()
}

/// The tokens of both sides.
fn counted(request: &ChatRequest, response: &LlmResponse) -> Usage {
    let reasoning = response.reasoning.as_deref().unwrap_or_default();
    let refusal = response.refusal.as_deref().unwrap_or_default();
    let output =
        response.tool_calls.iter().flat_map(|call| [call.name.as_str(), call.arguments.as_str()]);
    let output: Vec<&str> = output.chain([response.content.as_str(), reasoning, refusal]).collect();
    Usage::new(input_tokens(request), tokens(&output))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{FinishReason, ToolCall};

    #[test]
    fn fragments_become_the_calls_of_the_whole_reply() {
        let fragment = || ToolCallFragment::new().with_index(3);
        let reply = ModelReply {
            fragments: vec![
                fragment().with_id("call_a").with_name("tide").with_arguments("{\"city\":"),
                fragment().with_arguments("\"Oslo\"}"),
            ],
            ..ModelReply::default()
        };
        let response = reply.response_to(&ChatRequest::default()).expect("sound fragments");
        let call = ToolCall::new("call_a", "tide", r#"{"city":"Oslo"}"#);
        assert_eq!(response.tool_calls, [call]);
        assert_eq!(response.finish_reason, Some(FinishReason::ToolCalls));
    }

    #[test]
    fn tokens_are_counted_by_four_characters_where_the_usage_is_not_said() {
        let mut reply =
            ModelReply { response: LlmResponse::text("føhn!"), ..ModelReply::default() };
        let request = ChatRequest::user("123456789");
        let usage = |reply: &ModelReply| reply.response_to(&request).expect("a reply").usage;
        assert_eq!(usage(&reply), Usage::default());
        reply.counts_tokens = true;
        assert_eq!(usage(&reply), Usage::new(3, 2));
        reply.response.usage = Usage::new(7, 7);
        assert_eq!(usage(&reply), Usage::new(7, 7));
    }
}
