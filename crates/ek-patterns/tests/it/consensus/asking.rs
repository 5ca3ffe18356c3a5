//! What the samples ask, and of whom.

use std::time::Duration;

use ek_core::{
    ChatRequest, DynProvider, DynToolProvider, LlmProvider, LlmResponse, Message, Result,
};
use ek_mock::MockProvider;
use ek_patterns::{ConsensusOptions, RateLimiter, RetryConfig, consensus};
use tokio::time::Instant;

use super::{ask, options};

#[test]
fn the_defaults_are_five_samples_by_majority_at_0_9_five_at_once() {
    let options = ConsensusOptions::default();
    assert_eq!((options.samples, options.concurrency, options.max_tokens), (5, 5, None));
    assert_eq!((options.temperature, options.tolerate_failures), (0.9, 0));
    assert!(!options.stop_early && !options.count_empty && !options.count_truncated);
    assert_eq!(options.strategy, ek_patterns::VotingStrategy::Majority);
}

#[tokio::test]
async fn the_samples_are_completions_of_the_same_request() {
    let provider = MockProvider::new(["four"]);
    let request = ChatRequest::new([Message::system("Be brief."), Message::user("Legs?")]);
    let outcome = consensus(&provider, &request, &ConsensusOptions::default()).await.expect("four");
    assert_eq!(
        (outcome.value.as_str(), outcome.score, outcome.spend.calls),
        ("four", Some(1.0), 5)
    );
    let mut keys = Vec::new();
    for mut call in provider.calls() {
        keys.extend(call.request.idempotency_key.take());
        let expected = request.clone().with_suggested_temperature(0.9);
        assert_eq!(call.request, expected);
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5, "samples are calls of their own, and no repetitions of one");
}

#[tokio::test]
async fn the_request_s_own_temperature_and_limit_win() {
    let provider = MockProvider::new(["four"]);
    let request = ChatRequest::user("Legs?").with_temperature(0.0).with_max_tokens(7);
    consensus(&provider, request, &options(1)).await.expect("four");
    let asked = provider.last_call().expect("a call").request;
    assert_eq!((asked.temperature, asked.max_tokens), (Some(0.0), Some(7)));
}

#[tokio::test]
async fn the_limit_on_answers_is_the_provider_s_unless_one_is_asked_for() {
    let provider = MockProvider::new(["four"]);
    for (options, sent) in [(options(1), None), (options(1).with_max_tokens(9), Some(9))] {
        ask(&provider, &options).await.expect("four");
        assert_eq!(provider.last_call().expect("a call").request.max_tokens, sent);
    }
}

#[tokio::test(start_paused = true)]
async fn the_samples_run_in_parallel_as_many_as_the_concurrency_allows() {
    let provider = MockProvider::new(["four"]).with_latency(Duration::from_secs(1));
    for (concurrency, seconds) in [(5, 1), (2, 3), (1, 5), (1_000, 1)] {
        let start = Instant::now();
        ask(&provider, &options(5).with_concurrency(concurrency)).await.expect("four");
        assert_eq!(start.elapsed().as_secs(), seconds, "{concurrency}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_limiter_is_taken_once_for_each_sample() {
    let provider = MockProvider::new(["four"]);
    let limiter = RateLimiter::new(1.0, 1).expect("a limiter");
    let retry = RetryConfig::none().with_limiter(limiter);
    let start = Instant::now();
    ask(&provider, &options(5).with_retry(retry)).await.expect("four");
    assert_eq!(start.elapsed().as_secs(), 4);
}

#[tokio::test]
async fn unusable_options_are_config_errors_before_any_call() {
    let provider = MockProvider::new(["four"]);
    for (options, word) in [
        (options(0), "samples"),
        (options(1).with_concurrency(0), "concurrency"),
        (options(1).with_temperature(f64::NAN), "temperature"),
        (options(1).with_temperature(-0.1), "temperature"),
        (options(1).with_max_tokens(0), "max_tokens"),
        (options(1).with_retry(RetryConfig::default().with_max_attempts(0)), "max_attempts"),
    ] {
        let error = ask(&provider, &options).await.expect_err("unusable");
        assert_eq!(error.kind(), ek_core::ErrorKind::Config);
        assert!(error.to_string().contains(word), "{error}");
    }
    assert_eq!(provider.call_count(), 0);
}

/// All that an adapter must write.
struct OwnAdapter;

impl LlmProvider for OwnAdapter {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text("four"))
    }
}

#[tokio::test]
async fn any_provider_can_be_asked_by_value_or_by_handle() {
    let mock = MockProvider::new(["four"]);
    assert_eq!(ask(&mock, &options(3)).await.expect("four").value, "four");
    assert_eq!(ask(&OwnAdapter, &options(3)).await.expect("four").value, "four");
    let handle = DynProvider::new(OwnAdapter);
    assert_eq!(ask(&handle, &options(3)).await.expect("four").value, "four");
    let handle = DynToolProvider::new(mock);
    assert_eq!(ask(&handle, &options(3)).await.expect("four").value, "four");
}

#[tokio::test]
async fn it_can_be_spawned() {
    let call = async { ask(&MockProvider::new(["four"]), &options(3)).await };
    assert_eq!(tokio::spawn(call).await.expect("no panic").expect("four").value, "four");
}
