//! How many sockets there are at once, and who is the next to have one.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::ErrorKind::{Connect, Timeout};
use ek_core::{ChatRequest, LlmProvider as _, StreamingProvider as _};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{chunk, response_head};
use tokio::io::{AsyncReadExt as _, DuplexStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::metered::Metered;
use crate::support::{in_time, question, settings, settled, well};

fn to(connector: &Metered, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Provider {
    let settings = settings("http://model.test").allow_insecure_key(true);
    change(settings.connector(connector.clone())).build().expect("sound settings")
}

/// Answers every request well, each after this long.
fn slow(pause: Duration) -> Metered {
    Metered::new(move |mut stream| async move {
        while read_request(&mut stream).await {
            sleep(pause).await;
            if !write(&mut stream, well()).await {
                return;
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn s74_there_are_never_more_sockets_than_max_connections_and_all_calls_succeed() {
    let wire = slow(Duration::from_secs(1)).dialling(|_| async {
        sleep(Duration::from_millis(30)).await;
        Ok(())
    });
    let provider = to(&wire, |settings| settings.max_connections(32));
    let start = Instant::now();
    let mut calls: JoinSet<_> = (0..500).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    assert_eq!((wire.peak(), wire.dialled()), (32, 32));
    // 16 rounds of 32 calls: no place was left empty while somebody waited.
    assert_eq!(start.elapsed(), Duration::from_millis(16_030));
}

#[tokio::test(start_paused = true)]
async fn s74_whoever_came_first_is_served_first() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let wire = Metered::new(move |mut stream: DuplexStream| {
        let record = Arc::clone(&record);
        async move {
            let mut request = vec![0; 4096];
            while let Ok(read) = stream.read(&mut request).await
                && read > 0
            {
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let number = text.split("number ").nth(1).and_then(|t| t.split('.').next());
                let number = number.and_then(|digits| digits.parse::<usize>().ok());
                record.lock().expect("no panic").extend(number);
                sleep(Duration::from_millis(10)).await;
                write(&mut stream, well()).await;
            }
        }
    });
    let provider = to(&wire, |settings| settings.max_connections(2));
    let mut calls = JoinSet::new();
    for number in 0..40 {
        let provider = provider.clone();
        calls.spawn(async move {
            let request = ChatRequest::user(format!("MARK number {number}."));
            provider.complete(&request).await
        });
        settled().await;
    }
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    let seen = seen.lock().expect("no panic").clone();
    assert_eq!(seen, (0..40).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_socket_counts_until_it_is_closed_and_a_goodbye_takes_no_longer_than_five_seconds() {
    // Asks for more of the upload and then no longer reads: the client cannot say goodbye either.
    let wire = Metered::new(|mut stream| async move {
        read_request(&mut stream).await;
        sleep(Duration::from_secs(3600)).await;
        drop(stream);
    });
    let wire = wire.that_do_not_shut_down();
    let provider = to(&wire, |settings| settings.max_connections(1));
    let request = question().with_timeout(Duration::from_secs(2));
    let error = in_time(provider.complete(&request)).await.expect_err("silence");
    assert_eq!((error.kind(), wire.open()), (Timeout, 1));

    let start = Instant::now();
    let second = tokio::spawn(ask(provider.clone()));
    sleep(Duration::from_millis(4_900)).await;
    assert_eq!((wire.dialled(), wire.open()), (1, 1), "the first socket is still there");
    sleep(Duration::from_millis(200)).await;
    assert_eq!((wire.dialled(), wire.open(), wire.peak()), (2, 1, 1));
    assert!(start.elapsed() < Duration::from_secs(6));
    second.abort();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_for_a_socket_says_so_when_its_time_is_over() {
    let wire = slow(Duration::from_secs(60));
    let provider = to(&wire, |settings| settings.max_connections(1));
    let one = tokio::spawn(ask(provider.clone()));
    settled().await;
    let request = question().with_timeout(Duration::from_secs(1));
    let error = provider.complete(&request).await.expect_err("no turn");
    assert_eq!(error.kind(), Timeout);
    assert_eq!(
        error.to_string(),
        "all 1 connections were in use for 1s; raise max_connections or make fewer calls at once"
    );
    assert_well(in_time(one).await.expect("no panic"));
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_fails_gives_its_place_to_the_next_in_line() {
    let wire = slow(Duration::ZERO).dialling(|number| async move {
        sleep(Duration::from_secs(1)).await;
        match number {
            0 => Err(io::ErrorKind::ConnectionRefused.into()),
            _ => Ok(()),
        }
    });
    let provider = to(&wire, |settings| settings.max_connections(1));
    let (one, two) =
        in_time(async { tokio::join!(ask(provider.clone()), ask(provider.clone())) }).await;
    assert_eq!(one.expect_err("refused").kind(), Connect);
    assert_well(two);
    assert_eq!((wire.dialled(), wire.peak()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_while_dialling_says_that_nothing_was_executed() {
    let wire = slow(Duration::ZERO).dialling(|_| std::future::pending());
    let provider = to(&wire, |settings| settings);
    let request = question().with_timeout(Duration::from_secs(5));
    let error = in_time(provider.complete(&request)).await.expect_err("no connection");
    assert_eq!(error.kind(), Timeout);
    assert!(error.is_retryable() && !error.may_have_executed());
    settled().await;
    assert_eq!(wire.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_just_served_is_used_again_by_the_next_call() {
    let wire = slow(Duration::ZERO);
    let provider = to(&wire, |settings| settings);
    for _ in 0..50 {
        assert_well(in_time(ask(provider.clone())).await);
    }
    assert_eq!(wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_about_to_be_free_is_waited_for() {
    let wire = Metered::new(|mut stream| async move {
        let events = "data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\ndata: [DONE]\n\n";
        let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
        let all = [response_head(200, &headers), chunk(events), chunk("")].concat();
        while read_request(&mut stream).await && write(&mut stream, &all).await {}
    });
    let provider = to(&wire, |settings| settings);
    for _ in 0..5 {
        let mut stream = in_time(provider.stream(&question())).await.expect("a stream");
        // Over with `[DONE]`; the end of the body has come, but its task has not read it.
        while let Some(event) = in_time(stream.next()).await {
            event.expect("an event");
        }
    }
    assert_eq!(wire.dialled(), 1);
}

/// A call's end and the end of its connection's work are seen by two threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_holds_where_calls_and_connections_run_on_two_threads() {
    let wire = slow(Duration::ZERO);
    let provider = to(&wire, |settings| settings);
    for _ in 0..300 {
        let call = tokio::spawn(ask(provider.clone()));
        assert_well(in_time(call).await.expect("no panic"));
    }
    assert_eq!(wire.dialled(), 1);
}

/// Reads a request, tells its number, and answers it.
async fn serve_one(stream: &mut DuplexStream) -> Option<usize> {
    let mut request = vec![0; 4096];
    let read = stream.read(&mut request).await.unwrap_or(0);
    let text = String::from_utf8_lossy(&request[..read]);
    let number = text.split("number ").nth(1)?.split('.').next()?.parse().ok()?;
    write(stream, well()).await;
    Some(number)
}

#[tokio::test(start_paused = true)]
async fn s15_a_call_that_met_a_stale_connection_waits_before_those_who_came_later() {
    let (accepted, mut streams) = tokio::sync::mpsc::unbounded_channel();
    let wire = Metered::new(move |stream| {
        let accepted = accepted.clone();
        async move { accepted.send(stream).expect("the test listens") }
    });
    let provider = to(&wire, |settings| settings.max_connections(1));
    let call = |number: usize| {
        let provider = provider.clone();
        let request = ChatRequest::user(format!("MARK number {number}."));
        async move { provider.complete(&request).await }
    };
    let warm = tokio::spawn(call(0));
    let mut first = in_time(streams.recv()).await.expect("a connection");
    assert_eq!(serve_one(&mut first).await, Some(0));
    assert_well(in_time(warm).await.expect("no panic"));
    settled().await;

    let serving = async {
        let mut second = streams.recv().await.expect("a second connection");
        let mut served = Vec::new();
        while served.len() < 3 {
            served.push(serve_one(&mut second).await.expect("a request"));
        }
        served
    };
    let calls = async {
        // They come before the connection's task has seen its end.
        drop(first);
        tokio::join!(call(1), call(2), call(3))
    };
    let ((one, two, three), order) = in_time(async { tokio::join!(calls, serving) }).await;
    [one, two, three].into_iter().for_each(assert_well);
    // The stale socket's place was free, and the second call's, before the first could know of it.
    assert_eq!((order, wire.dialled(), wire.peak()), (vec![2, 1, 3], 2, 1));
}

#[tokio::test(start_paused = true)]
async fn closing_goes_on_though_nobody_waits_for_it_any_longer() {
    let go = Arc::new(Notify::new());
    let gate = Arc::clone(&go);
    let wire = Metered::new(move |mut stream| {
        let gate = Arc::clone(&gate);
        async move {
            while read_request(&mut stream).await {
                gate.notified().await;
                write(&mut stream, well()).await;
            }
        }
    });
    let provider = to(&wire, |settings| settings.max_connections(1));
    let (one, two) = (tokio::spawn(ask(provider.clone())), tokio::spawn(ask(provider.clone())));
    settled().await;
    let given_up = tokio::time::timeout(Duration::from_secs(1), provider.close()).await;
    assert!(given_up.is_err(), "closed over two calls");
    assert!(ask(provider.clone()).await.is_err(), "a call after closing");
    go.notify_one();
    settled().await;
    go.notify_one();
    assert_well(in_time(one).await.expect("no panic"));
    assert_well(in_time(two).await.expect("the one that waited came before closing"));
    settled().await;
    assert_eq!((wire.open(), wire.dialled()), (0, 1));
    in_time(provider.close()).await;
}
