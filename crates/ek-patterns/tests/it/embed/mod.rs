//! Many texts as vectors: how they are sent, and what is counted and observed.

mod failures;
mod many;
mod spans;
mod token_ids;

use std::sync::{Arc, Mutex};

use ek_core::{
    EmbeddingInputType, EmbeddingProvider, EmbeddingRequest, Embeddings, ErrorKind, Result, Usage,
};
use ek_mock::{MockProvider, MockReply, Script, When, text_vector};
use ek_patterns::{
    Budget, EmbedOptions, Event, Ledger, RateLimiter, Rates, RetryConfig, RunOptions, embed_all,
};

fn texts(count: usize) -> impl ExactSizeIterator<Item = String> + Send {
    (0..count).map(|number| format!("text {number}"))
}

/// How many inputs each request had, in the order in which they began.
fn sizes(provider: &MockProvider) -> Vec<usize> {
    let requests = provider.calls().into_iter().filter_map(|call| call.embedding);
    requests.map(|request| request.inputs.len()).collect()
}

#[tokio::test]
async fn every_vector_stands_at_the_place_of_its_text() {
    let provider = MockProvider::default();
    let options = EmbedOptions::default().with_max_inputs(4).with_dimensions(8);
    let found = embed_all(&provider, texts(10), &options).await.expect("vectors");
    assert_eq!((found.value.len(), found.detail.batches), (10, 3));
    for (text, vector) in texts(10).zip(found.value.iter()) {
        assert_eq!(vector, text_vector(&text, 8), "{text}");
    }
    assert_eq!(sizes(&provider), [4, 4, 2]);
    assert_eq!((found.spend.calls, found.spend.unknown_calls), (3, 0));
    assert_eq!(found.value.usage, found.spend.usage);
}

#[tokio::test]
async fn no_texts_are_no_vectors_and_no_call() {
    let provider = MockProvider::default();
    let none: [&str; 0] = [];
    let found = embed_all(&provider, none, &EmbedOptions::default()).await.expect("none");
    assert_eq!((found.value.len(), found.spend.calls), (0, 0));
    provider.assert_not_called();
}

#[tokio::test]
async fn the_settings_of_the_request_go_with_each_call() {
    let provider = MockProvider::default();
    let request = EmbeddingRequest::default().with_extra("user", "me").with_idempotency_key("k");
    let options = EmbedOptions::default()
        .with_request(request)
        .with_model("m")
        .with_input_type(EmbeddingInputType::Document)
        .with_max_inputs(1)
        .with_concurrency(1);
    embed_all(&provider, ["a", "b"], &options).await.expect("vectors");
    let calls = provider.calls().into_iter().filter_map(|call| call.embedding);
    let seen: Vec<_> = calls
        .map(|request| (request.model, request.input_type, request.extra, request.idempotency_key))
        .collect();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|(model, ..)| model.as_deref() == Some("m")), "{seen:?}");
    assert!(seen.iter().all(|(_, kind, extra, _)| {
        *kind == Some(EmbeddingInputType::Document) && extra["user"] == "me"
    }));
    let keys: Vec<_> = seen.iter().map(|(.., key)| key.as_deref()).collect();
    assert_eq!(keys, [Some("k"), Some("k-2")]);
}

#[tokio::test]
async fn options_that_cannot_be_meant_are_refused_before_any_call() {
    let provider = MockProvider::default();
    let options = EmbedOptions::default;
    for options in [
        options().with_concurrency(0),
        options().with_max_inputs(0),
        options().with_max_tokens(0),
        options().with_request(EmbeddingRequest::from("a")),
        options().with_retry(RetryConfig::default().with_max_attempts(0)),
    ] {
        let error = embed_all(&provider, ["a"], &options).await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    }
    provider.assert_not_called();
}

#[tokio::test]
async fn each_request_has_a_reservation_and_a_budget_ends_the_run() {
    let ledger = Ledger::new(Budget::default().with_calls(2)).expect("a budget");
    let run = RunOptions::default().with_ledger(ledger.clone());
    let options = EmbedOptions::default().with_max_inputs(2).with_concurrency(1).with_run(run);
    let provider = MockProvider::default();
    let error = embed_all(&provider, texts(9), &options).await.expect_err("the budget ends it");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 2));
    assert_eq!(ledger.spend().calls, 2);
    provider.assert_called(2);
}

#[tokio::test]
async fn tokens_cost_what_the_price_of_the_model_says_and_no_output() {
    let said = Embeddings::from_rows([[1.0]]).expect("a vector");
    let mut usage = Usage::default();
    usage.input_tokens = Some(2_000_000);
    usage.output_tokens = Some(0);
    let script = Script::new().on(When::embedding(), [said.with_usage(usage)]);
    let budget = Budget::default().with_cost(Rates::per_million(0.1, 9.0), 1.0);
    let ledger = Ledger::new(budget).expect("a budget");
    let run = RunOptions::default().with_ledger(ledger.clone());
    let options = EmbedOptions::default().with_run(run);
    embed_all(&MockProvider::from_script(script), ["a"], &options).await.expect("a vector");
    assert!((ledger.cost() - 0.2).abs() < 1e-9, "{}", ledger.cost());
}

#[tokio::test(start_paused = true)]
async fn a_limiter_of_tokens_is_asked_for_what_a_request_has() {
    let limiter = RateLimiter::new(1_000.0, 1_000).expect("a rate");
    let limiter = limiter.with_tokens_per_minute(6).expect("a rate");
    let retry = RetryConfig::none().with_limiter(limiter);
    let options = EmbedOptions::default().with_max_inputs(1).with_retry(retry);
    let begun = tokio::time::Instant::now();
    // Each has two tokens: the third pair waits for the minute to refill.
    let pairs = ["aaaabbbb"; 4];
    embed_all(&MockProvider::default(), pairs, &options).await.expect("vectors");
    assert_eq!(begun.elapsed().as_secs(), 20);
}

#[tokio::test]
async fn the_observer_sees_how_many_inputs_are_done() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        if let Event::InputsEmbedded { inputs, done, total, ok, .. } = event {
            log.lock().expect("not poisoned").push((*inputs, *done, *total, *ok));
        }
    };
    let options =
        EmbedOptions::default().with_max_inputs(2).with_concurrency(1).with_observer(observer);
    embed_all(&MockProvider::default(), texts(3), &options).await.expect("vectors");
    assert_eq!(*seen.lock().expect("not poisoned"), [(2, 2, Some(3), true), (1, 3, Some(3), true)]);
}

#[tokio::test(start_paused = true)]
async fn no_more_requests_are_under_way_than_asked_for() {
    let second = std::time::Duration::from_secs(1);
    let script = Script::new().on(When::embedding(), [MockReply::vectors().after(second)]);
    let provider = MockProvider::from_script(script);
    let options = EmbedOptions::default().with_max_inputs(1).with_concurrency(3);
    let begun = tokio::time::Instant::now();
    embed_all(&provider, texts(7), &options).await.expect("vectors");
    assert_eq!(begun.elapsed(), second * 3, "7 requests, 3 at a time");
}

/// Says of the first input of each request that it was cut.
struct Cutting(MockProvider);

impl EmbeddingProvider for Cutting {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let mut found = self.0.embed(request).await?;
        found.truncated = vec![0];
        Ok(found)
    }
}

#[tokio::test]
async fn inputs_that_were_cut_are_named_by_their_places_among_all() {
    let provider = Cutting(MockProvider::default());
    let options = EmbedOptions::default().with_max_inputs(4);
    let found = embed_all(&provider, texts(10), &options).await.expect("vectors");
    assert_eq!(found.value.truncated, [0, 4, 8]);
}
