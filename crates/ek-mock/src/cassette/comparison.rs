//! Whether a request is the one that was recorded: it asks the same in the same protocol, however it is
//! written down.

use std::collections::HashMap;
use std::sync::Arc;

use ek_core::ProtocolName;
use serde_json::Value;

use super::exchange::Request;
use super::portable;
use crate::masking::Mask;
use crate::request_json;
use crate::script::Asked;
use crate::wire::endpoint::{self, Endpoint};

/// What is asked, in which protocol and in which form.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) json: Value,
    pub(super) streamed: bool,
    pub(super) protocol: ProtocolName,
    /// The end of the path, of a request for embeddings: a protocol may have several for one question.
    pub(super) embeddings: Option<&'static str>,
}

impl Question {
    pub(super) fn is_embedding(&self) -> bool {
        self.embeddings.is_some()
    }
}

type Normalise = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// How questions are compared, and what is left out.
#[derive(Clone, Default)]
pub(super) struct Comparison {
    /// Keys, or JSON pointers.
    pub(super) ignored: Vec<String>,
    pub(super) normalise: Vec<Normalise>,
}

impl Comparison {
    /// The question of a recorded request.
    ///
    /// # Errors
    ///
    /// Why it is no request for a reply or for embeddings.
    pub(super) fn question(&self, recorded: &Request) -> Result<Question, String> {
        let path = &recorded.path;
        let endpoint = Endpoint::of(path).ok_or_else(|| {
            let paths = endpoint::paths();
            format!("its path is {path:?}, and has to end in {paths}")
        })?;
        let incoming = endpoint.read(path, recorded.body.to_string().as_bytes())?;
        Ok(Question {
            json: self.json(&incoming.asked()),
            streamed: incoming.streamed,
            protocol: endpoint.dialect().protocol.clone(),
            embeddings: incoming.embeddings_path,
        })
    }

    /// Whether a request asks this. At the trait there is no protocol and no path to compare.
    pub(super) fn is_same(&self, question: &Question, asked: &Asked<'_>) -> bool {
        asked.streamed == question.streamed
            && asked.protocol.is_none_or(|protocol| *protocol == question.protocol)
            && asked.embedding.is_some() == question.is_embedding()
            && asked.embeddings_path.is_none_or(|path| question.embeddings == Some(path))
            && self.json(asked) == question.json
    }

    /// What a request asks, without what is ignored, with ids by their order, and masked as recordings
    /// are.
    pub(super) fn json(&self, asked: &Asked<'_>) -> Value {
        let mut question = Value::Object(match asked.embedding {
            Some(embedding) => request_json::of_embedding(embedding),
            None => {
                let mut request = asked.request.clone();
                request.messages = portable::messages(&request.messages);
                request_json::of(&request)
            }
        });
        for key in &self.ignored {
            match key.strip_prefix('/') {
                Some(pointer) => remove(&mut question, pointer),
                None => remove(&mut question, key),
            }
        }
        number_ids(&mut question);
        Mask::default().json(&mut question);
        for normalise in &self.normalise {
            normalise(&mut question);
        }
        question
    }
}

/// Removes what stands at this place; `*` is every item of a list, or every key of an object.
fn remove(value: &mut Value, pointer: &str) {
    let (first, rest) = pointer.split_once('/').map_or((pointer, None), |(f, r)| (f, Some(r)));
    let name = first.replace("~1", "/").replace("~0", "~");
    match (value, rest) {
        (Value::Object(object), None) if first == "*" => object.clear(),
        (Value::Object(object), None) => {
            object.remove(&name);
        }
        (Value::Object(object), Some(rest)) if first == "*" => {
            object.values_mut().for_each(|value| remove(value, rest));
        }
        (Value::Object(object), Some(rest)) => {
            if let Some(value) = object.get_mut(&name) {
                remove(value, rest);
            }
        }
        (Value::Array(list), None) if first == "*" => list.clear(),
        (Value::Array(list), None) => {
            if let Some(at) = name.parse().ok().filter(|at| *at < list.len()) {
                list.remove(at);
            }
        }
        (Value::Array(list), Some(rest)) if first == "*" => {
            list.iter_mut().for_each(|value| remove(value, rest));
        }
        (Value::Array(list), Some(rest)) => {
            if let Some(value) = name.parse().ok().and_then(|at: usize| list.get_mut(at)) {
                remove(value, rest);
            }
        }
        _ => {}
    }
}

/// Calls the ids of tool calls by the order in which they come: where a server sends none, the client
/// makes them, and they differ from run to run.
fn number_ids(question: &mut Value) {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut number = |id: Option<&mut Value>| {
        if let Some(Value::String(id)) = id {
            let next = numbers.len() + 1;
            let number = *numbers.entry(id.clone()).or_insert(next);
            *id = format!("call {number}");
        }
    };
    let messages = question.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten() {
        let calls = message.get_mut("tool_calls").and_then(Value::as_array_mut);
        for call in calls.into_iter().flatten() {
            number(call.get_mut("id"));
        }
        number(message.get_mut("tool_call_id"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{ChatRequest, EmbeddingRequest, LlmResponse, Message, ToolCall};
    use serde_json::json;
    use std::time::Duration;

    fn json(comparison: &Comparison, request: &ChatRequest) -> Value {
        comparison.json(&Asked::new(request, false, None))
    }

    fn ignoring(keys: &[&str]) -> Comparison {
        Comparison {
            ignored: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..Comparison::default()
        }
    }

    #[test]
    fn how_a_request_is_carried_does_not_matter_and_what_it_asks_does() {
        let of = |request: &ChatRequest| json(&ignoring(&["user"]), request);
        let request = ChatRequest::user("tide?").with_model("m");
        let same = request.clone().with_timeout(Duration::from_secs(1)).with_header("x", "2");
        assert_eq!(of(&request), of(&same.with_extra("user", "me").with_idempotency_key("k")));
        for other in [
            ChatRequest::user("tide?"),
            ChatRequest::user("wind?").with_model("m"),
            request.clone().with_temperature(0.2),
            request.clone().with_extra("top_p", 0.5),
        ] {
            assert_ne!(of(&request), of(&other));
        }
    }

    #[test]
    fn a_recording_is_not_for_another_protocol_or_another_form() {
        let comparison = Comparison::default();
        let body = json!({"messages": [{"role": "user", "content": "tide?"}], "stream": true});
        let recorded = Request { path: "/v1/chat/completions".to_owned(), body };
        let question = comparison.question(&recorded).expect("a request");
        let request = ChatRequest::user("tide?");
        for (protocol, streamed, same) in [
            (Some(ProtocolName::ChatCompletions), true, true),
            (None, true, true),
            (Some(ProtocolName::ChatCompletions), false, false),
            (Some(ProtocolName::AnthropicMessages), true, false),
        ] {
            let asked = Asked::new(&request, streamed, protocol.as_ref());
            assert_eq!(comparison.is_same(&question, &asked), same, "{protocol:?} {streamed}");
        }
        let embedding = EmbeddingRequest::from("tide?");
        let asked = Asked::new(&request, true, None).with_embedding(Some(&embedding), None);
        assert!(!comparison.is_same(&question, &asked));
        let elsewhere = Request { path: "/v1/owl".to_owned(), ..recorded };
        let why = comparison.question(&elsewhere).expect_err("no protocol");
        assert!(why.starts_with("its path is \"/v1/owl\", and has to end in /messages"), "{why}");
    }

    #[test]
    fn a_secret_in_the_question_is_as_it_was_recorded() {
        let of = |key| json(&Comparison::default(), &ChatRequest::user(format!("use {key}")));
        assert_eq!(of("sk-abc123456789"), of("[REDACTED]"));
    }

    /// A conversation with a call of each of these ids, and the results in this order.
    fn turns(calls: &[&str], results: &[&str]) -> Value {
        let calls = calls.iter().map(|id| ToolCall::new(*id, "tide", "{}"));
        let reply = LlmResponse::default().with_tool_calls(calls);
        let mut request = ChatRequest::user("tide?").with_message(Message::from(&reply));
        for id in results {
            request = request.with_message(Message::tool(*id, "noon"));
        }
        json(&Comparison::default(), &request)
    }

    #[test]
    fn ids_of_calls_are_compared_by_their_order_and_not_by_their_text() {
        assert_eq!(turns(&["a", "b"], &["b", "a"]), turns(&["x1", "x2"], &["x2", "x1"]));
        assert_ne!(turns(&["a", "b"], &["b", "a"]), turns(&["a", "b"], &["a", "b"]));
        assert_ne!(turns(&["a", "b"], &["a", "b"]), turns(&["a", "a"], &["a", "a"]));
    }

    #[test]
    fn what_is_ignored_may_stand_anywhere() {
        let of = |keys: &[&str], user: &str, run: u64| {
            let request = ChatRequest::user(user).with_extra("a/b", 1);
            let request = request.with_extra("metadata", json!({"runs": [{"id": run, "n": 1}]}));
            json(&ignoring(keys), &request)
        };
        for key in ["metadata", "/metadata", "/metadata/runs/*/id", "/*/runs/0/id", "/metadata/*"] {
            assert_eq!(of(&[key], "tide?", 1), of(&[key], "tide?", 2), "{key}");
            assert_ne!(of(&[key], "tide?", 1), of(&[key], "wind?", 1), "{key}");
        }
        for key in ["id", "/metadata/runs/1/id", "/metadata/runs/id", "/metadata/runs/*/n", ""] {
            assert_ne!(of(&[key], "tide?", 1), of(&[key], "tide?", 2), "{key}");
        }
        assert!(of(&["/a~1b"], "tide?", 1).get("a/b").is_none());
        assert!(
            of(&["/messages/*/content"], "tide?", 1) == of(&["/messages/*/content"], "wind?", 1)
        );
    }

    #[test]
    fn a_normaliser_sees_the_question_and_may_change_it() {
        let lower: Normalise = Arc::new(|question: &mut Value| {
            *question = question.to_string().to_lowercase().into();
        });
        let same = Comparison { normalise: vec![lower], ..Comparison::default() };
        let of = |text: &str| json(&same, &ChatRequest::user(text));
        assert_eq!(of("Tide?"), of("tide?"));
    }
}
