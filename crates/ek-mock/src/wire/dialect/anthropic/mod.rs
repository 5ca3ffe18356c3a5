//! Anthropic's Messages API.

mod blocks;
mod error;
mod events;
mod pages;
mod reply;
mod request;

use ek_core::ProtocolName;
#[cfg(feature = "record")]
use serde_json::Value;

use super::Dialect;
use crate::wire::frames::{StreamForm, named_event};

pub(super) static DIALECT: Dialect = Dialect {
    protocol: ProtocolName::AnthropicMessages,
    paths: &["/messages"],
    page: pages::page,
    read: |_, body| request::read(body),
    stream_form: |_| StreamForm::Events,
    reply: reply::message,
    stream: events::frames,
    error: error::body,
    error_events: |error, _| named_event("error", &error::body(error)),
    says_retry_in_body: false,
    request_id_header: "request-id",
    #[cfg(feature = "record")]
    is_end,
};

#[cfg(feature = "record")]
fn is_end(data: &str) -> bool {
    let Ok(event) = serde_json::from_str::<Value>(data) else { return false };
    let stop = event.pointer("/delta/stop_reason");
    matches!(event.get("type").and_then(Value::as_str), Some("message_stop" | "error"))
        || stop.is_some_and(Value::is_string)
}
