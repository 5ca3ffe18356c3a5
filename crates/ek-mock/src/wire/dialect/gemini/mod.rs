//! Google's Gemini API (`generateContent`), as Google AI Studio and Vertex AI speak it: the method is the
//! end of the path, whatever stands before the model.

mod answer;
mod chunks;
mod error;
mod model_path;
mod pages;
mod parts;
mod request;

pub(in crate::wire) use model_path::model;

use ek_core::ProtocolName;
#[cfg(feature = "record")]
use serde_json::Value;

use super::Dialect;
use crate::engine::IncomingRequest;
use crate::wire::RawRequest;
use crate::wire::frames::StreamForm;

const WHOLE: &str = ":generateContent";
const STREAMED: &str = ":streamGenerateContent";

pub(super) static DIALECT: Dialect = Dialect {
    protocol: ProtocolName::GeminiGenerateContent,
    paths: &[WHOLE, STREAMED],
    page: pages::page,
    read,
    stream_form,
    reply: answer::whole,
    stream: chunks::frames,
    error: error::body,
    error_events: |error, broken| {
        broken.call.form.last(&error::body(error), broken.sent.is_empty())
    },
    says_retry_in_body: true,
    request_id_header: "x-request-id",
    #[cfg(feature = "record")]
    is_end,
};

fn read(path: &str, body: &[u8]) -> Result<IncomingRequest, String> {
    let mut request = request::read(body)?;
    request.model = model(path);
    let streamed = path.ends_with(STREAMED);
    Ok(IncomingRequest { request, streamed, usage: true, ..IncomingRequest::default() })
}

fn stream_form(request: &RawRequest) -> StreamForm {
    let is_events = request.query().split('&').any(|said| ["alt=sse", "$alt=sse"].contains(&said));
    if is_events { StreamForm::Events } else { StreamForm::Array }
}

#[cfg(feature = "record")]
fn is_end(data: &str) -> bool {
    let answer: Value = serde_json::from_str(data).unwrap_or_default();
    let ends = ["/candidates/0/finishReason", "/promptFeedback/blockReason", "/error"];
    ends.iter().any(|end| answer.pointer(end).is_some_and(|end| !end.is_null()))
}
