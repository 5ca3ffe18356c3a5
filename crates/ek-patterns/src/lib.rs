//! The call layer of executionkit: what turns one call into a dependable one.
//!
//! A provider makes one request per call. Whether to try again, how fast, and for how much, is decided
//! here, for any provider and any closure.
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
//! | [`retry`], [`RetryConfig`], [`RetryBudget`] | trying again, and not too often |
//! | [`retry_complete`], [`retry_stream`] | the same for a provider's call, whose size is known |
//! | [`RateLimiter`], [`ConcurrencyLimit`] | keeping below a server's limits |
//! | [`collect_within`] | a stream within a time limit, with what came |
//! | [`Budget`], [`Ledger`] | never spending more than was allowed |
//! | [`CostTracker`], [`Rates`], [`PriceTable`] | what it came to |
//! | [`consensus`](consensus()), [`ConsensusOptions`] | asking several times, and taking the answer of the most |
//! | [`refine_loop`], [`RefineOptions`] | having an answer judged, and written better |
//! | [`structured`](structured()), [`StructuredOptions`] | a value of a type out of a reply |
//! | [`map_reduce`](map_reduce()), [`MapReduceOptions`] | many inputs, and one answer made of them |
//! | [`pipe`](pipe()), [`Pipe`] | patterns after one another, under one budget |
//! | [`Router`], [`Failover`] | several providers as one |
//! | [`RunOptions`], [`Outcome`] | what all patterns take, and what they return |
//! | [`Observer`], [`Event`] | watching a pattern at work |
//! | [`react_loop`], [`react_loop_stream`], [`Tool`] | a model that calls tools until it has an answer |
#![forbid(unsafe_code)]

mod answer;
mod clock;
mod collect;
mod concurrency;
mod consensus;
mod cost;
mod eaten;
mod ledger;
mod limiter;
mod map_reduce;
mod observe;
mod outcome;
mod pipe;
mod react;
mod refine;
mod retry;
mod route;
mod run;
mod schema;
mod setters;
mod structured;
mod sync;
mod thoughts;
mod tool;

pub use collect::collect_within;
pub use concurrency::{ConcurrencyLimit, ConcurrencyPermit};
pub use consensus::{
    ConsensusDetail, ConsensusOptions, Normalizer, Sample, VotingStrategy, consensus,
};
pub use cost::{CostTracker, Price, PriceTable, Rates};
pub use ledger::{Budget, Estimate, Ledger, Reservation};
pub use limiter::RateLimiter;
pub use map_reduce::{MapReduceDetail, MapReduceFailure, MapReduceOptions, map_reduce};
pub use observe::{Event, Observer};
pub use outcome::Outcome;
pub use pipe::{Pipe, PipeDetail, PipeOptions, PipeStep, pipe};
pub use react::{
    Approval, Decision, OnLimit, ReactDetail, ReactEvent, ReactOptions, ReactStream, StopReason,
    ToolOutcome, ToolRun, react_loop, react_loop_stream,
};
pub use refine::{
    Evaluator, RefineDetail, RefineIteration, RefineOptions, RefineStop, refine_loop,
};
pub use retry::{RetryBudget, RetryConfig, retry, retry_complete, retry_stream};
pub use route::{Failover, FailoverFailure, FailoverOptions, Router};
pub use run::RunOptions;
pub use schema::WrongValue;
pub use structured::{
    Misfit, NamedSchema, SchemaPlace, StructuredDetail, StructuredFailure, StructuredOptions,
    ValueCheck, structured,
};
pub use tool::{Tool, ToolError, ToolOutput};
