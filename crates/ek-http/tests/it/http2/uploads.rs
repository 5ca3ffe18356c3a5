//! Large requests of which the server takes no more than its window holds: what was not sent keeps no stream
//! open when the call is over.

use std::time::Duration;

use ek_core::ErrorKind::{Rejected, Timeout};
use ek_core::{ChatRequest, LlmProvider as _};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::frames::{CANCEL, Did, MAX_CONCURRENT_STREAMS};
use super::secure::SecureWire;
use super::{ask, assert_well};
use crate::support::in_time;

/// Larger than the window that HTTP/2 begins with, which is 65,535 bytes; the last one with what stands around it.
const SIZES: [usize; 3] = [500_000, 70_000, 65_535];

fn large(bytes: usize) -> ChatRequest {
    ChatRequest::user("x".repeat(bytes)).with_timeout(Duration::from_secs(2))
}

#[tokio::test(start_paused = true)]
async fn s73_a_call_that_is_given_up_while_its_request_waits_for_the_window_resets_its_stream() {
    for bytes in SIZES {
        let (seen, mut did) = mpsc::unbounded_channel();
        let wire = SecureWire::http2(&[(MAX_CONCURRENT_STREAMS, 1)], move |mut frames| {
            let seen = seen.clone();
            async move {
                let stream = frames.begun().await;
                seen.send((stream, frames.next().await)).expect("somebody listens");
                frames.widen(1_000_000).await;
                frames.answer_all().await;
            }
        });
        let provider = wire.provider(|settings| settings);
        let error = in_time(provider.complete(&large(bytes))).await.expect_err("it is not read");
        assert_eq!(error.kind(), Timeout);
        assert_eq!(in_time(did.recv()).await, Some((1, Did::Reset(1, CANCEL))), "{bytes}");
        assert_well(in_time(ask(provider)).await);
        assert_eq!(wire.wire.dialled(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn s21_a_connection_whose_server_answered_early_and_takes_no_more_gets_no_further_calls() {
    for bytes in SIZES {
        let wire = super::first(|mut frames| async move {
            let stream = frames.begun().await;
            frames.send(1, 4, stream, b"\x08\x03413").await;
            frames.data(stream, "less, please", true).await;
            sleep(Duration::from_secs(3600)).await;
        });
        let provider = wire.provider(|settings| settings);
        let error = in_time(provider.complete(&large(bytes))).await.expect_err("refused");
        assert_eq!((error.kind(), error.status()), (Rejected, Some(413)));
        let start = Instant::now();
        assert_well(in_time(ask(provider.clone())).await);
        assert_eq!((wire.wire.dialled(), start.elapsed()), (2, Duration::ZERO), "{bytes}");
        sleep(Duration::from_secs(6)).await;
        assert_eq!(wire.wire.open(), 1, "the first one is closed");
    }
}
