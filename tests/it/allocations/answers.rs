//! What the server answers, in the forms in which OpenAI writes it.

use serde_json::{Value, json};

const ID: &str = "chatcmpl-BdXl3kQm0pYtR7vWc2HnZs8aEoGfU";
const MODEL: &str = "gpt-4o-mini-2024-07-18";

pub(super) struct Answer {
    pub(super) body: String,
    pub(super) stream: bool,
    /// Whether each event of a stream is written by itself.
    pub(super) slow: bool,
    pub(super) text: String,
    pub(super) calls: usize,
    pub(super) deltas: usize,
}

impl Answer {
    /// A stream's body in the pieces in which it is written.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &str> {
        let ends = if self.slow { "\n\n" } else { "[DONE]\n\n" };
        self.body.split_inclusive(ends)
    }
}

fn usage() -> Value {
    json!({"prompt_tokens": 19, "completion_tokens": 24, "total_tokens": 43,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}})
}

fn unary(message: &Value, text: &str, calls: usize) -> Answer {
    let body = json!({"id": ID, "object": "chat.completion", "created": 1_750_000_000, "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"}],
        "usage": usage(), "service_tier": "default", "system_fingerprint": "fp_34a54ae93c"});
    Answer {
        body: body.to_string(),
        stream: false,
        slow: false,
        text: text.to_owned(),
        calls,
        deltas: 0,
    }
}

/// A text of this number of bytes.
pub(super) fn text(bytes: usize) -> Answer {
    let text = "The kiln is heated slowly.\n".repeat(bytes / 27 + 1);
    unary(&json!({"role": "assistant", "content": text, "refusal": null}), &text, 0)
}

/// Three calls.
pub(super) fn tools() -> Answer {
    let call = |at: usize| {
        json!({"id": format!("call_{at}"), "type": "function",
            "function": {"name": "tide", "arguments": "{\"city\":\"Bergen\",\"days\":2}"}})
    };
    let calls: Vec<Value> = (0..3).map(call).collect();
    unary(&json!({"role": "assistant", "content": null, "tool_calls": calls}), "", 3)
}

fn streamed(deltas: &[Value], text: String, calls: usize) -> Answer {
    let mut body = String::new();
    let mut push = |chunk: Value| {
        body.push_str(&format!("data: {chunk}\n\n"));
    };
    let chunk = |delta: &Value, reason: Value| {
        json!({"id": ID, "object": "chat.completion.chunk", "created": 1_750_000_000, "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": reason}],
            "usage": null})
    };
    deltas.iter().for_each(|delta| push(chunk(delta, Value::Null)));
    push(chunk(&json!({}), "stop".into()));
    push(json!({"id": ID, "model": MODEL, "choices": [], "usage": usage()}));
    body.push_str("data: [DONE]\n\n");
    Answer { body, stream: true, slow: false, text, calls, deltas: deltas.len() }
}

/// A text in this number of deltas, now and then with escapes.
pub(super) fn stream(deltas: usize) -> Answer {
    let piece = |at: usize| if at % 40 == 39 { "\n\n" } else { " kiln" };
    let text = (0..deltas).map(piece).collect();
    let deltas: Vec<Value> = (0..deltas).map(|at| json!({"content": piece(at)})).collect();
    streamed(&deltas, text, 0)
}

/// The same, each delta written by itself.
pub(super) fn slow_stream(deltas: usize) -> Answer {
    Answer { slow: true, ..stream(deltas) }
}

/// Three calls in deltas.
pub(super) fn streamed_tools() -> Answer {
    let mut deltas = Vec::new();
    for index in 0..3 {
        let arguments = |text: &str| json!({"index": index, "function": {"arguments": text}});
        deltas.push(json!({"tool_calls": [{"index": index, "id": format!("call_{index}"),
            "type": "function", "function": {"name": "tide", "arguments": ""}}]}));
        deltas.push(json!({"tool_calls": [arguments("{\"note\":\"")]}));
        deltas.extend((0..98).map(|_| json!({"tool_calls": [arguments(" kiln")]})));
        deltas.push(json!({"tool_calls": [arguments("\"}")]}));
    }
    streamed(&deltas, String::new(), 3)
}
