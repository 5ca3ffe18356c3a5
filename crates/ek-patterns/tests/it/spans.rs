//! What spans and events have of calls, retries and budgets, under the names of the GenAI conventions, and
//! what they must not have.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Message, Result, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Budget, ConsensusOptions, Failover, RetryConfig, consensus, retry};

use crate::support::spans::{self, Seen};

const PROMPT: &str = "PROMPT-CANARY-4711";
const REPLY: &str = "REPLY-CANARY-0815";

fn options(samples: usize) -> ConsensusOptions {
    ConsensusOptions::default().with_samples(samples).with_retry(RetryConfig::none())
}

fn reply() -> LlmResponse {
    LlmResponse::text(REPLY).with_usage(Usage::new(9, 2)).with_id("r-1").with_model("m-2026")
}

/// A provider with a name.
struct Named(MockProvider);

impl LlmProvider for Named {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.0.complete(request).await
    }

    fn model(&self) -> Option<&str> {
        self.0.model()
    }

    fn provider_name(&self) -> Option<&str> {
        Some("acme")
    }
}

fn one(name: &str) -> Seen {
    let mut seen = spans::named(name);
    assert_eq!(seen.len(), 1, "{name}: {seen:?}");
    seen.remove(0)
}

#[tokio::test]
async fn each_call_has_a_span_with_the_gen_ai_names_within_that_of_its_pattern() {
    spans::start();
    let mut reply = reply();
    reply.usage.cached_input_tokens = Some(4);
    reply.usage.cache_write_tokens = Some(3);
    reply.usage.reasoning_tokens = Some(1);
    let provider = Named(MockProvider::new([reply]).with_model("m"));
    consensus(&Failover::new([provider]).expect("one"), PROMPT, &options(2))
        .await
        .expect("a winner");

    let pattern = one("pattern");
    assert_eq!(pattern.get("executionkit.pattern"), "consensus");
    assert_eq!(pattern.get("otel.name"), "consensus");
    assert_eq!(
        (pattern.get("executionkit.calls"), pattern.get("executionkit.unknown_calls")),
        ("2", "0")
    );
    assert_eq!(pattern.get("executionkit.usage.input_tokens"), "18");
    assert_eq!(pattern.get("executionkit.usage.output_tokens"), "4");
    let counted = spans::so_far().into_iter();
    let counted = counted.filter(|seen| !seen.get("gen_ai.usage.input_tokens").is_empty());
    assert_eq!(counted.count(), 2, "each token once, at its call");

    let calls = spans::named("chat");
    assert_eq!(calls.len(), 2);
    for call in calls {
        assert_eq!(call.within.as_deref(), Some("pattern"));
        for (field, value) in [
            ("otel.name", "chat m"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.provider.name", "acme"),
            ("gen_ai.request.model", "m"),
            ("gen_ai.request.stream", "false"),
            ("gen_ai.request.max_tokens", ""),
            ("gen_ai.request.temperature", "0.9"),
            ("gen_ai.response.id", "r-1"),
            ("gen_ai.response.model", "m-2026"),
            ("gen_ai.response.finish_reasons", r#"["stop"]"#),
            ("gen_ai.usage.cache_read.input_tokens", "4"),
            ("gen_ai.usage.cache_creation.input_tokens", "3"),
            ("gen_ai.usage.reasoning.output_tokens", "1"),
            ("gen_ai.usage.input_tokens", "9"),
            ("gen_ai.usage.output_tokens", "2"),
            ("error.type", ""),
        ] {
            assert_eq!(call.get(field), value, "{field}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_an_event_of_its_call() {
    spans::start();
    let busy = Error::new(ErrorKind::RateLimited, REPLY).with_status(429);
    let busy = busy.with_retry_after(Duration::from_secs(7));
    let provider = MockProvider::new([MockReply::from(busy), reply().into()]);
    let retried = options(1).with_retry(RetryConfig::default());
    consensus(&provider, PROMPT, &retried).await.expect("the second attempt");
    let retry = one("the attempt failed and will be retried");
    assert_eq!(retry.within.as_deref(), Some("chat"));
    assert_eq!((retry.get("attempt"), retry.get("error.type")), ("1", "RateLimited"));
    assert_eq!(retry.get("http.response.status_code"), "429");
    let delay: u64 = retry.get("delay_ms").parse().expect("milliseconds");
    assert!((6_999..=8_001).contains(&delay), "{delay}");
    assert_eq!(one("pattern").get("executionkit.unknown_calls"), "0", "a refused call is free");
}

#[tokio::test(start_paused = true)]
async fn a_retry_without_a_pattern_is_an_event_too() {
    spans::start();
    let outcomes = [Err(Error::new(ErrorKind::Server, REPLY).with_status(503)), Ok(())];
    let mut outcomes = outcomes.into_iter();
    let next = || std::future::ready(outcomes.next().expect("two attempts"));
    retry(&RetryConfig::default().with_jitter_seed(1), next).await.expect("the second");
    let event = one("the attempt failed and will be retried");
    assert_eq!((event.level(), event.within.as_deref()), ("WARN", None));
    assert_eq!((event.get("attempt"), event.get("error.type")), ("1", "Server"));
    assert!(event.get("delay_ms").parse::<u64>().is_ok_and(|delay| delay <= 1_000), "{event:?}");
}

#[tokio::test]
async fn an_exhausted_budget_is_an_event_of_the_call_that_it_did_not_cover() {
    spans::start();
    let provider = MockProvider::new([reply()]);
    let limited = options(2).with_concurrency(1).with_budget(Budget::default().with_calls(1));
    consensus(&provider, PROMPT, &limited).await.expect_err("one call only");
    assert_eq!(one("the budget does not cover another call").within.as_deref(), Some("chat"));
    let refused = spans::named("chat").remove(1);
    assert_eq!(refused.get("error.type"), "BudgetExhausted");
    let pattern = one("pattern");
    assert_eq!(
        (pattern.get("error.type"), pattern.get("executionkit.calls")),
        ("BudgetExhausted", "1")
    );
}

#[tokio::test]
async fn an_error_is_its_kind_and_its_status() {
    spans::start();
    let provider = MockProvider::failing(Error::new(ErrorKind::Server, REPLY).with_status(503));
    consensus(&provider, PROMPT, &options(1)).await.expect_err("an outage");
    let call = one("chat");
    assert_eq!((call.get("error.type"), call.get("http.response.status_code")), ("Server", "503"));
    assert_eq!(one("pattern").get("error.type"), "Server");
}

/// A run with a failed attempt, a refusal by the budget, and a reply.
async fn eventful(capture: bool) -> String {
    spans::start();
    let failure = Error::new(ErrorKind::Server, REPLY).with_status(503);
    let provider = MockProvider::new([MockReply::from(failure), reply().into()]);
    let request = ChatRequest::new([Message::system(PROMPT), Message::user(PROMPT)]);
    let options = options(2)
        .with_concurrency(1)
        .with_retry(RetryConfig::default())
        .with_budget(Budget::default().with_calls(2))
        .with_tolerate_failures(1)
        .with_capture_content(capture);
    consensus(&provider, request, &options).await.expect("one of two");
    format!("{:?}", spans::so_far())
}

#[tokio::test(start_paused = true)]
async fn prompts_and_replies_are_in_no_span_and_no_event() {
    let seen = eventful(false).await;
    assert!(seen.contains("will be retried") && seen.contains("does not cover"), "{seen}");
    assert!(!seen.contains(PROMPT) && !seen.contains(REPLY), "{seen}");
}

#[tokio::test(start_paused = true)]
async fn with_capture_content_they_are_in_the_span_of_their_call() {
    eventful(true).await;
    let calls = spans::named("chat");
    let prompt = format!(r#"{{"parts":[{{"content":"{PROMPT}","type":"text"}}],"role":"system"}}"#);
    assert!(calls[0].get("gen_ai.input.messages").contains(&prompt), "{calls:?}");
    assert!(calls[0].get("gen_ai.output.messages").contains(REPLY), "{calls:?}");
    assert_eq!(calls[1].get("gen_ai.output.messages"), "", "there is none");
}
