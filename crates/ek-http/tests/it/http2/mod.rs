//! HTTP/2 over TLS by ALPN, on the paused clock: what is said, and how many connections say it.

mod broken_tls;
mod cancelled;
mod dials;
mod faults;
mod frames;
mod leaving;
mod records;
mod remembered;
mod restless;
mod runtimes;
mod secure;
mod streams;
mod uploads;
mod windows;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ek_core::{LlmProvider as _, LlmResponse, Result};
use ek_http::Provider;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::support::memory::{read_request, write};
use crate::support::{KEY, REPLY, in_time, question, settled, well};
use frames::Frames;
use secure::SecureWire;

async fn ask(provider: Provider) -> Result<LlmResponse> {
    provider.complete(&question()).await
}

#[track_caller]
fn assert_well(outcome: Result<LlmResponse>) {
    assert_eq!(outcome.expect("an answer").content, REPLY);
}

/// Calls side by side, all of which are to be answered well.
async fn all_well(provider: &Provider, calls: usize) {
    let mut calls: JoinSet<_> = (0..calls).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
}

/// Does this on its first connection, and answers well on all others.
fn first<F, Fut>(serve: F) -> SecureWire
where
    F: Fn(Frames) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let connections = Arc::new(AtomicUsize::new(0));
    SecureWire::http2(&[], move |mut frames| {
        let (serve, connections) = (serve.clone(), Arc::clone(&connections));
        async move {
            match connections.fetch_add(1, Ordering::SeqCst) {
                0 => serve(frames).await,
                _ => frames.answer_all().await,
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_as_over_http1_but_for_the_form() {
    let (asked, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let wire = SecureWire::new(&["h2", "http/1.1"], move |stream| {
        let asked = asked.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let (parts, mut body) = request.into_parts();
                let answer = async {
                    let body = body.data().await.expect("a body").expect("whole");
                    asked.send((parts, body)).expect("somebody listens");
                    let head = hyper::Response::new(());
                    let mut stream = respond.send_response(head, false).expect("taken");
                    let answer = crate::support::completion(REPLY);
                    stream.send_data(answer.into(), true).expect("taken");
                };
                let go_on = std::future::poll_fn(|cx| connection.poll_closed(cx));
                tokio::select! {
                    biased;
                    () = answer => {}
                    _ = go_on => return,
                }
            }
        }
    });
    let provider = wire.provider(|settings| settings);
    assert_well(in_time(ask(provider)).await);
    let (parts, body) = heard.recv().await.expect("a request");
    assert_eq!((parts.method.as_str(), parts.version), ("POST", hyper::Version::HTTP_2));
    assert_eq!(parts.uri.to_string(), "https://localhost/v1/chat/completions");
    let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    assert_eq!(header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(header("content-length"), Some(&*body.len().to_string()));
    assert_eq!((header("host"), header("connection")), (None, None));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_cold_callers_share_one_connection() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let wire = wire.with(|wire| {
        wire.dialling(|_| async {
            sleep(Duration::from_millis(50)).await;
            Ok(())
        })
    });
    let provider = wire.provider(|settings| settings);
    all_well(&provider, 100).await;
    settled().await;
    assert_eq!(
        (wire.wire.dialled(), wire.wire.open()),
        (3, 1),
        "two are spare, and closed at once"
    );
    all_well(&provider, 100).await;
    assert_eq!(wire.wire.dialled(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_http2_is_asked_by_a_few_dials_and_then_by_as_many_as_are_needed() {
    let wire = SecureWire::new(&["http/1.1"], |mut stream| async move {
        while read_request(&mut stream).await {
            sleep(Duration::from_secs(1)).await;
            write(&mut stream, well()).await;
        }
    });
    let wire = wire.with(|wire| {
        wire.dialling(|_| async {
            sleep(Duration::from_millis(100)).await;
            Ok(())
        })
    });
    let provider = wire.provider(|settings| settings.max_connections(8));
    let mut calls: JoinSet<_> = (0..8).map(|_| ask(provider.clone())).collect();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(wire.wire.dialled(), 3, "it is not known yet whether they can share");
    sleep(Duration::from_millis(100)).await;
    assert_eq!(wire.wire.dialled(), 8);
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    assert_eq!((wire.wire.dialled(), wire.wire.peak()), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn no_call_has_a_task_of_its_own() {
    let wire =
        SecureWire::http2(&[], |mut frames| async move { while frames.asked().await.is_some() {} });
    let provider = wire.provider(|settings| settings);
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let mut calls = Vec::new();
    let mut alive = Vec::new();
    for _ in 0..5 {
        let mut call = Box::pin(ask(provider.clone()));
        let waited = tokio::time::timeout(Duration::from_millis(10), &mut call).await;
        assert!(waited.is_err());
        calls.push(call);
        settled().await;
        alive.push(tasks());
    }
    assert_eq!(alive, [alive[0]; 5]);
}
