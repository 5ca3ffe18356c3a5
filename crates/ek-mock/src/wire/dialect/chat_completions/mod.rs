//! Chat completions, the protocol of OpenAI and of those who are compatible with it.

mod chunks;
mod reply;
mod request;

use ek_core::ProtocolName;
use serde_json::{Value, json};

use super::{Dialect, Page, model_names, openai_error};
use crate::Script;
use crate::wire::RawRequest;
use crate::wire::frames::{StreamForm, event};

/// The frame at the end of every stream.
const DONE: &str = "[DONE]";

pub(super) static DIALECT: Dialect = Dialect {
    protocol: ProtocolName::ChatCompletions,
    paths: &["/chat/completions"],
    page,
    read: |_, body| request::read(body),
    stream_form: |_| StreamForm::Events,
    reply: reply::completion,
    stream: chunks::frames,
    error: openai_error::body,
    error_events: |error, _| event(&openai_error::body(error)),
    says_retry_in_body: false,
    request_id_header: "x-request-id",
    #[cfg(feature = "record")]
    is_end,
};

/// The list of models.
fn page(request: &RawRequest, script: &Script) -> Option<Page> {
    let is_list = request.method == "GET" && request.path().ends_with("/models");
    is_list.then(|| {
        let model = |id| json!({"id": id, "object": "model", "created": 0, "owned_by": "ek-mock"});
        let models: Vec<Value> = model_names(script).into_iter().map(model).collect();
        Ok(json!({"object": "list", "data": models}))
    })
}

#[cfg(feature = "record")]
fn is_end(data: &str) -> bool {
    let finished = |event: &Value| {
        let reason = event.pointer("/choices/0/finish_reason");
        reason.is_some_and(|reason| !reason.is_null()) || event.get("error").is_some()
    };
    data == DONE || serde_json::from_str(data).is_ok_and(|event| finished(&event))
}
