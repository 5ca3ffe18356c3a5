//! What becomes of connections that nobody uses, on the paused clock.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::metered::Metered;
use crate::support::{in_time, settings, settled, well};

fn server() -> Metered {
    Metered::new(|mut stream| async move {
        while read_request(&mut stream).await && write(&mut stream, well()).await {}
    })
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}

#[tokio::test(start_paused = true)]
async fn s75_each_connection_is_closed_when_its_own_time_is_over() {
    let before = tasks();
    let wire = server();
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.pool_idle_timeout(Duration::from_secs(50));
    let provider = settings.connector(wire.clone()).build().expect("sound settings");
    let mut calls: JoinSet<_> = (0..3).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    assert_eq!(wire.open(), 3);
    sleep(Duration::from_secs(30)).await;
    // The one used last is used again, and its time begins anew.
    assert_well(in_time(ask(provider.clone())).await);
    sleep(Duration::from_millis(19_900)).await;
    assert_eq!(wire.open(), 3);
    sleep(Duration::from_millis(200)).await;
    assert_eq!((wire.open(), wire.dialled()), (1, 3));
    sleep(Duration::from_millis(29_700)).await;
    assert_eq!(wire.open(), 1);
    sleep(Duration::from_millis(400)).await;
    assert_eq!(wire.open(), 0);
    settled().await;
    assert_eq!(tasks(), before, "the timer's task has ended too");
    assert_well(in_time(ask(provider)).await);
}

#[tokio::test(start_paused = true)]
async fn no_more_are_kept_than_pool_max_idle() {
    let wire = server();
    let settings = settings("http://model.test").allow_insecure_key(true).pool_max_idle(2);
    let provider = settings.connector(wire.clone()).build().expect("sound settings");
    let mut calls: JoinSet<_> = (0..5).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    settled().await;
    assert_eq!((wire.peak(), wire.open()), (5, 2));
}

#[tokio::test(start_paused = true)]
async fn s77_dropping_the_provider_ends_every_task() {
    let before = tasks();
    let wire = server();
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.connector(wire.clone()).build().expect("sound settings");
    assert_well(in_time(ask(provider.clone())).await);
    assert!(tasks() > before);
    drop(provider);
    settled().await;
    assert_eq!((wire.open(), tasks()), (0, before));
}

#[test]
fn s75_the_timer_is_started_anew_where_its_runtime_has_ended() {
    let paused = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().expect("a runtime")
    };
    let wire = server();
    let settings = settings("http://model.test").allow_insecure_key(true);
    let settings = settings.pool_idle_timeout(Duration::from_secs(50));
    let provider = settings.connector(wire.clone()).build().expect("sound settings");
    assert_well(paused().block_on(in_time(ask(provider.clone()))));
    assert_eq!(wire.open(), 0, "closed with its runtime");
    paused().block_on(async {
        assert_well(in_time(ask(provider.clone())).await);
        assert_eq!(wire.open(), 1);
        sleep(Duration::from_secs(51)).await;
        assert_eq!(wire.open(), 0);
    });
}
