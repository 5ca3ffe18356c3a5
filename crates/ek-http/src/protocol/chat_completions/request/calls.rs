//! The calls of earlier turns in a form that the model's server takes.
//!
//! Other servers have other ids, and a model may call a tool that was not offered, under any name. One of them
//! makes a strict server refuse the whole conversation. What is fine stays as it is.

use std::borrow::Cow;
use std::cell::OnceCell;

use ek_core::{ToolCall, ToolSpec};

use crate::protocol::chat_completions::call_id::CallId;
use crate::protocol::names::{allowed_name, is_allowed_name};

/// How calls are written in one request.
pub(super) struct Calls<'a> {
    model: &'a str,
    /// The tools of the request; `None` if they are not known here.
    tools: Option<&'a [ToolSpec]>,
    ids: OnceCell<CallId>,
}

impl<'a> Calls<'a> {
    pub(super) fn new(model: &'a str, tools: Option<&'a [ToolSpec]>) -> Self {
        Self { model, tools, ids: OnceCell::new() }
    }

    /// The id of a call, the same for the call and for its result.
    pub(super) fn id<'i>(&self, id: &'i str) -> Cow<'i, str> {
        self.ids.get_or_init(|| CallId::of(self.model)).sent(id)
    }

    /// The call with an id and a name that the server takes, and with arguments that are JSON: many servers
    /// (vLLM and llama.cpp among them) read those of earlier calls, and refuse the conversation for others.
    pub(super) fn sendable<'c>(&self, call: &'c ToolCall) -> Cow<'c, ToolCall> {
        let mut sent = Cow::Borrowed(call);
        if let Cow::Owned(arguments) = call.arguments.to_sendable() {
            sent.to_mut().arguments = arguments;
        }
        if let Cow::Owned(id) = self.id(&call.id) {
            sent.to_mut().id = id;
        }
        if !is_allowed_name(&call.name) && !self.may_offer(&call.name) {
            sent.to_mut().name = allowed_name(&call.name);
        }
        sent
    }

    /// Whether the request may offer a tool of this name: then it is for the server to judge.
    fn may_offer(&self, name: &str) -> bool {
        let offers = |tool: &ToolSpec| tool.raw.is_some() || tool.name == name;
        self.tools.is_none_or(|tools| tools.iter().any(offers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_sent(name: &str, tools: Option<&[ToolSpec]>) -> String {
        let call = ToolCall::new("c1", name, "{}");
        Calls::new("acme-7b", tools).sendable(&call).name.clone()
    }

    #[test]
    fn a_name_that_no_tool_has_is_held_to_what_openai_takes() {
        let dotted = [ToolSpec::new("tide.now", "d", "{}").expect("a schema")];
        let raw = [ToolSpec::raw("x", "{}").expect("JSON")];
        for (name, tools, sent) in [
            ("tide-now_2", Some(&[][..]), "tide-now_2"),
            ("tide.now", Some(&[]), "tide_now"),
            ("", Some(&[]), "_"),
            ("$tide", Some(&dotted), "_tide"),
            ("tide.now", Some(&dotted), "tide.now"),
            ("tide.now", Some(&raw), "tide.now"),
            ("tide.now", None, "tide.now"),
        ] {
            assert_eq!(name_sent(name, tools), sent, "{name}");
        }
    }

    #[test]
    fn a_call_and_its_result_have_the_same_id() {
        let long = "x".repeat(90);
        let call = ToolCall::new(&long, "t", "{}");
        let calls = Calls::new("gpt-4o", Some(&[]));
        assert_eq!(calls.sendable(&call).id, calls.id(&long));
    }
}
