//! The turn as a reply: whole, or what has come of it.

use std::collections::BTreeSet;

use ek_core::{LlmResponse, NativeTurn, ProtocolName, RawJson, StreamEvent, ToolCall};

use super::Turn;
use crate::failure::read_fault::ReadFault;
use crate::json::checked;
use crate::protocol::anthropic::block::{Block, Kind};

impl Turn {
    /// What has come so far: texts, the calls whose end was seen, the counts.
    pub(in crate::protocol::anthropic) fn partial(&self) -> LlmResponse {
        let mut partial = self.flat();
        let closed = self.blocks.iter().filter(|block| block.is_closed);
        let calls = closed.filter_map(|block| {
            let call = block.call.as_ref()?;
            let arguments = block.arguments();
            let id = call.id.clone().unwrap_or_else(ToolCall::generate_id);
            let call = ToolCall::with_arguments(id, call.name.clone()?, arguments);
            call.arguments.is_valid().then_some(call)
        });
        partial.tool_calls = calls.collect();
        partial
    }

    fn flat(&self) -> LlmResponse {
        let mut reply = LlmResponse::default();
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        reply.content.clone_from(&self.content);
        reply.reasoning = given(&self.reasoning);
        reply.refusal = given(&self.refusal);
        reply.id.clone_from(&self.id);
        reply.model.clone_from(&self.model);
        reply.usage = self.counts.usage();
        reply
    }

    /// Ends the turn: what is still open ends with it, as it is.
    ///
    /// # Errors
    /// `Malformed` if a call names no tool.
    pub(in crate::protocol::anthropic) fn finish(
        &mut self,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<LlmResponse, ReadFault> {
        for at in 0..self.blocks.len() {
            if !self.blocks[at].is_closed {
                self.settle(at, out);
            }
        }
        let mut reply = self.flat();
        let mut made_up = vec![None; self.blocks.len()];
        let mut taken = BTreeSet::new();
        for (block, made_up) in self.blocks.iter().zip(&mut made_up) {
            let Some(call) = &block.call else { continue };
            let Some(name) = &call.name else {
                return Err(ReadFault::malformed("the reply has a tool call without a name"));
            };
            let id = call.id.as_deref().filter(|id| taken.insert(*id));
            let make_up = || made_up.insert(ToolCall::generate_id()).clone();
            let id = id.map_or_else(make_up, str::to_owned);
            reply.tool_calls.push(ToolCall::with_arguments(id, name, block.arguments()));
        }
        if !self.is_plain() {
            let json = self.json(&made_up)?;
            let protocol = ProtocolName::AnthropicMessages;
            let turn = NativeTurn::new(protocol, json, &reply.content, &reply.tool_calls);
            reply.native = Some(turn);
        }
        Ok(match self.stop_reason.as_ref().or(self.first_reason.as_ref()) {
            Some(word) => reply.with_finish_reason_word(word),
            None => reply,
        })
    }

    /// Whether the flat fields hold all of the turn: at most one text and behind it calls, with nothing
    /// in them that is no field of a call.
    fn is_plain(&self) -> bool {
        let is_text = |block: &Block| block.kind == Kind::Text;
        let behind = self.blocks.get(1..).unwrap_or_default();
        let is_plain = self.blocks.iter().all(|block| block.is_plain);
        is_plain && self.container.is_none() && !behind.iter().any(is_text)
    }

    /// The blocks as they go back: blank texts are left out, for the API sends them and refuses them. Where
    /// there is a container they stand beside it in an object.
    fn json(&self, made_up: &[Option<String>]) -> Result<RawJson, ReadFault> {
        let mut json = match &self.container {
            Some(container) => {
                [b"{\"container\":", container.as_bytes(), b",\"content\":"].concat()
            }
            None => Vec::new(),
        };
        json.push(b'[');
        for (block, id) in self.blocks.iter().zip(made_up) {
            let is_blank = block.kind == Kind::Text && !block.has_words;
            if is_blank || block.kind == Kind::Unknown {
                continue;
            }
            if json.last() != Some(&b'[') {
                json.push(b',');
            }
            block.write(id.as_deref(), &mut json);
        }
        json.push(b']');
        if self.container.is_some() {
            json.push(b'}');
        }
        checked::put_together(json)
            .ok_or_else(|| ReadFault::malformed("a block of the reply cannot be kept"))
    }
}
