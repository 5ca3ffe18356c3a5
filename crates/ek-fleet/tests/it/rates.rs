//! Several processes under one rate: any window keeps to it, and a cool-down holds for all.

use std::time::Duration;

use ek_core::{ChatRequest, ErrorKind, LlmResponse};
use ek_fleet::{Fleet, FleetOptions, OnLoss, Rate};
use ek_mock::MockProvider;
use ek_patterns::{RateLimiter, RetryConfig, retry_complete};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::{TestStore, pass, process, with_options};

fn limiter(fleet: &Fleet, rate: Rate) -> RateLimiter {
    fleet.limiter("account", rate).expect("a rate")
}

/// The times at which these limiters admit requests, in milliseconds, in order.
async fn admitted(limiters: Vec<RateLimiter>, seconds: u64) -> Vec<u64> {
    let (start, length) = (Instant::now(), Duration::from_secs(seconds));
    let mut tasks = JoinSet::new();
    for limiter in limiters {
        tasks.spawn(async move {
            let mut times = Vec::new();
            while start.elapsed() < length {
                limiter.acquire().await;
                times.push(u64::try_from(start.elapsed().as_millis()).expect("a time"));
            }
            times
        });
    }
    let mut times = tasks.join_all().await.concat();
    times.sort_unstable();
    times
}

/// The largest and the smallest number in a window, of all windows that begin with a request.
fn windows(times: &[u64], length: u64) -> (usize, usize) {
    let last = times.last().copied().unwrap_or(0);
    let begins = times.iter().enumerate().filter(|(_, begin)| **begin + length <= last);
    let counts =
        begins.map(|(n, begin)| times[n..].iter().take_while(|t| **t < begin + length).count());
    counts.fold((0, usize::MAX), |(most, least), count| (most.max(count), least.min(count)))
}

#[tokio::test(start_paused = true)]
async fn eight_processes_keep_to_the_rate_in_every_window() {
    for burst in [1, 10] {
        let store = TestStore::default();
        let rate = Rate::per_minute(600).with_burst(burst);
        let fleets: Vec<Fleet> = (0..8).map(|_| process(&store)).collect();
        let limiters = fleets.iter().map(|fleet| limiter(fleet, rate)).collect();
        let times = admitted(limiters, 60).await;
        let (most, least) = windows(&times, 10_000);
        let above = usize::try_from(burst).expect("small");
        assert!(least >= 95 && most <= 100 + above, "{least} to {most} with a burst of {burst}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_process_alone_gets_the_whole_rate_with_few_questions() {
    let store = TestStore::default();
    let rate = Rate::per_minute(60_000).with_burst(100);
    let fleet = process(&store);
    let times = admitted(vec![limiter(&fleet, rate)], 10).await;
    let (most, least) = windows(&times, 1_000);
    assert!(least >= 950 && most <= 1_100, "{least} to {most}");
    let questions = store.questions();
    assert!(questions <= times.len() as u64 / 20, "{questions} questions for {}", times.len());
}

#[tokio::test(start_paused = true)]
async fn tokens_are_shared_and_come_back_to_the_process_that_did_not_use_them() {
    let store = TestStore::default();
    let rate = Rate::per_minute(6_000).with_tokens_per_minute(6_000);
    let fleets: Vec<Fleet> = (0..2).map(|_| process(&store)).collect();
    let limiters: Vec<_> = fleets.iter().map(|fleet| limiter(fleet, rate)).collect();
    let start = Instant::now();
    for limiter in &limiters {
        limiter.acquire_tokens(3_000).await;
    }
    assert!(start.elapsed() < Duration::from_millis(100), "a minute's tokens come at once");
    limiters[0].acquire_tokens(600).await;
    let waited = start.elapsed().as_secs();
    assert!((5..=7).contains(&waited), "600 of 6,000 in a minute are 6 s, and not {waited} s");
    limiters[0].adjust_tokens(600, 0);
    limiters[0].acquire_tokens(600).await;
    assert_eq!(start.elapsed().as_secs(), waited);
}

#[tokio::test(start_paused = true)]
async fn the_cool_down_of_one_process_holds_for_all() {
    let store = TestStore::default();
    let rate = Rate::per_minute(600).with_burst(10);
    let fleets: Vec<Fleet> = (0..8).map(|_| process(&store)).collect();
    let limiters: Vec<_> = fleets.iter().map(|fleet| limiter(fleet, rate)).collect();
    let first = limiters[0].clone();
    let cools = tokio::spawn(async move {
        pass(5.0).await;
        first.cool_down(Some(Duration::from_secs(4)));
    });
    let times = admitted(limiters, 20).await;
    cools.await.expect("a cool-down");
    let during = times.iter().filter(|time| (5_001..9_000).contains(*time)).count();
    assert!(during <= 16, "each process had at most two places already: {during}");
    let after = times.iter().filter(|time| (9_000..10_000).contains(*time)).count();
    assert!((5..=11).contains(&after), "no burst follows: {after}");
}

#[tokio::test(start_paused = true)]
async fn without_the_store_each_process_goes_on_with_its_share() {
    let store = TestStore::default();
    let rate = Rate::per_minute(600).with_burst(2);
    let fleets: Vec<Fleet> = (0..4).map(|_| process(&store)).collect();
    let limiters: Vec<_> = fleets.iter().map(|fleet| limiter(fleet, rate)).collect();
    admitted(limiters.clone(), 5).await;
    store.set_away(true);
    admitted(limiters.clone(), 2).await;
    let times = admitted(limiters.clone(), 30).await;
    let (most, least) = windows(&times, 10_000);
    assert!(least >= 95 && most <= 104, "{least} to {most}");
    store.set_away(false);
    pass(2.0).await;
    let times = admitted(limiters, 30).await;
    let (most, least) = windows(&times, 10_000);
    assert!(least >= 95 && most <= 102, "{least} to {most}");
}

#[tokio::test(start_paused = true)]
async fn without_the_store_refuse_ends_calls_at_once_and_allow_admits_them() {
    let provider = MockProvider::new([LlmResponse::text("x")]);
    let ask = async |on_loss| {
        let store = TestStore::default();
        let fleet = with_options(&store, FleetOptions::default().with_on_loss(on_loss));
        let config = RetryConfig::default().with_limiter(limiter(&fleet, Rate::per_minute(60)));
        let request = ChatRequest::user("x").with_max_tokens(10);
        retry_complete(&config, &provider, &request).await.expect("the first");
        store.set_away(true);
        let second = retry_complete(&config, &provider, &request);
        // The limiter finds out that the store is away while this one waits.
        let second = tokio::time::timeout(Duration::from_secs(3), second).await;
        drop(second);
        let start = Instant::now();
        let third = retry_complete(&config, &provider, &request).await;
        (third.map(drop).map_err(|error| error.kind()), start.elapsed())
    };
    assert_eq!(ask(OnLoss::Refuse).await, (Err(ErrorKind::RateLimited), Duration::ZERO));
    assert_eq!(ask(OnLoss::Allow).await, (Ok(()), Duration::ZERO));
}

#[tokio::test]
async fn a_rate_of_nothing_is_a_config_error() {
    let fleet = process(&TestStore::default());
    for rate in [
        Rate::per_minute(0),
        Rate::per_minute(10).with_burst(0),
        Rate::per_minute(10).with_tokens_per_minute(0),
    ] {
        let error = fleet.limiter("account", rate).expect_err("nothing");
        assert_eq!(error.kind(), ErrorKind::Config);
    }
}
