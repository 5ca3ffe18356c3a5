//! When a request is the one that was recorded: if it asks the same, however it was written down.

use ek_core::ChatRequest;
use serde_json::Value;

use crate::masking::Mask;
use crate::request_json;

/// What a request asks, without the keys that are ignored, and masked as recordings are.
pub(super) fn question(request: &ChatRequest, ignored: &[String]) -> Value {
    let mut keys = request_json::of(request);
    for key in ignored {
        keys.remove(key);
    }
    let mut question = Value::Object(keys);
    Mask::default().json(&mut question);
    question
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn how_a_request_is_carried_does_not_matter_and_what_it_asks_does() {
        let of = |request: &ChatRequest| question(request, &["user".to_owned()]);
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
    fn a_secret_in_the_question_is_as_it_was_recorded() {
        let of = |key| question(&ChatRequest::user(format!("use {key}")), &[]);
        assert_eq!(of("sk-abc123456789"), of("[REDACTED]"));
    }
}
