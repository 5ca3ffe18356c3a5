//! Anthropic's Messages API.

mod blocks;
mod error;
mod events;
mod pages;
mod reply;
mod request;

use ek_core::{Error, LlmResponse, ProtocolName};
#[cfg(feature = "record")]
use serde_json::Value;

use super::{Broken, Call, Dialect, Page, Streamed};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::wire::RawRequest;
use crate::wire::frames::{Frames, named_event};

/// The end of the path of a request for a reply.
const PATH: &str = "/messages";

pub(super) struct Anthropic;

impl Dialect for Anthropic {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::AnthropicMessages
    }

    fn path(&self) -> &'static str {
        PATH
    }

    fn page(&self, request: &RawRequest, script: &Script) -> Option<Page> {
        pages::page(request, script)
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        request::read(body)
    }

    fn reply(&self, whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
        reply::message(whole, call)
    }

    fn stream(&self, streamed: Streamed<'_>, call: Call<'_>) -> Frames {
        events::frames(streamed, call)
    }

    fn error(&self, error: &Error) -> Vec<u8> {
        error::body(error)
    }

    fn error_events(&self, error: &Error, _: Broken<'_>) -> Vec<u8> {
        named_event("error", &error::body(error))
    }

    fn request_id_header(&self) -> &'static str {
        "request-id"
    }

    #[cfg(feature = "record")]
    fn is_end(&self, data: &str) -> bool {
        let Ok(event) = serde_json::from_str::<Value>(data) else { return false };
        let stop = event.pointer("/delta/stop_reason");
        matches!(event.get("type").and_then(Value::as_str), Some("message_stop" | "error"))
            || stop.is_some_and(Value::is_string)
    }
}
