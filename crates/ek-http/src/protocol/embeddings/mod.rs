//! Embeddings, as the vendors offer them: OpenAI's endpoint and its many followers, Cohere's, Gemini's.
//!
//! They are no protocol of their own beside the others: a server of any protocol may have an endpoint for
//! them, and the vendors differ in a few words. `profile` is the table of those words, `request` writes by
//! it, and `reply` reads every form.

mod base64;
mod profile;
mod reply;
mod request;
mod rows;
#[cfg(test)]
mod tests;
#[cfg(feature = "gemini")]
mod vertex;

pub use profile::EmbeddingProfile;
#[cfg(feature = "gemini")]
pub(crate) use profile::Shape;
pub(crate) use reply::{check_whole, read};
pub(crate) use request::{Asked, model_of, target, write};
pub(crate) use rows::Due;
