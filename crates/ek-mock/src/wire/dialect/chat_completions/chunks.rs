//! The frames of a streamed reply: one for each piece, then the finish reason, the usage and `[DONE]`.

use ek_core::{LlmResponse, ToolCall, ToolCallFragment};
use serde_json::{Map, Value, json};

use super::super::{Call, Streamed};
use super::{DONE, reply};
use crate::chat_turn;
use crate::reply::pieces::cut;
use crate::wire::dialect::json;
use crate::wire::dialect::object::Object;
use crate::wire::frames::{Frames, event};

/// The frames of a reply.
pub(super) fn frames(streamed: Streamed<'_>, call: Call<'_>) -> Frames {
    let whole = streamed.whole;
    let chunk = |choices: &[Object], usage: Option<Object>| {
        let chunk = reply::head(whole, call, "chat.completion.chunk").with("choices", choices);
        event(&json::bytes(&chunk.with_some("usage", usage)))
    };
    let of_delta = |delta: Object, finish_reason: Option<&str>| {
        let choice = Object::new().with("index", 0).with("delta", delta);
        chunk(&[choice.with("finish_reason", finish_reason)], None)
    };

    let mut deltas = deltas(streamed);
    if deltas.is_empty() {
        deltas.push(one("content", ""));
    }
    let pieces = deltas.into_iter().enumerate().map(|(number, brings)| {
        let role = (number == 0).then_some("assistant");
        of_delta(Object::new().with_some("role", role).with_all(brings), None)
    });
    let pieces = pieces.collect();

    let mut tail = Vec::new();
    let brings = not_in_pieces(whole);
    if whole.finish_reason.is_some() || !brings.is_empty() {
        tail.push(of_delta(Object::new().with_all(brings), whole.finish_reason_raw()));
    }
    if let Some(usage) = reply::usage(whole.usage).filter(|_| call.usage) {
        tail.push(chunk(&[], Some(usage)));
    }
    Frames::new(pieces, tail).with_mark(event(DONE.as_bytes()))
}

/// What each piece brings, in the order in which [`pieces`](crate::reply::pieces) gives them.
fn deltas(streamed: Streamed<'_>) -> Vec<Map<String, Value>> {
    let Streamed { whole, fragments, characters } = streamed;
    let turn = chat_turn::keys(whole);
    let reasoning = whole.reasoning.as_deref().unwrap_or_default();
    let texts = [
        (reply::reasoning_key(&turn, reasoning), reasoning),
        ("content", &whole.content),
        ("refusal", whole.refusal.as_deref().unwrap_or_default()),
    ];
    let mut deltas: Vec<_> = texts
        .into_iter()
        .flat_map(|(key, text)| cut(text, characters).map(move |piece| one(key, piece)))
        .collect();
    if !fragments.is_empty() {
        deltas.extend(fragments.iter().map(|fragment| of_call(as_sent(fragment))));
        return deltas;
    }
    for (index, call) in whole.tool_calls.iter().enumerate() {
        deltas.push(of_call(head(index, call)));
        let (inner, key) = keys(call.is_custom());
        deltas.extend(
            cut(call.arguments.as_str(), characters)
                .map(|piece| of_call(json!({"index": index, inner: {key: piece}}))),
        );
    }
    deltas
}

/// What the turn has besides the texts that come in pieces.
fn not_in_pieces(whole: &LlmResponse) -> Map<String, Value> {
    let mut keys = chat_turn::keys(whole);
    if let Some(reasoning) = &whole.reasoning {
        let key = reply::reasoning_key(&keys, reasoning).to_owned();
        keys.remove(&key);
    }
    if let Some(Value::Array(parts)) = keys.get_mut("content") {
        parts.retain(|part| part.get("type").is_none_or(|kind| kind != "text"));
    }
    keys
}

fn one(key: &str, text: &str) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), text.into())])
}

fn of_call(call: Value) -> Map<String, Value> {
    Map::from_iter([("tool_calls".to_owned(), Value::Array(vec![call]))])
}

fn keys(custom: bool) -> (&'static str, &'static str) {
    if custom { ("custom", "input") } else { ("function", "arguments") }
}

/// The first fragment of a call: everything but the arguments.
fn head(index: usize, call: &ToolCall) -> Value {
    let (inner, key) = keys(call.is_custom());
    let mut sent = call.extra.clone();
    sent.insert("index".to_owned(), index.into());
    sent.insert("id".to_owned(), call.id.as_str().into());
    sent.insert("type".to_owned(), inner.into());
    sent.insert(inner.to_owned(), json!({"name": call.name, key: ""}));
    Value::Object(sent)
}

/// A fragment with what it has, and nothing else.
fn as_sent(fragment: &ToolCallFragment<'static>) -> Value {
    let (inner, key) = keys(fragment.custom);
    let mut sent = fragment.extra.clone();
    if let Some(index) = fragment.index {
        sent.insert("index".to_owned(), index.into());
    }
    if let Some(id) = &fragment.id {
        sent.insert("id".to_owned(), id.as_ref().into());
        sent.insert("type".to_owned(), inner.into());
    }
    let texts = [("name", &fragment.name), (key, &fragment.arguments)];
    let texts =
        texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text.as_deref()?.into())));
    let function: Map<String, Value> = texts.collect();
    if !function.is_empty() {
        sent.insert(inner.to_owned(), Value::Object(function));
    }
    Value::Object(sent)
}
