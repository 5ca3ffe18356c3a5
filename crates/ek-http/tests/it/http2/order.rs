//! In which order calls are served that wait for one dial.

use std::time::Duration;

use ek_core::LlmProvider as _;
use hyper::Response;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::assert_well;
use super::secure::SecureWire;
use crate::support::{REPLY, completion, in_time, question};

#[tokio::test(start_paused = true)]
async fn the_call_that_dialled_comes_before_those_that_waited_for_its_connection() {
    let (asked, mut heard) = unbounded_channel();
    let wire = SecureWire::new(&["h2"], move |stream| {
        let asked = asked.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                asked.send(request.headers()["x-number"].clone()).expect("somebody listens");
                let mut body = respond.send_response(Response::new(()), false).expect("taken");
                body.send_data(completion(REPLY).into(), true).expect("taken");
            }
        }
    });
    let wire = wire.with(|wire| {
        wire.dialling(|_| async {
            sleep(Duration::from_millis(50)).await;
            Ok(())
        })
    });
    let provider = wire.provider(|settings| settings);
    let mut calls: JoinSet<_> = (0..20)
        .map(|number| {
            let (provider, request) = (provider.clone(), question());
            let request = request.with_header("x-number", number.to_string());
            async move { provider.complete(&request).await }
        })
        .collect();
    assert_eq!(in_time(heard.recv()).await.expect("a request"), "0");
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
}
