//! Anthropic's Messages API: what is asked and what is answered.

use serde_json::{Value, json};

use super::{Protocol, Spoken};
use crate::answers::{Answer, Found, TOKENS};
use crate::scenario::{
    self, DELTAS, MAX_TOKENS, Question, TOOL_DELTAS_PER_CALL, TOOL_DESCRIPTION, TOOL_NAMES, TOOLS,
};
use crate::{calls, words};

const MODEL: &str = "claude-sonnet-4-5";
const ANSWERING: &str = "claude-sonnet-4-5-20250929";
const ID: &str = "msg_01QC4g3HwBThD4BaNtBckFDJ";

pub(super) const SPOKEN: Spoken = Spoken {
    version: "v1",
    model: MODEL,
    paths: ["/messages"; 2],
    headers: &[("x-api-key", scenario::API_KEY), ("anthropic-version", "2023-06-01")],
    request,
    answers: &[
        ("anthropic-small", small),
        ("anthropic-tools", tools),
        ("anthropic-sse", sse),
        ("anthropic-sse-tools", sse_tools),
    ],
};

fn request(question: Question, stream: bool) -> Value {
    let message = |(role, text)| json!({"role": role, "content": text});
    let messages: Vec<Value> = scenario::conversation(question).into_iter().map(message).collect();
    let mut body = json!({"model": MODEL, "messages": messages, "temperature": 0.7,
        "max_tokens": MAX_TOKENS});
    if question == Question::Tools {
        let schema = scenario::schema();
        let tool = |name: &str| json!({"name": name, "description": TOOL_DESCRIPTION, "input_schema": schema});
        body["tools"] = TOOL_NAMES.map(tool).into_iter().collect();
    }
    if stream {
        body["stream"] = true.into();
    }
    body
}

fn small(name: &'static str) -> Answer {
    let text = words::words(24);
    let found = Found { text: text.len(), tokens: TOKENS, ..Found::default() };
    whole(name, &json!([{"type": "text", "text": text}]), "end_turn", found)
}

fn tools(name: &'static str) -> Answer {
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    let call = |at: usize| {
        let input = calls::arguments(at);
        found.arguments += input.to_string().len();
        json!({"type": "tool_use", "id": calls::id("toolu", at), "name": calls::NAME, "input": input})
    };
    let content = (0..TOOLS.len()).map(call).collect();
    whole(name, &content, "tool_use", found)
}

const USAGE: &str = r#""input_tokens":19,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}"#;

// Written by hand, here and below, so that the keys come in the order in which servers send them.
fn whole(name: &'static str, content: &Value, reason: &str, found: Found) -> Answer {
    let body = format!(
        r#"{{"model":"{ANSWERING}","id":"{ID}","type":"message","role":"assistant","content":{content},"stop_reason":"{reason}","stop_sequence":null,"usage":{{{USAGE},"output_tokens":{TOKENS},"service_tier":"standard","inference_geo":"not_available"}}}}"#
    );
    Answer::whole(name, Protocol::Anthropic, body, found)
}

/// An event of a stream: its fields behind its type.
fn event(kind: &str, fields: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{fields}}}\n\n")
}

fn begin() -> String {
    let message = format!(
        r#","message":{{"model":"{ANSWERING}","id":"{ID}","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{{{USAGE},"output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}}}"#
    );
    event("message_start", &message)
}

fn block_start(index: usize, block: &str) -> String {
    event("content_block_start", &format!(r#","index":{index},"content_block":{block}"#))
}

fn block_delta(index: usize, delta: &str) -> String {
    event("content_block_delta", &format!(r#","index":{index},"delta":{delta}"#))
}

fn block_stop(index: usize) -> String {
    event("content_block_stop", &format!(r#","index":{index}"#))
}

fn end(reason: &str) -> String {
    let last = format!(
        r#","delta":{{"stop_reason":"{reason}","stop_sequence":null}},"usage":{{"input_tokens":19,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":{TOKENS}}}"#
    );
    event("message_delta", &last) + &event("message_stop", "")
}

fn sse(name: &'static str) -> Answer {
    let delta = |at: usize| {
        let text = calls::escaped(words::word(at));
        block_delta(0, &format!(r#"{{"type":"text_delta","text":"{text}"}}"#))
    };
    let mut body = begin() + &block_start(0, r#"{"type":"text","text":""}"#);
    body += &event("ping", "");
    body.extend((0..DELTAS).map(delta));
    body += &block_stop(0);
    body += &end("end_turn");
    let text = words::words(DELTAS).len();
    let found = Found { text, deltas: DELTAS, tokens: TOKENS, ..Found::default() };
    Answer::streamed(name, Protocol::Anthropic, body, found)
}

fn sse_tools(name: &'static str) -> Answer {
    let mut body = begin();
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    for (at, city) in TOOLS.iter().enumerate() {
        let (id, tool) = (calls::id("toolu", at), calls::NAME);
        let block = format!(r#"{{"type":"tool_use","id":"{id}","name":"{tool}","input":{{}}}}"#);
        body += &block_start(at, &block);
        for piece in calls::pieces(city) {
            found.arguments += piece.len();
            let json = Value::from(piece);
            let delta = format!(r#"{{"type":"input_json_delta","partial_json":{json}}}"#);
            body += &block_delta(at, &delta);
        }
        body += &block_stop(at);
        found.deltas += TOOL_DELTAS_PER_CALL;
    }
    Answer::streamed(name, Protocol::Anthropic, body + &end("tool_use"), found)
}
