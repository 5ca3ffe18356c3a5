//! Chat completions: what is asked and what is answered.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Protocol, Spoken};
use crate::answers::{Answer, Found, TOKENS};
use crate::scenario::{
    self, DELTAS, MAX_TOKENS, MODEL, Question, SLOW_DELTAS, TOOL_DELTAS_PER_CALL, TOOL_DESCRIPTION,
    TOOL_NAMES, TOOLS,
};
use crate::{calls, words};

const ANSWERING: &str = "gpt-4o-mini-2024-07-18";
const ID: &str = "chatcmpl-BdXl3kQm0pYtR7vWc2HnZs8aEoGfU";

const CREATED: &str = r#""created":1750000000"#;

/// The time between two deltas of a slow stream.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) const SPOKEN: Spoken = Spoken {
    version: "v1",
    model: MODEL,
    paths: ["/chat/completions"; 2],
    headers: &[("authorization", "Bearer sk-0123456789abcdef")],
    request,
    answers: &[
        ("small", |name| text(name, words::words(24))),
        ("large", |name| text(name, words::text(64 * 1024))),
        ("huge", |name| text(name, words::text(1024 * 1024))),
        ("tools", |name| tool_calls(name, TOOLS.len())),
        ("calls-40", |name| tool_calls(name, 40)),
        ("calls-400", |name| tool_calls(name, 400)),
        ("calls-4000", |name| tool_calls(name, 4_000)),
        ("sse", |name| sse(name, DELTAS)),
        ("sse-10x", |name| sse(name, 10 * DELTAS)),
        ("sse-padded", sse_padded),
        ("sse-varied", |name| varied(sse(name, DELTAS))),
        ("sse-tools", sse_tools),
        ("sse-tools-varied", |name| varied(sse_tools(name))),
        ("slow", |name| paced(name, SLOW_DELTAS, PAUSE)),
        ("few", |name| paced(name, 5, PAUSE)),
        ("fast", |name| paced(name, SLOW_DELTAS, Duration::from_millis(8))),
        ("long", |name| paced(name, 8, Duration::from_secs(1))),
        ("held", held),
    ],
};

fn request(question: Question, stream: bool) -> Value {
    let message = |(role, text)| json!({"role": role, "content": text});
    let messages: Vec<Value> = scenario::conversation(question).into_iter().map(message).collect();
    let mut body =
        json!({"model": MODEL, "messages": messages, "temperature": 0.7, "max_tokens": MAX_TOKENS});
    if question == Question::Tools {
        let schema = scenario::schema();
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

/// A reply of text.
fn text(name: &'static str, text: String) -> Answer {
    let message = json!({"role": "assistant", "content": text, "refusal": null, "annotations": []});
    unary(name, &message, "stop")
}

/// A reply of tool calls.
fn tool_calls(name: &'static str, count: usize) -> Answer {
    let call = |at: usize| {
        json!({"id": calls::id("call", at), "type": "function", "function":
            {"name": calls::NAME, "arguments": calls::arguments(at).to_string()}})
    };
    let calls: Vec<_> = (0..count).map(call).collect();
    let message =
        json!({"role": "assistant", "content": null, "tool_calls": calls, "refusal": null});
    unary(name, &message, "tool_calls")
}

fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": TOKENS, "total_tokens": 19 + TOKENS,
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
        tokens: TOKENS,
    };
    // Written by hand, so that the keys come in the order in which servers send them.
    let body = format!(
        r#"{{"id":"{ID}","object":"chat.completion",{CREATED},"model":"{ANSWERING}","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"{reason}"}}],"usage":{},"service_tier":"default","system_fingerprint":"fp_34a54ae93c"}}"#,
        usage()
    );
    Answer::whole(name, Protocol::ChatCompletions, body, found)
}

/// One chunk of a stream.
fn chunk(delta: &str, reason: &str, usage: &str, more: &str) -> String {
    format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk",{CREATED},"model":"{ANSWERING}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}],"usage":{usage}{more}}}"#
    ) + "\n\n"
}

fn begin() -> String {
    chunk(r#"{"role":"assistant","content":"","refusal":null}"#, "null", "null", "")
}

fn end(reason: &str) -> String {
    let usage = usage();
    let finish = chunk("{}", &format!("\"{reason}\""), "null", "");
    let last = format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk",{CREATED},"model":"{ANSWERING}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[],"usage":{usage}}}"#
    );
    format!("{finish}{last}\n\ndata: [DONE]\n\n")
}

fn text_delta(at: usize) -> String {
    json!({"content": words::word(at)}).to_string()
}

fn streamed(name: &'static str, deltas: &str, reason: &str, found: Found) -> Answer {
    let body = format!("{}{deltas}{}", begin(), end(reason));
    Answer::streamed(name, Protocol::ChatCompletions, body, found)
}

fn sse(name: &'static str, count: usize) -> Answer {
    let deltas: String = (0..count).map(|at| chunk(&text_delta(at), "null", "null", "")).collect();
    let text = words::words(count).len();
    let found = Found { text, deltas: count, tokens: TOKENS, ..Found::default() };
    streamed(name, &deltas, "stop", found)
}

/// The same with the random padding by which OpenAI hides the length of tokens.
fn sse_padded(name: &'static str) -> Answer {
    let padded = |at: usize| {
        let padding = format!(r#","obfuscation":"{}""#, words::padding(at));
        chunk(&text_delta(at), "null", "null", &padding)
    };
    let deltas: String = (0..DELTAS).map(padded).collect();
    let found = sse(name, DELTAS).found;
    streamed(name, &deltas, "stop", found)
}

fn sse_tools(name: &'static str) -> Answer {
    let mut body = String::new();
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    for (at, city) in TOOLS.iter().enumerate() {
        let head = json!({"tool_calls": [{"index": at, "id": calls::id("call", at),
            "type": "function", "function": {"name": calls::NAME, "arguments": ""}}]});
        body += &chunk(&head.to_string(), "null", "null", "");
        for piece in calls::pieces(city) {
            found.arguments += piece.len();
            let delta = json!({"tool_calls": [{"index": at, "function": {"arguments": piece}}]});
            body += &chunk(&delta.to_string(), "null", "null", "");
        }
        found.deltas += TOOL_DELTAS_PER_CALL;
    }
    streamed(name, &body, "tool_calls", found)
}

/// The same with another time of creation in each chunk, as some servers have it: no chunk says what the
/// one before it said, and each of them has to be read.
fn varied(answer: Answer) -> Answer {
    let body = String::from_utf8_lossy(&answer.pieces.concat()).into_owned();
    let mut chunks = body.split(CREATED);
    let mut varied = chunks.next().unwrap_or_default().to_owned();
    for (at, rest) in chunks.enumerate() {
        varied += &format!(r#""created":{}{rest}"#, 1_750_000_000 + at);
    }
    Answer::streamed(answer.name, Protocol::ChatCompletions, varied, answer.found)
}

/// One delta at a time.
fn paced(name: &'static str, deltas: usize, pause: Duration) -> Answer {
    let mut pieces: Vec<Vec<u8>> =
        (0..deltas).map(|at| chunk(&text_delta(at), "null", "null", "").into_bytes()).collect();
    pieces.push(end("stop").into_bytes());
    let text = words::words(deltas).len();
    let found = Found { text, deltas, tokens: TOKENS, ..Found::default() };
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
