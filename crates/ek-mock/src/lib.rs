//! The test double of executionkit: a scripted provider, and a scripted server for the wire.
//!
//! [`MockProvider`] stands at the trait: no sockets, no HTTP, and time that a test can pause.
//!
//! ```
//! use ek_core::{ChatRequest, LlmProvider, Result};
//! use ek_mock::MockProvider;
//!
//! /// The code under test.
//! async fn title(llm: &impl LlmProvider, text: &str) -> Result<String> {
//!     let request = ChatRequest::user(format!("A title for: {text}"));
//!     Ok(llm.complete(&request).await?.content)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<()> {
//! let llm = MockProvider::new(["Fire and Clay"]);
//! assert_eq!(title(&llm, "How kilns are built").await?, "Fire and Clay");
//! assert_eq!(llm.call_count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! It streams as well, by the same script: see [`MockProvider::with_chunk_chars`],
//! [`with_chunk_delay`](MockProvider::with_chunk_delay) and [`MockReply::failing_after`].
//!
//! With the feature `wire` there is a server as well, in the module `wire`: it listens on loopback
//! and writes exactly the bytes it is told, for tests of HTTP clients.
//!
//! With the feature `conformance` there is a test suite for adapters of your own, in the module
//! `conformance`.
#![forbid(unsafe_code)]

mod call;
#[cfg(feature = "conformance")]
pub mod conformance;
mod engine;
mod json;
mod provider;
mod recorded;
mod reply;
mod script;
mod stream;
mod verify;
#[cfg(feature = "wire")]
pub mod wire;

pub use call::{CallOutcome, MockCall};
pub use provider::MockProvider;
pub use reply::{Cuts, ErrorReply, Fault, MockReply, RawReply};
pub use script::{AtEnd, Expected, Per, Rule, Script, When};
