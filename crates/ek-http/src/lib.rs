//! The HTTP provider of executionkit: one pooled client for every OpenAI-compatible
//! `/chat/completions` endpoint, as it really behaves, and for Anthropic's Messages API
//! ([`Provider::anthropic`]).
//!
//! ```no_run
//! use ek_core::{ChatRequest, LlmProvider as _};
//! use ek_http::Provider;
//!
//! # async fn run() -> ek_core::Result<()> {
//! let provider = Provider::builder("https://api.openai.com/v1", "gpt-4o-mini")
//!     .api_key(std::env::var("OPENAI_API_KEY").unwrap_or_default())
//!     .build()?;
//! let reply = provider.complete(&ChatRequest::user("Why are kilns hot?")).await?;
//! println!("{}", reply.content);
//! # Ok(())
//! # }
//! ```
//!
//! One call is one request: retries belong to the call layer, and the error says all that it needs.
//!
//! | module | what it knows |
//! | --- | --- |
//! | `provider`, `builder` | the provider, and how it is configured |
//! | `call` | one exchange, in any protocol |
//! | `protocol` | a folder for each protocol |
//! | `json`, `sse` | JSON and event streams, as servers really send them |
//! | `endpoint` | base URLs, and where a key may be sent unencrypted |
//! | `transport` | sockets, TLS, proxies, the pool |
//! | `failure` | reading and classifying answers that are not a reply |
//! | `secrets` | masking the configured secrets |
#![forbid(unsafe_code)]

mod auth;
mod builder;
mod call;
mod endpoint;
mod env;
mod failure;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod protocol;
mod provider;
mod secrets;
mod sse;
mod telemetry;
mod text;
mod transport;

pub use auth::Auth;
pub use builder::ProviderBuilder;
pub use protocol::chat_completions::profile::{ModelProfile, TokenLimitField};
pub use protocol::embeddings::EmbeddingProfile;
pub use provider::Provider;
pub use transport::{TlsBackend, TlsRoots};
