//! A reply that goes back to the model to be corrected or improved: the same wherever a pattern does it.

use ek_core::{LlmResponse, Message};

/// The model's turn as its protocol wrote it, so that its thinking goes on; `None` if it says nothing. Of a
/// turn that calls tools, the text alone: no call would get a result.
pub(crate) fn sent_back(reply: &LlmResponse) -> Option<Message> {
    // Many servers refuse a message without content.
    let has_words = !reply.content.trim().is_empty();
    has_words.then(|| match reply.has_tool_calls() {
        true => Message::assistant(&*reply.content),
        false => Message::from(reply),
    })
}
