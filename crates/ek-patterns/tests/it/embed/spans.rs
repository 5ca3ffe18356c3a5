//! What the span of a stream of embeddings has of its spend, however the stream ends.

use ek_mock::MockProvider;
use ek_patterns::{Budget, EmbedOptions, EmbedStream, embed_iter};

use super::texts;
use crate::support::spans::{self, Seen};

/// Ten texts of two tokens each, two in a request.
fn batches<'a>(provider: &'a MockProvider, options: &EmbedOptions) -> EmbedStream<'a> {
    spans::start();
    let options = options.clone().with_max_inputs(2).with_concurrency(1);
    embed_iter(provider, texts(10), &options).expect("options")
}

#[track_caller]
fn pattern(calls: &str, tokens: &str) -> Seen {
    let seen = spans::named("pattern");
    let [pattern] = &seen[..] else { panic!("one pattern: {seen:?}") };
    assert_eq!(pattern.get("executionkit.pattern"), "embed_stream");
    assert_eq!(pattern.get("executionkit.calls"), calls);
    assert_eq!(pattern.get("executionkit.usage.input_tokens"), tokens);
    assert_eq!(pattern.get("executionkit.usage.output_tokens"), "0");
    pattern.clone()
}

#[tokio::test]
async fn the_spend_of_a_stream_stands_in_its_span_and_each_token_at_its_call() {
    let provider = MockProvider::default();
    let mut stream = batches(&provider, &EmbedOptions::default());
    while stream.next().await.is_some() {}
    pattern("5", "20");
    let calls = spans::named("embeddings");
    let counts: Vec<_> = calls.iter().map(|call| call.get("gen_ai.usage.input_tokens")).collect();
    assert_eq!(counts, ["4"; 5]);
    assert!(calls.iter().all(|call| call.within.as_deref() == Some("pattern")), "{calls:?}");
}

#[tokio::test]
async fn a_stream_that_is_dropped_has_what_it_spent_by_then() {
    let provider = MockProvider::default();
    let mut stream = batches(&provider, &EmbedOptions::default());
    stream.next().await.expect("a batch").vectors.expect("vectors");
    stream.next().await.expect("a batch").vectors.expect("vectors");
    drop(stream);
    pattern("2", "8");
}

#[tokio::test]
async fn a_stream_that_its_budget_ends_has_the_error_and_the_spend() {
    let provider = MockProvider::default();
    let limited = EmbedOptions::default().with_budget(Budget::default().with_calls(2));
    let mut stream = batches(&provider, &limited);
    while stream.next().await.is_some() {}
    assert_eq!(pattern("2", "8").get("error.type"), "BudgetExhausted");
}
