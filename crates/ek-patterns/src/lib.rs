//! The call layer of executionkit: what turns one call into a dependable one.
//!
//! A provider makes one request per call. This crate decides whether to try again, how fast, and for how
//! much money, for any provider and any closure.
//!
//! ```
//! use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
//! use ek_patterns::{RetryConfig, retry};
//!
//! async fn ask(llm: &impl LlmProvider, question: &str) -> Result<LlmResponse> {
//!     let request = ChatRequest::user(question);
//!     retry(&RetryConfig::default(), || llm.complete(&request)).await
//! }
//! ```
//!
//! | look here | for |
//! | --- | --- |
//! | [`retry`], [`RetryConfig`], [`RetryBudget`] | retries, and a limit on them |
//! | [`retry_complete`], [`retry_stream`], [`retry_embed`] | retries of a provider's call, whose size is known |
//! | [`RateLimiter`], [`ConcurrencyLimit`] | staying below a server's limits |
//! | [`collect_within`] | reading a stream within a time limit, without losing what came |
//! | [`Budget`], [`Ledger`] | limits on what may be spent |
//! | [`SharedBudget`], [`SharedRate`], [`SharedCircuits`] | what several processes share |
//! | [`CostTracker`], [`Rates`], [`PriceTable`] | what calls cost |
//! | [`consensus`](consensus()), [`ConsensusOptions`] | asking several times, and taking the most frequent answer |
//! | [`refine_loop`], [`RefineOptions`] | having an answer judged and improved |
//! | [`structured`](structured()), [`StructuredOptions`] | a typed value from a reply |
//! | [`structured_stream`], [`PartialJson`] | what is known of a value while the reply comes |
//! | [`map_reduce`](map_reduce()), [`MapReduceOptions`] | many inputs, and one answer from all of them |
//! | [`embed_all`], [`embed_iter`], [`embed_stream`] | many texts as vectors, in as many requests as it takes |
//! | [`pipe`](pipe()), [`Pipe`] | several patterns in a row, under one budget |
//! | [`Router`], [`Failover`] | several providers that act as one |
//! | [`RunOptions`], [`Outcome`] | what all patterns take, and what they return |
//! | [`Observer`], [`Event`] | watching a pattern as it runs |
//! | [`react_loop`], [`react_loop_stream`], [`Tool`] | a model that calls tools until it has an answer |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod answer;
mod ask;
mod asked;
mod clock;
mod collect;
mod concurrency;
mod consensus;
mod cost;
mod embed;
mod ledger;
mod limiter;
mod map_reduce;
#[cfg(feature = "metrics")]
mod metered;
mod no_answer;
mod observe;
mod outcome;
mod partial_json;
mod pipe;
mod react;
mod refine;
mod retry;
mod route;
mod run;
mod schema;
mod sent_back;
mod setters;
mod shared;
mod sink;
mod structured;
mod sync;
mod thoughts;
mod tool;
#[cfg(feature = "tower")]
mod tower;

pub use collect::collect_within;
pub use concurrency::{ConcurrencyLimit, ConcurrencyPermit};
pub use consensus::{
    ConsensusDetail, ConsensusOptions, Normalizer, Sample, VotingStrategy, consensus,
};
pub use cost::{CostTracker, Price, PriceTable, Rates};
pub use embed::{
    EmbedBatch, EmbedDetail, EmbedFailure, EmbedInput, EmbedOptions, EmbedStream, FailedInputs,
    TokenCounter, embed_all, embed_iter, embed_stream,
};
pub use ledger::{Amounts, Budget, Estimate, Ledger, Reservation};
pub use limiter::RateLimiter;
pub use map_reduce::{MapReduceDetail, MapReduceFailure, MapReduceOptions, map_reduce};
#[cfg(feature = "metrics")]
pub use metered::Metered;
pub use observe::{Event, Observer};
pub use outcome::Outcome;
pub use partial_json::PartialJson;
pub use pipe::{Pipe, PipeDetail, PipeOptions, PipeStep, pipe};
pub use react::{
    Approval, Decision, OnLimit, ReactDetail, ReactEvent, ReactOptions, ReactStream, StopReason,
    ToolOutcome, ToolRun, react_loop, react_loop_stream,
};
pub use refine::{
    Evaluator, RefineDetail, RefineIteration, RefineOptions, RefineStop, refine_loop,
};
pub use retry::{RetryBudget, RetryConfig, retry, retry_complete, retry_embed, retry_stream};
pub use route::{Failover, FailoverFailure, FailoverOptions, Router};
pub use run::RunOptions;
pub use schema::WrongValue;
pub use shared::{Change, SharedBudget, SharedCircuits, SharedRate, Shortage};
pub use structured::{
    Misfit, NamedSchema, SchemaPlace, StructuredDetail, StructuredEvent, StructuredFailure,
    StructuredOptions, StructuredStream, ValueCheck, structured, structured_stream,
};
pub use tool::{Tool, ToolError, ToolOutput};
#[cfg(feature = "tower")]
pub use tower::{ProviderService, ServiceProvider, StreamRequest};
