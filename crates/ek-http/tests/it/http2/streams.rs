//! Streams: how many there are at once, who waits for one, and how one ends without the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ek_core::ErrorKind::Timeout;
use ek_core::{LlmProvider as _, StreamEvent, StreamingProvider as _};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::frames::{CANCEL, Did, Frames, MAX_CONCURRENT_STREAMS, NO_ERROR};
use super::secure::SecureWire;
use super::{all_well, ask, assert_well, first};
use crate::support::{in_time, question, settled};

const TWO_AT_ONCE: &[(u16, u32)] = &[(MAX_CONCURRENT_STREAMS, 2)];

/// Answers each request a second after it came, and tells how many were open at most.
pub(super) fn counting(limits: &'static [(u16, u32)]) -> (SecureWire, Arc<AtomicUsize>) {
    let peak = Arc::new(AtomicUsize::new(0));
    let record = Arc::clone(&peak);
    let wire = SecureWire::http2(limits, move |mut frames| {
        let record = Arc::clone(&record);
        async move {
            let mut open: Vec<(u32, Instant)> = Vec::new();
            loop {
                let due = open.first().map_or(Instant::now() + Duration::from_secs(9999), |o| o.1);
                tokio::select! {
                    did = frames.next() => match did {
                        Did::Ask(stream) => {
                            open.push((stream, Instant::now() + Duration::from_secs(1)));
                            record.fetch_max(open.len(), Ordering::SeqCst);
                        }
                        Did::Reset(stream, _) => open.retain(|o| o.0 != stream),
                        Did::Leave => return,
                    },
                    () = tokio::time::sleep_until(due) => {
                        let (stream, _) = open.remove(0);
                        frames.answer(stream).await;
                    }
                }
            }
        }
    });
    (wire, peak)
}

#[tokio::test(start_paused = true)]
async fn the_peer_s_limit_of_streams_is_respected_and_the_others_wait() {
    let (wire, peak) = counting(TWO_AT_ONCE);
    let provider = wire.provider(|settings| settings.max_connections(1));
    // The settings come with the first connection.
    assert_well(in_time(ask(provider.clone())).await);
    let start = Instant::now();
    all_well(&provider, 10).await;
    assert_eq!((peak.load(Ordering::SeqCst), wire.wire.dialled()), (2, 1));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_limit_get_a_further_connection_while_there_may_be_one() {
    let (wire, peak) = counting(TWO_AT_ONCE);
    let provider = wire.provider(|settings| settings.max_connections(3));
    let start = Instant::now();
    let mut calls = JoinSet::new();
    for _ in 0..12 {
        calls.spawn(ask(provider.clone()));
        // So that the limit of each connection is known before the next call comes.
        sleep(Duration::from_millis(1)).await;
    }
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    assert_eq!((peak.load(Ordering::SeqCst), wire.wire.peak()), (2, 3));
    assert!(start.elapsed() < Duration::from_millis(2_500), "two rounds of six");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_takes_no_streams_any_longer_is_closed_and_another_one_opened() {
    for lowers_first in [true, false] {
        let wire = first(move |mut frames| async move {
            let stream = frames.asked().await.expect("a request");
            if lowers_first {
                frames.limit_streams(0).await;
                frames.answer(stream).await;
            } else {
                frames.answer(stream).await;
                frames.limit_streams(0).await;
            }
            frames.answer_all().await;
        });
        let provider = wire.provider(|settings| settings);
        assert_well(in_time(ask(provider.clone())).await);
        settled().await;
        assert_eq!(wire.wire.open(), 0);
        assert_well(in_time(ask(provider)).await);
        assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_may_not_open_its_stream_yet_waits_until_it_may() {
    let wire = SecureWire::http2(&[(MAX_CONCURRENT_STREAMS, 0)], |mut frames| async move {
        sleep(Duration::from_secs(5)).await;
        frames.limit_streams(1).await;
        frames.answer_all().await;
    });
    let provider = wire.provider(|settings| settings.max_connections(1));
    all_well(&provider, 3).await;
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_stream_is_no_longer_than_the_timeout() {
    let wire = SecureWire::http2(&[(MAX_CONCURRENT_STREAMS, 1)], |mut frames| async move {
        let first = frames.asked().await.expect("a request");
        frames.answer(first).await;
        while frames.asked().await.is_some() {}
    });
    let provider = wire.provider(|settings| settings.max_connections(1));
    assert_well(in_time(ask(provider.clone())).await);
    let holds = tokio::spawn(ask(provider.clone()));
    settled().await;
    let request = question().with_timeout(Duration::from_secs(5));
    let start = Instant::now();
    let error = in_time(provider.complete(&request)).await.expect_err("no stream");
    assert_eq!((error.kind(), start.elapsed()), (Timeout, Duration::from_secs(5)));
    assert!(!error.may_have_executed());
    assert!(error.to_string().contains("raise max_connections"), "{error}");
    holds.abort();
}

#[tokio::test(start_paused = true)]
async fn s65_dropping_a_call_resets_its_stream_and_leaves_the_others_alone() {
    let (did, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let wire = SecureWire::http2(&[], move |mut frames: Frames| {
        let did = did.clone();
        async move {
            let stays = frames.asked().await.expect("a request");
            frames.asked().await.expect("a second one");
            frames.head(stays).await;
            let next = frames.next().await;
            did.send(next).expect("somebody listens");
            frames.data(stays, crate::support::completion(crate::support::REPLY), true).await;
            frames.answer_all().await;
        }
    });
    let provider = wire.provider(|settings| settings);
    let stays = tokio::spawn(ask(provider.clone()));
    sleep(Duration::from_millis(10)).await;
    let goes = timeout(Duration::from_secs(1), ask(provider.clone())).await;
    assert!(goes.is_err());
    assert_eq!(in_time(heard.recv()).await, Some(Did::Reset(3, CANCEL)));
    assert_well(in_time(stays).await.expect("no panic"));
    assert_well(in_time(ask(provider)).await);
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn s65_dropping_a_stream_in_the_middle_resets_it() {
    let (did, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let wire = SecureWire::http2(&[], move |mut frames: Frames| {
        let did = did.clone();
        async move {
            let stream = frames.asked().await.expect("a request");
            frames.head(stream).await;
            let piece = r#"data: {"choices":[{"index":0,"delta":{"content":"one"}}]}"#;
            frames.data(stream, format!("{piece}\n\n"), false).await;
            let next = frames.next().await;
            did.send(next).expect("somebody listens");
            frames.answer_all().await;
        }
    });
    let provider = wire.provider(|settings| settings);
    let mut stream = in_time(provider.stream(&question())).await.expect("a stream");
    let first = in_time(stream.next()).await;
    assert!(matches!(first, Some(Ok(StreamEvent::Text(piece))) if piece == "one"));
    drop(stream);
    assert_eq!(in_time(heard.recv()).await, Some(Did::Reset(1, CANCEL)));
    assert_well(in_time(ask(provider)).await);
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_limit_that_a_server_may_say_is_known_once_it_is_said() {
    const LIMITS: [&[(u16, u32)]; 3] = [
        &[(MAX_CONCURRENT_STREAMS, 100)],
        &[(MAX_CONCURRENT_STREAMS, 101)],
        &[(MAX_CONCURRENT_STREAMS, 102)],
    ];
    for limits in LIMITS {
        let (wire, peak) = counting(limits);
        let provider = wire.provider(|settings| settings);
        assert_well(in_time(ask(provider.clone())).await);
        let start = Instant::now();
        all_well(&provider, 200).await;
        let limit = usize::try_from(limits[0].1).expect("small");
        assert_eq!(peak.load(Ordering::SeqCst), limit);
        assert_eq!(start.elapsed(), Duration::from_secs(1), "{limit}: all go side by side");
    }
}

#[tokio::test(start_paused = true)]
async fn s73_wherever_calls_are_dropped_the_connections_carry_as_many_as_before() {
    use fastrand::Rng;

    for seed in 0..10 {
        let (wire, peak) = counting(TWO_AT_ONCE);
        let provider = wire.provider(|settings| settings.max_connections(4));
        assert_well(in_time(ask(provider.clone())).await);
        let mut random = Rng::with_seed(seed);
        let mut calls = JoinSet::new();
        for _ in 0..100 {
            let (provider, mut random) = (provider.clone(), random.fork());
            calls.spawn(async move {
                sleep(Duration::from_millis(random.u64(0..4_000))).await;
                let patience = Duration::from_millis(random.u64(0..4_000));
                let _ = timeout(patience, ask(provider)).await;
            });
        }
        while in_time(calls.join_next()).await.is_some() {}
        let start = Instant::now();
        all_well(&provider, 8).await;
        assert!(start.elapsed() < Duration::from_millis(1_500), "seed {seed}: a stream is lost");
        assert!(peak.load(Ordering::SeqCst) <= 2 && wire.wire.peak() <= 4, "seed {seed}");
        in_time(provider.close()).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(wire.wire.open(), 0, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_calls_is_closed_when_its_time_is_over() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let provider = wire.provider(|s| s.pool_idle_timeout(Duration::from_secs(50)));
    all_well(&provider, 3).await;
    sleep(Duration::from_secs(49)).await;
    assert_eq!(wire.wire.open(), 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(wire.wire.open(), 0);
    assert_well(in_time(ask(provider.clone())).await);
    drop(provider);
    settled().await;
    sleep(Duration::from_millis(10)).await;
    assert_eq!((wire.wire.open(), wire.wire.dialled()), (0, 4));
}

#[tokio::test(start_paused = true)]
async fn no_connection_is_kept_where_none_may_be_idle() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let provider = wire.provider(|settings| settings.pool_max_idle(0));
    for opened in 1..=3 {
        assert_well(in_time(ask(provider.clone())).await);
        sleep(Duration::from_millis(10)).await;
        assert_eq!((wire.wire.dialled(), wire.wire.open()), (opened, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_every_stream() {
    let wire = SecureWire::http2(&[], |mut frames: Frames| async move {
        let (one, two) = (frames.asked().await, frames.asked().await);
        for stream in [one, two].into_iter().flatten() {
            sleep(Duration::from_secs(1)).await;
            frames.answer(stream).await;
        }
        assert_eq!(frames.next().await, Did::Leave);
        frames.go_away(0, NO_ERROR).await;
    });
    let provider = wire.provider(|settings| settings);
    let calls = [tokio::spawn(ask(provider.clone())), tokio::spawn(ask(provider.clone()))];
    sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    in_time(provider.close()).await;
    assert_eq!(start.elapsed(), Duration::from_millis(1_900));
    for call in calls {
        assert_well(in_time(call).await.expect("no panic"));
    }
    sleep(Duration::from_millis(10)).await;
    assert_eq!(wire.wire.open(), 0);
}
