//! What a request asks for, wherever it says so: the keys of `extra` go over its fields on the wire, and each
//! protocol has its own names for a limit.

use ek_core::{ChatRequest, EmbeddingRequest, ReasoningBudget};
use serde_json::{Map, Value};

/// The longest reply where nothing limits it, in tokens: no model writes a longer one today. Servers refuse a
/// limit above that of their model, so no limit above this is sent.
pub(crate) const LONGEST_REPLY: u64 = 131_072;

const LIMITS: &[&str] =
    &["max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens"];

const CHOICES: &[&str] = &["n", "candidateCount", "candidate_count"];

/// Where Gemini has both.
const NESTED: &[&str] = &["generationConfig", "generation_config"];

/// The limit on the reply in tokens, if there is one.
pub(crate) fn output_limit(request: &ChatRequest) -> Option<u64> {
    // `null` and texts limit nothing that could be relied on.
    let limits = values(request, LIMITS).map(|value| number(value).unwrap_or(LONGEST_REPLY));
    limits.max().or(request.max_tokens.map(u64::from))
}

/// How many replies are asked for at once.
pub(crate) fn choices(request: &ChatRequest) -> u64 {
    values(request, CHOICES).filter_map(number).max().unwrap_or(1).max(1)
}

/// The tokens that a provider's own limit is raised by, so that the model can think.
pub(crate) fn thinking(request: &ChatRequest) -> u64 {
    match request.reasoning_budget {
        Some(ReasoningBudget::Tokens(tokens)) => tokens.into(),
        _ => 0,
    }
}

/// What requests for replies and for embeddings have in common.
pub(crate) trait Asked: Clone + Send + Sync {
    /// The model, if the request names one.
    fn asked_model(&self) -> Option<&str>;

    /// The name in the request's own field.
    fn model(&self) -> Option<&str>;

    /// The same request to a model of another name.
    fn renamed(&self, model: Option<String>) -> Self;
}

impl Asked for ChatRequest {
    fn asked_model(&self) -> Option<&str> {
        values(self, &["model"]).find_map(Value::as_str).or(self.model.as_deref())
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn renamed(&self, model: Option<String>) -> Self {
        let mut request = self.clone();
        request.model = model;
        request
    }
}

impl Asked for EmbeddingRequest {
    fn asked_model(&self) -> Option<&str> {
        self.extra.get("model").and_then(Value::as_str).or(self.model.as_deref())
    }

    fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    fn renamed(&self, model: Option<String>) -> Self {
        let mut request = self.clone();
        request.model = model;
        request
    }
}

fn values<'r>(request: &'r ChatRequest, names: &'r [&str]) -> impl Iterator<Item = &'r Value> {
    let all = request.extra_for.iter().map(|(_, keys)| keys).chain([&request.extra]);
    let nested = |keys: &'r Map<String, Value>| {
        NESTED.iter().filter_map(|name| keys.get(*name)?.as_object()).chain([keys])
    };
    all.flat_map(nested).flat_map(|keys| names.iter().filter_map(|name| keys.get(*name)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().map(|number| number.ceil() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::ProtocolName;
    use serde_json::json;

    #[test]
    fn each_protocol_s_name_for_a_limit_goes_over_the_field() {
        let request = ChatRequest::user("x").with_max_tokens(50);
        for (key, value, limit, count) in [
            ("max_tokens", json!(70), 70, 1),
            ("max_completion_tokens", json!(90), 90, 1),
            ("max_output_tokens", json!(20), 20, 1),
            ("generationConfig", json!({"maxOutputTokens": 70, "candidateCount": 3}), 70, 3),
            ("generation_config", json!({"max_output_tokens": 70}), 70, 1),
            ("max_tokens", json!(70.5), 71, 1),
            ("max_tokens", json!(null), LONGEST_REPLY, 1),
            ("max_tokens", json!("70"), LONGEST_REPLY, 1),
            ("n", json!(3), 50, 3),
            ("n", json!(0), 50, 1),
            ("top_k", json!(3), 50, 1),
        ] {
            for request in [
                request.clone().with_extra(key, value.clone()),
                request.clone().with_extra_for(ProtocolName::ChatCompletions, key, value.clone()),
            ] {
                let found = (output_limit(&request), choices(&request));
                assert_eq!(found, (Some(limit), count), "{key} {value}");
            }
        }
        assert_eq!(output_limit(&ChatRequest::user("x")), None);
    }

    #[test]
    fn a_model_in_extra_is_the_one_that_is_asked() {
        let request = ChatRequest::user("x");
        assert_eq!(request.asked_model(), None);
        let request = request.with_model("a");
        assert_eq!(request.asked_model(), Some("a"));
        assert_eq!(request.with_extra("model", "b").asked_model(), Some("b"));
        let request = EmbeddingRequest::from("x").with_model("a");
        assert_eq!(request.asked_model(), Some("a"));
        assert_eq!(request.with_extra("model", "b").asked_model(), Some("b"));
    }
}
