//! OpenAI's Responses API.

mod events;
mod items;
mod reply;
mod request;

use ek_core::{Error, LlmResponse, ProtocolName};
#[cfg(feature = "record")]
use serde_json::Value;
use serde_json::json;

use super::{Broken, Call, Dialect, Page, Streamed, openai_error};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::reply::input_tokens;
use crate::wire::RawRequest;
use crate::wire::frames::Frames;

pub(super) struct Responses;

impl Dialect for Responses {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::OpenAiResponses
    }

    fn path(&self) -> &'static str {
        "/responses"
    }

    /// The count of a prompt. The list of models is that of chat completions.
    fn page(&self, request: &RawRequest, _: &Script) -> Option<Page> {
        let is_count =
            request.method == "POST" && request.path().ends_with("/responses/input_tokens");
        let count = |asked: IncomingRequest| json!({"object": "response.input_tokens", "input_tokens": input_tokens(&asked.request)});
        is_count.then(|| request::read(&request.body).map(count))
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        request::read(body)
    }

    fn reply(&self, whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
        reply::response(whole, call)
    }

    fn stream(&self, streamed: Streamed<'_>, call: Call<'_>) -> Frames {
        events::frames(streamed, call)
    }

    fn error(&self, error: &Error) -> Vec<u8> {
        openai_error::body(error)
    }

    fn error_events(&self, error: &Error, broken: Broken<'_>) -> Vec<u8> {
        events::failed(error, broken)
    }

    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    #[cfg(feature = "record")]
    fn is_end(&self, data: &str) -> bool {
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        ["response.completed", "response.incomplete", "response.failed", "error"].contains(&kind)
    }
}
