//! How long a stream may be idle, on tokio's paused clock and over connections in memory.

use std::time::Duration;

use ek_core::ErrorKind::Timeout;
use ek_core::{ChatRequest, Error, LlmProvider as _, StreamingProvider as _};
use ek_mock::wire::chunk;
use tokio::io::DuplexStream;
use tokio::time::{Instant, sleep};

use super::{DONE, Heard, finish, head_and, in_memory, next_text, start, text, whole};
use crate::support::hidden::assert_error_hides;
use crate::support::memory::{Memory, read_request, write, write_slowly};
use crate::support::{PROMPT, REPLY, in_time, question};

/// The limit of these tests.
pub(crate) const IDLE: Duration = Duration::from_secs(20);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
const PING: &str = ": ping\n\n";

fn provider(memory: &Memory) -> ek_http::Provider {
    in_memory(memory).stream_idle_timeout(IDLE).build().expect("sound settings")
}

/// A stream that begins with this text and goes on with these steps.
pub(crate) fn begins<F, Fut>(first: &'static str, then: F) -> Memory
where
    F: Fn(DuplexStream) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = DuplexStream> + Send + 'static,
{
    Memory::new(move |mut stream| {
        let then = then.clone();
        async move {
            read_request(&mut stream).await;
            write(&mut stream, head_and(first)).await;
            then(stream).await
        }
    })
}

async fn say(stream: &mut DuplexStream, events: &str) {
    write(stream, chunk(events)).await;
}

#[track_caller]
pub(crate) fn assert_stood_still(error: &Error, retryable: bool) {
    assert_eq!(error.kind(), Timeout, "{error}");
    assert_eq!(error.to_string(), "the stream was idle for 20s");
    assert_eq!((error.is_retryable(), error.may_have_executed()), (retryable, true));
    assert_error_hides(error);
}

/// Reads the whole stream on the paused clock. Returns how long that took.
pub(crate) async fn timed(provider: &ek_http::Provider) -> (Heard, Duration) {
    let begin = Instant::now();
    let heard = tokio::time::timeout(Duration::from_secs(86_400), async {
        Heard::all(start(provider).await).await
    });
    (heard.await.expect("an end"), begin.elapsed())
}

#[tokio::test(start_paused = true)]
async fn s62_an_idle_stream_times_out_and_closes_its_connection() {
    let first = text("MARK one").leak();
    let memory = begins(first, |stream| async { stream });
    let provider = provider(&memory);
    let (heard, took) = timed(&provider).await;
    assert_stood_still(heard.error(), false);
    assert_eq!((heard.partial(), took), ("MARK one", IDLE));
    in_time(memory.all_closed()).await;
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer on a new connection").content, REPLY);
    assert_eq!(memory.accepted(), 2);
}

#[tokio::test(start_paused = true)]
async fn s62_comments_and_blank_lines_are_not_progress() {
    for noise in [PING, ":\n", "\n", "\r\n\r\n"] {
        let first = text("MARK one").leak();
        let memory = begins(first, move |mut stream| async move {
            write_slowly(&mut stream, SECOND, vec![chunk(noise); 60]).await;
            stream
        });
        let (heard, took) = timed(&provider(&memory)).await;
        assert_stood_still(heard.error(), false);
        assert_eq!(took, IDLE, "{noise:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn s62_an_incomplete_line_is_progress_once() {
    let memory = begins("", |mut stream| async move {
        let pieces: Vec<Vec<u8>> = text("one").as_bytes().chunks(10).map(chunk).collect();
        write_slowly(&mut stream, 15 * SECOND, pieces).await;
        stream
    });
    let pieces = u32::try_from(text("one").len().div_ceil(10)).expect("a few");
    let (heard, took) = timed(&provider(&memory)).await;
    assert_eq!(heard.text(), "one");
    // 15 seconds between the pieces, and nothing after the last one.
    assert_eq!(took, 15 * SECOND * (pieces - 1) + IDLE);
    assert_stood_still(heard.error(), false);
}

#[tokio::test(start_paused = true)]
async fn s62_before_the_first_item_the_timeout_may_be_retried() {
    for first in ["", PING, "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"] {
        let memory = begins(first, |stream| async { stream });
        let (heard, took) = timed(&provider(&memory)).await;
        assert_stood_still(heard.error(), true);
        assert_eq!(took, IDLE);
    }
}

#[tokio::test(start_paused = true)]
async fn s63_a_pause_within_the_limit_is_no_timeout() {
    let memory = begins("", |mut stream| async move {
        for piece in ["one", " two", " three"] {
            write_slowly(&mut stream, SECOND, vec![chunk(PING); 19]).await;
            say(&mut stream, &text(piece)).await;
        }
        sleep(IDLE - SECOND).await;
        say(&mut stream, &joined!(finish("stop"), DONE)).await;
        stream
    });
    let (heard, took) = timed(&provider(&memory)).await;
    assert_eq!(heard.reply().content, "one two three");
    assert_eq!(took, 4 * 19 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn s64_a_slow_consumer_is_no_timeout() {
    let memory = begins("", |mut stream| async move {
        for piece in ["one", "two", "three", "four"] {
            say(&mut stream, &text(piece)).await;
            // Some pieces come long before the consumer reads them, some long after.
            sleep(IDLE - SECOND).await;
        }
        say(&mut stream, &joined!(finish("stop"), DONE)).await;
        stream
    });
    let mut stream = start(&provider(&memory)).await;
    for piece in ["one", "two", "three", "four"] {
        assert_eq!(next_text(&mut stream).await, piece);
        sleep(3 * IDLE).await;
    }
    assert_eq!(in_time(Heard::rest(stream)).await, "onetwothreefour");
}

#[tokio::test(start_paused = true)]
async fn s64_the_clock_begins_when_the_consumer_waits_again() {
    let first = text("MARK one").leak();
    // With and without an earlier wait of the consumer.
    for pause in [Duration::ZERO, 5 * SECOND] {
        let memory = begins(first, move |mut stream| async move {
            sleep(pause).await;
            say(&mut stream, &text("two")).await;
            stream
        });
        let mut stream = start(&provider(&memory)).await;
        for piece in ["MARK one", "two"] {
            assert_eq!(next_text(&mut stream).await, piece);
        }
        sleep(10 * IDLE).await;
        let begin = Instant::now();
        let end = in_time(stream.next()).await;
        assert_stood_still(&end.expect("an end").expect_err("a timeout"), false);
        assert_eq!(begin.elapsed(), IDLE);
    }
}

#[tokio::test(start_paused = true)]
async fn the_shorter_wait_after_the_finish_reason_begins_with_it() {
    let first = text("one").leak();
    let memory = begins(first, |mut stream| async move {
        sleep(SECOND).await;
        say(&mut stream, &finish("stop")).await;
        stream
    });
    let (heard, took) = timed(&provider(&memory)).await;
    assert_eq!(heard.reply().content, "one");
    assert_eq!(took, 11 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_moves_to_another_task_times_out_there() {
    let first = text("MARK one").leak();
    let memory = begins(first, |mut stream| async move {
        sleep(5 * SECOND).await;
        say(&mut stream, &text("two")).await;
        stream
    });
    let begin = Instant::now();
    let mut stream = start(&provider(&memory)).await;
    let waited = tokio::spawn(async move {
        assert_eq!(next_text(&mut stream).await, "MARK one");
        assert_eq!(next_text(&mut stream).await, "two");
        stream
    });
    let mut stream = waited.await.expect("no panic");
    let end = in_time(stream.next()).await;
    assert_stood_still(&end.expect("an end").expect_err("a timeout"), false);
    assert_eq!(begin.elapsed(), 5 * SECOND + IDLE);
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_be_cancelled_and_started_again() {
    let memory = begins("", |mut stream| async move {
        sleep(10 * SECOND).await;
        say(&mut stream, &whole(&["one", " two"])).await;
        stream
    });
    let mut stream = start(&provider(&memory)).await;
    for _ in 0..9 {
        assert!(tokio::time::timeout(SECOND, stream.next()).await.is_err(), "too early");
    }
    assert_eq!(in_time(Heard::rest(stream)).await, "one two");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_call_covers_the_head_of_a_stream_only() {
    let limit = 30 * SECOND;
    let long = Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        sleep(29 * SECOND).await;
        write(&mut stream, head_and("")).await;
        for _ in 0..100 {
            sleep(10 * SECOND).await;
            say(&mut stream, &text("x")).await;
        }
        say(&mut stream, DONE).await;
        stream
    });
    let settings = in_memory(&long).stream_idle_timeout(IDLE).timeout(limit);
    let (heard, took) = timed(&settings.build().expect("sound settings")).await;
    assert_eq!(heard.reply().content.len(), 100);
    assert_eq!(took, 1029 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_missing_head_is_a_timeout_of_the_call() {
    let limit = 30 * SECOND;
    let longer = ChatRequest::user(PROMPT).with_timeout(3 * limit);
    for (request, limit) in [(question(), limit), (longer, 3 * limit)] {
        let silent = Memory::new(|mut stream| async move {
            read_request(&mut stream).await;
            stream
        });
        let provider = in_memory(&silent).timeout(30 * SECOND).build().expect("sound settings");
        let begin = Instant::now();
        let error = provider.stream(&request).await.expect_err("a timeout");
        assert_eq!((error.kind(), begin.elapsed()), (Timeout, limit));
        assert!(error.is_retryable() && error.partial().is_none());
        assert_error_hides(&error);
        in_time(silent.all_closed()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_beyond_the_clock_s_range_is_no_limit() {
    let memory = begins("", |mut stream| async move {
        sleep(Duration::from_secs(80_000)).await;
        say(&mut stream, &whole(&["late"])).await;
        stream
    });
    let settings = in_memory(&memory).stream_idle_timeout(Duration::MAX);
    let (heard, _) = timed(&settings.build().expect("sound settings")).await;
    assert_eq!(heard.reply().content, "late");
}
