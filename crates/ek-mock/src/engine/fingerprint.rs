//! Which requests are attempts of the same one.

use std::hash::{DefaultHasher, Hash, Hasher};

use ek_core::{ChatRequest, EmbeddingInputs, EmbeddingRequest};
use serde::Serialize;

use super::IncomingRequest;

/// What two attempts of one request have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Fingerprint {
    /// The caller says so.
    Key(String),
    /// They ask the same.
    Content(u64),
}

impl Fingerprint {
    pub(crate) fn of(incoming: &IncomingRequest) -> Self {
        match (&incoming.request.idempotency_key, &incoming.embedding) {
            (Some(key), _) => Self::Key(key.clone()),
            (None, Some(embedding)) => Self::Content(embedded(embedding)),
            (None, None) => Self::Content(content(&incoming.request)),
        }
    }
}

/// What is asked, without how it is carried: time limit, key and headers differ between attempts.
fn content(request: &ChatRequest) -> u64 {
    let mut hasher = DefaultHasher::new();
    put(&mut hasher, &request.messages);
    put(&mut hasher, &request.model);
    put(&mut hasher, &(request.temperature, request.suggested_temperature, request.top_p));
    put(&mut hasher, &(request.max_tokens, request.parallel_tool_calls, request.cache));
    put(&mut hasher, &request.tools);
    put(&mut hasher, &request.tool_choice);
    put(&mut hasher, &request.response_format);
    put(&mut hasher, &(&request.stop, request.seed, &request.reasoning_effort));
    put(&mut hasher, &request.extra);
    for (protocol, keys) in &request.extra_for {
        put(&mut hasher, &(protocol.as_str(), keys));
    }
    request.reasoning_budget.hash(&mut hasher);
    hasher.finish()
}

/// The same of a request for embeddings.
fn embedded(request: &EmbeddingRequest) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &request.inputs {
        EmbeddingInputs::Texts(texts) => texts.hash(&mut hasher),
        EmbeddingInputs::Tokens(lists) => lists.hash(&mut hasher),
        _ => {}
    }
    (&request.model, request.dimensions, &request.input_type).hash(&mut hasher);
    put(&mut hasher, &request.extra);
    hasher.finish()
}

fn put(hasher: &mut DefaultHasher, part: &impl Serialize) {
    // What cannot be written counts as nothing: two such parts are taken for the same.
    serde_json::to_vec(part).unwrap_or_default().hash(hasher);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use ek_core::{
        CacheMark, EmbeddingInputType, Message, ProtocolName, ReasoningBudget, ToolSpec,
    };

    fn of(request: ChatRequest) -> Fingerprint {
        Fingerprint::of(&IncomingRequest { request, ..IncomingRequest::default() })
    }

    #[test]
    fn attempts_of_one_request_differ_in_nothing_that_is_asked() {
        let request = ChatRequest::user("tide?");
        let of = |request: &ChatRequest| of(request.clone());
        let same = request.clone().with_timeout(Duration::from_secs(1)).with_header("x", "2");
        assert_eq!(of(&same), of(&request));
        let tool = ToolSpec::new("tide", "d", "{}").expect("a schema");
        for other in [
            ChatRequest::user("tide"),
            request.clone().with_message(Message::user("tide?")),
            request.clone().with_model("m"),
            request.clone().with_temperature(0.5),
            request.clone().with_max_tokens(5),
            request.clone().with_tools([tool]),
            request.clone().with_stop(["x"]),
            request.clone().with_seed(1),
            request.clone().with_top_p(1.0),
            request.clone().with_parallel_tool_calls(true),
            request.clone().with_reasoning_budget(ReasoningBudget::Off),
            request.clone().with_cache(CacheMark::new()),
            request.clone().with_extra("min_p", 1),
            request.clone().with_extra_for(ProtocolName::ChatCompletions, "min_p", 1),
        ] {
            assert_ne!(of(&other), of(&request), "{other:?}");
        }
    }

    #[test]
    fn an_idempotency_key_says_more_than_what_is_asked() {
        let keyed = |text: &str, key: &str| of(ChatRequest::user(text).with_idempotency_key(key));
        assert_eq!(keyed("a", "1"), keyed("b", "1"));
        assert_ne!(keyed("a", "1"), keyed("a", "2"));
    }

    #[test]
    fn attempts_of_one_request_for_embeddings_differ_in_nothing_that_is_asked() {
        let of = |request: &EmbeddingRequest| {
            Fingerprint::of(&IncomingRequest::for_embeddings(request.clone()))
        };
        let request = EmbeddingRequest::new(["a", "b"]);
        let same = request.clone().with_timeout(Duration::from_secs(1)).with_header("x", "2");
        assert_eq!(of(&same), of(&request));
        for other in [
            EmbeddingRequest::new(["ab"]),
            EmbeddingRequest::new(["b", "a"]),
            EmbeddingRequest::new(vec![vec![1_u32]]),
            request.clone().with_model("m"),
            request.clone().with_dimensions(5),
            request.clone().with_input_type(EmbeddingInputType::Query),
            request.clone().with_extra("user", 1),
        ] {
            assert_ne!(of(&other), of(&request), "{other:?}");
        }
    }
}
