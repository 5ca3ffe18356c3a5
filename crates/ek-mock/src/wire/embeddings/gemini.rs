//! `:embedContent` and `:batchEmbedContents` of Google's Gemini API: one text, or a list of requests.

use ek_core::{EmbeddingInputType, EmbeddingRequest, Embeddings};
use serde_json::{Map, Value, json};

use super::EmbeddingDialect;
use crate::wire::dialect::{GEMINI, gemini_model, json};

/// One text.
pub(super) static SINGLE: EmbeddingDialect = EmbeddingDialect {
    beside: GEMINI,
    path: ":embedContent",
    read: |path, body| {
        let mut keys = json::object(body)?;
        let text = text(&mut keys)?;
        Ok(request(vec![text], keys, path))
    },
    write: |found, _| answer("embedding", found.iter().next().map(vector).into(), found),
};

/// A list of requests, each for one text.
pub(super) static BATCH: EmbeddingDialect = EmbeddingDialect {
    beside: GEMINI,
    path: ":batchEmbedContents",
    read: read_batch,
    write: |found, _| answer("embeddings", found.iter().map(vector).collect(), found),
};

fn read_batch(path: &str, body: &[u8]) -> Result<EmbeddingRequest, String> {
    let keys = json::object(body)?;
    let requests = keys.get("requests").and_then(Value::as_array);
    let requests =
        requests.filter(|list| !list.is_empty()).ok_or("`requests` is no list of requests")?;
    let (mut texts, mut settings) = (Vec::with_capacity(requests.len()), None);
    for request in requests {
        let mut keys = request.as_object().cloned().ok_or("a request is no object")?;
        texts.push(text(&mut keys)?);
        if *settings.get_or_insert_with(|| keys.clone()) != keys {
            return Err(
                "this mock embeds the requests of a batch with the same settings".to_owned()
            );
        }
    }
    Ok(request(texts, settings.unwrap_or_default(), path))
}

/// Takes the text of a request out: that of all its parts.
fn text(keys: &mut Map<String, Value>) -> Result<String, String> {
    let content = keys.remove("content").unwrap_or_default();
    let parts = content.get("parts").and_then(Value::as_array).ok_or("`content` has no parts")?;
    let texts = parts.iter().map(|part| part.get("text").and_then(Value::as_str));
    texts.collect::<Option<String>>().ok_or_else(|| "this mock embeds texts alone".to_owned())
}

fn request(texts: Vec<String>, mut keys: Map<String, Value>, path: &str) -> EmbeddingRequest {
    let mut request = EmbeddingRequest::new(texts);
    request.model = gemini_model(path);
    keys.remove("model");
    request.dimensions = json::taken(&mut keys, "outputDimensionality", json::count);
    request.input_type = json::taken(&mut keys, "taskType", input_type);
    request.extra = keys;
    request
}

fn input_type(value: &Value) -> Option<EmbeddingInputType> {
    Some(match value.as_str()? {
        "RETRIEVAL_QUERY" => EmbeddingInputType::Query,
        "RETRIEVAL_DOCUMENT" => EmbeddingInputType::Document,
        "CLASSIFICATION" => EmbeddingInputType::Classification,
        "CLUSTERING" => EmbeddingInputType::Clustering,
        "SEMANTIC_SIMILARITY" => EmbeddingInputType::Similarity,
        word => EmbeddingInputType::Other(word.to_owned()),
    })
}

fn vector(values: &[f32]) -> Value {
    json!({"values": values})
}

fn answer(key: &str, vectors: Value, found: &Embeddings) -> Vec<u8> {
    let mut answer = Map::new();
    answer.insert(key.to_owned(), vectors);
    if let Some(tokens) = found.usage.input_tokens {
        let usage = json!({"promptTokenCount": tokens, "totalTokenCount": tokens});
        answer.insert("usageMetadata".to_owned(), usage);
    }
    json::bytes(&answer)
}
