//! The conformance suite: what every provider owes its callers, as tests that any adapter can run.
//!
//! The traits say what a provider's methods look like; how they have to behave is said here. Each
//! clause is one public async function that takes a provider and returns a [`Violation`] if the
//! provider breaks it, else what it [`Judged`]. The macro [`conformance!`](crate::conformance!) makes one test of each:
//!
//! ```
//! use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
//!
//! struct Shout;
//!
//! impl LlmProvider for Shout {
//!     async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
//!         Ok(LlmResponse::text(request.last_user_text().unwrap_or_default().to_uppercase()))
//!     }
//! }
//!
//! # // A doc-test has no test harness, which the real thing has.
//! #[cfg(test)]
//! mod shout_conforms {
//!     ek_mock::conformance!(super::Shout);
//! }
//! ```
//!
//! # What stands behind the provider
//!
//! The suite asks questions and reads the answers. It is sharpest where the backend answers as
//! [`echo`] does: with the question itself, and with the tool that it was offered. A backend of
//! fixed replies passes too, but then some clauses see less: parallel calls that were mixed up look
//! like others. A real model can be asked as well; it costs a few dozen short calls.
//!
//! A clause by which nothing could be judged says so: it is [`Judged::SawNothing`], with what would let it
//! see something, and neither kept nor broken. [`conformance_report!`](crate::conformance_report!) asks all
//! clauses at once and lists these by name; `strict` makes them failures.
//!
//! # What the compiler checks
//!
//! Some duties need no test, since nothing that breaks them compiles: futures are `Send`, the request
//! is left as it was, a stream borrows nothing from the request, and behind the end of a
//! [`ChatStream`](ek_core::ChatStream) there is nothing more.
//!
//! ```compile_fail
//! use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
//!
//! struct NotSend;
//!
//! impl LlmProvider for NotSend {
//!     async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
//!         let text = std::rc::Rc::new("the future holds an Rc while it waits");
//!         std::future::ready(()).await;
//!         Ok(LlmResponse::text(*text))
//!     }
//! }
//! ```

mod ask;
mod backend;
mod calls;
mod debug;
mod errors;
mod give_up;
mod judged;
mod macros;
mod replies;
mod report;
mod run;
mod stream_ends;
mod stream_reading;
mod streamed_tools;
mod streams;
mod tools;
mod violation;
mod wrappers;

pub use backend::echo;
pub use calls::{
    a_conversation_of_several_turns_is_answered, a_dropped_call_leaves_the_provider_usable,
    a_question_is_answered, an_empty_conversation_is_answered_or_refused,
    parallel_calls_do_not_mix, the_same_request_can_be_asked_again,
};
pub use debug::debug_shows_neither_prompts_nor_keys;
pub use errors::{
    a_passed_time_limit_is_a_timeout, errors_of_streams_show_neither_prompts_nor_keys,
    errors_show_neither_prompts_nor_keys,
};
pub use judged::{Judged, SawNothing};
pub use replies::{
    no_tool_is_called_that_was_not_offered, the_model_name_stays,
    unknown_usage_is_none_and_not_zero,
};
pub use report::Report;
#[doc(hidden)]
pub use run::run;
pub use stream_ends::{
    a_broken_stream_ends_with_what_came, a_stream_ends_with_done, supports_streaming_stays,
};
pub use streamed_tools::streamed_tool_calls_are_those_of_the_reply;
pub use streams::{
    a_dropped_stream_leaves_the_provider_usable, a_stream_gives_what_a_call_gives,
    events_come_in_their_order, parallel_streams_do_not_mix, pieces_add_up_to_the_reply,
};
pub use tools::{
    a_required_tool_is_called, a_tool_result_is_answered, supports_tools_stays,
    the_finish_reason_fits_the_tool_calls, tool_calls_have_names_and_ids_of_their_own,
};
pub use violation::Violation;
pub use wrappers::{a_streaming_wrapper_delegates, a_tool_wrapper_delegates, a_wrapper_delegates};
