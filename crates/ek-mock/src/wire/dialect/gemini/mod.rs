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

use ek_core::{Error, LlmResponse, ProtocolName};
#[cfg(feature = "record")]
use serde_json::Value;

use super::{Broken, Call, Dialect, Page, Streamed};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::wire::RawRequest;
use crate::wire::frames::{Frames, StreamForm};

const WHOLE: &str = ":generateContent";
const STREAMED: &str = ":streamGenerateContent";

pub(super) struct Gemini;

impl Dialect for Gemini {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::GeminiGenerateContent
    }

    fn path(&self) -> &'static str {
        WHOLE
    }

    fn answers(&self, path: &str) -> bool {
        path.ends_with(WHOLE) || path.ends_with(STREAMED)
    }

    fn page(&self, request: &RawRequest, script: &Script) -> Option<Page> {
        pages::page(request, script)
    }

    fn read(&self, path: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        let mut request = request::read(body)?;
        request.model = model(path);
        let streamed = path.ends_with(STREAMED);
        Ok(IncomingRequest { request, streamed, usage: true, ..IncomingRequest::default() })
    }

    fn stream_form(&self, request: &RawRequest) -> StreamForm {
        let is_events =
            request.query().split('&').any(|said| ["alt=sse", "$alt=sse"].contains(&said));
        if is_events { StreamForm::Events } else { StreamForm::Array }
    }

    fn reply(&self, whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
        answer::whole(whole, call)
    }

    fn stream(&self, streamed: Streamed<'_>, call: Call<'_>) -> Frames {
        chunks::frames(streamed, call)
    }

    fn error(&self, error: &Error) -> Vec<u8> {
        error::body(error)
    }

    fn error_events(&self, error: &Error, broken: Broken<'_>) -> Vec<u8> {
        broken.call.form.last(&error::body(error), broken.sent.is_empty())
    }

    fn says_retry_in_body(&self) -> bool {
        true
    }

    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    #[cfg(feature = "record")]
    fn is_end(&self, data: &str) -> bool {
        let answer: Value = serde_json::from_str(data).unwrap_or_default();
        let ends = ["/candidates/0/finishReason", "/promptFeedback/blockReason", "/error"];
        ends.iter().any(|end| answer.pointer(end).is_some_and(|end| !end.is_null()))
    }
}
