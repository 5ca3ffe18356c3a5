//! Requests that are given up while they are sent: none holds up the others of its connection, whose
//! requests go out together with it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ek_core::{ChatRequest, LlmProvider as _};
use ek_http::Provider;
use fastrand::Rng;
use hyper::Response;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::frames::{
    CANCEL, Did, Frames, INTERNAL_ERROR, MAX_CONCURRENT_STREAMS, NO_ERROR, REFUSED_STREAM,
};
use super::secure::{Secure, SecureWire};
use super::{all_well, ask, assert_well};
use crate::support::{REPLY, completion, in_time};

const CALLERS: usize = 64;

/// A call that is dropped after it was polled this often.
struct DroppedAfter<F> {
    call: Option<Pin<Box<F>>>,
    polls: usize,
}

impl<F: Future> Future for DroppedAfter<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.polls == 0 {
            self.call = None;
            return Poll::Ready(());
        }
        self.polls -= 1;
        let is_last = self.polls == 0;
        let Some(call) = &mut self.call else { return Poll::Ready(()) };
        let polled = call.as_mut().poll(cx).map(drop);
        if is_last {
            // Dropped at the next turn, between two polls of the connection.
            cx.waker().wake_by_ref();
        }
        polled
    }
}

fn dropped_after(polls: usize, call: impl Future) -> impl Future<Output = ()> {
    DroppedAfter { call: Some(Box::pin(call)), polls }
}

/// A request with a text of this many bytes.
async fn ask_at_length(provider: Provider, bytes: usize) {
    let _ = provider.complete(&ChatRequest::user("x".repeat(bytes))).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_dropped_at_any_poll_leave_the_connection_to_the_others() {
    const TEN_AT_ONCE: &[(u16, u32)] = &[(MAX_CONCURRENT_STREAMS, 10)];
    for seed in 0..6 {
        let wire = SecureWire::http2(TEN_AT_ONCE, |mut frames| async move {
            let mut random = Rng::with_seed(7);
            loop {
                match frames.next().await {
                    Did::Ask(stream) if random.bool() => frames.answer(stream).await,
                    Did::Ask(stream) => {
                        frames.head(stream).await;
                        sleep(Duration::from_millis(random.u64(0..3))).await;
                        frames.data(stream, completion(REPLY), true).await;
                    }
                    Did::Reset(..) => {}
                    Did::Leave => return,
                }
            }
        });
        let provider = wire.provider(|settings| settings.max_connections(1));
        let mut random = Rng::with_seed(seed);
        for _ in 0..4 {
            let mut calls = JoinSet::new();
            for _ in 0..CALLERS {
                let call = ask(provider.clone());
                match random.usize(0..10) {
                    polls @ 0..7 => drop(calls.spawn(dropped_after(polls, call))),
                    _ => drop(calls.spawn(async { assert_well(call.await) })),
                }
            }
            while let Some(outcome) = in_time(calls.join_next()).await {
                outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            }
        }
        all_well(&provider, CALLERS).await;
        assert!(wire.wire.peak() <= 1, "seed {seed}");
        in_time(provider.close()).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(wire.wire.open(), 0, "seed {seed}");
    }
}

/// Reads each request slowly and within its windows, and answers it well.
async fn read_slowly(stream: Secure, seed: u64) {
    let mut random = Rng::with_seed(seed);
    let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
    let mut answers = JoinSet::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let pause = Duration::from_millis(random.u64(0..5));
        answers.spawn(async move {
            let mut body = request.into_body();
            while let Some(Ok(data)) = body.data().await {
                sleep(pause).await;
                let _ = body.flow_control().release_capacity(data.len());
            }
            if let Ok(mut stream) = respond.send_response(Response::new(()), false) {
                let _ = stream.send_data(Bytes::from(completion(REPLY)), true);
            }
        });
    }
}

#[tokio::test(start_paused = true)]
async fn large_requests_that_are_dropped_on_their_way_take_no_window_with_them() {
    for seed in 0..4 {
        let wire = SecureWire::new(&["h2"], move |stream| read_slowly(stream, seed));
        let provider = wire.provider(|settings| settings.max_connections(1));
        let mut random = Rng::with_seed(seed);
        let mut calls = JoinSet::new();
        for _ in 0..CALLERS {
            let call = ask_at_length(provider.clone(), random.usize(0..300_000));
            let patience = Duration::from_millis(random.u64(0..60));
            calls.spawn(async move { drop(tokio::time::timeout(patience, call).await) });
        }
        while in_time(calls.join_next()).await.is_some() {}
        let large = ChatRequest::user("x".repeat(1_000_000));
        assert_well(in_time(provider.complete(&large)).await);
        all_well(&provider, CALLERS).await;
        assert_eq!(wire.wire.dialled(), 1, "seed {seed}");
    }
}

/// Answers, refuses, resets, stalls and leaves as chance has it; a few dozen requests at most.
async fn be_unsteady(mut frames: Frames, seed: u64) {
    let mut random = Rng::with_seed(seed);
    for _ in 0..random.usize(1..40) {
        let stream = match frames.next().await {
            Did::Ask(stream) => stream,
            Did::Reset(..) => continue,
            Did::Leave => return,
        };
        sleep(Duration::from_millis(random.u64(0..4))).await;
        match random.u8(0..16) {
            0 => frames.reset(stream, REFUSED_STREAM).await,
            1 => frames.reset(stream, INTERNAL_ERROR).await,
            2 => {
                frames.head(stream).await;
                frames.reset(stream, CANCEL).await;
            }
            3 => frames.head(stream).await,
            4 => {}
            5 => {
                frames.go_away(stream, NO_ERROR).await;
                frames.answer(stream).await;
            }
            _ => frames.answer(stream).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_server_does_to_calls_that_are_dropped_no_place_is_lost() {
    for seed in 0..3 {
        let connections = Arc::new(AtomicUsize::new(0));
        let unsteady = Arc::new(AtomicUsize::new(usize::MAX));
        let (count, until) = (Arc::clone(&connections), Arc::clone(&unsteady));
        let wire = SecureWire::http2(&[(MAX_CONCURRENT_STREAMS, 10)], move |mut frames| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let is_unsteady = number < until.load(Ordering::SeqCst);
            async move {
                if is_unsteady {
                    be_unsteady(frames, seed ^ number as u64).await;
                } else {
                    frames.answer_all().await;
                }
            }
        });
        let provider = wire
            .provider(|settings| settings.max_connections(3).timeout(Duration::from_millis(500)));
        let mut random = Rng::with_seed(seed);
        for _ in 0..4 {
            let mut calls = JoinSet::new();
            for _ in 0..CALLERS {
                let call = ask(provider.clone());
                match random.usize(0..12) {
                    polls @ 0..6 => drop(calls.spawn(dropped_after(polls, call))),
                    6 => {
                        let patience = Duration::from_millis(random.u64(0..30));
                        drop(calls.spawn(async move {
                            let _ = tokio::time::timeout(patience, call).await;
                        }));
                    }
                    _ => drop(calls.spawn(async { drop(call.await) })),
                }
            }
            while let Some(outcome) = in_time(calls.join_next()).await {
                outcome.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            }
        }
        // From now on the server is well; the connections that are left wear out.
        unsteady.store(0, Ordering::SeqCst);
        for _ in 0..400 {
            let _ = in_time(ask(provider.clone())).await;
        }
        all_well(&provider, CALLERS).await;
        assert!(wire.wire.peak() <= 3, "seed {seed}: {}", wire.wire.peak());
        in_time(provider.close()).await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(wire.wire.open(), 0, "seed {seed}");
    }
}
