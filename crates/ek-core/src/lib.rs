//! Types and traits of executionkit: what an adapter author needs, and nothing else.
//!
//! Depend on this crate alone to make any backend usable wherever executionkit expects a provider:
//! implement [`LlmProvider::complete`], return [`LlmResponse::text`], and you are done. There is no
//! registration step, no async runtime and no HTTP client in here.
//!
//! ```
//! use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
//!
//! struct Echo;
//!
//! impl LlmProvider for Echo {
//!     async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
//!         let asked = request.last_user_text().unwrap_or_default();
//!         Ok(LlmResponse::text(format!("you said: {asked}")))
//!     }
//! }
//! ```
//!
//! | look here | for |
//! | --- | --- |
//! | [`LlmProvider`], [`StreamingProvider`], [`ToolCallingProvider`] | what a backend implements |
//! | [`DynProvider`], [`DynToolProvider`] | handles for code that must not be generic |
//! | [`EmbeddingProvider`], [`EmbeddingRequest`], [`Embeddings`], [`DynEmbeddingProvider`] | texts as vectors |
//! | [`ChatRequest`], [`Message`], [`ContentPart`], [`ToolSpec`] | what is asked |
//! | [`LlmResponse`], [`ToolCall`], [`Usage`], [`Cost`], [`FinishReason`] | what comes back |
//! | [`NativeTurn`], [`ProtocolName`] | the model's turn as its protocol wrote it |
//! | [`ChatStream`], [`KeepingStream`], [`StreamEvent`], [`ResponseAssembly`], [`Stream`] | a reply in pieces, and putting it together |
//! | [`Error`], [`ErrorKind`] | what went wrong, and whether to try again |
//! | [`count_json_values`] | JSON of others, before a tree is made of it |
//! | [`ApiKey`], [`redact()`], [`SecretValues`], [`is_credential_name`] | keeping credentials out of sight |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod api_key;
mod arguments;
mod cache_mark;
mod content;
mod cost;
mod credential_name;
mod debug_text;
mod dynamic;
mod embedding;
mod error;
mod finish_reason;
mod gen_ai;
mod json_size;
mod message;
mod model_info;
mod native_turn;
mod openai_shape;
mod protocol_name;
mod provider;
mod rate_limit;
mod raw_json;
mod reasoning_budget;
mod redact;
mod request;
mod response;
mod response_format;
mod role;
#[cfg(feature = "secrecy")]
mod secrecy;
mod secret_values;
mod spend;
mod stream;
mod tool;
mod tool_call;
mod usage;

pub use api_key::ApiKey;
pub use arguments::Arguments;
pub use cache_mark::CacheMark;
pub use content::{Content, ContentPart, Media};
pub use cost::Cost;
pub use credential_name::is_credential_name;
pub use dynamic::{DynProvider, DynToolProvider};
pub use embedding::{
    DynEmbeddingProvider, EmbeddingInputType, EmbeddingInputs, EmbeddingLimits, EmbeddingProvider,
    EmbeddingRequest, Embeddings, cosine_similarity,
};
pub use error::{Error, ErrorKind, Result};
pub use finish_reason::FinishReason;
pub use futures_core::Stream;
pub use json_size::{MAX_JSON_VALUES, count_json_values};
pub use message::Message;
pub use model_info::ModelInfo;
pub use native_turn::NativeTurn;
pub use protocol_name::ProtocolName;
pub use provider::{LlmProvider, StreamingProvider, ToolCallingProvider};
pub use rate_limit::RateLimit;
pub use raw_json::{RawBody, RawJson};
pub use reasoning_budget::ReasoningBudget;
pub use redact::{MAX_REDACT_BYTES, REDACTED, redact};
pub use request::ChatRequest;
pub use response::LlmResponse;
pub use response_format::ResponseFormat;
pub use role::Role;
pub use secret_values::SecretValues;
pub use spend::Spend;
pub use stream::{
    ChatStream, KeepingStream, ResponseAssembly, StreamEvent, ToolCallDelta, ToolCallFragment,
};
pub use tool::{ToolChoice, ToolSpec};
pub use tool_call::ToolCall;
pub use usage::Usage;
