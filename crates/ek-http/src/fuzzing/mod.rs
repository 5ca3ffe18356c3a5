//! What the fuzz targets call (`fuzz/`, `docs/fuzzing.md`); built with `--cfg fuzzing` only.

mod answer;
mod base_url;
mod embeddings;
mod stream;

pub use answer::answer;
pub use base_url::base_url;
pub use embeddings::embeddings;
#[cfg(feature = "anthropic")]
pub use stream::anthropic;
#[cfg(feature = "gemini")]
pub use stream::gemini;
#[cfg(feature = "responses")]
pub use stream::responses;
pub use stream::{chunks, sse};
