//! `POST /embeddings`, of OpenAI and of those who are compatible with it: numbers, or base64 where that is
//! asked for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ek_core::{EmbeddingInputs, EmbeddingRequest, Embeddings};
use serde_json::{Value, json};

use super::EmbeddingDialect;
use crate::wire::dialect::object::Object;
use crate::wire::dialect::{DEFAULT, json};

pub(super) static OPENAI: EmbeddingDialect =
    EmbeddingDialect { beside: DEFAULT, path: "/embeddings", read: |_, body| read(body), write };

fn read(body: &[u8]) -> Result<EmbeddingRequest, String> {
    let mut keys = json::object(body)?;
    let inputs = json::taken(&mut keys, "input", inputs)
        .ok_or("`input` is no text, and no list of texts or of tokens")?;
    if inputs.is_empty() {
        return Err("`input` is an empty list".to_owned());
    }
    let mut request = EmbeddingRequest::new(inputs);
    request.model = json::taken(&mut keys, "model", json::text);
    request.dimensions = json::taken(&mut keys, "dimensions", json::count);
    request.extra = keys;
    Ok(request)
}

/// Says in which form the vectors come; no field of a request stands for it.
const FORM: &str = "encoding_format";

fn write(found: &Embeddings, request: &EmbeddingRequest) -> Vec<u8> {
    let as_base64 = request.extra.get(FORM).and_then(Value::as_str) == Some("base64");
    let items = found.iter().enumerate().map(|(index, vector)| {
        let item = Object::new().with("object", "embedding").with("index", index);
        match as_base64 {
            true => item.with("embedding", base64(vector)),
            false => item.with("embedding", vector),
        }
    });
    let model = found.model.as_deref().or(request.model.as_deref()).unwrap_or("mock");
    let usage = found.usage.input_tokens.map(|tokens| {
        json!({"prompt_tokens": tokens, "total_tokens": found.usage.total().unwrap_or(tokens)})
    });
    let answer = Object::new().with("object", "list").with("data", items.collect::<Vec<_>>());
    json::bytes(&answer.with("model", model).with_some("usage", usage))
}

fn base64(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    BASE64.encode(bytes)
}

/// A text, a list of texts, a list of tokens, or a list of such lists.
fn inputs(value: &Value) -> Option<EmbeddingInputs> {
    let Some(list) = value.as_array() else { return json::text(value).map(Into::into) };
    if let Some(texts) = json::texts(value) {
        return Some(texts.into());
    }
    if let Some(one) = tokens(value) {
        return Some(vec![one].into());
    }
    list.iter().map(tokens).collect::<Option<Vec<_>>>().map(Into::into)
}

fn tokens(value: &Value) -> Option<Vec<u32>> {
    value.as_array()?.iter().map(json::count).collect()
}
