//! Texts become vectors over real sockets: where the requests go, and what an exchange shares with every
//! other one.

mod endpoints;
mod exchange;

use ek_core::{EmbeddingProvider as _, EmbeddingRequest, Embeddings, Error};
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::native::Rig;
use crate::support::{JSON, PROMPT, in_time};

/// The vectors of two texts, the second first.
pub(crate) fn two_vectors() -> Value {
    json!({"object": "list", "model": "embed-7", "usage": {"prompt_tokens": 9, "total_tokens": 9},
        "data": [{"index": 1, "embedding": [0.5, -1.0]}, {"index": 0, "embedding": [0.25, 2.0]}]})
}

pub(crate) fn answer(status: u16, body: &Value) -> Vec<u8> {
    response(status, &[JSON], body.to_string())
}

pub(crate) fn two_texts() -> EmbeddingRequest {
    EmbeddingRequest::new([PROMPT, "The lake is calm."])
}

pub(crate) async fn embed(rig: &Rig, request: &EmbeddingRequest) -> Result<Embeddings, Error> {
    in_time(rig.provider.embed(request)).await
}
