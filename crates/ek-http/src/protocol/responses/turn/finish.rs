//! The turn as a reply: whole, or what has come of it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ek_core::{LlmResponse, NativeTurn, ProtocolName, StreamEvent, ToolCall};

use super::{Turn, too_many};
use crate::failure::read_fault::ReadFault;
use crate::protocol::responses::item::{Item, Kind, Listed, Said};
use crate::protocol::responses::native::{self, Entry};
use crate::protocol::responses::response::{ENDS, Output, Response};
use crate::protocol::responses::slot::Slot;

impl Turn {
    /// What has come so far: texts, the calls whose end was seen, the counts.
    pub(in crate::protocol::responses) fn partial(&self) -> LlmResponse {
        let mut partial = self.flat(self.shown.said().clone());
        let done = self.slots.iter().filter(|slot| slot.is_done);
        let calls = done.filter(|slot| slot.is_call()).filter_map(|slot| {
            let item = slot.item();
            let id = item.call_id().map_or_else(ToolCall::generate_id, Cow::into_owned);
            let call = item.call(id, item.name()?, true);
            call.arguments.is_valid().then_some(call)
        });
        partial.tool_calls = calls.collect();
        partial
    }

    fn flat(&self, said: Said) -> LlmResponse {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let mut reply = LlmResponse::default();
        reply.content = said.content;
        reply.reasoning = given(said.reasoning);
        reply.refusal = given(said.refusal);
        reply.id.clone_from(&self.id);
        reply.model.clone_from(&self.model);
        reply.usage = self.counts.0;
        reply
    }

    /// Ends the turn with the response that a body or a terminal event holds. `word`: the status that
    /// the event names.
    ///
    /// # Errors
    /// The error of a response that failed; `Malformed` if a call names no tool.
    pub(in crate::protocol::responses) fn finish(
        &mut self,
        response: &Response<'_>,
        word: Option<&str>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<LlmResponse, ReadFault> {
        self.describe(response);
        let own = response.status().filter(|own| word.is_none() || ENDS.contains(&own.as_ref()));
        let status = own.as_deref().or(word);
        if let Some(error) = response.error(status) {
            return Err(ReadFault::ErrorObject(Box::new(error)));
        }
        let incomplete = response.incomplete_reason();
        let is_cut = incomplete.is_some() || status.is_some_and(|status| status != "completed");
        let streamed: Vec<String>;
        let text = response.text_as_item();
        let mut items = match &response.output {
            Output::TooMany => return Err(too_many()),
            Output::Items(items) if !items.is_empty() => {
                match self.joined_with(items, is_cut, out) {
                    None => Cow::Borrowed(items),
                    Some(joined) => {
                        streamed = joined;
                        Cow::Owned(streamed.iter().map(|json| Listed::of(json)).collect())
                    }
                }
            }
            Output::Items(_) | Output::None => {
                let slots = self.streamed(out);
                streamed =
                    slots.iter().filter_map(|slot| slot.json().map(Cow::into_owned)).collect();
                Cow::Owned(streamed.iter().map(|json| Listed::of(json)).collect())
            }
        };
        let is_silent = |listed: &Listed<'_>| listed.item.said().content.is_empty();
        if let Some(text) = text.as_deref().filter(|_| items.iter().all(is_silent)) {
            items.to_mut().push(Listed::of(text));
        }
        self.check(items.iter().map(|listed| listed.json.len()).sum())?;
        let mut reply = self.put_together(&items, is_cut, out)?;
        if let Some(word) = incomplete.as_deref().or(status) {
            reply = reply.with_finish_reason_word(word);
        }
        Ok(reply)
    }

    /// The items as the stream sent them, in order.
    pub(super) fn streamed(&mut self, out: &mut impl Extend<StreamEvent>) -> Vec<Slot> {
        let mut slots = std::mem::take(&mut self.slots);
        for slot in &mut slots {
            for (place, rest) in slot.flush() {
                self.shown.show(place, rest, out);
            }
        }
        slots.sort_by_key(|slot| slot.index);
        slots
    }

    fn put_together(
        &mut self,
        items: &[Listed<'_>],
        is_cut: bool,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<LlmResponse, ReadFault> {
        let mut said = Said::default();
        let mut calls = Vec::new();
        let mut entries: Vec<Entry<'_>> = Vec::with_capacity(items.len());
        let mut taken = BTreeSet::new();
        let outputs = items.iter().filter(|listed| listed.item.kind() == Kind::CallOutput);
        let answered: BTreeSet<_> = outputs.filter_map(|listed| listed.item.call_id()).collect();
        let is_answered = |item: &Item<'_>| item.call_id().is_some_and(|id| answered.contains(&id));
        for listed in items {
            let item = &listed.item;
            let mut unsaid_id = None;
            if item.kind().is_call() && !self.is_hosted(item) && !is_answered(item) {
                let Some(name) = item.name() else {
                    return Err(ReadFault::malformed("the reply has a tool call without a name"));
                };
                let own = item.call_id().filter(|id| taken.insert(id.clone()));
                let is_told = own.is_some() && item.has_call_id();
                let id = own.map_or_else(ToolCall::generate_id, Cow::into_owned);
                unsaid_id = (!is_told).then(|| id.clone());
                calls.push(item.call(id, name, is_cut));
            } else {
                let own = item.said();
                said.content.push_str(&own.content);
                said.reasoning.push_str(&own.reasoning);
                said.refusal.push_str(&own.refusal);
            }
            entries.push((listed, unsaid_id));
        }
        self.shown.catch_up(&said, out);
        let mut reply = self.flat(said);
        reply.tool_calls = calls;
        reply.native = native::items(&entries, self.is_stored).map(|json| {
            let protocol = ProtocolName::OpenAiResponses;
            NativeTurn::new(protocol, json, &reply.content, &reply.tool_calls)
        });
        Ok(reply)
    }
}
