//! Anthropic's messages, and the texts of chat completions, which have the same shape.

use serde_json::Value;

use super::{each, text_to_parts};

pub(super) fn body(body: &mut Value) {
    if let Some(system) = body.get_mut("system") {
        text_to_parts(system, "text");
    }
    if let Some(messages) = body.get_mut("messages") {
        each(messages, |message| {
            if let Some(of_message) = message.get_mut("content") {
                content(of_message);
            }
        });
    }
}

/// A text is a list of one text block, in results of tools as well.
pub(super) fn content(content: &mut Value) {
    text_to_parts(content, "text");
    each(content, |block| {
        if block["type"] == "tool_result"
            && let Some(result) = block.get_mut("content")
        {
            text_to_parts(result, "text");
        }
    });
}
