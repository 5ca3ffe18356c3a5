//! The HTTP provider of executionkit: one pooled client for every OpenAI-compatible
//! `/chat/completions` endpoint, as it really behaves, and for the vendors' own protocols.
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
//! | look here | for |
//! | --- | --- |
//! | [`Provider::new`], [`Provider::builder`] | any server that speaks chat completions, by its URL |
//! | `Provider::anthropic`, `Provider::openai_responses`, `Provider::gemini` | the vendors' own protocols, each behind a feature of its name |
//! | [`Provider::from_env`] | the endpoint that the environment names |
//! | [`ProviderBuilder`] | every setting, with its default: keys, times, limits, proxies, certificates |
//! | [`Auth`] | how the key is sent |
//! | [`ModelProfile`], [`TokenLimitField`] | what a model takes, where its name does not say so |
//! | [`Provider::embeddings`], [`EmbeddingProfile`] | texts as vectors, by a vendor of vectors alone |
//! | [`HttpClient`] | requests that ask no model, over the same kind of connections |
//! | [`TlsBackend`], [`TlsRoots`] | which cryptography, and whose certificates are trusted |
//!
//! | feature | default | gives |
//! | --- | --- | --- |
//! | `anthropic`, `gemini`, `responses` | yes | a protocol beside chat completions |
//! | `http2`, `proxy` | yes | HTTP/2 where the server offers it; HTTP and SOCKS5 proxies |
//! | `ring`, `platform-verifier` | yes | TLS, and certificates judged by the platform |
//! | `aws-lc-rs`, `webpki-roots` | | another cryptography; Mozilla's roots, compiled in |
//! | `tracing` | | spans, and an event for each failed attempt; metadata only |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod auth;
mod builder;
mod call;
mod cut_text;
mod endpoint;
mod env;
mod failure;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod http_client;
mod json;
mod protocol;
mod provider;
mod secrets;
mod setting;
mod sse;
mod telemetry;
mod transport;

pub use auth::Auth;
pub use builder::ProviderBuilder;
pub use http_client::{HttpBody, HttpClient};
pub use protocol::chat_completions::profile::{ModelProfile, TokenLimitField};
pub use protocol::embeddings::EmbeddingProfile;
pub use provider::Provider;
pub use transport::{TlsBackend, TlsRoots};
