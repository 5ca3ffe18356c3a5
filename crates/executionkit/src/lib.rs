//! A provider layer for LLM applications: one small trait, one careful HTTP client for every
//! OpenAI-compatible server, Anthropic and Gemini, the call layer above it, and a test double.
//!
//! ```no_run
//! # #[cfg(feature = "http")]
//! # async fn example() -> executionkit::Result<()> {
//! use executionkit::{ChatRequest, LlmProvider, Message, Provider};
//!
//! let provider = Provider::builder("https://api.openai.com/v1", "gpt-4.1-mini")
//!     .api_key("sk-...")
//!     .build()?;
//! let request = ChatRequest::new([
//!     Message::system("Answer in one sentence."),
//!     Message::user("Why must a kiln cool slowly?"),
//! ])
//! .with_max_tokens(100);
//!
//! let answer = provider.complete(&request).await?;
//! println!("{} ({:?} tokens)", answer.content, answer.total_tokens());
//! provider.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! [The book](https://github.com/executionkit/executionkit/blob/main/docs/README.md) leads from the first call to
//! production.
//!
//! This crate is a facade: it has no logic, and names what stands in six others.
//!
//! | crate | feature | holds |
//! | --- | --- | --- |
//! | `ek-core` | always | types and traits: [`LlmProvider`], [`StreamingProvider`], [`ChatRequest`], [`LlmResponse`], [`Error`] |
//! | `ek-http` | `http` (default) | `Provider`, the client |
//! | `ek-mock` | `mock` (default) | `MockProvider`, the test double, and its scripts |
//! | `ek-patterns` | `patterns` (default) | the call layer: `retry`, `RateLimiter`, `Ledger`, `react_loop`, `structured`, `consensus`, `Failover` |
//! | `ek-mcp` | `mcp` | the tools of MCP servers as `Tool`s: `McpServer` |
//! | `ek-fleet` | `fleet` | budgets, rates and circuits that many processes share over Redis |
//!
//! | further features | default | give |
//! | --- | --- | --- |
//! | `anthropic`, `responses`, `gemini` | yes | the vendors' own protocols, beside chat completions |
//! | `http2`, `proxy` | yes | HTTP/2 where the server offers it; HTTP and SOCKS5 proxies |
//! | `ring`, `platform-verifier` | yes | TLS, and certificates judged by the platform |
//! | `aws-lc-rs`, `webpki-roots` | | another cryptography; Mozilla's roots, compiled in |
//! | `wire`, `record`, `conformance` | | the mock over HTTP; recordings of real endpoints; tests that prove an adapter |
//! | `tracing` | | spans with the OpenTelemetry GenAI names; metadata only |
//! | `metrics` | | the metrics of the OpenTelemetry GenAI conventions, through the facade `metrics` |
//! | `tower`, `secrecy` | | providers as services of tower, and services as providers; keys from `secrecy` |
//! | `mcp` | | the tools of MCP servers as `Tool`s: over stdio, and with `http` over streamable HTTP |
//! | `schemars`, `jsonschema` | | `Tool::typed` and schemas from types; arguments against the whole of JSON Schema |
//!
//! Without default features there is `ek-core` alone.
//!
//! In chat completions a `temperature` of 0.7 and `max_tokens` of 4096 are sent where a request names none
//! (`ProviderBuilder::default_temperature`, `default_max_tokens`). One call is one request: nothing is
//! retried unless you say so.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[doc(inline)]
pub use ek_core::*;
// Not `HttpClient`, which is for crates that speak another protocol over the same connections.
#[cfg(feature = "http")]
#[doc(inline)]
pub use ek_http::{
    Auth, EmbeddingProfile, ModelProfile, Provider, ProviderBuilder, TlsBackend, TlsRoots,
    TokenLimitField,
};
#[cfg(feature = "mcp")]
#[doc(inline)]
pub use ek_mcp::*;
#[cfg(feature = "mock")]
#[doc(inline)]
pub use ek_mock::{CallOutcome, MockCall, MockProvider, MockReply, Script, When, text_vector};
#[cfg(feature = "wire")]
#[doc(inline)]
pub use ek_mock::{Cassette, wire};
#[cfg(feature = "conformance")]
#[doc(inline)]
pub use ek_mock::{conformance, conformance_report};
#[cfg(feature = "patterns")]
#[doc(inline)]
pub use ek_patterns::*;

/// What scripts for the mocks are made of, besides [`Script`] and [`MockReply`].
#[cfg(feature = "mock")]
pub mod mock {
    #[doc(inline)]
    pub use ek_mock::{
        AtEnd, Chaos, ChaosKind, Cuts, ErrorReply, Expected, Fault, Per, RawReply, Rule,
        SentRequest,
    };
    #[cfg(feature = "record")]
    #[doc(inline)]
    pub use ek_mock::{RecordMode, Recorder, Recording};
}

/// What the processes of a fleet share.
#[cfg(feature = "fleet")]
pub mod fleet {
    #[doc(inline)]
    pub use ek_fleet::*;
}
