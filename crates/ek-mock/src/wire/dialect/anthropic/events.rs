//! The events of a streamed reply: the message, its blocks in pieces, why it stopped, and the end.
//!
//! What the pieces stand between (a block's beginning and its end) goes with them, so that a script
//! counts the same pieces in every protocol.

use ek_core::{ResponseAssembly, ToolCall};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::{Call, Streamed};
use super::blocks::{self, Input, Own};
use super::reply::{self, Message, Stop, UsageBody};
use crate::reply::pieces::cut;
use crate::wire::render::Frames;

/// One event with its name, which the data has as its type.
pub(super) fn event(name: &str, data: &[u8]) -> Vec<u8> {
    [b"event: ", name.as_bytes(), b"\ndata: ", data, b"\n\n"].concat()
}

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

    let mut pieces = Pieces { characters: streamed.characters, ..Pieces::default() };
    let start = Start { r#type: "message_start", message };
    pieces.next = event("message_start", &reply::json(&start));
    pieces.structure("ping", &json!({"type": "ping"}));
    match blocks::of_turn(streamed.whole) {
        Some(turn) => turn.into_iter().for_each(|block| pieces.native(block)),
        None => pieces.fields(streamed),
    }
    let end = End { r#type: "message_delta", delta: stop, usage };
    let mut tail = vec![event("message_delta", &reply::json(&end))];
    tail.push(event("message_stop", br#"{"type":"message_stop"}"#));
    Frames::new(pieces.done(), tail)
}

/// The pieces of a stream in the making.
#[derive(Default)]
struct Pieces {
    done: Vec<Vec<u8>>,
    /// What goes with the next piece.
    next: Vec<u8>,
    /// The number of blocks so far.
    blocks: usize,
    /// The length of a piece of text.
    characters: usize,
}

impl Pieces {
    fn done(mut self) -> Vec<Vec<u8>> {
        if !self.next.is_empty() {
            self.done.push(self.next);
        }
        self.done
    }

    /// An event that goes with the next piece.
    fn structure(&mut self, name: &str, data: &impl Serialize) {
        self.next.extend(event(name, &reply::json(data)));
    }

    /// An event that is a piece.
    fn piece(&mut self, name: &str, data: &impl Serialize) {
        self.structure(name, data);
        self.done.push(std::mem::take(&mut self.next));
    }

    /// An event that goes with the last piece, if nothing has come behind that.
    fn behind(&mut self, name: &str, data: &impl Serialize) {
        match self.done.last_mut() {
            Some(last) if self.next.is_empty() => {
                last.extend(event(name, &reply::json(data)));
            }
            _ => self.structure(name, data),
        }
    }

    /// Begins a block, and returns its index.
    fn open(&mut self, content_block: &impl Serialize) -> usize {
        let index = self.blocks;
        self.blocks += 1;
        let start = BlockStart { r#type: "content_block_start", index, content_block };
        self.structure("content_block_start", &start);
        index
    }

    fn delta(&mut self, index: usize, kind: &str, key: &str, value: impl Into<Value>) {
        self.piece("content_block_delta", &delta(index, kind, key, value.into()));
    }

    fn delta_behind(&mut self, index: usize, kind: &str, key: &str, value: impl Into<Value>) {
        self.behind("content_block_delta", &delta(index, kind, key, value.into()));
    }

    fn close(&mut self, index: usize) {
        self.behind("content_block_stop", &BlockStop { r#type: "content_block_stop", index });
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
        if !streamed.fragments.is_empty() {
            return self.fragments(streamed);
        }
        for call in &whole.tool_calls {
            self.call(&head(Some(call)), call.arguments.as_str());
        }
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

    /// Calls in the pieces that the script says. A block has its name and id from its beginning, so a
    /// fragment that brings them later is a piece without anything new; and blocks begin in the order of
    /// the calls, so one may begin before its first piece.
    fn fragments(&mut self, streamed: Streamed<'_>) {
        let mut calls = ResponseAssembly::new();
        let mut pieces = Vec::new();
        let mut begun = Vec::new();
        for fragment in streamed.fragments {
            // What cannot be put together was refused before.
            let Ok(Some(delta)) = calls.push_tool_call(fragment.clone()) else { continue };
            if delta.call >= begun.len() {
                begun.push((fragment.index, delta.call));
            }
            pieces.push(delta);
        }
        // The reply has them by index, if all have one.
        if begun.iter().all(|(index, _)| index.is_some()) {
            begun.sort_unstable();
        }
        let mut opened = Vec::new();
        for (at, piece) in pieces.iter().enumerate() {
            let place = begun.iter().position(|(_, call)| *call == piece.call).unwrap_or_default();
            while opened.len() <= place {
                let block = head(streamed.whole.tool_calls.get(opened.len()));
                opened.push(self.open(&block));
            }
            self.delta(opened[place], "input_json_delta", "partial_json", piece.arguments.as_str());
            if pieces[at + 1..].iter().all(|later| later.call != piece.call) {
                self.close(opened[place]);
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

fn delta<'a>(index: usize, kind: &'a str, key: &'a str, value: Value) -> BlockDelta<'a> {
    let delta = Delta { r#type: kind, brings: Map::from_iter([(key.to_owned(), value)]) };
    BlockDelta { r#type: "content_block_delta", index, delta }
}

/// The beginning of a call.
fn head(call: Option<&ToolCall>) -> Own<'_> {
    let (id, name) = call.map_or(("", ""), |call| (&call.id, &call.name));
    Own::ToolUse { id, name, input: Input::Empty {} }
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
