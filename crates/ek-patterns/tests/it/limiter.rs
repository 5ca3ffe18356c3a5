//! Requests are admitted in order, at the rate of the limiter, and after a cool-down.

use std::time::Duration;

use ek_core::ErrorKind;
use ek_patterns::RateLimiter;
use tokio::time::{Instant, timeout};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[tokio::test(start_paused = true)]
async fn a_burst_comes_at_once_and_the_rest_at_the_rate() {
    let limiter = RateLimiter::new(10.0, 3).expect("a limiter");
    let start = Instant::now();
    let mut times = Vec::new();
    for _ in 0..6 {
        limiter.acquire().await;
        times.push(start.elapsed().as_millis() / 10 * 10);
    }
    assert_eq!(times, [0, 0, 0, 100, 200, 300]);
}

#[tokio::test(start_paused = true)]
async fn tokens_are_limited_by_the_minute() {
    let limiter = RateLimiter::new(100.0, 100).and_then(|l| l.with_tokens_per_minute(600));
    let limiter = limiter.expect("a limiter");
    let start = Instant::now();
    limiter.acquire_tokens(600).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    limiter.acquire_tokens(100).await;
    assert_eq!(start.elapsed().as_secs(), 10);
    limiter.acquire_tokens(1_000_000).await;
    assert_eq!(start.elapsed().as_secs(), 70, "more than a minute's worth is a minute's worth");
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_is_extended_and_never_shortened() {
    let limiter = RateLimiter::new(1_000.0, 1_000).expect("a limiter");
    limiter.cool_down(Some(ms(5_000)));
    limiter.cool_down(Some(ms(1_000)));
    let start = Instant::now();
    let waiting = tokio::spawn({
        let limiter = limiter.clone();
        async move { limiter.acquire().await }
    });
    tokio::time::advance(ms(4_000)).await;
    limiter.cool_down(Some(ms(8_000)));
    waiting.await.expect("admitted");
    assert_eq!(start.elapsed().as_secs(), 12);
}

#[tokio::test(start_paused = true)]
async fn a_cool_down_that_no_clock_reaches_is_far_and_not_none() {
    for wait in [Duration::MAX, Duration::from_secs(u64::MAX / 2)] {
        let limiter = RateLimiter::new(1_000.0, 1_000).expect("a limiter");
        limiter.cool_down(Some(wait));
        let day = Duration::from_secs(24 * 60 * 60);
        timeout(day, limiter.acquire()).await.expect_err("it cools down");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_drains_what_was_saved_up() {
    let limiter = RateLimiter::new(1.0, 10).expect("a limiter");
    limiter.cool_down(None);
    let start = Instant::now();
    let mut times = Vec::new();
    for _ in 0..3 {
        limiter.acquire().await;
        times.push(start.elapsed().as_secs());
    }
    assert_eq!(times, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_stops_waiting_takes_nothing() {
    let limiter = RateLimiter::new(1.0, 1).expect("a limiter");
    limiter.acquire().await;
    let start = Instant::now();
    for _ in 0..3 {
        timeout(ms(200), limiter.acquire()).await.expect_err("too early");
    }
    limiter.acquire().await;
    assert_eq!(start.elapsed().as_millis() / 10, 100);
}

#[test]
fn unusable_rates_are_config_errors() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(RateLimiter::new(rate, 1).map_err(|e| e.kind()).err(), Some(ErrorKind::Config));
    }
    assert!(RateLimiter::new(1.0, 0).is_err());
    assert!(RateLimiter::new(1.0, 1).and_then(|l| l.with_tokens_per_minute(0)).is_err());
}
