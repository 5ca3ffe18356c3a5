//! The JSON of an answer: a whole reply, or a chunk of one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ek_core::{FinishReason, LlmResponse, Usage};
use serde_json::value::RawValue;

use super::parts::{self, Native};
use crate::wire::dialect::object::{Object, Part};
use crate::wire::dialect::{Call, identity, json};

/// The counts by the rule of this protocol: thoughts stand beside the candidates. It has no count for
/// what was written to a cache.
fn usage(usage: &Usage) -> Option<Object> {
    let thoughts = usage.reasoning_tokens.unwrap_or(0);
    let candidates = usage.output_tokens.map(|output| output.saturating_sub(thoughts));
    (*usage != Usage::default()).then(|| {
        Object::new()
            .with_some("promptTokenCount", usage.input_tokens)
            .with_some("cachedContentTokenCount", usage.cached_input_tokens)
            .with_some("candidatesTokenCount", candidates)
            .with_some("thoughtsTokenCount", usage.reasoning_tokens)
            .with_some("totalTokenCount", usage.total())
    })
}

fn content(parts: &[Part<'_>]) -> Object {
    Object::new().with("parts", parts).with("role", "model")
}

fn answer(
    whole: &LlmResponse,
    call: Call<'_>,
    candidate: Option<Object>,
    feedback: Option<&RawValue>,
    usage: Option<Object>,
) -> Object {
    Object::new()
        .with_some("candidates", candidate.map(|candidate| [candidate]))
        .with_some("promptFeedback", feedback)
        .with_some("usageMetadata", usage)
        .with("modelVersion", identity::model(whole, call))
        .with("responseId", identity::id(whole, call, "mock-"))
}

/// A chunk that brings these parts.
pub(super) fn chunk(whole: &LlmResponse, call: Call<'_>, parts: &[Part<'_>]) -> Object {
    let candidate = Object::new().with("content", content(parts)).with("index", 0);
    answer(whole, call, Some(candidate), None, None)
}

/// The answer that ends with these parts: why the model stopped, the counts, and what else there is to
/// know. `None`: there is no candidate.
pub(super) fn end(
    whole: &LlmResponse,
    call: Call<'_>,
    parts: Option<&[Part<'_>]>,
    native: Option<Native<'_>>,
) -> Object {
    let (feedback, more) = match native {
        Some(Native { feedback, more, .. }) => (feedback, more),
        None => (None, BTreeMap::new()),
    };
    let candidate = parts.map(|parts| {
        Object::new()
            .with("content", content(parts))
            .with_some("finishReason", finish_reason(whole))
            .with_some("finishMessage", whole.refusal.as_ref())
            .with("index", 0)
            .with_all(more)
    });
    answer(whole, call, candidate, feedback, usage(&whole.usage))
}

/// The body of a reply in one piece.
pub(super) fn whole(reply: &LlmResponse, call: Call<'_>) -> Vec<u8> {
    let mut native = Native::of(reply);
    let parts: Option<Vec<_>> = match &mut native {
        Some(native) => {
            let parts = native.parts.take();
            parts.map(|parts| parts.into_iter().map(Part::Native).collect())
        }
        None => Some(or_empty_text(parts::of(reply))),
    };
    json::bytes(&end(reply, call, parts.as_deref(), native))
}

/// A candidate without anything to say has an empty text.
fn or_empty_text(mut parts: Vec<Part<'_>>) -> Vec<Part<'_>> {
    if parts.is_empty() {
        parts.push(parts::text("", false));
    }
    parts
}

/// The reason in the words of this protocol, which are in capitals; one of those stays as it is.
fn finish_reason(whole: &LlmResponse) -> Option<Cow<'_, str>> {
    let word = whole.finish_reason_raw()?;
    let is_own = !word.contains(|letter: char| letter.is_ascii_lowercase());
    Some(match whole.finish_reason.as_ref()? {
        _ if is_own => word.into(),
        FinishReason::Stop | FinishReason::ToolCalls => "STOP".into(),
        FinishReason::Length => "MAX_TOKENS".into(),
        FinishReason::ContentFilter => "SAFETY".into(),
        _ => word.to_ascii_uppercase().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dialect::a_call;
    use ek_core::{ChatRequest, NativeTurn, ProtocolName, RawJson, ToolCall};

    fn body(reply: &LlmResponse) -> String {
        let request = ChatRequest::user("?").with_model("m");
        String::from_utf8(whole(reply, a_call(&request))).expect("UTF-8")
    }

    #[test]
    fn a_text_has_the_shape_of_the_api() {
        let mut usage = Usage::new(120, 9);
        usage.cached_input_tokens = Some(100);
        usage.reasoning_tokens = Some(3);
        assert_eq!(
            body(&LlmResponse::text("hi").with_usage(usage)),
            r#"{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":120,"cachedContentTokenCount":100,"candidatesTokenCount":6,"thoughtsTokenCount":3,"totalTokenCount":129},"modelVersion":"m","responseId":"mock-7"}"#
        );
    }

    #[test]
    fn thoughts_and_calls_are_parts_and_the_first_call_bears_the_signature() {
        let calls =
            [ToolCall::new("a", "tide", r#"{"b": 1e2, "a":0}"#), ToolCall::new("b", "wind", "{}")];
        let reply = LlmResponse::text("").with_reasoning("hm").with_tool_calls(calls);
        let found = body(&reply.with_id("i").with_model("own"));
        let parts = r#"[{"text":"hm","thought":true},{"functionCall":{"id":"a","name":"tide","args":{"b": 1e2, "a":0}},"thoughtSignature":"ZWstbW9jaw=="},{"functionCall":{"id":"b","name":"wind","args":{}}}]"#;
        assert_eq!(
            found,
            format!(
                r#"{{"candidates":[{{"content":{{"parts":{parts},"role":"model"}},"finishReason":"STOP","index":0}}],"modelVersion":"own","responseId":"i"}}"#
            )
        );
    }

    #[test]
    fn without_a_call_the_signature_stands_at_the_end() {
        let found = body(&LlmResponse::text("hi").with_reasoning("hm"));
        let parts = r#"[{"text":"hm","thought":true},{"text":"hi"},{"text":"","thoughtSignature":"ZWstbW9jaw=="}]"#;
        assert!(found.contains(parts), "{found}");
    }

    #[test]
    fn a_native_turn_is_sent_as_it_is_while_it_holds() {
        let candidate = r#"{"content":{"role":"model","parts":[{"text":"Ebb.", "thoughtSignature":"x"}]},"groundingMetadata":{"a": 1}}"#;
        let turn = |json| {
            let json = RawJson::new(json).expect("JSON");
            NativeTurn::new(ProtocolName::GeminiGenerateContent, json, "Ebb.", &[])
        };
        let mut reply = LlmResponse::text("Ebb.").with_native(turn(candidate));
        let found = body(&reply);
        assert!(found.contains(r#""parts":[{"text":"Ebb.", "thoughtSignature":"x"}]"#), "{found}");
        assert!(found.contains(r#""index":0,"groundingMetadata":{"a": 1}}"#), "{found}");
        reply.content = "Flood.".to_owned();
        assert!(body(&reply).contains(r#""parts":[{"text":"Flood."}]"#));
    }

    #[test]
    fn a_blocked_prompt_has_no_candidate() {
        let json = RawJson::new(r#"{"promptFeedback":{"blockReason":"SAFETY"}}"#).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::GeminiGenerateContent, json, "", &[]);
        assert_eq!(
            body(&LlmResponse::text("").with_native(turn)),
            r#"{"promptFeedback":{"blockReason":"SAFETY"},"modelVersion":"m","responseId":"mock-7"}"#
        );
    }

    #[test]
    fn every_reason_has_a_word_of_this_protocol() {
        let text = || LlmResponse::text("x");
        for (word, found) in [
            ("length", Some("MAX_TOKENS")),
            ("refusal", Some("SAFETY")),
            ("paused", Some("PAUSED")),
            ("RECITATION", Some("RECITATION")),
            ("MALFORMED_FUNCTION_CALL", Some("MALFORMED_FUNCTION_CALL")),
            ("language", Some("LANGUAGE")),
            ("", None),
        ] {
            let reply = text().with_finish_reason_word(word);
            assert_eq!(finish_reason(&reply).as_deref(), found, "{word}");
        }
        let refused = body(&text().with_refusal("no"));
        assert!(refused.contains(r#""finishReason":"STOP","finishMessage":"no""#), "{refused}");
    }
}
