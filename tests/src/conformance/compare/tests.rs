//! The comparer itself: it finds what differs, and only that.

use executionkit::{ErrorKind, FinishReason, ToolCall, Usage};
use serde_json::json;

use super::*;

fn case(protocol: &str, expect: &Value) -> Case {
    let file = json!({"name": "n", "protocol": protocol, "kind": "body", "status": 200, "body": "",
        "expect": expect});
    Case::from_value(&file).expect("a case")
}

/// The fields in which a reply differs.
fn fields_of(expect: &Value, reply: LlmResponse) -> Vec<String> {
    let case = case("anthropic_messages", expect);
    let found = Found { outcome: Ok(reply), next_request: None };
    outcome(&case, &case.expect, &found).into_iter().map(|mismatch| mismatch.field).collect()
}

fn reply() -> LlmResponse {
    let mut usage = Usage::default();
    usage.input_tokens = Some(10);
    usage.cache_write_tokens = Some(4);
    LlmResponse::text("At 14:20.")
        .with_tool_calls([ToolCall::new("a", "tide", r#"{"port":"Bergen"}"#)])
        .with_usage(usage)
        .with_finish_reason(FinishReason::Paused)
}

#[test]
fn each_field_of_a_reply_that_differs_is_named() {
    let call = json!({"id": "a", "name": "tide", "arguments": "{\"port\": \"Bergen\"}"});
    let expect = json!({"outcome": "ok", "content": "At 14:20.", "refusal": null,
        "tool_calls": [call], "finish_reason": "paused", "input_tokens": 10,
        "cache_write_tokens": 4, "cached_tokens": null});
    assert_eq!(fields_of(&expect, reply()), [""; 0]);
    for (field, other) in [
        ("content", json!("At 14:20")),
        ("refusal", json!("no")),
        ("tool_calls", json!([])),
        ("finish_reason", json!("other")),
        ("input_tokens", json!(11)),
        ("cache_write_tokens", json!(null)),
        ("cached_tokens", json!(0)),
    ] {
        let mut expect = expect.clone();
        expect[field] = other;
        assert_eq!(fields_of(&expect, reply()), [field]);
    }
}

#[test]
fn a_generated_id_may_be_any_but_not_empty_and_not_the_same_twice() {
    let call = |id| ToolCall::new(id, "tide", "{}");
    let generated = json!({"id": "<generated>", "name": "tide", "arguments": "{}"});
    let expect = json!({"outcome": "ok", "tool_calls": [generated, generated]});
    let of = |a, b| fields_of(&expect, LlmResponse::default().with_tool_calls([call(a), call(b)]));
    assert_eq!(of("x", "y"), [""; 0]);
    assert_eq!(of("x", "x"), ["tool_calls"]);
    assert_eq!(of("x", ""), ["tool_calls"]);
}

#[test]
fn a_wrong_echo_is_found_though_the_reply_is_right() {
    let case = case(
        "anthropic_messages",
        &json!({"outcome": "ok", "content": "At 14:20.",
        "echo": [{"type": "text", "text": "At 14:20."}]}),
    );
    let found = |text: &str| Found {
        outcome: Ok(reply()),
        next_request: Some(json!({"messages": [{"role": "assistant", "content": text}]})),
    };
    assert_eq!(outcome(&case, &case.expect, &found("At 14:20.")), []);
    let mismatches = outcome(&case, &case.expect, &found("At 02:41."));
    assert_eq!(mismatches[0].field, "echo[0].text");
}

#[test]
fn the_class_of_an_error_is_that_of_its_kind_unless_the_answer_says_whether_to_retry() {
    let mut case =
        case("anthropic_messages", &json!({"outcome": "error", "error": {"kind": "provider"}}));
    let refused = Error::new(ErrorKind::Rejected, "no").with_retryable(true);
    let found = Found { outcome: Err(refused), next_request: None };
    assert_eq!(outcome(&case, &case.expect, &found).len(), 1);
    let answer = case.answer.as_mut().expect("an answer");
    answer.headers.push(("X-Should-Retry".to_owned(), "true".to_owned()));
    assert_eq!(outcome(&case, &case.expect, &found), []);
}

#[test]
fn a_wait_that_is_too_short_is_found() {
    let case = case(
        "gemini_generate_content",
        &json!({"outcome": "error",
        "error": {"kind": "rate_limit", "retry_after_s": 34.4}}),
    );
    let error = |s| {
        Error::new(ErrorKind::RateLimited, "slow")
            .with_retry_after(std::time::Duration::from_secs_f64(s))
    };
    let of =
        |s| outcome(&case, &case.expect, &Found { outcome: Err(error(s)), next_request: None });
    assert_eq!(of(34.4), []);
    assert_eq!(of(34.0)[0].field, "retry_after_s");
}

#[test]
fn a_banned_text_is_found_in_what_an_error_shows() {
    let case =
        case("chat_completions", &json!({"outcome": "error", "must_not_contain": ["FAKEFAKE"]}));
    let error = Error::new(ErrorKind::Rejected, "no").with_code("x FAKEFAKE");
    let found = Found { outcome: Err(error), next_request: None };
    assert_eq!(outcome(&case, &case.expect, &found)[0].field, "must_not_contain");
}
