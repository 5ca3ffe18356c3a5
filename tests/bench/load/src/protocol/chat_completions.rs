//! Chat completions: what is asked and what is answered.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Make, Protocol};
use crate::answers::{Answer, Found};
use crate::scenario::{
    self, DELTAS, MAX_TOKENS, MODEL, Question, SCHEMA, SLOW_DELTAS, TOOL_DELTAS_PER_CALL,
    TOOL_DESCRIPTION, TOOL_NAMES, TOOLS,
};
use crate::words;

const ANSWERING: &str = "gpt-4o-mini-2024-07-18";
const ID: &str = "chatcmpl-BdXl3kQm0pYtR7vWc2HnZs8aEoGfU";

/// The time between two deltas of a slow stream.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) const PATH: &str = "/chat/completions";

pub(super) const HEADERS: [(&str, &str); 1] = [("authorization", "Bearer sk-0123456789abcdef")];

pub(super) fn request(question: Question, stream: bool) -> Value {
    let message = |(role, text)| json!({"role": role, "content": text});
    let messages: Vec<Value> = scenario::conversation(question).into_iter().map(message).collect();
    let mut body =
        json!({"model": MODEL, "messages": messages, "temperature": 0.7, "max_tokens": MAX_TOKENS});
    if question == Question::Tools {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
        let tool = |name: &str| {
            json!({"type": "function", "function":
            {"name": name, "description": TOOL_DESCRIPTION, "parameters": schema}})
        };
        body["tools"] = TOOL_NAMES.map(tool).into_iter().collect();
    }
    if stream {
        body["stream"] = true.into();
        body["stream_options"] = json!({"include_usage": true});
    }
    body
}

/// Every answer by its name. Each is made only when it is asked for: a client that measures its memory
/// shall hold its own alone.
pub(super) const ANSWERS: &[(&str, Make)] = &[
    ("small", |name| text(name, words::words(24))),
    ("large", |name| text(name, words::text(64 * 1024))),
    ("huge", |name| text(name, words::text(1024 * 1024))),
    ("tools", |name| calls(name, TOOLS.len())),
    ("calls-40", |name| calls(name, 40)),
    ("calls-400", |name| calls(name, 400)),
    ("calls-4000", |name| calls(name, 4_000)),
    ("sse", |name| sse(name, DELTAS)),
    ("sse-10x", |name| sse(name, 10 * DELTAS)),
    ("sse-padded", sse_padded),
    ("sse-tools", sse_tools),
    ("slow", |name| paced(name, SLOW_DELTAS, PAUSE)),
    ("few", |name| paced(name, 5, PAUSE)),
    ("fast", |name| paced(name, SLOW_DELTAS, Duration::from_millis(8))),
    ("long", |name| paced(name, 8, Duration::from_secs(1))),
    ("held", held),
];

/// A reply of text.
fn text(name: &'static str, text: String) -> Answer {
    let message = json!({"role": "assistant", "content": text, "refusal": null, "annotations": []});
    unary(name, &message, "stop")
}

/// A reply of tool calls.
fn calls(name: &'static str, count: usize) -> Answer {
    let call = |at: usize| {
        let city = TOOLS[at % TOOLS.len()];
        let arguments = json!({"city": city, "days": at + 1, "note": words::words(12)}).to_string();
        json!({"id": format!("call_{at}aBcDeFgHiJkLmNoPqRsTuV"), "type": "function",
            "function": {"name": "tide_table", "arguments": arguments}})
    };
    let calls: Vec<_> = (0..count).map(call).collect();
    let message =
        json!({"role": "assistant", "content": null, "tool_calls": calls, "refusal": null});
    unary(name, &message, "tool_calls")
}

fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 24, "total_tokens": 43,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}})
}

fn unary(name: &'static str, message: &Value, reason: &str) -> Answer {
    let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
    let arguments = |call: &Value| call["function"]["arguments"].as_str().map_or(0, str::len);
    let found = Found {
        text: message["content"].as_str().map_or(0, str::len),
        deltas: 0,
        calls: calls.len(),
        arguments: calls.iter().map(arguments).sum(),
        tokens: 24,
    };
    // Written by hand, so that the keys come in the order in which servers send them.
    let body = format!(
        r#"{{"id":"{ID}","object":"chat.completion","created":1750000000,"model":"{ANSWERING}","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"{reason}"}}],"usage":{},"service_tier":"default","system_fingerprint":"fp_34a54ae93c"}}"#,
        usage()
    );
    Answer {
        name,
        protocol: Protocol::ChatCompletions,
        pieces: vec![body.into_bytes()],
        pause: None,
        stream: false,
        found,
    }
}

/// One chunk of a stream.
fn chunk(delta: &str, reason: &str, usage: &str, more: &str) -> String {
    format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":1750000000,"model":"{ANSWERING}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}],"usage":{usage}{more}}}"#
    ) + "\n\n"
}

fn begin() -> String {
    chunk(r#"{"role":"assistant","content":"","refusal":null}"#, "null", "null", "")
}

fn end(reason: &str) -> String {
    let usage = usage();
    let finish = chunk("{}", &format!("\"{reason}\""), "null", "");
    let last = format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":1750000000,"model":"{ANSWERING}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[],"usage":{usage}}}"#
    );
    format!("{finish}{last}\n\ndata: [DONE]\n\n")
}

fn text_delta(at: usize) -> String {
    json!({"content": words::word(at)}).to_string()
}

/// In writes of 16 KiB, with the borders of events anywhere.
fn written(name: &'static str, body: String, found: Found) -> Answer {
    let pieces = body.as_bytes().chunks(16 * 1024).map(<[u8]>::to_vec).collect();
    Answer { name, protocol: Protocol::ChatCompletions, pieces, pause: None, stream: true, found }
}

fn sse(name: &'static str, count: usize) -> Answer {
    let deltas: String = (0..count).map(|at| chunk(&text_delta(at), "null", "null", "")).collect();
    let text = words::words(count).len();
    let found = Found { text, deltas: count, tokens: 24, ..Found::default() };
    written(name, begin() + &deltas + &end("stop"), found)
}

/// The same with the random padding by which OpenAI hides the length of tokens.
fn sse_padded(name: &'static str) -> Answer {
    const PADDING: &str = "qX7bN2mK9zR4tW1vY8";
    let padded = |at: usize| {
        let padding = &PADDING[words::word(at).len() + at % 3..];
        chunk(&text_delta(at), "null", "null", &format!(r#","obfuscation":"{padding}""#))
    };
    let deltas: String = (0..DELTAS).map(padded).collect();
    let found = sse(name, DELTAS).found;
    written(name, begin() + &deltas + &end("stop"), found)
}

fn sse_tools(name: &'static str) -> Answer {
    let mut body = begin();
    let mut found = Found { calls: TOOLS.len(), tokens: 24, ..Found::default() };
    for (at, city) in TOOLS.iter().enumerate() {
        let head = json!({"tool_calls": [{"index": at, "id": format!("call_{at}aBcDeFgHiJkLmNoPqRsTuV"),
            "type": "function", "function": {"name": "tide_table", "arguments": ""}}]});
        body.push_str(&chunk(&head.to_string(), "null", "null", ""));
        let pieces = TOOL_DELTAS_PER_CALL - 1;
        for piece in 0..pieces {
            let text = match piece {
                0 => format!("{{\"city\":\"{city}\",\"note\":\""),
                last if last == pieces - 1 => "\"}".to_owned(),
                piece if piece % 10 == 5 => "\\n".to_owned(),
                piece => words::word(piece % 30).to_owned(),
            };
            found.arguments += text.len();
            let delta = json!({"tool_calls": [{"index": at, "function": {"arguments": text}}]});
            body.push_str(&chunk(&delta.to_string(), "null", "null", ""));
        }
        found.deltas += TOOL_DELTAS_PER_CALL;
    }
    written(name, body + &end("tool_calls"), found)
}

/// One delta at a time.
fn paced(name: &'static str, deltas: usize, pause: Duration) -> Answer {
    let mut pieces: Vec<Vec<u8>> =
        (0..deltas).map(|at| chunk(&text_delta(at), "null", "null", "").into_bytes()).collect();
    pieces.push(end("stop").into_bytes());
    let text = words::words(deltas).len();
    let found = Found { text, deltas, tokens: 24, ..Found::default() };
    Answer {
        name,
        protocol: Protocol::ChatCompletions,
        pieces,
        pause: Some(pause),
        stream: true,
        found,
    }
}

/// One delta, and 150 KB after it at once: what a consumer leaves unread who takes the first alone.
fn held(name: &'static str) -> Answer {
    sse(name, 150_000 / chunk(&text_delta(0), "null", "null", "").len())
}
