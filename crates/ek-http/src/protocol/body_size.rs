//! About how long the body of a request will be, so that its buffer seldom grows.

use ek_core::{ChatRequest, Content, ContentPart, Media};

/// Keys, braces and numbers of a request without its texts.
const FRAME_BYTES: usize = 512;

/// Keys and braces of a message, a part, a call or a tool without its texts.
const PER_ITEM: usize = 64;

/// The estimate, in bytes.
pub(crate) fn estimate(request: &ChatRequest) -> usize {
    let messages: usize = request
        .messages
        .iter()
        .map(|message| {
            let text = match &message.content {
                Some(Content::Text(text)) => text.len() + text.len() / 16,
                Some(Content::Parts(parts)) => parts.iter().map(part_bytes).sum(),
                _ => 0,
            };
            let calls = message.tool_calls.iter();
            let native = message.native.as_ref().map_or(0, |turn| turn.json().len());
            text.max(native)
                + PER_ITEM
                + calls.map(|c| c.arguments.as_str().len() + 2 * PER_ITEM).sum::<usize>()
        })
        .sum();
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| {
            let schema = tool.parameters.as_ref().map_or(0, |schema| schema.as_str().len());
            schema + tool.description.as_ref().map_or(0, String::len) + 2 * PER_ITEM
        })
        .sum();
    FRAME_BYTES + messages + tools
}

/// About how long a part will be.
fn part_bytes(part: &ContentPart) -> usize {
    let medium = match part {
        ContentPart::Text(text) => return PER_ITEM + text.len() + text.len() / 16,
        ContentPart::Image { source, .. }
        | ContentPart::Audio { source, .. }
        | ContentPart::File { source, .. } => source,
        _ => return PER_ITEM,
    };
    let data = match medium {
        Media::Bytes { data, .. } => data.len().div_ceil(3).saturating_mul(4),
        Media::Url(text) | Media::FileId(text) => text.len(),
        _ => 0,
    };
    2 * PER_ITEM + data
}
