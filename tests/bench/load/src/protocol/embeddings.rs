//! Embeddings: texts of a paragraph's length, and vectors of 1,536 numbers, written as OpenAI does or as
//! base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Protocol, Spoken};
use crate::answers::{Answer, Found};
use crate::scenario::{self, Question, VECTOR_MODEL as MODEL};

/// Numbers of a vector.
const WIDTH: usize = 1_536;
const TOKENS: u64 = 19;

pub(super) const SPOKEN: Spoken = Spoken {
    version: "v1",
    model: MODEL,
    paths: ["/embeddings"; 2],
    headers: &[("authorization", "Bearer sk-0123456789abcdef")],
    request,
    answers: &[
        ("vectors-1", |name| vectors(name, 1, false)),
        ("vectors-64", |name| vectors(name, 64, false)),
        ("vectors-1-base64", |name| vectors(name, 1, true)),
        ("vectors-64-base64", |name| vectors(name, 64, true)),
    ],
};

fn request(question: Question, _: bool) -> Value {
    json!({"model": MODEL, "input": scenario::texts(question), "encoding_format": "float"})
}

/// Numbers like those of a vector of length 1: small, of both signs, and of as many digits as an `f32` has.
fn number(place: usize) -> f32 {
    let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed >> 40) as f32 / (1 << 24) as f32 - 0.5) / 10.0
}

fn vectors(name: &'static str, count: usize, as_base64: bool) -> Answer {
    let row = |row: usize| {
        let numbers: Vec<f32> = (0..WIDTH).map(|at| number(row * WIDTH + at)).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let written = match as_base64 {
            true => format!("\"{}\"", STANDARD.encode(bytes)),
            false => serde_json::to_string(&numbers).unwrap_or_default(),
        };
        format!(r#"{{"object":"embedding","index":{row},"embedding":{written}}}"#)
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    let body = format!(
        r#"{{"object":"list","data":[{}],"model":"{MODEL}","usage":{{"prompt_tokens":{TOKENS},"total_tokens":{TOKENS}}}}}"#,
        rows.join(",")
    );
    Answer {
        name,
        protocol: Protocol::Embeddings,
        pieces: vec![body.into_bytes()],
        pause: None,
        stream: false,
        found: found(count, count * WIDTH, TOKENS),
    }
}

/// What is in an answer: vectors count as calls, their numbers as text.
pub fn found(vectors: usize, numbers: usize, tokens: u64) -> Found {
    Found { calls: vectors, text: numbers, tokens, ..Found::default() }
}
