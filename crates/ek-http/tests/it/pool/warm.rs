//! Connections without a call, on the paused clock: one before the first call, one in place of the last
//! idle one, and one too few.

use std::io;
use std::time::Duration;

use ek_core::ErrorKind::{Config, Connect};
use ek_http::{Provider, ProviderBuilder};
use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::metered::Metered;
use crate::support::{in_time, logs, settings, settled, well};

const IDLE: Duration = Duration::from_secs(50);

fn server() -> Metered {
    Metered::new(|mut stream| async move {
        while read_request(&mut stream).await && write(&mut stream, well()).await {}
    })
}

fn provider(wire: &Metered, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Provider {
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.pool_idle_timeout(IDLE).connector(wire.clone());
    change(settings).build().expect("sound settings")
}

#[tokio::test(start_paused = true)]
async fn a_connection_opened_beforehand_carries_the_next_call() {
    let wire = server();
    let provider = provider(&wire, |settings| settings);
    in_time(provider.connect()).await.expect("a connection");
    settled().await;
    in_time(provider.connect()).await.expect("the same one");
    settled().await;
    assert_eq!((wire.dialled(), wire.open()), (1, 1));
    assert_well(in_time(ask(provider.clone())).await);
    assert_eq!(wire.dialled(), 1);
    sleep(2 * IDLE).await;
    assert_eq!((wire.dialled(), wire.open()), (1, 0), "it is not kept for longer than others");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_be_opened_beforehand_is_the_error_of_a_call() {
    let wire = server().dialling(|_| async { Err(io::ErrorKind::ConnectionRefused.into()) });
    let refused = provider(&wire, |settings| settings);
    let error = in_time(refused.connect()).await.expect_err("nobody is there");
    assert_eq!(error.kind(), Connect, "{error:?}");
    assert!(error.is_retryable() && !error.may_have_executed());
    let closed = provider(&server(), |settings| settings);
    closed.close().await;
    let error = in_time(closed.connect()).await.expect_err("closed");
    assert_eq!(error.kind(), Config, "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn another_connection_is_opened_in_place_of_the_last_idle_one_until_the_provider_goes() {
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let wire = server();
    let provider = provider(&wire, |settings| settings.keep_warm(true));
    let mut calls: JoinSet<_> = (0..3).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    for minute in 1..5 {
        sleep(IDLE + Duration::from_secs(1)).await;
        assert_eq!((wire.dialled(), wire.open()), (3 + minute, 1));
    }
    assert_well(in_time(ask(provider.clone())).await);
    assert_eq!(wire.dialled(), 7);
    drop(provider);
    settled().await;
    sleep(3 * IDLE).await;
    assert_eq!((wire.dialled(), wire.open(), tasks()), (7, 0, before));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_tried_again_after_the_idle_timeout() {
    let wire = server().dialling(|number| async move {
        match number {
            1 | 2 => Err(io::ErrorKind::ConnectionRefused.into()),
            _ => Ok(()),
        }
    });
    let provider = provider(&wire, |settings| settings.keep_warm(true));
    in_time(provider.connect()).await.expect("a connection");
    sleep(IDLE + Duration::from_secs(1)).await;
    assert_eq!((wire.dialled(), wire.open()), (2, 0));
    sleep(IDLE).await;
    assert_eq!((wire.dialled(), wire.open()), (3, 0));
    sleep(IDLE).await;
    assert_eq!((wire.dialled(), wire.open()), (4, 1));
    in_time(provider.close()).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_max_connections_are_warned_of_once() {
    let wire = server();
    let provider = provider(&wire, |settings| settings.max_connections(2));
    for _ in 0..2 {
        let mut calls: JoinSet<_> = (0..5).map(|_| ask(provider.clone())).collect();
        while let Some(outcome) = in_time(calls.join_next()).await {
            assert_well(outcome.expect("no panic"));
        }
    }
    let log = logs::so_far();
    let warnings: Vec<_> = log.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("all 2 connections are in use (max_connections)"), "{warnings:?}");
}
