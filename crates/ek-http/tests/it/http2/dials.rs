//! Dials: who waits for one, who takes one over, and how many there are side by side.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ek_core::ErrorKind::Connect;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::frames::MAX_CONCURRENT_STREAMS;
use super::secure::SecureWire;
use super::streams::counting;
use super::{all_well, ask, assert_well};
use crate::support::{in_time, settled};

/// Every dial takes a second, and then all is well.
fn dialled_in_a_second() -> SecureWire {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    wire.with(|wire| {
        wire.dialling(|_| async {
            sleep(Duration::from_secs(1)).await;
            Ok(())
        })
    })
}

#[tokio::test(start_paused = true)]
async fn a_dial_is_taken_over_when_its_caller_goes() {
    let wire = dialled_in_a_second();
    let provider = wire.provider(|settings| settings);
    let mut dials = Box::pin(ask(provider.clone()));
    assert!(timeout(Duration::from_millis(500), &mut dials).await.is_err());
    let waits: Vec<_> = (0..9).map(|_| tokio::spawn(ask(provider.clone()))).collect();
    settled().await;
    assert_eq!(wire.wire.dialled(), 3);
    drop(dials);
    for call in waits {
        assert_well(in_time(call).await.expect("no panic"));
    }
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (4, 1));
}

/// Such a call stands in a buffer of futures, say, while the loop over them makes one of its own.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_begun_and_left_alone_holds_up_no_other() {
    let wire = dialled_in_a_second();
    let provider = wire.provider(|settings| settings);
    let mut begun = Box::pin(ask(provider.clone()));
    assert!(timeout(Duration::ZERO, &mut begun).await.is_err());
    let start = Instant::now();
    all_well(&provider, 9).await;
    assert!(start.elapsed() < Duration::from_secs(2));
    assert_well(in_time(begun).await);
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_fails_has_failed_for_all_who_waited_for_it() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let wire = wire.with(|wire| {
        wire.dialling(|number| async move {
            sleep(Duration::from_secs(1)).await;
            match number {
                0..3 => Err(io::ErrorKind::ConnectionRefused.into()),
                _ => Ok(()),
            }
        })
    });
    let provider = wire.provider(|settings| settings);
    let start = Instant::now();
    let mut calls: JoinSet<_> = (0..50).map(|_| ask(provider.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        let error = outcome.expect("no panic").expect_err("nobody is there");
        assert_eq!(error.kind(), Connect);
        assert!(error.is_retryable() && !error.may_have_executed());
        assert!(error.to_string().contains("connection refused"), "{error}");
    }
    assert_eq!((start.elapsed(), wire.wire.dialled()), (Duration::from_secs(1), 3));
    all_well(&provider, 50).await;
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (6, 1));
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_fails_beside_others_has_failed_for_its_own_call_alone() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let wire = wire.with(|wire| {
        wire.dialling(|number| async move {
            match number {
                0 => Err(io::ErrorKind::ConnectionRefused.into()),
                _ => {
                    sleep(Duration::from_secs(1)).await;
                    Ok(())
                }
            }
        })
    });
    let provider = wire.provider(|settings| settings);
    let mut calls: JoinSet<_> = (0..50).map(|_| ask(provider.clone())).collect();
    let mut failed = 0;
    while let Some(outcome) = in_time(calls.join_next()).await {
        failed += usize::from(outcome.expect("no panic").is_err());
    }
    assert_eq!((failed, wire.wire.dialled()), (1, 3), "and no further dial is made meanwhile");
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_dial_hangs_takes_a_stream_of_another_connection() {
    let wire = SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await });
    let wire = wire.with(|wire| {
        wire.dialling(|number| async move {
            match number {
                0 => std::future::pending().await,
                _ => Ok(()),
            }
        })
    });
    let provider = wire.provider(|settings| settings);
    let start = Instant::now();
    all_well(&provider, 2).await;
    assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    settled().await;
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_thousand_cold_callers_dial_side_by_side_as_often_as_their_streams_need() {
    let (wire, peak) = counting(&[(MAX_CONCURRENT_STREAMS, 100)]);
    let wire = wire.with(|wire| {
        wire.dialling(|_| async {
            sleep(Duration::from_millis(100)).await;
            Ok(())
        })
    });
    let provider = wire.provider(|settings| settings);
    let start = Instant::now();
    all_well(&provider, 1_000).await;
    // One second for the answer; a few dials, and the rest of them as soon as the limit is known.
    assert!(start.elapsed() < Duration::from_millis(1_250), "{:?}", start.elapsed());
    assert_eq!((peak.load(Ordering::SeqCst), wire.wire.dialled()), (100, 10));
}
