//! What is retried, how often, and after how long.

mod phases;
mod reasons;
mod sharing;

use std::error::Error as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use ek_patterns::{RateLimiter, RetryBudget, RetryConfig, retry};
use tokio::time::Instant;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn server() -> Error {
    Error::new(ErrorKind::Server, "HTTP 503").with_may_have_executed(false)
}

/// Runs a script of outcomes and returns when each attempt was made.
async fn run(
    config: &RetryConfig,
    script: Vec<Result<&'static str>>,
) -> (Result<&'static str>, Vec<Duration>) {
    let start = Instant::now();
    let times = Mutex::new(Vec::new());
    let outcome = retry(config, || {
        let mut times = times.lock().expect("times");
        times.push(start.elapsed());
        let outcome = script[(times.len() - 1).min(script.len() - 1)].clone();
        async move { outcome }
    })
    .await;
    (outcome, times.into_inner().expect("times"))
}

#[tokio::test(start_paused = true)]
async fn the_first_attempt_is_counted_and_three_are_made_by_default() {
    let (outcome, times) = run(&RetryConfig::default(), vec![Err(server())]).await;
    let error = outcome.expect_err("an outage");
    assert_eq!((error.kind(), error.attempts(), times.len()), (ErrorKind::Server, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn none_makes_one_attempt() {
    let (outcome, times) = run(&RetryConfig::none(), vec![Err(server()), Ok("late")]).await;
    assert_eq!((outcome.expect_err("no retry").attempts(), times.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn success_after_failures_is_a_success() {
    let script = vec![Err(server()), Err(server()), Ok("answer")];
    let (outcome, times) = run(&RetryConfig::default(), script).await;
    assert_eq!((outcome.expect("the third attempt"), times.len()), ("answer", 3));
}

#[tokio::test(start_paused = true)]
async fn only_retryable_kinds_are_retried() {
    use ErrorKind::{
        BudgetExhausted, Config, Connect, ConsensusFailed, Interrupted, Malformed, MaxIterations,
        QuotaExhausted, RateLimited, Rejected, Server, Timeout, Tls, TooLarge, Unsupported,
    };
    for (kinds, attempts) in [
        (&[RateLimited, Server, Connect, Interrupted, Malformed][..], 3),
        (
            &[
                Timeout,
                Config,
                Unsupported,
                Rejected,
                QuotaExhausted,
                Tls,
                TooLarge,
                BudgetExhausted,
                ConsensusFailed,
                MaxIterations,
            ],
            1,
        ),
    ] {
        for kind in kinds {
            let (_, times) = run(&RetryConfig::default(), vec![Err(Error::new(*kind, ""))]).await;
            assert_eq!(times.len(), attempts, "{kind:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_s_word_overrides_the_class_and_never_the_limits() {
    let yes = Error::new(ErrorKind::Rejected, "").with_retryable(true);
    assert_eq!(run(&RetryConfig::default(), vec![Err(yes.clone())]).await.1.len(), 3);
    assert_eq!(run(&RetryConfig::none(), vec![Err(yes)]).await.1.len(), 1);
    let no = server().with_retryable(false);
    assert_eq!(run(&RetryConfig::default(), vec![Err(no)]).await.1.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_bought_is_left_alone_if_asked() {
    let ambiguous = Error::new(ErrorKind::Interrupted, "");
    let config = RetryConfig::default();
    assert_eq!(run(&config, vec![Err(ambiguous.clone())]).await.1.len(), 3);
    let careful = config.with_retry_ambiguous(false);
    assert_eq!(run(&careful, vec![Err(ambiguous)]).await.1.len(), 1);
    assert_eq!(run(&careful, vec![Err(server())]).await.1.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn waits_stay_below_their_bound_and_differ() {
    let config = RetryConfig::default().with_max_attempts(5);
    let mut first_waits = Vec::new();
    for seed in 0..50 {
        let (_, times) = run(&config.clone().with_jitter_seed(seed), vec![Err(server())]).await;
        for (k, pair) in times.windows(2).enumerate() {
            // A timer ticks in milliseconds.
            let bound = secs(1 << k) + Duration::from_millis(1);
            assert!(pair[1] - pair[0] <= bound, "{k}: {:?}", pair[1] - pair[0]);
        }
        first_waits.push(times[1]);
    }
    first_waits.sort_unstable();
    first_waits.dedup();
    assert!(first_waits.len() > 40, "{first_waits:?}");
}

#[tokio::test(start_paused = true)]
async fn the_server_s_wait_is_the_least() {
    let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(20));
    let (_, times) = run(&RetryConfig::default(), vec![Err(busy)]).await;
    assert!(times[1] >= secs(20) && times[2] >= secs(40), "{times:?}");
}

/// Scenario 30 of the fault list.
#[tokio::test(start_paused = true)]
async fn s30_a_wait_above_the_limit_is_not_slept_and_is_in_the_error() {
    for (wait, attempts) in [(120, 3), (121, 1), (277_403, 1)] {
        let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(wait));
        let (outcome, times) = run(&RetryConfig::default(), vec![Err(busy)]).await;
        assert_eq!(times.len(), attempts, "{wait}");
        assert_eq!(outcome.expect_err("busy").retry_after(), Some(secs(wait)));
    }
}

/// Scenario 71 of the fault list.
#[tokio::test(start_paused = true)]
async fn s71_no_wait_ends_past_the_deadline() {
    let config = RetryConfig::default().with_deadline(secs(10)).with_max_attempts(50);
    let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(4));
    let start = Instant::now();
    let (outcome, times) = run(&config, vec![Err(busy)]).await;
    assert_eq!(outcome.expect_err("busy").kind(), ErrorKind::RateLimited);
    assert!(times.len() == 3 && start.elapsed() < secs(10), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn s71_an_attempt_that_outlives_the_deadline_is_stopped_at_it() {
    let config = RetryConfig::default().with_deadline(secs(10));
    let start = Instant::now();
    let outcome: Result<()> = retry(&config, std::future::pending).await;
    assert_eq!(outcome.map_err(|e| e.kind()), Err(ErrorKind::Timeout));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn what_ends_the_retries_has_the_provider_s_own_error_as_its_source() {
    let config = RetryConfig::default().with_deadline(secs(30));
    let first = AtomicBool::new(true);
    let outcome: Result<()> = retry(&config, || async {
        if first.swap(false, Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Server, "HTTP 503"));
        }
        std::future::pending().await
    })
    .await;
    let late = outcome.expect_err("the deadline");
    let not_sent = Error::new(ErrorKind::BudgetExhausted, "no call is left").with_attempts(0);
    let (outcome, _) = run(&config, vec![Err(server()), Err(not_sent)]).await;
    for (error, kind) in
        [(late, ErrorKind::Timeout), (outcome.expect_err("the budget"), ErrorKind::BudgetExhausted)]
    {
        assert_eq!(error.kind(), kind);
        let source = error.source().expect("what was retried").downcast_ref::<Error>();
        assert_eq!(source.expect("an error of the provider").kind(), ErrorKind::Server);
    }
    let (outcome, _) =
        run(&config, vec![Err(server()), Err(Error::new(ErrorKind::Rejected, "HTTP 400"))]).await;
    assert!(
        outcome.expect_err("refused").source().is_none(),
        "the provider's own is the whole story"
    );
}

/// Scenario 72 of the fault list.
#[tokio::test(start_paused = true)]
async fn s72_an_empty_retry_budget_leaves_single_attempts_and_fills_with_successes() {
    let budget = RetryBudget::new(10, 0.5);
    let config = RetryConfig::default().with_retry_budget(budget.clone());
    let mut calls = Vec::new();
    for _ in 0..1_000 {
        let config = config.clone();
        calls.push(tokio::spawn(async move { run(&config, vec![Err(server())]).await.1.len() }));
    }
    let mut attempts = 0;
    for call in calls {
        attempts += call.await.expect("a call");
    }
    assert_eq!(attempts, 1_000 + 10);
    assert_eq!(run(&config, vec![Err(server())]).await.1.len(), 1);
    for _ in 0..2 {
        run(&config, vec![Ok("well again")]).await.0.expect("a success");
    }
    assert_eq!(run(&config, vec![Err(server())]).await.1.len(), 2);
    assert!(budget.available() >= 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_not_made_is_not_paid_for() {
    let budget = RetryBudget::new(1, 0.0);
    let config = RetryConfig::default().with_retry_budget(budget.clone());
    run(&config, vec![Err(Error::new(ErrorKind::Rejected, ""))]).await.0.expect_err("rejected");
    assert_eq!(budget.available(), 1.0);
}

/// Scenario 78 of the fault list.
#[tokio::test(start_paused = true)]
async fn s78_unusable_settings_are_config_errors_and_extreme_ones_saturate() {
    let usable = RetryConfig::default();
    for config in [
        usable.clone().with_max_attempts(0),
        usable.clone().with_multiplier(f64::NAN),
        usable.clone().with_multiplier(-1.0),
        usable.clone().with_multiplier(f64::INFINITY),
        usable.clone().with_deadline(Duration::ZERO),
    ] {
        let (outcome, times) = run(&config, vec![Ok("never asked")]).await;
        assert_eq!(outcome.map_err(|e| e.kind()), Err(ErrorKind::Config));
        assert!(times.is_empty());
    }
    let extreme = usable
        .with_max_attempts(u32::MAX)
        .with_base_delay(Duration::MAX)
        .with_max_delay(Duration::MAX)
        .with_deadline(Duration::MAX)
        .with_max_retry_after(Duration::MAX);
    assert_eq!(run(&extreme, vec![Ok("fine")]).await.0.expect("an answer"), "fine");
    let forever = Error::new(ErrorKind::RateLimited, "").with_retry_after(Duration::MAX);
    run(&extreme, vec![Err(forever)]).await.0.expect_err("no clock reaches that far");
}

/// Scenario 73 of the fault list: dropped in any phase, nothing goes on.
#[tokio::test(start_paused = true)]
async fn s73_dropping_the_future_stops_the_wait() {
    let attempts = AtomicU32::new(0);
    let busy = || {
        attempts.fetch_add(1, Ordering::Relaxed);
        let error = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(30));
        async move { Err::<(), _>(error) }
    };
    let config = RetryConfig::default();
    let stopped = tokio::time::timeout(secs(5), retry(&config, busy)).await;
    assert!(stopped.is_err());
    tokio::time::advance(secs(100)).await;
    assert_eq!(attempts.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_429_cools_down_every_user_of_the_limiter() {
    let limiter = RateLimiter::new(1_000.0, 10).expect("a limiter");
    let config = RetryConfig::none().with_limiter(limiter.clone());
    let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(7));
    run(&config, vec![Err(busy)]).await.0.expect_err("busy");
    let start = Instant::now();
    run(&config, vec![Ok("other")]).await.0.expect("an answer");
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[test]
fn the_defaults_are_three_attempts_one_second_doubled_up_to_a_minute() {
    let config = RetryConfig::default();
    assert_eq!((config.max_attempts, config.base_delay, config.max_delay), (3, secs(1), secs(60)));
    assert_eq!((config.multiplier, config.max_retry_after), (2.0, secs(120)));
    assert!(config.retry_ambiguous && config.deadline.is_none() && config.limiter.is_none());
    assert!(!config.retry_timeouts && config.concurrency.is_none());
    assert!(config.retry_budget.is_none() && config.jitter_seed.is_none());
}
