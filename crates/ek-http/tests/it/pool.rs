//! Connections between calls: how many there are, who waits, and what is closed when.

#[cfg(all(feature = "http2", feature = "proxy", any(feature = "ring", feature = "aws-lc-rs")))]
mod drop_points;
mod dropped;
mod idle;
mod runtimes;
mod sockets;
mod warm;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ek_core::ErrorKind::{Config, Malformed, Rejected, Server, Timeout};
use ek_core::{LlmProvider as _, LlmResponse, Result};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Closed, Connection, RawServer, response};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::support::memory::{Memory, read_request, write};
use crate::support::rig::{Rig, Socket};
use crate::support::{
    JSON, REPLY, completion, first, good, in_time, question, settings, settled, well,
};

/// A server in memory that says when it has read its first request, and answers it when the test says so.
struct Gate {
    memory: Memory,
    asked: Arc<Notify>,
    go: Arc<Notify>,
}

impl Gate {
    fn new() -> Self {
        let (asked, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let inner = (Arc::clone(&asked), Arc::clone(&go));
        let memory = Memory::new(move |mut stream| {
            let (asked, go) = inner.clone();
            async move {
                if read_request(&mut stream).await {
                    asked.notify_one();
                    go.notified().await;
                    write(&mut stream, well()).await;
                }
                while read_request(&mut stream).await && write(&mut stream, well()).await {}
                stream
            }
        });
        Self { memory, asked, go }
    }

    fn provider(&self, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Provider {
        let settings = settings("http://model.test").allow_insecure_key(true);
        let settings = settings.connector(self.memory.clone());
        change(settings).build().expect("sound settings")
    }

    /// Starts a call, and comes back when the server has read its request.
    async fn begin(&self, provider: &Provider) -> tokio::task::JoinHandle<Result<LlmResponse>> {
        let begun = tokio::spawn(ask(provider.clone()));
        in_time(self.asked.notified()).await;
        begun
    }
}

async fn ask(provider: Provider) -> Result<LlmResponse> {
    provider.complete(&question()).await
}

#[track_caller]
fn assert_well(outcome: Result<LlmResponse>) {
    assert_eq!(outcome.expect("an answer").content, REPLY);
}

#[tokio::test]
async fn calls_beyond_max_connections_wait_their_turn() {
    let gate = Gate::new();
    let provider = gate.provider(|settings| settings.max_connections(1));
    let one = gate.begin(&provider).await;
    let two = tokio::spawn(ask(provider.clone()));
    settled().await;
    assert_eq!(gate.memory.accepted(), 1, "a connection beyond the bound");
    assert!(!one.is_finished() && !two.is_finished());
    gate.go.notify_one();
    assert_well(in_time(one).await.expect("no panic"));
    assert_well(in_time(two).await.expect("no panic"));
}

#[tokio::test]
async fn s74_parallel_calls_share_as_many_connections_as_there_may_be() {
    let rig = Rig::with(good(), |settings| settings.max_connections(4)).await;
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        calls.spawn(ask(rig.provider.clone()));
    }
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    assert_eq!(rig.server.request_count(), 50);
    let opened = rig.server.connection_count();
    assert!(opened <= 4, "{opened} connections");
}

#[tokio::test(start_paused = true)]
async fn waiting_longer_than_the_timeout_is_a_timeout_before_anything_was_sent() {
    let gate = Gate::new();
    let provider = gate.provider(|settings| settings.max_connections(1));
    let one = gate.begin(&provider).await;
    let start = Instant::now();
    let request = question().with_timeout(Duration::from_secs(5));
    let error = in_time(provider.complete(&request)).await.expect_err("no turn");
    assert_eq!((error.kind(), start.elapsed()), (Timeout, Duration::from_secs(5)));
    assert!(error.is_retryable() && !error.may_have_executed());
    assert!(error.to_string().contains("raise max_connections"), "{error}");
    assert_eq!(gate.memory.accepted(), 1);
    gate.go.notify_one();
    assert_well(in_time(one).await.expect("no panic"));
    assert_well(in_time(ask(provider)).await);
}

#[tokio::test(start_paused = true)]
async fn waiting_does_not_count_for_the_attempt() {
    let minute = Duration::from_secs(60);
    let memory = Memory::new(move |mut stream| async move {
        while read_request(&mut stream).await {
            tokio::time::sleep(minute).await;
            write(&mut stream, well()).await;
        }
        stream
    });
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.connector(memory.on_every_connection()).max_connections(1);
    let provider = settings.timeout(Duration::from_secs(90)).build().expect("sound settings");
    let start = Instant::now();
    let (one, two) = tokio::join!(ask(provider.clone()), ask(provider));
    assert_well(one);
    assert_well(two);
    assert_eq!(start.elapsed(), 2 * minute);
}

#[tokio::test]
async fn s73_a_call_that_is_dropped_closes_its_socket_and_gives_its_place_back() {
    let silent = Connection::new().read_request().stall();
    let rig = Rig::with(silent, |settings| settings.max_connections(1)).await;
    tokio::select! {
        outcome = rig.ask() => panic!("{outcome:?}"),
        () = rig.server.wait_for_requests(1) => {}
    }
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
}

#[tokio::test]
async fn s73_a_call_that_is_dropped_while_it_waits_leaves_no_gap_in_the_line() {
    let gate = Gate::new();
    let provider = gate.provider(|settings| settings.max_connections(1));
    let one = gate.begin(&provider).await;
    let two = tokio::spawn(ask(provider.clone()));
    let three = tokio::spawn(ask(provider.clone()));
    settled().await;
    two.abort();
    assert!(in_time(two).await.is_err_and(|e| e.is_cancelled()));
    gate.go.notify_one();
    assert_well(in_time(one).await.expect("no panic"));
    assert_well(in_time(three).await.expect("no panic"));
}

#[tokio::test]
async fn s75_an_idle_connection_is_closed_without_another_call() {
    let short = Duration::from_millis(100);
    let rig = Rig::with(good(), |settings| settings.pool_idle_timeout(short)).await;
    rig.works().await;
    assert_eq!(in_time(rig.server.wait_closed(0)).await, Closed::ByPeer);
    rig.works().await;
}

#[tokio::test]
async fn s76_whether_a_connection_is_kept_is_the_server_s_word() {
    let close = ("connection", "close");
    for (answer, kind, socket) in [
        (response(500, &[], ""), Server, Socket::Kept),
        (response(500, &[close], ""), Server, Socket::Gone),
        (response(204, &[], ""), Malformed, Socket::Kept),
        (response(304, &[], ""), Rejected, Socket::Kept),
        (response(200, &[close, JSON], "{}"), Malformed, Socket::Gone),
        (b"HTTP/1.0 500 x\r\ncontent-length: 0\r\n\r\n".to_vec(), Server, Socket::Gone),
    ] {
        Rig::new(first(answer)).await.fails(kind, socket).await;
    }
    let last = response(200, &[close, JSON], completion(REPLY));
    let rig = Rig::new(first(last)).await;
    rig.works().await;
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
}

#[tokio::test]
async fn no_connection_is_kept_where_none_may_be_idle() {
    let rig = Rig::with(good(), |settings| settings.pool_max_idle(0)).await;
    for connection in 0..3 {
        rig.works().await;
        in_time(rig.server.wait_closed(connection)).await;
    }
}

#[tokio::test]
async fn s77_the_last_clone_closes_the_connections_and_no_other_does() {
    let Rig { server, provider } = Rig::new(good()).await;
    let clone = provider.clone();
    assert_well(in_time(ask(provider)).await);
    settled().await;
    assert_well(in_time(ask(clone.clone())).await);
    assert_eq!((server.connection_count(), server.open_connections()), (1, 1));
    drop(clone);
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
}

#[test]
fn s77_a_provider_outlives_the_runtime_of_its_connections() {
    let runtime = || tokio::runtime::Runtime::new().expect("a runtime");
    let of_server = runtime();
    let server = of_server.block_on(RawServer::start(good()));
    let provider = settings(&server.uri()).build().expect("sound settings");
    for _ in 0..3 {
        assert_well(runtime().block_on(in_time(ask(provider.clone()))));
    }
    of_server.block_on(async {
        drop(provider);
        for connection in 0..server.connection_count() {
            in_time(server.wait_closed(connection)).await;
        }
        server.stop().await;
    });
}

#[tokio::test]
async fn closing_waits_for_the_call_in_flight_and_refuses_later_ones() {
    let gate = Gate::new();
    let provider = gate.provider(|settings| settings);
    let call = gate.begin(&provider).await;
    let mut closing = pin!(provider.close());
    tokio::select! {
        biased;
        () = &mut closing => panic!("closed while a call was in flight"),
        () = settled() => {}
    }
    let refused = provider.clone().complete(&question()).await;
    let refused = refused.expect_err("closing");
    assert_eq!((refused.kind(), gate.memory.accepted()), (Config, 1));
    assert_eq!(refused.to_string(), "the provider was closed; build a new one");
    gate.go.notify_one();
    in_time(closing).await;
    assert_well(in_time(call).await.expect("no panic"));
    in_time(gate.memory.all_closed()).await;
    provider.close().await;
    let refused = provider.complete(&question()).await;
    assert_eq!(refused.map_err(|e| e.kind()).expect_err("closed"), Config);
    assert_eq!(gate.memory.accepted(), 1);
}

#[test]
fn a_call_outside_a_runtime_is_a_configuration_error() {
    let provider = settings("http://127.0.0.1:9").build().expect("sound settings");
    let request = question();
    let mut call = pin!(provider.complete(&request));
    let polled = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else {
        panic!("{polled:?}");
    };
    assert_eq!(error.kind(), Config);
    assert!(error.to_string().contains("outside a tokio runtime"), "{error}");
}

#[tokio::test]
async fn s78_limits_without_measure_are_taken_or_refused_and_never_panic() {
    let max = Duration::MAX;
    let rig = Rig::with(good(), |settings| {
        let settings = settings.timeout(max).connect_timeout(max);
        settings.pool_idle_timeout(max).pool_max_idle(usize::MAX).max_response_bytes(usize::MAX)
    })
    .await;
    rig.works().await;
    let request = question().with_timeout(max);
    assert_well(in_time(rig.provider.complete(&request)).await);

    type Change = fn(ProviderBuilder) -> ProviderBuilder;
    let refused: [(Change, &str); 8] = [
        (|s| s.timeout(Duration::ZERO), "timeout is zero"),
        (|s| s.connect_timeout(Duration::ZERO), "connect_timeout is zero"),
        (|s| s.max_connections(0), "max_connections is not between"),
        (|s| s.max_connections(usize::MAX), "max_connections is not between"),
        (|s| s.max_response_bytes(0), "max_response_bytes is 0"),
        (|s| s.default_temperature(f64::NAN), "default_temperature is not a finite"),
        (|s| s.default_temperature(f64::INFINITY), "default_temperature is not a finite"),
        (|s| s.default_max_tokens(0), "default_max_tokens is 0"),
    ];
    for (change, why) in refused {
        let error = change(settings("http://localhost:1")).build().expect_err(why);
        assert_eq!(error.kind(), Config);
        assert!(error.to_string().contains(why), "{error}");
    }
}
