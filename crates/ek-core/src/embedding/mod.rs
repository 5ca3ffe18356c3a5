//! Texts as vectors: what is asked of an embedding model, what comes back, and the trait between them.
//!
//! It stands apart from chat because it shares nothing with it but the settings of a call: there is no
//! conversation, no stream and no tool, and many inputs go in one request.

mod dynamic;
mod inputs;
mod limits;
mod provider;
mod request;
mod similarity;
mod vectors;

pub use dynamic::DynEmbeddingProvider;
pub use inputs::EmbeddingInputs;
pub use limits::EmbeddingLimits;
pub use provider::EmbeddingProvider;
pub use request::{EmbeddingInputType, EmbeddingRequest};
pub use similarity::cosine_similarity;
pub use vectors::Embeddings;
