//! What the stub server answers: prepared bytes, and what a client must find in them.

use serde_json::{Value, json};

use crate::scenario::{DELTAS, SLOW_DELTAS, TOOL_DELTAS_PER_CALL, TOOLS};
use crate::words;

const MODEL: &str = "gpt-4o-mini-2024-07-18";
const ID: &str = "chatcmpl-BdXl3kQm0pYtR7vWc2HnZs8aEoGfU";

/// What every client but the yardstick is checked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    /// Bytes of the text.
    pub text: usize,
    /// Events with a piece of text or of a call's arguments.
    pub deltas: usize,
    /// Tool calls.
    pub calls: usize,
    /// Bytes of their arguments.
    pub arguments: usize,
    /// Output tokens.
    pub tokens: u64,
}

/// An answer by name.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The first segment of the path that is answered so.
    pub name: &'static str,
    /// The body; a stream in the pieces in which it is written.
    pub pieces: Vec<Vec<u8>>,
    /// Whether there is a pause between the pieces.
    pub paced: bool,
    /// Whether it is a stream.
    pub stream: bool,
    /// What is in it.
    pub found: Found,
}

impl Answer {
    /// Bytes of the body, which is all that the yardstick counts.
    pub fn bytes(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum()
    }
}

/// Every answer.
pub fn all() -> Vec<Answer> {
    vec![
        unary(
            "small",
            json!({"role": "assistant", "content": words::words(24), "refusal": null, "annotations": []}),
            "stop",
        ),
        unary(
            "large",
            json!({"role": "assistant", "content": words::text(64 * 1024), "refusal": null, "annotations": []}),
            "stop",
        ),
        unary(
            "tools",
            json!({"role": "assistant", "content": null, "tool_calls": calls(), "refusal": null}),
            "tool_calls",
        ),
        sse(),
        sse_padded(),
        sse_tools(),
        slow(),
    ]
}

fn calls() -> Vec<Value> {
    let call = |at: usize| {
        let arguments =
            json!({"city": TOOLS[at], "days": at + 1, "note": words::words(12)}).to_string();
        json!({"id": format!("call_{at}aBcDeFgHiJkLmNoPqRsTuV"), "type": "function",
            "function": {"name": "tide_table", "arguments": arguments}})
    };
    (0..TOOLS.len()).map(call).collect()
}

fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 24, "total_tokens": 43,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}})
}

fn unary(name: &'static str, message: Value, reason: &str) -> Answer {
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
        r#"{{"id":"{ID}","object":"chat.completion","created":1750000000,"model":"{MODEL}","choices":[{{"index":0,"message":{message},"logprobs":null,"finish_reason":"{reason}"}}],"usage":{},"service_tier":"default","system_fingerprint":"fp_34a54ae93c"}}"#,
        usage()
    );
    Answer { name, pieces: vec![body.into_bytes()], paced: false, stream: false, found }
}

/// One chunk of a stream.
fn chunk(delta: &str, reason: &str, usage: &str, more: &str) -> String {
    format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":1750000000,"model":"{MODEL}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{reason}}}],"usage":{usage}{more}}}"#
    ) + "\n\n"
}

fn begin() -> String {
    chunk(r#"{"role":"assistant","content":"","refusal":null}"#, "null", "null", "")
}

fn end(reason: &str) -> String {
    let usage = usage();
    let finish = chunk("{}", &format!("\"{reason}\""), "null", "");
    let last = format!(
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":1750000000,"model":"{MODEL}","service_tier":"default","system_fingerprint":"fp_34a54ae93c","choices":[],"usage":{usage}}}"#
    );
    format!("{finish}{last}\n\ndata: [DONE]\n\n")
}

fn text_delta(at: usize) -> String {
    json!({"content": words::word(at)}).to_string()
}

/// In writes of 16 KiB, with the borders of events anywhere.
fn written(name: &'static str, body: String, found: Found) -> Answer {
    let pieces = body.as_bytes().chunks(16 * 1024).map(<[u8]>::to_vec).collect();
    Answer { name, pieces, paced: false, stream: true, found }
}

fn sse() -> Answer {
    let deltas: String = (0..DELTAS).map(|at| chunk(&text_delta(at), "null", "null", "")).collect();
    let found =
        Found { text: words::words(DELTAS).len(), deltas: DELTAS, tokens: 24, ..Found::default() };
    written("sse", begin() + &deltas + &end("stop"), found)
}

/// The same with the random padding by which OpenAI hides the length of tokens.
fn sse_padded() -> Answer {
    const PADDING: &str = "qX7bN2mK9zR4tW1vY8";
    let padded = |at: usize| {
        let padding = &PADDING[words::word(at).len() + at % 3..];
        chunk(&text_delta(at), "null", "null", &format!(r#","obfuscation":"{padding}""#))
    };
    let deltas: String = (0..DELTAS).map(padded).collect();
    let found = sse().found;
    written("sse-padded", begin() + &deltas + &end("stop"), found)
}

fn sse_tools() -> Answer {
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
    written("sse-tools", body + &end("tool_calls"), found)
}

fn slow() -> Answer {
    let mut pieces: Vec<Vec<u8>> = (0..SLOW_DELTAS)
        .map(|at| chunk(&text_delta(at), "null", "null", "").into_bytes())
        .collect();
    pieces.push(end("stop").into_bytes());
    let text = words::words(SLOW_DELTAS).len();
    let found = Found { text, deltas: SLOW_DELTAS, tokens: 24, ..Found::default() };
    Answer { name: "slow", pieces, paced: true, stream: true, found }
}
