//! The events of a streamed reply: the message, its blocks in pieces, why it stopped, and the end.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::{Call, Streamed};
use super::{blocks, reply};
use crate::reply::pieces::cut;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::pieces::{self, Pieces};
use crate::wire::dialect::{identity, json};
use crate::wire::frames::{Frames, named_event};

/// The frames of a reply.
pub(super) fn frames(streamed: Streamed<'_>, call: Call<'_>) -> Frames {
    let whole = streamed.whole;
    let message = reply::head(whole, call)
        .with("content", json!([]))
        .with_null("stop_reason")
        .with_null("stop_sequence")
        .with("usage", reply::usage_at_start(&whole.usage));
    let mut blocks = Blocks { characters: streamed.characters, ..Blocks::default() };
    blocks.pieces.before(event("message_start", Object::new().with("message", message)));
    blocks.pieces.before(event("ping", Object::new()));
    match blocks::of_turn(whole) {
        Some(turn) => turn.into_iter().for_each(|block| blocks.native(block)),
        None => blocks.fields(streamed),
    }
    let end = Object::new().with("delta", reply::stop(whole, call));
    let end = event("message_delta", end.with("usage", reply::usage(&whole.usage)));
    let mark = event("message_stop", Object::new());
    Frames::new(blocks.pieces.done(), vec![end]).with_mark(mark)
}

/// An event, whose name stands in its data as well.
fn event(name: &str, brings: Object) -> Vec<u8> {
    named_event(name, &json::bytes(&Object::new().with("type", name).and(brings)))
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
    /// Begins a block, and returns its index.
    fn open(&mut self, content_block: &impl Serialize) -> usize {
        let index = self.count;
        self.count += 1;
        let start = Object::new().with("index", index).with("content_block", content_block);
        self.pieces.before(event("content_block_start", start));
        index
    }

    fn delta(&mut self, index: usize, kind: &str, key: &str, value: impl Serialize) {
        self.pieces.piece(delta(index, kind, key, value));
    }

    fn delta_behind(&mut self, index: usize, kind: &str, key: &str, value: impl Serialize) {
        self.pieces.behind(delta(index, kind, key, value));
    }

    fn close(&mut self, index: usize) {
        self.pieces.behind(event("content_block_stop", Object::new().with("index", index)));
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
        if let Some(thinking) = &whole.reasoning {
            let index = self.open(&blocks::thinking("", ""));
            self.thinking(index, thinking, &identity::signature(whole));
        }
        if !whole.content.is_empty() {
            let index = self.open(&blocks::text(""));
            self.text(index, "text_delta", "text", &whole.content);
            self.close(index);
        }
        self.calls(streamed);
    }

    fn thinking(&mut self, index: usize, thinking: &str, signature: &str) {
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
                let call = streamed.whole.tool_calls.get(opened.len());
                opened.push(self.open(&blocks::tool_use(call, Object::new())));
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
                    self.delta_behind(index, "citations_delta", "citation", citation);
                }
                self.close(index);
            }
            "thinking" => {
                let thinking = taken(&mut block, "thinking");
                let signature = taken(&mut block, "signature");
                let index = self.open(&block);
                self.thinking(index, &thinking, &signature);
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

fn delta(index: usize, kind: &str, key: &str, value: impl Serialize) -> Vec<u8> {
    let delta = Object::new().with("type", kind).with(key, value);
    event("content_block_delta", Object::new().with("index", index).with("delta", delta))
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
