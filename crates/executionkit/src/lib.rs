//! A provider layer for LLM applications: one small trait, one careful HTTP client for every
//! OpenAI-compatible `/chat/completions` endpoint, and a test double to trust.
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
//! This crate is a facade: it has no logic, and names what stands in four others.
//!
//! | crate | feature | holds |
//! | --- | --- | --- |
//! | `ek-core` | always | types and traits: [`LlmProvider`], [`StreamingProvider`], [`ChatRequest`], [`LlmResponse`], [`Error`] |
//! | `ek-http` | `http` (default) | `Provider`, the client |
//! | `ek-mock` | `mock` (default) | `MockProvider`, the test double, and its scripts; with `wire` the same scripts over HTTP; with `conformance` a test suite for adapters |
//! | `ek-patterns` | `patterns` (default) | the call layer: `retry`, `RateLimiter`, `Ledger`, `consensus`, `react_loop` |
//!
//! Of `ek-http` these features are passed on: `anthropic`, `http2`, `platform-verifier`, `proxy`,
//! `responses` and `ring` (default), and `aws-lc-rs`, `webpki-roots` and `tracing`. Without default features there is `ek-core` alone.
#![forbid(unsafe_code)]

#[doc(inline)]
pub use ek_core::{
    ApiKey, Arguments, CacheMark, ChatRequest, ChatStream, Content, ContentPart, Cost,
    DynEmbeddingProvider, DynProvider, DynToolProvider, EmbeddingInputType, EmbeddingInputs,
    EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings, Error, ErrorKind,
    FinishReason, KeepingStream, LlmProvider, LlmResponse, MAX_JSON_VALUES, MAX_REDACT_BYTES,
    Media, Message, NativeTurn, ProtocolName, REDACTED, RateLimit, RawBody, RawJson,
    ReasoningBudget, ResponseAssembly, ResponseFormat, Result, Role, Spend, Stream, StreamEvent,
    StreamingProvider, ToolCall, ToolCallDelta, ToolCallFragment, ToolCallingProvider, ToolChoice,
    ToolSpec, Usage, cosine_similarity, count_json_values, redact,
};
#[cfg(feature = "http")]
#[doc(inline)]
pub use ek_http::{
    Auth, EmbeddingProfile, ModelProfile, Provider, ProviderBuilder, TlsBackend, TlsRoots,
    TokenLimitField,
};
#[cfg(feature = "conformance")]
#[doc(inline)]
pub use ek_mock::conformance;
#[cfg(feature = "mock")]
#[doc(inline)]
pub use ek_mock::{CallOutcome, MockCall, MockProvider, MockReply, Script, When};
#[cfg(feature = "wire")]
#[doc(inline)]
pub use ek_mock::{Cassette, wire};

/// What scripts for the mocks are made of, besides [`Script`] and [`MockReply`].
#[cfg(feature = "mock")]
pub mod mock {
    #[doc(inline)]
    pub use ek_mock::{AtEnd, Chaos, Cuts, ErrorReply, Expected, Fault, Per, RawReply, Rule};
    #[cfg(feature = "record")]
    #[doc(inline)]
    pub use ek_mock::{Recorder, Recording};
}

#[cfg(feature = "patterns")]
#[doc(inline)]
pub use ek_patterns::{
    Approval, Budget, ConcurrencyLimit, ConcurrencyPermit, ConsensusDetail, ConsensusOptions,
    CostTracker, Decision, Estimate, Evaluator, Event, Failover, FailoverFailure, FailoverOptions,
    Ledger, MapReduceDetail, MapReduceFailure, MapReduceOptions, Misfit, NamedSchema, Normalizer,
    Observer, OnLimit, Outcome, Pipe, PipeDetail, PipeOptions, PipeStep, Price, PriceTable,
    RateLimiter, Rates, ReactDetail, ReactEvent, ReactOptions, ReactStream, RefineDetail,
    RefineIteration, RefineOptions, RefineStop, Reservation, RetryBudget, RetryConfig, Router,
    RunOptions, Sample, SchemaPlace, StopReason, StructuredDetail, StructuredFailure,
    StructuredOptions, Tool, ToolError, ToolOutcome, ToolOutput, ToolRun, ValueCheck,
    VotingStrategy, WrongValue, collect_within, consensus, map_reduce, pipe, react_loop,
    react_loop_stream, refine_loop, retry, retry_complete, retry_stream, structured,
};

#[cfg(all(feature = "patterns", feature = "tower"))]
#[doc(inline)]
pub use ek_patterns::{ProviderService, ServiceProvider, StreamRequest};

/// Compiles the examples of the README.
#[cfg(all(doctest, feature = "http", feature = "mock", feature = "patterns"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// Compiles and runs the examples of the page on patterns.
#[cfg(all(doctest, feature = "http", feature = "mock", feature = "patterns"))]
#[doc = include_str!("../../../docs/patterns.md")]
struct Patterns;

/// Compiles and runs the recipes of the page on testing.
#[cfg(all(doctest, feature = "http", feature = "mock", feature = "patterns"))]
#[doc = include_str!("../../../docs/testing.md")]
struct Testing;
