//! The same over HTTP/2, where a connection is shared and one dial decides for all who wait.

use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::secure::SecureWire;
use super::{ask, assert_well};
use crate::support::{in_time, settled};

fn runtime() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime")
}

fn server() -> SecureWire {
    SecureWire::http2(&[], |mut frames| async move { frames.answer_all().await })
}

#[test]
fn s77_a_shared_connection_of_a_runtime_that_stands_still_holds_up_no_other() {
    for settles in [false, true] {
        let wire = server();
        let provider = wire.provider(|settings| settings.timeout(Duration::from_secs(3)));
        let runtimes: Vec<_> = (0..3).map(|_| runtime()).collect();
        for _ in 0..3 {
            for runtime in &runtimes {
                assert_well(runtime.block_on(in_time(ask(provider.clone()))));
                if settles {
                    runtime.block_on(settled());
                }
            }
        }
        assert_eq!(wire.wire.dialled(), 3, "each has a connection of its own, and keeps it");
    }
}

#[test]
fn s77_a_shared_connection_without_streams_gives_its_place_to_another_runtime() {
    let wire = server();
    let limited = |settings: ek_http::ProviderBuilder| {
        settings.timeout(Duration::from_secs(3)).max_connections(1)
    };
    let provider = wire.provider(limited);
    let (one, two) = (runtime(), runtime());
    for runtime in [&one, &two, &one, &two] {
        assert_well(runtime.block_on(in_time(ask(provider.clone()))));
    }
    assert_eq!((wire.wire.dialled(), wire.wire.peak()), (4, 1));
}

#[test]
fn s77_a_dial_that_stands_still_with_its_runtime_decides_for_no_other() {
    let wire = server().with(|wire| {
        wire.dialling(|number| async move {
            match number {
                0 => std::future::pending().await,
                _ => Ok(()),
            }
        })
    });
    let provider = wire.provider(|settings| settings.timeout(Duration::from_secs(3)));
    let (one, two) = (runtime(), runtime());
    let mut dialling = Box::pin(ask(provider.clone()));
    let begun = one.block_on(async { timeout(Duration::from_millis(1), &mut dialling).await });
    assert!(begun.is_err(), "it dials");
    assert_well(two.block_on(in_time(ask(provider.clone()))));
    assert_eq!(wire.wire.dialled(), 2);
}
