//! The test double of executionkit: one script, played at the trait, in memory, and over TCP.
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
//! A [`Script`] says who is answered with what. Its [rules](Rule) have a queue each, so that parallel
//! callers never take each other's replies; its [replies](MockReply) have latency, pieces and
//! [faults](Fault); and what came is asserted with messages that show the nearest call:
//!
//! ```
//! use ek_core::{ChatRequest, StreamingProvider};
//! use ek_mock::{Fault, MockProvider, MockReply, Rule, Script, When};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> ek_core::Result<()> {
//! let broken = MockReply::from("High water is at noon.").failing_after(2, Fault::Reset);
//! let tides = Rule::new(When::user_text_contains("tide")).named("tides").reply(broken);
//! let llm = MockProvider::from_script(Script::new().rule(tides.expect_calls(1)));
//!
//! let stream = llm.stream(&ChatRequest::user("And the tide?")).await?;
//! let error = stream.collect().await.expect_err("the connection is reset");
//! assert_eq!(error.partial().expect("what came").content, "High wat");
//! llm.verify();
//! # Ok(())
//! # }
//! ```
//!
//! | look here | for |
//! | --- | --- |
//! | [`Script`], [`Rule`], [`When`] | who is answered with what, in Rust or as JSON |
//! | [`MockProvider::strict`], [`Script::once`] | a call too many is an error, in place of the first reply again |
//! | [`AtEnd`], [`Per`], [`MockReply::attempts`] | how a queue is used up, and what a retry gets |
//! | [`MockReply`], [`ErrorReply`], [`RawReply`] | answers |
//! | [`Fault`], [`Cuts`] | what goes wrong, and where bytes are cut |
//! | [`text_vector`], [`MockReply::vectors`], [`When::embedding`] | embeddings without a model |
//! | [`MockCall`], [`MockProvider::verify`] | what came, and whether it was expected |
//!
//! With the feature `wire` the same script is played over HTTP, in the module `wire`: by
//! `MockTransport` in memory, on a clock that tests can pause, and by `MockServer` over TCP, with TLS
//! if wished. The path of a request chooses the protocol: chat completions, Anthropic's Messages API,
//! OpenAI's Responses API, or Gemini. There is also `RawServer`, which writes exactly the bytes that a test gives it.
//!
//! With the feature `conformance` there is a test suite for adapters of your own, in the module
//! `conformance`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod assertions;
mod call;
#[cfg(feature = "wire")]
mod cassette;
mod chaos;
mod chat_turn;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "conformance")]
pub mod conformance;
mod embedding;
mod engine;
mod excerpt;
#[cfg(feature = "wire")]
mod masking;
mod pace;
mod provider;
mod reply;
#[cfg(feature = "wire")]
mod request_json;
mod script;
mod token_count;
mod verify;
mod watched;
#[cfg(feature = "wire")]
pub mod wire;

pub use call::{CallOutcome, MockCall, SentRequest};
#[cfg(feature = "wire")]
pub use cassette::Cassette;
#[cfg(feature = "record")]
pub use cassette::{RecordMode, Recorder, Recording};
pub use chaos::{Chaos, ChaosKind};
pub use embedding::text_vector;
pub use provider::MockProvider;
pub use reply::{Cuts, ErrorReply, Fault, MockReply, RawReply};
pub use script::{AtEnd, Expected, Per, Rule, Script, When};
