//! What callers share: tokens per minute, places among the calls under way, and a server's wish.

use std::time::Duration;

use ek_core::{
    ChatRequest, EmbeddingRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, Usage,
};
use ek_mock::{MockProvider, MockReply, Script, When};
use ek_patterns::{
    Budget, ConcurrencyLimit, ConsensusOptions, EmbedOptions, Estimate, Ledger, RateLimiter,
    RetryConfig, consensus, embed_all, retry, retry_complete, retry_embed, retry_stream,
};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::secs;

fn tokens_per_minute(tokens: u32) -> RetryConfig {
    let limiter = RateLimiter::new(1_000.0, 1_000).and_then(|l| l.with_tokens_per_minute(tokens));
    RetryConfig::default().with_limiter(limiter.expect("a limiter"))
}

fn request() -> ChatRequest {
    ChatRequest::user("How does a kiln cool?").with_max_tokens(4_096)
}

/// Uses 25 tokens.
fn short() -> MockProvider {
    MockProvider::new([LlmResponse::text("Slowly.").with_usage(Usage::new(15, 10))])
}

#[tokio::test(start_paused = true)]
async fn tokens_per_minute_are_honoured_by_each_way_to_retry_or_the_setting_is_refused() {
    let config = tokens_per_minute(1_000);
    let provider = MockProvider::new(["no usage, so nothing goes back"]);
    let start = Instant::now();
    for _ in 0..3 {
        retry_complete(&config, &provider, &request()).await.expect("an answer");
    }
    assert_eq!(start.elapsed().as_secs(), 120);
    let stream = retry_stream(&config, &provider, &request()).await.expect("a stream");
    stream.collect().await.expect("an answer");
    assert_eq!(start.elapsed().as_secs(), 180);
    let request = request();
    let error = retry(&config, || provider.complete(&request)).await.expect_err("of what size?");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
    assert!(error.to_string().contains("retry_complete"), "{error}");
    assert_eq!(provider.call_count(), 4);
}

/// However a call ends before it is sent: by the budget, by its caller, or without a connection.
#[tokio::test(start_paused = true)]
async fn the_limiter_gets_back_all_of_a_call_that_was_never_sent() {
    let config = tokens_per_minute(5_000).with_max_attempts(1);
    let unconnected = MockProvider::failing(Error::new(ErrorKind::Connect, "refused"));
    let script = Script::new().on(When::embedding(), [Error::new(ErrorKind::Connect, "refused")]);
    let unconnected_too = MockProvider::from_script(script);
    let none = Ledger::new(Budget::default().with_calls(0)).expect("a budget");
    let full = Ledger::new(Budget::default().with_output_tokens(5_000)).expect("a budget");
    let _held = full.reserve(Estimate::new(0, 1_000)).expect("it fits");
    let consenting = ConsensusOptions::default().with_samples(1).with_retry(config.clone());
    let embedding =
        EmbedOptions::default().with_retry(config.clone()).with_token_counter(|_| 4_096);
    let vectors = EmbeddingRequest::from("x".repeat(4 * 4_096));
    let start = Instant::now();
    for _ in 0..3 {
        retry_complete(&config, &unconnected, &request()).await.expect_err("not sent");
        retry_stream(&config, &unconnected, &request()).await.expect_err("not sent");
        retry_embed(&config, &unconnected_too, &vectors).await.expect_err("not sent");
        let options = consenting.clone().with_ledger(none.clone());
        consensus(&short(), request(), &options).await.expect_err("no budget");
        let options = embedding.clone().with_ledger(none.clone());
        embed_all(&short(), ["x"], &options).await.expect_err("no budget");
        let options = consenting.clone().with_ledger(full.clone());
        assert!(consensus(&short(), request(), &options).now_or_never().is_none(), "it waits");
    }
    assert_eq!(start.elapsed().as_secs(), 0);
    retry_embed(&config, &short(), &vectors).await.expect("vectors");
}

#[tokio::test(start_paused = true)]
async fn the_limiter_gets_back_what_a_call_did_not_use() {
    let start = Instant::now();
    let config = tokens_per_minute(10_000);
    for _ in 0..21 {
        retry_complete(&config, &short(), &request()).await.expect("an answer");
    }
    let stream = retry_stream(&config, &short(), &request()).await.expect("a stream");
    stream.collect().await.expect("an answer");
    let options = ConsensusOptions::default().with_samples(21).with_concurrency(1);
    let options = options.with_retry(config);
    consensus(&short(), request(), &options).await.expect("an answer");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_for_tokens_hear_of_what_goes_back() {
    let (config, start) = (tokens_per_minute(5_000), Instant::now());
    let reply = LlmResponse::text("Slowly.").with_usage(Usage::new(15, 10));
    let slow = MockProvider::new([MockReply::from(reply).after(secs(1))]);
    let request = request();
    let calls = (0..5).map(|_| retry_complete(&config, &slow, &request));
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!(start.elapsed().as_secs(), 5, "one after the other, and not one a minute");
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_takes_no_tokens() {
    let config = tokens_per_minute(5_000).with_max_attempts(1);
    let refused = Error::new(ErrorKind::Connect, "refused");
    let provider = MockProvider::new([MockReply::from(refused), "Slowly.".into()]);
    let options = ConsensusOptions::default().with_samples(1).with_retry(config);
    consensus(&provider, request(), &options).await.expect_err("refused");
    let start = Instant::now();
    consensus(&provider, request(), &options).await.expect("an answer");
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn more_than_was_thought_is_owed() {
    let limiter = RateLimiter::new(1_000.0, 1_000).and_then(|l| l.with_tokens_per_minute(600));
    let limiter = limiter.expect("a limiter");
    limiter.acquire_tokens(100).await;
    limiter.adjust_tokens(100, 700);
    let start = Instant::now();
    limiter.acquire_tokens(10).await;
    assert_eq!(start.elapsed().as_secs(), 1, "600 are gone, and 10 tokens take a second");
    limiter.adjust_tokens(u32::MAX, u64::MAX);
    limiter.adjust_tokens(0, u64::MAX);
    timeout(secs(121), limiter.acquire_tokens(600)).await.expect("never more than two minutes");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_a_server_names_holds_for_all_whatever_the_status() {
    for (kind, status) in
        [(ErrorKind::Server, 503), (ErrorKind::Server, 529), (ErrorKind::Rejected, 403)]
    {
        let limiter = RateLimiter::new(1_000.0, 1_000).expect("a limiter");
        let config = RetryConfig::none().with_limiter(limiter);
        let overloaded = Error::new(kind, "busy").with_status(status).with_retry_after(secs(60));
        let provider = MockProvider::new([MockReply::from(overloaded), "Slowly.".into()]);
        retry_complete(&config, &provider, &request()).await.expect_err("busy");
        let start = Instant::now();
        retry_complete(&config, &provider, &request()).await.expect("an answer");
        assert_eq!(start.elapsed().as_secs(), 60, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_asks_nothing_of_the_others() {
    let limiter = RateLimiter::new(1_000.0, 1_000).expect("a limiter");
    let config = RetryConfig::none().with_limiter(limiter.clone());
    limiter.cool_down(Some(secs(600)));
    let refused = retry_complete(&config, &short(), &request()).await.expect_err("too long");
    assert_eq!((refused.kind(), refused.attempts()), (ErrorKind::RateLimited, 0));
    let start = Instant::now();
    limiter.acquire().await;
    assert_eq!(start.elapsed().as_secs(), 600);
}

/// A server that takes one call at a time, and a client that gives up each after 31 s.
struct OneAtATime;

impl LlmProvider for OneAtATime {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let work = async {
            let _turn = TURN.lock().await;
            tokio::time::sleep(secs(30)).await;
        };
        match timeout(secs(31), work).await {
            Ok(()) => Ok("Slowly.".into()),
            Err(_) => Err(Error::new(ErrorKind::Timeout, "no answer in 31 s")),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_callers_of_a_server_that_takes_one_at_a_time_are_all_answered() {
    let limit = ConcurrencyLimit::new(1).expect("a limit");
    let config = RetryConfig::default().with_concurrency(limit.clone());
    let start = Instant::now();
    let request = request();
    let calls = (0..10).map(|_| retry(&config, || OneAtATime.complete(&request)));
    let answers = join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!((start.elapsed().as_secs(), limit.available()), (300, 1));
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_during_the_wait_for_a_retry_and_held_by_a_stream_to_its_end() {
    let limit = ConcurrencyLimit::new(1).expect("a limit");
    let config = RetryConfig::default().with_concurrency(limit.clone());
    let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(60));
    let provider = MockProvider::new([MockReply::from(busy), "Slowly.".into(), "Slowly.".into()]);
    let request = request();
    let first = retry_stream(&config, &provider, &request);
    let second =
        async { retry_complete(&config, &provider, &request).await.map(|_| Instant::now()) };
    let start = Instant::now();
    let (stream, answered) = tokio::join!(first, second);
    assert_eq!(answered.expect("an answer") - start, Duration::ZERO);
    let stream = stream.expect("the second attempt");
    assert_eq!(limit.available(), 0, "the stream is open");
    stream.collect().await.expect("whole");
    assert_eq!(limit.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn patterns_share_the_places_too() {
    let limit = ConcurrencyLimit::new(2).expect("a limit");
    let provider = MockProvider::new([MockReply::from("yes").after(secs(1))]);
    let options = ConsensusOptions::default()
        .with_samples(6)
        .with_concurrency(6)
        .with_budget(Budget::default().with_calls(6))
        .with_retry(RetryConfig::default().with_concurrency(limit.clone()));
    let start = Instant::now();
    consensus(&provider, request(), &options).await.expect("an answer");
    assert_eq!(start.elapsed().as_secs(), 3);
    for calls in [0, usize::MAX] {
        assert_eq!(ConcurrencyLimit::new(calls).expect_err("no limit").kind(), ErrorKind::Config);
    }
}
