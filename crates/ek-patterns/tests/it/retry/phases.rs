//! The phases of a retried call: waiting for the limiter, the attempt, the wait. Each can be left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ek_core::{ChatRequest, Error, ErrorKind, Result, Spend, Usage};
use ek_mock::MockProvider;
use ek_patterns::{
    Budget, Estimate, Ledger, MapReduceOptions, RateLimiter, RetryBudget, RetryConfig, map_reduce,
    retry,
};
use tokio::time::{Instant, timeout};

use super::{run, secs, server};
use crate::support::drop_at_every_poll;

fn busy(wait: u64) -> Error {
    Error::new(ErrorKind::RateLimited, "HTTP 429").with_retry_after(secs(wait))
}

#[tokio::test(start_paused = true)]
async fn it_can_be_dropped_in_every_phase_and_holds_nothing_back() {
    let start = || {
        let limiter = RateLimiter::new(1.0, 1).expect("a limiter");
        let budget = RetryBudget::new(5, 0.0);
        let config =
            RetryConfig::default().with_limiter(limiter.clone()).with_retry_budget(budget.clone());
        let attempts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&attempts);
        let call = async move {
            let op = || {
                let attempt = counted.fetch_add(1, Ordering::Relaxed);
                async move {
                    tokio::task::yield_now().await;
                    if attempt < 2 { Err(server()) } else { Ok(()) }
                }
            };
            retry(&config, op).await
        };
        ((budget, attempts), call)
    };
    let polls = drop_at_every_poll(start, |(budget, attempts), polls, output| {
        // Paid is for retries that were made, or wait for the limiter; not for those still waited for.
        let made = attempts.load(Ordering::Relaxed);
        let paid = 5.0 - budget.available();
        let retries = f64::from(made.saturating_sub(1));
        assert!(paid == retries || paid == retries + 1.0 && made < 3, "{polls}: {paid} for {made}");
        assert!(output.is_none() || made == 3, "{polls}");
    });
    assert!(polls.await > 5, "attempts, waits and turns are polls of their own");
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_the_caller_does_not_wait_for_is_given_back() {
    let budget = RetryBudget::new(1, 0.0);
    let config = RetryConfig::default().with_retry_budget(budget.clone());
    let call = retry(&config, || async { Err::<(), _>(busy(30)) });
    timeout(secs(5), call).await.expect_err("still waiting");
    assert_eq!(budget.available(), 1.0);
}

#[tokio::test(start_paused = true)]
async fn the_limiter_is_taken_once_for_each_attempt() {
    let limiter = RateLimiter::new(0.1, 1).expect("a limiter");
    let config = RetryConfig::default().with_limiter(limiter);
    let (outcome, times) = run(&config, vec![Err(server()), Err(server()), Ok("up")]).await;
    outcome.expect("the third attempt");
    let times: Vec<_> = times.iter().map(std::time::Duration::as_secs).collect();
    assert_eq!(times, [0, 10, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_that_may_not_be_slept_is_an_error_at_once_and_nothing_is_sent() {
    let limiter = RateLimiter::new(1_000.0, 10).expect("a limiter");
    let config = RetryConfig::default().with_limiter(limiter.clone());
    run(&config, vec![Err(busy(600))]).await.0.expect_err("a long wait");
    for config in [config.clone(), config.with_max_retry_after(secs(900)).with_deadline(secs(60))] {
        let start = Instant::now();
        let (outcome, times) = run(&config, vec![Ok("never asked")]).await;
        let error = outcome.expect_err("the limiter cools down");
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(secs(600))));
        assert!(!error.may_have_executed() && times.is_empty() && start.elapsed().is_zero());
        assert!(error.to_string().starts_with("not sent: the rate limiter cools down"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_that_begins_while_calls_wait_is_too_long_for_them_as_well() {
    let limiter = RateLimiter::new(0.1, 1).expect("a limiter");
    let config = RetryConfig::default().with_limiter(limiter.clone());
    limiter.acquire().await;
    let (first, second) = (config.clone().with_max_retry_after(secs(900)), config.clone());
    let third = first.clone().with_deadline(secs(300));
    let queue = [first, second, third].map(|config| {
        tokio::spawn(async move {
            let (outcome, _) = run(&config, vec![Ok("asked")]).await;
            (outcome.map_err(|error| (error.kind(), error.retry_after())), Instant::now())
        })
    });
    let start = Instant::now();
    tokio::time::advance(secs(5)).await;
    tokio::task::yield_now().await;
    limiter.cool_down(Some(secs(600)));
    let [first, second, third] = queue;
    let too_long = Err((ErrorKind::RateLimited, Some(secs(600))));
    for refused in [second, third] {
        let (outcome, at) = refused.await.expect("no panic");
        assert_eq!(
            (outcome, at - start),
            (too_long, secs(5)),
            "its place in the queue does not matter"
        );
    }
    assert_eq!(first.await.expect("no panic").0, Ok("asked"), "it may wait that long");
    assert!(start.elapsed() >= secs(605));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_during_the_wait_for_the_limiter_or_the_budget_costs_nothing() {
    let limiter = RateLimiter::new(0.01, 1).expect("a limiter");
    limiter.acquire().await;
    let config = RetryConfig::default().with_deadline(secs(5));
    let (outcome, times) =
        run(&config.clone().with_limiter(limiter), vec![Ok("never asked")]).await;
    let no_permit = outcome.expect_err("no permit");
    let ledger = Ledger::new(Budget::default().with_output_tokens(100)).expect("a budget");
    let _held = ledger.reserve(Estimate::new(0, 60)).expect("it fits");
    let options = MapReduceOptions::default().with_ledger(ledger).with_retry(config);
    let mock = MockProvider::new(["never asked"]);
    let ask = |text: &str| ChatRequest::user(text).with_max_tokens(60);
    let ended = map_reduce(&mock, ["x"], ask, |_| ChatRequest::user("y"), &options).await;
    let no_budget = ended.expect_err("no budget");
    for error in [no_permit, no_budget] {
        assert_eq!((error.kind(), error.may_have_executed()), (ErrorKind::Timeout, false));
        assert_eq!((error.attempts(), error.spend().calls), (0, 0));
        assert!(error.to_string().contains("before an attempt was sent"), "{error}");
    }
    assert_eq!((times.len(), mock.call_count()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_error_has_the_spend_of_all_attempts() {
    let mut tokens = 0;
    let error = retry(&RetryConfig::default(), || {
        tokens += 1;
        let spend = Spend::of(Usage::new(tokens, 1));
        async move { Result::<()>::Err(server().with_spend(spend)) }
    })
    .await
    .expect_err("an outage");
    assert_eq!((error.spend().calls, error.spend().usage), (3, Usage::new(1 + 2 + 3, 3)));
}
