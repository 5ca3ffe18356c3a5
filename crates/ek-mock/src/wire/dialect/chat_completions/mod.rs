//! Chat completions, the protocol of OpenAI and of those who are compatible with it.

mod chunks;
mod reply;
mod request;

use ek_core::{Error, LlmResponse, ProtocolName};
use serde_json::{Value, json};

use super::{Broken, Call, Dialect, Page, Streamed, model_names, openai_error};
use crate::Script;
use crate::engine::IncomingRequest;
use crate::wire::RawRequest;
use crate::wire::frames::{Frames, event};

/// The frame at the end of every stream.
const DONE: &str = "[DONE]";

pub(super) struct ChatCompletions;

impl Dialect for ChatCompletions {
    fn protocol(&self) -> ProtocolName {
        ProtocolName::ChatCompletions
    }

    fn path(&self) -> &'static str {
        "/chat/completions"
    }

    fn page(&self, request: &RawRequest, script: &Script) -> Option<Page> {
        let is_list = request.method == "GET" && request.path().ends_with("/models");
        is_list.then(|| {
            let model =
                |id| json!({"id": id, "object": "model", "created": 0, "owned_by": "ek-mock"});
            let models: Vec<Value> = model_names(script).into_iter().map(model).collect();
            Ok(json!({"object": "list", "data": models}))
        })
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<IncomingRequest, String> {
        request::read(body)
    }

    fn reply(&self, whole: &LlmResponse, call: Call<'_>) -> Vec<u8> {
        reply::completion(whole, call)
    }

    fn stream(&self, streamed: Streamed<'_>, call: Call<'_>) -> Frames {
        chunks::frames(streamed, call)
    }

    fn error(&self, error: &Error) -> Vec<u8> {
        openai_error::body(error)
    }

    fn error_events(&self, error: &Error, _: Broken<'_>) -> Vec<u8> {
        event(&openai_error::body(error))
    }

    fn request_id_header(&self) -> &'static str {
        "x-request-id"
    }

    #[cfg(feature = "record")]
    fn is_end(&self, data: &str) -> bool {
        let finished = |event: &Value| {
            let reason = event.pointer("/choices/0/finish_reason");
            reason.is_some_and(|reason| !reason.is_null()) || event.get("error").is_some()
        };
        data == DONE || serde_json::from_str(data).is_ok_and(|event| finished(&event))
    }
}
