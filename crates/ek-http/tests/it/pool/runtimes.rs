//! One provider in several runtimes, of which some stand still: a `current_thread` runtime is driven only
//! inside `block_on`, and what it drives stands still with it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ek_core::ErrorKind::Timeout;
use ek_core::StreamingProvider as _;
use ek_http::{Provider, ProviderBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::metered::Metered;
use crate::support::{in_time, question, settings, settled, well};

/// One with a paused clock: what would hang fails at once.
fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime")
}

fn server() -> Metered {
    Metered::new(|mut stream| async move {
        while read_request(&mut stream).await && write(&mut stream, well()).await {}
    })
}

fn to(wire: &Metered, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Provider {
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.timeout(Duration::from_secs(3)).connector(wire.clone());
    change(settings).build().expect("sound settings")
}

/// Makes a call in this runtime, which stands still afterwards.
fn call_in(runtime: &Runtime, provider: &Provider) {
    assert_well(runtime.block_on(in_time(ask(provider.clone()))));
}

/// The same, and lets what the call has left behind come to rest.
fn call_and_settle_in(runtime: &Runtime, provider: &Provider) {
    call_in(runtime, provider);
    runtime.block_on(settled());
}

#[test]
fn s77_a_runtime_that_stands_still_holds_up_no_other() {
    for call_in in [call_in, call_and_settle_in] {
        let wire = server();
        let provider = to(&wire, |settings| settings);
        let runtimes: Vec<_> = (0..4).map(|_| runtime()).collect();
        for _ in 0..3 {
            for runtime in &runtimes {
                call_in(runtime, &provider);
            }
        }
        assert_eq!(wire.dialled(), 4, "each has a connection of its own, and keeps it");
    }
}

#[test]
fn s77_a_connection_that_is_not_used_gives_its_place_to_another_runtime() {
    for call_in in [call_in, call_and_settle_in] {
        let wire = server();
        let provider = to(&wire, |settings| settings.max_connections(1));
        let (one, two) = (runtime(), runtime());
        for _ in 0..3 {
            call_in(&one, &provider);
            call_in(&two, &provider);
        }
        assert_eq!((wire.dialled(), wire.peak()), (6, 1));
    }
}

#[test]
fn s77_several_callers_of_another_runtime_get_a_place_each() {
    let wire = server();
    let provider = to(&wire, |settings| settings.max_connections(3));
    let (one, two) = (runtime(), runtime());
    let all = |provider: &Provider| {
        let calls: Vec<_> = (0..7).map(|_| ask(provider.clone())).collect();
        futures_util::future::join_all(calls)
    };
    for runtime in [&one, &two, &one] {
        for outcome in runtime.block_on(in_time(all(&provider))) {
            assert_well(outcome);
        }
    }
    assert_eq!((wire.dialled(), wire.peak()), (9, 3));
}

#[test]
fn s77_a_connection_in_use_keeps_its_place_until_the_call_is_dropped() {
    let wire = Metered::new(|mut stream| async move {
        while read_request(&mut stream).await {
            let head = "HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\ndata: {\"choices\":[]}\n\n";
            write(&mut stream, head).await;
        }
    });
    let provider = to(&wire, |settings| settings.max_connections(1));
    let (one, two) = (runtime(), runtime());
    let stream = one.block_on(in_time(provider.stream(&question()))).expect("a stream");
    let error = two.block_on(in_time(ask(provider.clone()))).expect_err("no place");
    assert_eq!(error.kind(), Timeout);
    assert!(error.to_string().starts_with("all 1 connections were in use for 3s"), "{error}");
    // Outside of any runtime, in the middle of its body.
    drop(stream);
    let error = two.block_on(in_time(ask(provider.clone()))).expect_err("a short body");
    assert_eq!((error.kind(), wire.dialled()), (Timeout, 2), "{error}");
}

#[test]
fn s77_runtimes_that_stand_still_now_and_then_share_few_places() {
    let wire = server();
    let provider = to(&wire, |settings| settings.max_connections(2));
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let runtime = Builder::new_current_thread().enable_all().build();
                let runtime = runtime.expect("a runtime");
                for _ in 0..50 {
                    call_in(&runtime, &provider);
                }
            });
        }
    });
    assert!(wire.peak() <= 2, "{} sockets", wire.peak());
}

#[test]
fn s77_a_call_that_waits_in_a_runtime_that_stands_still_is_passed_over() {
    let wire = server();
    let provider = to(&wire, |settings| settings);
    let (one, two) = (runtime(), runtime());
    // It waits for a connection that is just coming back, and is not looked at again.
    call_in(&one, &provider);
    let mut waiting: Pin<Box<dyn Future<Output = _>>> = Box::pin(ask(provider.clone()));
    let _guard = one.enter();
    let polled = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(polled, Poll::Pending));
    drop(_guard);
    call_in(&two, &provider);
    assert_well(one.block_on(in_time(waiting)));
}

#[test]
fn s75_an_idle_connection_of_any_runtime_is_closed_by_a_timer_that_runs() {
    let wire = server();
    let provider = to(&wire, |settings| settings.pool_idle_timeout(Duration::from_secs(50)));
    let (one, two) = (runtime(), runtime());
    call_and_settle_in(&one, &provider);
    call_and_settle_in(&two, &provider);
    assert_eq!(wire.open(), 2);
    two.block_on(async { sleep(Duration::from_secs(51)).await });
    assert_eq!(wire.open(), 1, "its own; the other's runtime has to run for its goodbye");
    one.block_on(settled());
    assert_eq!(wire.open(), 0);
}

#[test]
fn s77_what_a_runtime_has_left_behind_ends_when_it_runs_again() {
    let wire = server();
    let provider = to(&wire, |settings| settings.max_connections(1));
    let (one, two) = (runtime(), runtime());
    let tasks = |runtime: &Runtime| runtime.metrics().num_alive_tasks();
    call_in(&one, &provider);
    call_in(&two, &provider);
    one.block_on(settled());
    assert_eq!((tasks(&one), wire.open()), (0, 1), "its connection gave its place away");
    drop(provider);
    two.block_on(settled());
    assert_eq!((tasks(&two), wire.open()), (0, 0));
}
