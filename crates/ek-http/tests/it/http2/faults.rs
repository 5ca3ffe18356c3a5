//! What goes wrong on one stream, or in the frames: the HTTP/2 side of faults that HTTP/1 has as well.

use std::time::Duration;

use ek_core::ErrorKind::{self, Connect, Interrupted, Malformed, Server, Timeout, TooLarge};
use ek_core::{Error, LlmProvider as _, StreamingProvider as _};
use ek_http::Provider;
use tokio::time::Instant;

use super::frames::{CANCEL, Frames, INTERNAL_ERROR, NO_ERROR};
use super::secure::SecureWire;
use super::{ask, assert_well, first};
use crate::support::hidden::assert_error_hides;
use crate::support::{REPLY, completion, in_time, question};

/// Does this to the first request, and answers the others well.
fn spoiling<F, Fut>(spoil: F) -> SecureWire
where
    F: Fn(Frames, u32) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Frames> + Send + 'static,
{
    first(move |mut frames| {
        let spoil = spoil.clone();
        async move {
            if let Some(stream) = frames.asked().await {
                spoil(frames, stream).await.answer_all().await;
            }
        }
    })
}

/// The first call fails in this way, the second one succeeds, on this number of connections altogether.
async fn fails(wire: &SecureWire, kind: ErrorKind, connections: usize) -> Error {
    let provider = wire.provider(|settings| settings.timeout(Duration::from_secs(15)));
    let error = in_time(ask(provider.clone())).await.expect_err("a failure");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
    assert_eq!(error.attempts(), 1);
    assert_error_hides(&error);
    assert_well(in_time(ask(provider)).await);
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (connections, 1));
    error
}

#[tokio::test(start_paused = true)]
async fn s14_a_reset_before_the_head_fails_one_call_and_keeps_the_connection() {
    let wire = spoiling(|mut frames, stream| async move {
        frames.reset(stream, INTERNAL_ERROR).await;
        frames
    });
    let error = fails(&wire, Interrupted, 1).await;
    assert_eq!(error.to_string(), "localhost reset the stream before the answer was whole");
}

#[tokio::test(start_paused = true)]
async fn s38_a_reset_within_the_body_is_interrupted_whatever_its_reason() {
    for code in [INTERNAL_ERROR, CANCEL, NO_ERROR] {
        let wire = spoiling(move |mut frames, stream| async move {
            frames.head(stream).await;
            frames.data(stream, "{\"choices\":[{\"message\":{\"content\":\"MARK", false).await;
            frames.reset(stream, code).await;
            frames
        });
        let error = fails(&wire, Interrupted, 1).await;
        assert_eq!(error.status(), Some(200));
    }
}

#[tokio::test(start_paused = true)]
async fn s38_a_reset_stream_of_events_is_interrupted_with_what_has_come() {
    for code in [INTERNAL_ERROR, CANCEL, NO_ERROR] {
        let wire = spoiling(move |mut frames, stream| async move {
            frames.head(stream).await;
            let piece = r#"data: {"choices":[{"index":0,"delta":{"content":"MARKone"}}]}"#;
            frames.data(stream, format!("{piece}\n\n"), false).await;
            frames.reset(stream, code).await;
            frames
        });
        let provider = wire.provider(|settings| settings);
        let mut stream = in_time(provider.stream(&question())).await.expect("a stream");
        in_time(stream.next()).await.expect("an event").expect("a piece");
        let error = in_time(stream.next()).await.expect("an end").expect_err("reset");
        assert_eq!((error.kind(), error.is_retryable()), (Interrupted, false));
        assert_eq!(error.partial().map(|partial| &*partial.content), Some("MARKone"));
        assert_error_hides(&error);
    }
}

fn long(bytes: usize) -> Vec<(String, String)> {
    vec![("x-long".to_owned(), "MARK".repeat(bytes / 4))]
}

fn many(headers: usize) -> Vec<(String, String)> {
    (0..headers).map(|number| (format!("x-{number}"), "MARK".to_owned())).collect()
}

/// A server whose first answer has such a head.
fn with_head(status: u8, headers: Vec<(String, String)>) -> SecureWire {
    spoiling(move |mut frames, stream| {
        let headers = headers.clone();
        async move {
            frames.head_with(stream, status, &headers).await;
            frames.data(stream, completion(REPLY), true).await;
            frames
        }
    })
}

#[tokio::test(start_paused = true)]
async fn s33_a_head_without_measure_is_too_large() {
    for headers in [long(640_000), long(420_000), many(101)] {
        let provider = with_head(0x88, headers).provider(|settings| settings);
        let error = in_time(ask(provider.clone())).await.expect_err("too large");
        assert_eq!((error.kind(), error.is_retryable()), (TooLarge, false), "{error:?}");
        assert_eq!(error.to_string(), "HTTP 200: the answer's head is too large");
        assert_error_hides(&error);
        assert_well(in_time(ask(provider)).await);
    }
    // What other clients take by default is a fraction of what is taken over HTTP/1.
    for headers in [long(400_000), many(100)] {
        let provider = with_head(0x88, headers).provider(|settings| settings);
        assert_well(in_time(ask(provider)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn s33_an_error_with_a_large_head_keeps_its_status() {
    let provider = with_head(0x8e, long(640_000)).provider(|settings| settings);
    let error = in_time(ask(provider)).await.expect_err("an error");
    assert_eq!((error.kind(), error.status()), (Server, Some(500)));
    assert_error_hides(&error);
}

#[tokio::test(start_paused = true)]
async fn s34_a_head_that_is_read_no_further_is_malformed() {
    let larger = many(60).into_iter().map(|(name, value)| (name, value.repeat(5_000)));
    for headers in [larger.collect(), vec![("connection".to_owned(), "MARK".to_owned())]] {
        let wire = with_head(0x88, headers);
        let error = fails(&wire, Malformed, 1).await;
        let expected = "the answer's head breaks the rules of HTTP/2, or is larger than 1 MiB";
        assert_eq!(error.to_string(), expected);
    }
    // Beyond this it is not even passed over.
    fails(&with_head(0x88, long(8_000_000)), Malformed, 2).await;
}

/// The same bytes make the same outcome, streamed or not, wherever the stream is reset.
#[tokio::test(start_paused = true)]
async fn s38_a_document_that_is_reset_after_its_last_byte_is_interrupted_streamed_or_not() {
    let resetting = |code| {
        spoiling(move |mut frames, stream| async move {
            frames.head(stream).await;
            frames.data(stream, completion(REPLY), false).await;
            frames.reset(stream, code).await;
            frames
        })
    };
    for code in [INTERNAL_ERROR, CANCEL, NO_ERROR] {
        fails(&resetting(code), Interrupted, 1).await;
        let wire = resetting(code);
        let provider = wire.provider(|settings| settings);
        let stream = in_time(provider.stream(&question())).await.expect("a stream");
        let error = in_time(stream.collect()).await.expect_err("reset");
        assert_eq!((error.kind(), error.status()), (Interrupted, Some(200)), "{code}");
        assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
        assert_error_hides(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn s34_frames_against_the_rules_are_malformed_and_end_the_connection() {
    // Data of no stream.
    let wire = spoiling(|mut frames, _| async move {
        frames.data(0, "MARK", true).await;
        frames
    });
    let error = fails(&wire, Malformed, 2).await;
    assert_eq!(error.to_string(), "the answer breaks the rules of HTTP/2 (PROTOCOL_ERROR)");
}

#[tokio::test(start_paused = true)]
async fn s17_a_silent_server_is_a_timeout_and_its_stream_is_reset() {
    let wire = spoiling(|frames, _| async move { frames });
    let start = Instant::now();
    let error = fails(&wire, Timeout, 1).await;
    assert_eq!(start.elapsed(), Duration::from_secs(15));
    assert_eq!(error.to_string(), "no whole answer within 15s; ask for long replies with stream");
}

#[tokio::test(start_paused = true)]
async fn s40_a_body_that_stands_still_is_a_timeout_and_keeps_the_connection() {
    let wire = spoiling(|mut frames, stream| async move {
        frames.head(stream).await;
        frames.data(stream, "{", false).await;
        frames
    });
    fails(&wire, Timeout, 1).await;
}

#[tokio::test(start_paused = true)]
async fn s10_http1_behind_a_promise_of_http2_is_no_connection_and_dialled_once() {
    let wire = SecureWire::new(&["h2"], |mut stream| async move {
        crate::support::memory::write(&mut stream, crate::support::well()).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    });
    let provider: Provider = wire.provider(|settings| settings);
    let error = in_time(provider.complete(&question())).await.expect_err("no frames");
    assert_eq!((error.kind(), wire.wire.dialled()), (Connect, 1), "{error:?}");
    assert!(!error.may_have_executed());
    assert_error_hides(&error);
}
