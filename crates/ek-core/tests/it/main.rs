//! ek-core as an adapter author and a user of the types see it, from outside the crate.

mod embeddings;
mod keeping;
mod native;
mod providers;
mod request;
mod transcripts;
