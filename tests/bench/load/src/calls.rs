//! The tool calls of the answers, whatever the protocol: which tool, with which arguments, and the pieces
//! in which a stream brings them.

use serde_json::{Value, json};

use crate::scenario::{TOOL_DELTAS_PER_CALL, TOOL_NAMES, TOOLS};
use crate::words;

/// The tool that every call names.
pub const NAME: &str = TOOL_NAMES[0];

/// The id of a call, behind the prefix of its protocol.
pub fn id(prefix: &str, at: usize) -> String {
    format!("{prefix}_{at}aBcDeFgHiJkLmNoPqRsTuV")
}

/// The arguments of a call in a whole reply.
pub fn arguments(at: usize) -> Value {
    json!({"city": TOOLS[at % TOOLS.len()], "days": at + 1, "note": words::words(12)})
}

/// The words of a streamed note: one for each delta but the first, the second and the last.
pub fn note() -> impl Iterator<Item = &'static str> {
    let word = |at| if at % 10 == 5 { "\n" } else { words::word(at % 30) };
    (1..TOOL_DELTAS_PER_CALL - 2).map(word)
}

/// The pieces of the arguments of a streamed call: one for each delta but the first, which has the name.
pub fn pieces(city: &str) -> Vec<String> {
    let begin = format!("{{\"city\":\"{city}\",\"note\":\"");
    let end = "\"}".to_owned();
    std::iter::once(begin).chain(note().map(escaped)).chain([end]).collect()
}

/// A text within the quotes of a JSON string.
pub fn escaped(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}
