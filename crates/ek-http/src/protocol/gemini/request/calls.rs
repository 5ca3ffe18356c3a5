//! The calls of the conversation, so that each result finds its own: the API pairs them by id where the
//! model gave one, and by order where it gave none. Ids that the client made up are never sent.

use std::collections::HashMap;

use ek_core::ToolCall;

/// What a result has to know of its call.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    /// The id that the model gave it.
    pub(super) id: Option<String>,
    /// Its place among the calls of the conversation.
    pub(super) place: usize,
}

/// The newest call under each id.
#[derive(Debug, Default)]
pub(super) struct Calls<'a> {
    newest: HashMap<&'a str, Found<'a>>,
    count: usize,
}

impl<'a> Calls<'a> {
    /// Takes a call, and the id under which it is sent.
    pub(super) fn add(&mut self, call: &'a ToolCall, id: Option<String>) {
        let found = Found { name: &call.name, id, place: self.count };
        self.count += 1;
        self.newest.insert(&call.id, found);
    }

    /// The call that a result answers.
    pub(super) fn of_result(&self, id: &str) -> Option<&Found<'a>> {
        self.newest.get(id)
    }
}
