//! Servers that go away, refuse, or die: calls that they cannot have begun are made elsewhere.

use std::time::Duration;

use ek_core::ErrorKind::{Interrupted, Rejected, Timeout};
use ek_core::{ChatRequest, Error, LlmProvider as _, StreamingProvider as _};
use tokio::time::{Instant, sleep};

use super::frames::{Frames, HTTP_1_1_REQUIRED, INTERNAL_ERROR, NO_ERROR, REFUSED_STREAM};
use super::secure::SecureWire;
use super::{all_well, ask, assert_well, first};
use crate::support::hidden::assert_error_hides;
use crate::support::{REPLY, completion, in_time, question, settled};

#[tokio::test(start_paused = true)]
async fn a_server_that_goes_away_finishes_what_runs_and_gets_no_more() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.head(stream).await;
        frames.go_away(stream, NO_ERROR).await;
        sleep(Duration::from_secs(10)).await;
        frames.data(stream, completion(REPLY), true).await;
        assert_eq!(frames.asked().await, None, "a request after it went away");
    });
    let provider = wire.provider(|settings| settings);
    let runs = tokio::spawn(ask(provider.clone()));
    sleep(Duration::from_secs(1)).await;
    all_well(&provider, 5).await;
    assert!(!runs.is_finished());
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 2));
    assert_well(in_time(runs).await.expect("no panic"));
    sleep(Duration::from_millis(10)).await;
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 1), "the old one is closed");
}

#[tokio::test(start_paused = true)]
async fn what_came_after_the_last_stream_is_asked_again_elsewhere_unseen() {
    for code in [NO_ERROR, INTERNAL_ERROR] {
        let wire = first(move |mut frames| async move {
            let stream = frames.asked().await.expect("a request");
            frames.go_away(stream - 1, code).await;
            frames.asked().await;
        });
        let provider = wire.provider(|settings| settings);
        assert_well(in_time(ask(provider)).await);
        assert_eq!(wire.wire.dialled(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_the_server_refuses_is_asked_again_unseen_but_not_for_ever() {
    let wire = first(|mut frames| async move {
        for refusals in 0..4 {
            if refusals == 1 {
                // The second call: refused until it gives up.
                let stream = frames.asked().await.expect("a request");
                frames.answer(stream).await;
            }
            let times = if refusals == 0 { 1 } else { 4 };
            for _ in 0..times {
                let stream = frames.asked().await.expect("a request");
                frames.reset(stream, REFUSED_STREAM).await;
            }
            if refusals == 1 {
                return frames.answer_all().await;
            }
        }
    });
    let provider = wire.provider(|settings| settings);
    assert_well(in_time(ask(provider.clone())).await);
    let error = in_time(ask(provider.clone())).await.expect_err("refused four times");
    assert_eq!(error.kind(), Interrupted);
    assert!(error.is_retryable() && !error.may_have_executed(), "{error:?}");
    assert_eq!(error.to_string(), "localhost refused the request before it began it");
    assert_error_hides(&error);
    assert_well(in_time(ask(provider)).await);
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_http1_is_not_asked_again_over_http2() {
    for goes_away in [false, true] {
        let wire = first(move |mut frames| async move {
            let stream = frames.asked().await.expect("a request");
            match goes_away {
                true => frames.go_away(0, HTTP_1_1_REQUIRED).await,
                false => frames.reset(stream, HTTP_1_1_REQUIRED).await,
            }
            assert_eq!(frames.asked().await, None);
        });
        let provider = wire.provider(|settings| settings);
        let error = in_time(ask(provider)).await.expect_err("HTTP/1.1 is required");
        assert_eq!((error.kind(), error.may_have_executed()), (Rejected, false), "{error:?}");
        let message = "localhost wants this request over HTTP/1.1; switch HTTP/2 off with http2";
        assert_eq!(error.to_string(), message);
        assert_error_hides(&error);
        assert_eq!(wire.wire.dialled(), 1);
    }
}

/// Fails because each server, after this, goes away from the request.
async fn goes_away<F, Fut>(before: F) -> Error
where
    F: Fn(Frames, u32) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Frames> + Send + 'static,
{
    let wire = SecureWire::http2(&[], move |mut frames| {
        let before = before.clone();
        async move {
            let stream = frames.asked().await.expect("a request");
            let mut frames = before(frames, stream).await;
            frames.go_away(stream - 1, INTERNAL_ERROR).await;
            frames.asked().await;
        }
    });
    let provider = wire.provider(|settings| settings);
    let error = in_time(ask(provider.clone())).await.expect_err("gone");
    assert_error_hides(&error);
    // What a connection said is not in the error of the next call.
    assert_error_hides(&in_time(ask(provider)).await.expect_err("gone again"));
    error
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_when_it_goes_away_is_in_no_error() {
    let before_the_head = goes_away(|frames, _| async move { frames }).await;
    assert_eq!((before_the_head.kind(), before_the_head.status()), (Interrupted, None));
    let within_the_body = goes_away(|mut frames, stream| async move {
        frames.head(stream).await;
        frames.data(stream, "{", false).await;
        frames
    })
    .await;
    assert_eq!((within_the_body.kind(), within_the_body.status()), (Interrupted, Some(200)));
    for error in [before_the_head, within_the_body] {
        let why = format!("{error:?}");
        assert!(why.contains("GOAWAY") && why.contains("INTERNAL_ERROR"), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_when_it_goes_away_is_not_in_the_error_of_a_stream() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.head(stream).await;
        let piece = r#"data: {"choices":[{"index":0,"delta":{"content":"MARKone"}}]}"#;
        frames.data(stream, format!("{piece}\n\n"), false).await;
        frames.go_away(stream - 1, INTERNAL_ERROR).await;
        frames.asked().await;
    });
    let provider = wire.provider(|settings| settings);
    let mut stream = in_time(provider.stream(&question())).await.expect("a stream");
    in_time(stream.next()).await.expect("an event").expect("a piece");
    let error = in_time(stream.next()).await.expect("an end").expect_err("gone");
    assert_eq!((error.kind(), error.is_retryable()), (Interrupted, false));
    assert_error_hides(&error);
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_found_by_pings_and_the_next_call_has_another() {
    let wire = first(|mut frames| async move {
        frames.asked().await.expect("a request");
        frames.go_deaf();
        frames.asked().await;
    });
    let provider = wire.provider(|settings| settings);
    let start = Instant::now();
    let error = in_time(ask(provider.clone())).await.expect_err("dead");
    assert_eq!(error.kind(), Timeout);
    assert!(error.may_have_executed());
    assert_eq!(error.to_string(), "the connection to localhost is dead");
    assert_error_hides(&error);
    let taken = start.elapsed().as_secs();
    assert!((20..=45).contains(&taken), "found after {taken} s");
    assert_well(in_time(ask(provider)).await);
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 1));
}

/// Pings find it out after 40 s at the latest. Calls with less time would all be lost until then.
#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_comes_for_five_seconds_gets_no_further_calls() {
    for (seconds, lost) in [(1, 5), (2, 3), (5, 1), (9, 1)] {
        let wire = first(|mut frames| async move {
            let stream = frames.asked().await.expect("a request");
            frames.answer(stream).await;
            sleep(Duration::from_secs(3600)).await;
        });
        let limit = Duration::from_secs(seconds);
        let provider = wire.provider(|settings| settings.timeout(limit));
        assert_well(in_time(ask(provider.clone())).await);
        // Nothing is expected of a connection that no call uses.
        sleep(Duration::from_secs(30)).await;
        for _ in 0..lost {
            let error = in_time(ask(provider.clone())).await.expect_err("silence");
            assert_eq!(error.kind(), Timeout);
        }
        sleep(Duration::from_millis(10)).await;
        assert_eq!((wire.wire.dialled(), wire.wire.open()), (1, 0), "{seconds} s");
        assert_well(in_time(ask(provider)).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_on_which_something_comes_is_kept_whatever_calls_are_given_up() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.answer(stream).await;
        let slow = frames.asked().await.expect("a second one");
        frames.head(slow).await;
        for _ in 0..3 {
            frames.asked().await.expect("one that is given up");
            frames.data(slow, " ", false).await;
        }
        frames.data(slow, completion(REPLY), true).await;
        frames.answer_all().await;
    });
    let provider = wire.provider(|settings| settings.timeout(Duration::from_secs(60)));
    assert_well(in_time(ask(provider.clone())).await);
    let slow = tokio::spawn(ask(provider.clone()));
    settled().await;
    for _ in 0..3 {
        let request = question().with_timeout(Duration::from_secs(2));
        let error = in_time(provider.complete(&request)).await.expect_err("no answer");
        assert_eq!(error.kind(), Timeout);
    }
    assert_well(in_time(slow).await.expect("no panic"));
    assert_well(in_time(ask(provider)).await);
    assert_eq!(wire.wire.dialled(), 1);
}

/// A server that is merely slow: there is no place for another connection while one of its calls goes on.
#[tokio::test(start_paused = true)]
async fn a_silent_connection_that_cannot_be_replaced_gets_further_calls_while_it_carries_others() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.answer(stream).await;
        let slow = frames.asked().await.expect("a second one");
        frames.asked().await.expect("one that is given up");
        let last = frames.asked().await.expect("a last one");
        frames.answer(last).await;
        sleep(Duration::from_secs(30)).await;
        frames.answer(slow).await;
        frames.answer_all().await;
    });
    let provider = wire.provider(|settings| settings.max_connections(1));
    assert_well(in_time(ask(provider.clone())).await);
    let slow = tokio::spawn(ask(provider.clone()));
    settled().await;
    let request = question().with_timeout(Duration::from_secs(6));
    let error = in_time(provider.complete(&request)).await.expect_err("no answer");
    assert_eq!(error.kind(), Timeout);
    let start = Instant::now();
    assert_well(in_time(ask(provider)).await);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_well(in_time(slow).await.expect("no panic"));
    assert_eq!(wire.wire.dialled(), 1);
}

/// What is still to be sent to it fills every buffer.
#[tokio::test(start_paused = true)]
async fn the_place_of_a_connection_that_is_read_no_longer_is_free_five_seconds_after_its_last_call()
{
    const WINDOW: u32 = 10_000_000;
    for streams in [false, true] {
        let wire = first(move |mut frames| async move {
            frames.widen(WINDOW).await;
            let stream = frames.asked().await.expect("a request");
            frames.answer(stream).await;
            if streams {
                let stream = frames.asked().await.expect("a second one");
                frames.head(stream).await;
            }
            sleep(Duration::from_secs(3600)).await;
        });
        let provider = wire.provider(|settings| settings.max_connections(1));
        assert_well(in_time(ask(provider.clone())).await);
        let open = match streams {
            true => Some(in_time(provider.stream(&question())).await.expect("a stream")),
            false => None,
        };
        let large = ChatRequest::user("x".repeat(500_000)).with_timeout(Duration::from_secs(6));
        let error = in_time(provider.complete(&large)).await.expect_err("it is not read");
        assert_eq!(error.kind(), Timeout);
        sleep(Duration::from_secs(9)).await;
        assert_eq!(wire.wire.open(), usize::from(streams), "those that it carries go on");
        drop(open);
        let start = Instant::now();
        assert_well(in_time(ask(provider)).await);
        assert!(start.elapsed() <= Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!((wire.wire.dialled(), wire.wire.open()), (2, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_that_answers_pings_is_not_dead() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        let _ = tokio::time::timeout(Duration::from_secs(100), frames.asked()).await;
        frames.answer(stream).await;
        frames.answer_all().await;
    });
    let provider = wire.provider(|settings| settings.timeout(Duration::from_secs(200)));
    assert_well(ask(provider).await);
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_interrupts_its_calls_and_no_others() {
    let wire = first(|mut frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.asked().await.expect("a second one");
        frames.head(stream).await;
        frames.data(stream, "{\"choices\":", false).await;
    });
    let provider = wire.provider(|settings| settings);
    let calls = [tokio::spawn(ask(provider.clone())), tokio::spawn(ask(provider.clone()))];
    for call in calls {
        let error = in_time(call).await.expect("no panic").expect_err("cut");
        assert_eq!(error.kind(), Interrupted, "{error}");
        assert!(error.is_retryable() && error.may_have_executed());
        assert_error_hides(&error);
    }
    assert_well(in_time(provider.complete(&question())).await);
    assert_eq!((wire.wire.dialled(), wire.wire.open()), (3, 1));
}
