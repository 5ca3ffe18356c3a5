//! The turn as a reply: whole, or what has come of it.

use std::collections::BTreeSet;

use ek_core::{LlmResponse, NativeTurn, ProtocolName, StreamEvent, ToolCall};

use super::Turn;
use crate::failure::read_fault::ReadFault;

/// The word for a call that is not as it has to be.
const MALFORMED_CALL: &str = "MALFORMED_FUNCTION_CALL";

impl Turn {
    /// What has come so far: texts, the calls whose end was seen, the counts.
    pub(in crate::protocol::gemini) fn partial(&self) -> LlmResponse {
        let mut partial = self.flat();
        let calls = self.calls().filter(|call| !call.is_open).filter_map(|call| {
            let id = call.id.clone().unwrap_or_else(ToolCall::generate_id);
            let call = ToolCall::with_arguments(id, call.name.clone()?, call.arguments());
            call.arguments.is_valid().then_some(call)
        });
        partial.tool_calls = calls.collect();
        partial
    }

    fn flat(&self) -> LlmResponse {
        let mut reply = LlmResponse::default();
        reply.content.clone_from(&self.content);
        reply.reasoning = Some(self.reasoning.clone()).filter(|text| !text.is_empty());
        reply.id.clone_from(&self.id);
        reply.model.clone_from(&self.model);
        reply.usage = self.counts.usage();
        reply
    }

    /// Ends the turn.
    ///
    /// # Errors
    /// `Malformed` if a call names no tool, unless the server says so itself.
    pub(in crate::protocol::gemini) fn finish(
        &mut self,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<LlmResponse, ReadFault> {
        self.flush(out);
        self.close_call(out);
        let mut reply = self.flat();
        let mut taken = BTreeSet::new();
        let is_told = self.reason.as_deref().is_some_and(|word| word == MALFORMED_CALL);
        for call in self.calls() {
            let Some(name) = &call.name else {
                if is_told {
                    continue;
                }
                return Err(ReadFault::malformed("the reply has a tool call without a name"));
            };
            let id = call.id.as_deref().filter(|id| taken.insert(*id));
            let id = id.map_or_else(ToolCall::generate_id, str::to_owned);
            reply.tool_calls.push(ToolCall::with_arguments(id, name, call.arguments()));
        }
        if !self.is_plain() {
            let protocol = ProtocolName::GeminiGenerateContent;
            let json = self.json()?;
            let turn = NativeTurn::new(protocol, json, &reply.content, &reply.tool_calls);
            reply.native = Some(turn);
        }
        Ok(match self.reason.as_ref().or(self.block.as_ref()) {
            Some(word) => reply.with_finish_reason_word(word),
            None => reply,
        })
    }
}
