//! Each rule's own queue: what takes an entry, what comes at the end, and attempts.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, StreamingProvider};
use ek_mock::{AtEnd, CallOutcome, Fault, MockProvider, MockReply, Per, Rule, Script, When};

fn busy() -> Error {
    Error::new(ErrorKind::RateLimited, "busy")
}

fn down() -> Error {
    Error::new(ErrorKind::Server, "down")
}

/// The text, or the text of the error.
async fn ask(provider: &MockProvider, request: &ChatRequest) -> String {
    match provider.complete(request).await {
        Ok(reply) => reply.content,
        Err(error) => error.to_string(),
    }
}

async fn ask_all(provider: &MockProvider, texts: &[&str]) -> Vec<String> {
    let mut heard = Vec::new();
    for text in texts {
        heard.push(ask(provider, &ChatRequest::user(*text)).await);
    }
    heard
}

#[tokio::test]
async fn each_rule_has_a_queue_of_its_own() {
    let provider = MockProvider::from_script(
        Script::new().on(When::user_text("a"), ["a1", "a2"]).on(When::user_text("b"), ["b1", "b2"]),
    );
    let heard = ask_all(&provider, &["a", "b", "b", "a", "a", "b"]).await;
    assert_eq!(heard, ["a1", "b1", "b2", "a2", "a1", "b1"]);
}

#[tokio::test]
async fn the_end_of_a_queue_is_as_its_policy_says() {
    for (at_end, third) in [
        (AtEnd::Cycle, "1"),
        (AtEnd::RepeatLast, "2"),
        (AtEnd::Strict, "call 3 is one too many: rule \"r\" is strict and has 2 replies"),
    ] {
        let rule = Rule::new(When::any()).named("r").replies(["1", "2"]).at_end(at_end);
        let provider = MockProvider::from_script(Script::new().rule(rule));
        assert_eq!(ask_all(&provider, &["?", "?", "?"]).await, ["1", "2", third]);
    }
}

#[tokio::test]
async fn a_rule_without_replies_gives_empty_texts_unless_it_is_strict() {
    for (at_end, text) in [
        (AtEnd::Cycle, ""),
        (AtEnd::RepeatLast, ""),
        (AtEnd::Strict, "call 1 is one too many: the script is strict and has no replies"),
    ] {
        let rule = Rule::new(When::any()).at_end(at_end);
        let provider = MockProvider::from_script(Script::new().rule(rule));
        assert_eq!(ask_all(&provider, &["?"]).await, [text]);
    }
}

#[tokio::test]
async fn per_attempt_a_retry_takes_the_next_entry() {
    let provider = MockProvider::new([MockReply::from(busy()), "a".into(), "b".into()]);
    assert_eq!(ask_all(&provider, &["x", "x", "y"]).await, ["busy", "a", "b"]);
    let attempts: Vec<_> = provider.calls().iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [1, 2, 1]);
}

#[tokio::test]
async fn per_request_a_retry_does_not_eat_the_next_entry() {
    let rule = Rule::new(When::any()).reply(busy()).reply("b").per(Per::Request);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    assert_eq!(
        ask_all(&provider, &["x", "x", "y", "x", "z"]).await,
        ["busy", "busy", "b", "busy", "busy"]
    );
}

#[tokio::test]
async fn the_attempts_of_one_request_go_through_their_own_sequence() {
    let script = Script::cycling([
        MockReply::attempts([MockReply::from(busy()), down().into(), "first".into()]),
        MockReply::attempts([MockReply::from(down()), "second".into()]),
    ]);
    let provider = MockProvider::from_script(script);
    let heard = ask_all(&provider, &["x", "y", "x", "y", "x", "x"]).await;
    // The last one asks anew: the first "x" was answered.
    assert_eq!(heard, ["busy", "down", "down", "second", "first", "busy"]);
    let attempts: Vec<_> = provider.calls().iter().map(|call| call.attempt).collect();
    assert_eq!(attempts, [1, 1, 2, 2, 3, 1]);
}

#[tokio::test]
async fn a_sequence_of_attempts_ends_with_its_last_reply() {
    let script = Script::cycling([MockReply::attempts([MockReply::from(busy()), down().into()])]);
    let provider = MockProvider::from_script(script);
    assert_eq!(ask_all(&provider, &["x"; 4]).await, ["busy", "down", "down", "down"]);
}

#[tokio::test]
async fn a_key_makes_a_retry_of_what_asks_something_else_and_of_what_was_answered() {
    let rule = Rule::new(When::any()).replies(["1", "2", "3"]).per(Per::Request);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    let keyed = |text: &str, key: &str| ChatRequest::user(text).with_idempotency_key(key);
    assert_eq!(ask(&provider, &keyed("x", "k")).await, "1");
    assert_eq!(ask(&provider, &keyed("y", "k")).await, "1");
    assert_eq!(ask(&provider, &keyed("x", "l")).await, "2");
}

#[tokio::test(start_paused = true)]
async fn samples_that_ask_the_same_at_once_are_requests_of_their_own() {
    let rule = Rule::new(When::any()).replies(["1", "2", "3"]).per(Per::Request);
    let script = Script::new().rule(rule).with_latency(Duration::from_secs(1));
    let provider = MockProvider::from_script(script);
    let request = ChatRequest::user("?");
    let (a, b, c) =
        tokio::join!(ask(&provider, &request), ask(&provider, &request), ask(&provider, &request));
    assert_eq!([a, b, c], ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_was_dropped_is_tried_again() {
    let late = MockReply::from("late").after(Duration::from_secs(60));
    let script = Script::cycling([MockReply::attempts([late, "in time".into()])]);
    let provider = MockProvider::from_script(script);
    let request = ChatRequest::user("?");
    let given_up = tokio::time::timeout(Duration::from_secs(5), ask(&provider, &request)).await;
    assert!(given_up.is_err());
    assert_eq!(ask(&provider, &request).await, "in time");
    let outcomes: Vec<_> = provider.calls().iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::Dropped, CallOutcome::Finished]);
}

#[tokio::test]
async fn a_broken_stream_is_tried_again() {
    let broken = MockReply::from("whole").failing_after(1, Fault::Cut);
    let script = Script::cycling([MockReply::attempts([broken, "whole".into()])]);
    let provider = MockProvider::from_script(script);
    for kind in [Some(ErrorKind::Interrupted), None] {
        let stream = provider.stream(&"?".into()).await.expect("a stream");
        assert_eq!(stream.collect().await.err().map(|error| error.kind()), kind);
    }
}

#[tokio::test]
async fn a_script_that_cannot_be_played_fails_each_call_with_the_reason() {
    let sequence = MockReply::attempts(["a"]);
    let nested = Script::cycling([MockReply::attempts([sequence.clone()])]);
    let per_attempt =
        Script::new().rule(Rule::new(When::any()).named("r").reply(sequence).per(Per::Attempt));
    let mut messages = Vec::new();
    for script in [nested, per_attempt] {
        let provider = MockProvider::from_script(script);
        let error = provider.complete(&"?".into()).await.expect_err("a broken script");
        assert_eq!(error.kind(), ErrorKind::Config);
        messages.push(error.to_string());
    }
    insta::assert_snapshot!(messages.join("\n"), @r#"
    rule 1 (any request): a sequence of attempts stands within another one
    rule "r": a reply that is a sequence of attempts needs a rule per request: each attempt of a rule per attempt takes a reply of its own
    "#);
}
