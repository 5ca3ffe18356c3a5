//! A script in JSON means what it says, and is written as it was read.

use std::time::Duration;

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider, LlmResponse, NativeTurn,
    ProtocolName, RawJson, StreamEvent, StreamingProvider, ToolCall, Usage,
};
use ek_mock::{MockProvider, MockReply, Rule, Script, When};
use serde_json::{Value, json};
use tokio::time::Instant;

fn provider(script: &Value) -> MockProvider {
    MockProvider::from_script(Script::from_json(&script.to_string()).expect("a sound script"))
}

fn one(reply: &Value) -> MockProvider {
    provider(&json!({"rules": [{"replies": [reply]}]}))
}

async fn ask(provider: &MockProvider) -> LlmResponse {
    provider.complete(&"?".into()).await.expect("a reply")
}

/// As each kind of thing is written, in the form in which it is written.
fn everything() -> Value {
    json!({
        "rules": [
            {
                "name": "all conditions",
                "when": {
                    "user_text": "exactly",
                    "user_text_contains": ["a", "b"],
                    "model": "m",
                    "tool_result": true,
                    "tool_result_of": "tide",
                    "offers_tool": "tide",
                    "streamed": false
                },
                "replies": "a text",
                "at_end": "strict",
                "per": "request",
                "expect_calls": 2
            },
            {
                "replies": [
                    {
                        "text": "a",
                        "reasoning": "b",
                        "refusal": "c",
                        "tool_calls": [
                            {"id": "1", "name": "t", "arguments": {"x": 1}, "extra": {"k": [1]}},
                            {"id": "2", "name": "t", "arguments": "no object"},
                            {"id": "3", "name": "t", "input": "free"}
                        ],
                        "finish_reason": "length",
                        "usage": {"input": 1, "output": 2, "total": 4, "cached_input": 5, "cache_write": 7, "reasoning": 6},
                        "id": "i",
                        "model": "m",
                        "request_id": "r",
                        "extra": {"reasoning_details": []},
                        "latency": "2s",
                        "pause": "250ms",
                        "chunk_chars": 3,
                        "cuts": {"at": [1, 2]},
                        "fault": {"kind": "reset", "after_pieces": 3}
                    },
                    {
                        "tool_call_fragments": [
                            {"index": 4, "id": "x", "name": "t", "arguments": "{"},
                            {"index": 4, "arguments": "}"},
                            {"index": 5, "name": "c", "input": "f", "extra": {"k": 1}}
                        ]
                    },
                    {"text": "", "finish_reason": ""},
                    {"text": "x", "usage": "counted", "cuts": "inside_chars"},
                    {"error": {
                        "kind": "server",
                        "message": "m",
                        "status": 529,
                        "code": "overloaded",
                        "request_id": "r",
                        "retry_after": "1m",
                        "retryable": false,
                        "headers": {"a": "b", "c": ["d", "e"]},
                        "body": "{}"
                    }},
                    {"raw": {"status": 200, "headers": {"a": "b"}, "body": "b"}},
                    {"raw": {"status": 200, "body_base64": "//4="}},
                    {"raw": {"status": 200, "body": "a", "pieces": [
                        "b",
                        {"wait": "20s", "body": "c"},
                        {"body_base64": "//4="},
                        {"wait": "1ms", "body_base64": "/w=="}
                    ]}},
                    {"text": "x", "cuts": {"every": 7}, "fault": {"kind": "no_done"}},
                    {"text": "x", "fault": {"kind": "hang", "at_byte": 10}},
                    {"text": "x", "fault":
                        {"kind": "error", "after_pieces": 0, "error": {"kind": "rate_limited"}}}
                ],
                "at_end": "repeat_last",
                "expect_calls": {"at_least": 1, "at_most": 3}
            },
            {
                "replies": {"attempts": [{"error": {"kind": "timeout"}}, "a"]},
                "expect_calls": {"at_least": 1}
            },
            {"replies": []}
        ],
        "latency": "1s",
        "pause": "2s",
        "chunk_chars": 9,
        "chaos": {"seed": 7, "rate": 0.5, "kinds": ["busy", "cut"]}
    })
}

#[test]
fn a_script_is_written_as_it_was_read() {
    let script = Script::from_json(&everything().to_string()).expect("a sound script");
    let written = script.to_json().expect("it can be written");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written, everything());
    let again: Script = serde_json::from_value(written).expect("sound as a part of other data too");
    assert_eq!(serde_json::to_value(&again).expect("it can be written"), everything());
}

#[tokio::test]
async fn what_a_model_says_has_its_keys() {
    let reply = ask(&one(&json!({
        "text": "both", "reasoning": "hm", "refusal": "no", "id": "i", "model": "m",
        "request_id": "r", "extra": {"k": 1},
        "usage": {"input": 11, "output": 4, "reasoning": 2},
        "tool_calls": [
            {"name": "tide", "arguments": {"city": "Oslo"}},
            {"name": "shell", "input": "ls"},
            {"id": "own", "name": "tide"}
        ]
    })))
    .await;
    let calls = [
        ToolCall::new("call_1", "tide", r#"{"city":"Oslo"}"#),
        ToolCall::custom("call_2", "shell", "ls"),
        ToolCall::new("own", "tide", "{}"),
    ];
    let mut usage = Usage::new(11, 4);
    usage.reasoning_tokens = Some(2);
    let expected = LlmResponse::text("both").with_reasoning("hm").with_refusal("no").with_id("i");
    let expected = expected.with_model("m").with_request_id("r");
    let keys = RawJson::new(r#"{"k":1}"#).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::ChatCompletions, keys, "both", &calls);
    let expected = expected.with_native(turn);
    assert_eq!(reply, expected.with_tool_calls(calls).with_usage(usage));
}

#[tokio::test]
async fn a_text_alone_is_a_reply_and_a_reply_alone_a_list() {
    for replies in [json!("a"), json!(["a"]), json!({"text": "a"}), json!([{"text": "a"}])] {
        let reply = ask(&provider(&json!({"rules": [{"replies": replies}]}))).await;
        assert_eq!(reply, LlmResponse::text("a"));
    }
}

#[tokio::test]
async fn usage_is_absent_unless_it_is_said_or_counted() {
    for (usage, expected) in [
        (json!("none"), Usage::default()),
        (json!("counted"), Usage::new(1, 2)),
        (json!({"input": 7, "output": 8}), Usage::new(7, 8)),
    ] {
        assert_eq!(ask(&one(&json!({"text": "12345", "usage": usage}))).await.usage, expected);
    }
    assert_eq!(ask(&one(&json!({"text": "12345"}))).await.usage, Usage::default());
}

#[tokio::test]
async fn a_finish_reason_is_a_word_or_none() {
    for (word, reason) in [
        ("length", Some(FinishReason::Length)),
        ("own word", Some(FinishReason::Other("own word".into()))),
        ("", None),
    ] {
        let reply = ask(&one(&json!({"text": "a", "finish_reason": word}))).await;
        assert_eq!(reply.finish_reason, reason);
    }
}

#[tokio::test]
async fn every_kind_of_error_has_its_word() {
    use ErrorKind::*;
    for (word, kind) in [
        ("config", Config),
        ("unsupported", Unsupported),
        ("rejected", Rejected),
        ("quota_exhausted", QuotaExhausted),
        ("rate_limited", RateLimited),
        ("server", Server),
        ("timeout", Timeout),
        ("connect", Connect),
        ("tls", Tls),
        ("interrupted", Interrupted),
        ("malformed", Malformed),
        ("too_large", TooLarge),
        ("budget_exhausted", BudgetExhausted),
        ("consensus_failed", ConsensusFailed),
        ("max_iterations", MaxIterations),
    ] {
        for error in [json!(word), json!({"kind": word})] {
            let error = one(&json!({"error": error})).complete(&"?".into()).await.expect_err(word);
            assert_eq!((error.kind(), error.to_string()), (kind, kind.to_string()));
        }
    }
}

#[tokio::test]
async fn an_error_has_all_that_was_said_of_it() {
    let provider = one(&json!({"error": {
        "kind": "rate_limited", "message": "slow down", "status": 429, "code": "c",
        "request_id": "r", "retry_after": "1500ms", "retryable": false
    }}));
    let error = provider.complete(&"?".into()).await.expect_err("an error");
    assert_eq!((error.to_string().as_str(), error.status()), ("slow down", Some(429)));
    assert_eq!((error.code(), error.request_id()), (Some("c"), Some("r")));
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    assert!(!error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn latency_pause_and_pieces_of_a_reply_come_before_those_of_the_script() {
    let script = json!({
        "rules": [{"replies": [
            "abcd",
            {"text": "abcd", "latency": "3s", "pause": "5s", "chunk_chars": 1}
        ]}],
        "latency": "1s", "pause": "2s", "chunk_chars": 2
    });
    let provider = provider(&script);
    for (latency, pieces, total) in [(1, vec!["ab", "cd"], 3), (3, vec!["a", "b", "c", "d"], 18)] {
        let begin = Instant::now();
        let mut stream = provider.stream(&"?".into()).await.expect("a stream");
        assert_eq!(begin.elapsed(), Duration::from_secs(latency));
        let mut heard = Vec::new();
        while let Some(event) = stream.next().await {
            if let StreamEvent::Text(piece) = event.expect("no error") {
                heard.push(piece);
            }
        }
        assert_eq!(
            (heard, begin.elapsed()),
            (pieces.into_iter().map(String::from).collect(), Duration::from_secs(total))
        );
    }
}

#[test]
fn what_json_cannot_say_is_refused_with_the_rule() {
    let closure = Script::new().rule(Rule::responding(When::any(), |_| "a").named("echo"));
    let condition = Script::new().on(When::predicate("long", |_| true), ["a"]);
    let partial = Error::new(ErrorKind::Interrupted, "cut").with_partial(LlmResponse::text("x"));
    let error = Script::cycling([MockReply::from(partial)]);
    let excluded = Script::new().on(When::tool_result().and(When::no_tool_result()), ["a"]);
    let messages = [closure, condition, error, excluded].map(|script| {
        let error = script.to_json().expect_err("it cannot be written");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    });
    insta::assert_snapshot!(messages.join("\n"), @r#"
    rule "echo" cannot be written as JSON: its replies come from a closure
    rule 1 (long (closure)) cannot be written as JSON: the condition "long" is a closure
    rule 1 (any request) cannot be written as JSON: reply 1: an error with a partial reply or a transcript has no JSON form
    rule 1 (a tool result is there, and no tool result is there) cannot be written as JSON: its conditions exclude each other
    "#);
}

#[tokio::test]
async fn a_request_is_matched_by_the_keys_of_when() {
    let script = json!({"rules": [
        {"name": "exact", "when": {"user_text": "tide"}, "replies": "exact"},
        {"when": {"user_text_contains": ["ti", "de"], "model": "m"}, "replies": "both parts"},
        {"when": {"model": "m"}, "replies": "model"},
        {"when": {"streamed": false}, "replies": "other"}
    ]});
    let provider = provider(&script);
    for (request, text) in [
        (ChatRequest::user("tide"), "exact"),
        (ChatRequest::user("tides").with_model("m"), "both parts"),
        (ChatRequest::user("ti").with_model("m"), "model"),
        (ChatRequest::user("tides"), "other"),
    ] {
        assert_eq!(provider.complete(&request).await.expect("a reply").content, text);
    }
}
