//! OpenAI's Responses API.

mod events;
mod items;
mod reply;
mod request;

use ek_core::ProtocolName;
#[cfg(feature = "record")]
use serde_json::Value;
use serde_json::json;

use super::{Dialect, Page, openai_error};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::reply::input_tokens;
use crate::wire::RawRequest;
use crate::wire::frames::StreamForm;

pub(super) static DIALECT: Dialect = Dialect {
    protocol: ProtocolName::OpenAiResponses,
    paths: &["/responses"],
    page,
    read: |_, body| request::read(body),
    stream_form: |_| StreamForm::Events,
    reply: reply::response,
    stream: events::frames,
    error: openai_error::body,
    error_events: events::failed,
    says_retry_in_body: false,
    request_id_header: "x-request-id",
    #[cfg(feature = "record")]
    is_end,
};

/// The count of a prompt. The list of models is that of chat completions.
fn page(request: &RawRequest, _: &Script) -> Option<Page> {
    let is_count = request.method == "POST" && request.path().ends_with("/responses/input_tokens");
    let count = |asked: IncomingRequest| json!({"object": "response.input_tokens", "input_tokens": input_tokens(&asked.request)});
    is_count.then(|| request::read(&request.body).map(count))
}

#[cfg(feature = "record")]
fn is_end(data: &str) -> bool {
    let event: Value = serde_json::from_str(data).unwrap_or_default();
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    ["response.completed", "response.incomplete", "response.failed", "error"].contains(&kind)
}
