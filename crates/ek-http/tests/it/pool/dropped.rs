//! Calls that are dropped anywhere: nothing leaks, nobody waits for ever, and all places are free in
//! the end. Random, from seeds: the same seed gives the same run on the paused clock.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ek_core::StreamingProvider as _;
use ek_http::Provider;
use fastrand::Rng;
use tokio::io::DuplexStream;
use tokio::sync::Barrier;
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};

use super::{ask, assert_well};
use crate::support::memory::{Memory, read_request, write};
use crate::support::metered::Metered;
use crate::support::{in_time, question, settings, settled, well};

const CALLERS: usize = 200;
const SOCKETS: usize = 8;

fn millis(random: &mut Rng, most: u64) -> Duration {
    Duration::from_millis(random.u64(0..=most))
}

/// Answers well, or late, or half, or closes; so does dialling.
fn unsteady(seed: u64) -> Metered {
    Metered::new(move |mut stream: DuplexStream| async move {
        let mut random = Rng::with_seed(seed);
        while read_request(&mut stream).await {
            sleep(millis(&mut random, 40)).await;
            let answer = well();
            let sent = match random.u8(0..10) {
                0 => return,
                1 => {
                    write(&mut stream, &answer[..answer.len() / 2]).await;
                    sleep(millis(&mut random, 40)).await;
                    write(&mut stream, &answer[answer.len() / 2..]).await
                }
                _ => write(&mut stream, answer).await,
            };
            // Sometimes it goes just after an answer, and the next call finds it gone.
            if !sent || random.u8(0..10) == 0 {
                return;
            }
        }
    })
    .dialling(move |number| async move {
        let mut random = Rng::with_seed(seed ^ number as u64);
        sleep(millis(&mut random, 20)).await;
        match random.u8(0..10) {
            0 => Err(io::ErrorKind::ConnectionRefused.into()),
            _ => Ok(()),
        }
    })
}

fn to(wire: &Metered) -> Provider {
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.connector(wire.clone()).max_connections(SOCKETS);
    settings.build().expect("sound settings")
}

async fn call(provider: &Provider, streams: bool) {
    if streams {
        if let Ok(mut stream) = provider.stream(&question()).await {
            while let Some(Ok(_)) = stream.next().await {}
        }
    } else {
        let _ = ask(provider.clone()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s73_wherever_calls_are_dropped_all_places_are_free_afterwards() {
    for seed in 0..25 {
        let wire = unsteady(seed);
        let provider = to(&wire);
        let mut random = Rng::with_seed(seed);
        let mut calls = JoinSet::new();
        for _ in 0..CALLERS {
            let (provider, mut random) = (provider.clone(), random.fork());
            calls.spawn(async move {
                sleep(millis(&mut random, 200)).await;
                let patience = millis(&mut random, 300);
                let _ = timeout(patience, call(&provider, random.bool())).await;
            });
        }
        while in_time(calls.join_next()).await.is_some() {}
        assert!(wire.peak() <= SOCKETS, "seed {seed}: {} sockets", wire.peak());
        // Nobody holds a call any more: closing has nothing to wait for.
        in_time(provider.close()).await;
        sleep(Duration::from_secs(6)).await;
        assert_eq!(wire.open(), 0, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s73_the_same_on_several_threads_at_once() {
    for seed in 0..10 {
        let wire = Metered::new(|mut stream| async move {
            while read_request(&mut stream).await && write(&mut stream, well()).await {}
        });
        let provider = to(&wire);
        let mut random = Rng::with_seed(seed);
        let mut calls = JoinSet::new();
        for _ in 0..CALLERS {
            let (provider, patience) = (provider.clone(), random.usize(0..60));
            calls.spawn(async move {
                let mut call = pin!(call(&provider, false));
                for _ in 0..patience {
                    let polled = std::future::poll_fn(|cx| {
                        std::task::Poll::Ready(call.as_mut().poll(cx).is_ready())
                    });
                    if polled.await {
                        return;
                    }
                    yield_now().await;
                }
            });
        }
        while let Some(outcome) = in_time(calls.join_next()).await {
            outcome.expect("no panic");
        }
        assert!(wire.peak() <= SOCKETS, "seed {seed}: {} sockets", wire.peak());
        assert_well(in_time(ask(provider.clone())).await);
        in_time(provider.close()).await;
    }
}

/// After any number of calls given up while they waited, every place can be taken at once.
#[tokio::test(start_paused = true)]
async fn s73_a_turn_that_comes_to_a_dropped_call_goes_to_the_next() {
    let all = Arc::new(Barrier::new(SOCKETS));
    let gate = Arc::clone(&all);
    let together = Memory::new(move |mut stream| {
        let gate = Arc::clone(&gate);
        async move {
            while read_request(&mut stream).await {
                gate.wait().await;
                write(&mut stream, well()).await;
            }
            stream
        }
    });
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.connector(together.on_every_connection()).max_connections(SOCKETS);
    let provider = settings.build().expect("sound settings");
    // One less than the server waits for: they hold their places.
    let mut held: JoinSet<_> = (1..SOCKETS).map(|_| ask(provider.clone())).collect();
    settled().await;
    let mut waiting: Vec<_> = (0..50).map(|_| Box::pin(ask(provider.clone()))).collect();
    for call in &mut waiting {
        assert!(timeout(Duration::ZERO, call).await.is_err());
    }
    // The first of them has the last place; all are dropped, front and middle and end.
    for at in [0, 20, 47, 3] {
        drop(waiting.swap_remove(at));
    }
    settled().await;
    waiting.clear();
    settled().await;
    held.spawn(ask(provider.clone()));
    while let Some(outcome) = in_time(held.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
}
