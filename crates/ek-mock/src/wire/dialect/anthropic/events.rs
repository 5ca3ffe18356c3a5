//! The events of a streamed reply: the message, its blocks in pieces, why it stopped, and the end.

use ek_core::ToolCall;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::{Call, Streamed};
use super::blocks::{self, Own};
use super::reply::{self, Message, Stop, UsageBody};
use crate::reply::pieces::cut;
use crate::wire::dialect::call_input::CallInput;
use crate::wire::dialect::json;
use crate::wire::dialect::pieces::{self, Pieces};
use crate::wire::frames::{Frames, named_event};

#[derive(Serialize)]
struct Start<'a> {
    r#type: &'static str,
    message: Message<'a>,
}

#[derive(Serialize)]
struct End<'a> {
    r#type: &'static str,
    delta: Stop<'a>,
    usage: UsageBody,
}

#[derive(Serialize)]
struct BlockStart<'a, B> {
    r#type: &'static str,
    index: usize,
    content_block: &'a B,
}

#[derive(Serialize)]
struct BlockDelta<'a> {
    r#type: &'static str,
    index: usize,
    delta: Delta<'a>,
}

#[derive(Serialize)]
struct Delta<'a> {
    r#type: &'a str,
    #[serde(flatten)]
    brings: Map<String, Value>,
}

#[derive(Serialize)]
struct BlockStop {
    r#type: &'static str,
    index: usize,
}

/// The frames of a reply.
pub(super) fn frames(streamed: Streamed<'_>, call: Call<'_>) -> Frames {
    let mut message = reply::whole(streamed.whole, call);
    let stop = std::mem::take(&mut message.stop);
    message.content.clear();
    let usage = message.usage.clone();
    message.usage = message.usage.at_start();

    let mut blocks = Blocks { characters: streamed.characters, ..Blocks::default() };
    blocks.structure("message_start", &Start { r#type: "message_start", message });
    blocks.structure("ping", &json!({"type": "ping"}));
    match blocks::of_turn(streamed.whole) {
        Some(turn) => turn.into_iter().for_each(|block| blocks.native(block)),
        None => blocks.fields(streamed),
    }
    let end = End { r#type: "message_delta", delta: stop, usage };
    let tail = vec![named_event("message_delta", &json::bytes(&end))];
    let mark = named_event("message_stop", br#"{"type":"message_stop"}"#);
    Frames::new(blocks.pieces.done(), tail).with_mark(mark)
}

/// The blocks of a stream in the making.
#[derive(Default)]
struct Blocks {
    pieces: Pieces,
    /// The number of blocks so far.
    count: usize,
    /// The length of a piece of text.
    characters: usize,
}

impl Blocks {
    /// An event that goes with the next piece.
    fn structure(&mut self, name: &str, data: &impl Serialize) {
        self.pieces.before(named_event(name, &json::bytes(data)));
    }

    /// Begins a block, and returns its index.
    fn open(&mut self, content_block: &impl Serialize) -> usize {
        let index = self.count;
        self.count += 1;
        let start = BlockStart { r#type: "content_block_start", index, content_block };
        self.structure("content_block_start", &start);
        index
    }

    fn delta(&mut self, index: usize, kind: &str, key: &str, value: impl Into<Value>) {
        self.pieces.piece(delta(index, kind, key, value.into()));
    }

    fn delta_behind(&mut self, index: usize, kind: &str, key: &str, value: impl Into<Value>) {
        self.pieces.behind(delta(index, kind, key, value.into()));
    }

    fn close(&mut self, index: usize) {
        let stop = BlockStop { r#type: "content_block_stop", index };
        self.pieces.behind(named_event("content_block_stop", &json::bytes(&stop)));
    }

    /// The pieces of a text that stands under this key.
    fn text(&mut self, index: usize, kind: &str, key: &str, text: &str) {
        for piece in cut(text, self.characters) {
            self.delta(index, kind, key, piece);
        }
    }

    /// The blocks that the fields of a reply make.
    fn fields(&mut self, streamed: Streamed<'_>) {
        let whole = streamed.whole;
        let said = blocks::thinking(whole).into_iter().chain(blocks::text(whole));
        for block in said {
            match block {
                Own::Thinking { thinking, signature } => self.thinking(thinking, signature),
                Own::Text { text } => {
                    let index = self.open(&Own::Text { text: "" });
                    self.text(index, "text_delta", "text", text);
                    self.close(index);
                }
                Own::ToolUse { .. } => {}
            }
        }
        self.calls(streamed);
    }

    fn thinking(&mut self, thinking: &str, signature: String) {
        let index = self.open(&Own::Thinking { thinking: "", signature: String::new() });
        self.text(index, "thinking_delta", "thinking", thinking);
        self.delta_behind(index, "signature_delta", "signature", signature);
        self.close(index);
    }

    /// A call: its head with an empty piece of input, as the API sends it, and then the input.
    fn call(&mut self, block: &impl Serialize, input: &str) {
        let index = self.open(block);
        self.delta(index, "input_json_delta", "partial_json", "");
        self.text(index, "input_json_delta", "partial_json", input);
        self.close(index);
    }

    /// The calls. A block has its name and id from its beginning, so a piece that brings them later is one
    /// without anything new; and blocks begin in the order of the calls, so one may begin before its first
    /// piece.
    fn calls(&mut self, streamed: Streamed<'_>) {
        let mut opened = Vec::new();
        for piece in pieces::of_calls(streamed) {
            while opened.len() <= piece.place {
                let block = head(streamed.whole.tool_calls.get(opened.len()));
                opened.push(self.open(&block));
            }
            let index = opened[piece.place];
            self.delta(index, "input_json_delta", "partial_json", piece.arguments);
            if piece.is_last {
                self.close(index);
            }
        }
    }

    /// A block of a native turn. Texts come in pieces; what has no deltas comes whole in its beginning.
    fn native(&mut self, raw: &RawValue) {
        let mut block: Map<String, Value> = serde_json::from_str(raw.get()).unwrap_or_default();
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        match kind.as_str() {
            "text" => {
                let text = taken(&mut block, "text");
                let citations = block.remove("citations");
                if citations.is_some() {
                    block.insert("citations".to_owned(), json!([]));
                }
                let index = self.open(&block);
                self.text(index, "text_delta", "text", &text);
                for citation in citations.iter().filter_map(Value::as_array).flatten() {
                    self.delta_behind(index, "citations_delta", "citation", citation.clone());
                }
                self.close(index);
            }
            "thinking" => {
                let thinking = taken(&mut block, "thinking");
                let signature = taken(&mut block, "signature");
                let index = self.open(&block);
                self.text(index, "thinking_delta", "thinking", &thinking);
                self.delta_behind(index, "signature_delta", "signature", signature);
                self.close(index);
            }
            "tool_use" | "server_tool_use" | "mcp_tool_use" => {
                let input = input(raw);
                block.insert("input".to_owned(), json!({}));
                self.call(&block, input);
            }
            _ => {
                let index = self.open(&block);
                self.close(index);
            }
        }
    }
}

fn delta(index: usize, kind: &str, key: &str, value: Value) -> Vec<u8> {
    let delta = Delta { r#type: kind, brings: Map::from_iter([(key.to_owned(), value)]) };
    let delta = BlockDelta { r#type: "content_block_delta", index, delta };
    named_event("content_block_delta", &json::bytes(&delta))
}

/// The beginning of a call.
fn head(call: Option<&ToolCall>) -> Own<'_> {
    let (id, name) = call.map_or(("", ""), |call| (&call.id, &call.name));
    Own::ToolUse { id, name, input: CallInput::Empty {} }
}

/// Takes a text out, and leaves an empty one.
fn taken(block: &mut Map<String, Value>, key: &str) -> String {
    match block.insert(key.to_owned(), "".into()) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The input of a call, as it is written.
fn input(block: &RawValue) -> &str {
    #[derive(serde::Deserialize)]
    struct Block<'a> {
        #[serde(borrow)]
        input: &'a RawValue,
    }
    serde_json::from_str::<Block<'_>>(block.get()).map_or("{}", |block| block.input.get())
}
