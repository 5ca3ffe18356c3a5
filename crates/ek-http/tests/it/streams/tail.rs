//! The tail: the reply is complete after its finish reason, and the client waits only briefly for more.

use std::time::Duration;

use ek_mock::wire::chunk;
use tokio::time::{Instant, sleep};

use super::{
    DONE, Heard, delta, finish, frame, head_and, in_memory, next_text, start, text, usage,
};
use crate::support::in_time;
use crate::support::memory::{Memory, read_request, write, write_slowly};

/// The time limit of the tail.
const TAIL: Duration = Duration::from_secs(10);

/// A stream with its finish reason, and then one of these events each second.
fn then(seconds: &'static [&'static str]) -> Memory {
    Memory::new(move |mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, head_and(&joined!(text("one"), finish("stop")))).await;
        sleep(Duration::from_secs(1)).await;
        let chunks: Vec<Vec<u8>> = seconds.iter().copied().map(chunk).collect();
        write_slowly(&mut stream, Duration::from_secs(1), chunks).await;
        stream
    })
}

async fn heard(memory: &Memory, idle: Duration) -> (Heard, Duration) {
    let provider = in_memory(memory).stream_idle_timeout(idle).build().expect("sound settings");
    let stream = start(&provider).await;
    let begin = Instant::now();
    (in_time(Heard::all(stream)).await, begin.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_after_the_finish_reason_takes_ten_seconds_and_no_error() {
    let memory = then(&[]);
    let (heard, took) = heard(&memory, Duration::from_secs(120)).await;
    assert_eq!((heard.reply().content.as_str(), took), ("one", TAIL));
    in_time(memory.all_closed()).await;
}

#[tokio::test(start_paused = true)]
async fn a_shorter_idle_limit_holds_for_the_tail_as_well() {
    let (heard, took) = heard(&then(&[]), Duration::from_secs(4)).await;
    assert_eq!((heard.reply().content.as_str(), took), ("one", Duration::from_secs(4)));
}

#[tokio::test(start_paused = true)]
async fn only_a_reply_that_goes_on_makes_the_tail_longer() {
    let usage = usage().leak();
    let again = finish("stop").leak();
    for noise in [
        ": ping\n\n",
        "id: 1\n\n",
        "id: 1\n",
        "retry: 5\n",
        "event: ping\n\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "data:\n\n",
        "data: {\"choices\":[]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        usage,
        again,
        "x",
    ] {
        let noises: &'static [&'static str] = vec![noise; 60].leak();
        let (heard, took) = heard(&then(noises), Duration::from_secs(120)).await;
        assert_eq!((heard.reply().content.as_str(), took), ("one", TAIL), "{noise:?}");
    }
}

/// A stream with its finish reason, nine seconds later these events, and no end.
fn goes_on(events: String) -> Memory {
    Memory::new(move |mut stream| {
        let events = events.clone();
        async move {
            read_request(&mut stream).await;
            write(&mut stream, head_and(&joined!(text("one"), finish("stop")))).await;
            sleep(Duration::from_secs(9)).await;
            write(&mut stream, chunk(events)).await;
            stream
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_goes_on_has_the_idle_limit_again() {
    let call = r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}"#;
    for more in [text(" two"), delta(r#"{"reasoning_content":"hm"}"#), delta(call)] {
        let (heard, took) = heard(&goes_on(more), Duration::from_secs(60)).await;
        assert_eq!(heard.error().kind(), ek_core::ErrorKind::Timeout);
        assert_eq!(took, Duration::from_secs(9 + 60));
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_finish_reason_begins_a_new_tail() {
    // In separate chunks, and in one chunk.
    let in_one = frame(r#"{"choices":[{"delta":{"content":" two"},"finish_reason":"stop"}]}"#);
    for more in [joined!(text(" two"), finish("stop")), in_one] {
        let (heard, took) = heard(&goes_on(more), Duration::from_secs(60)).await;
        assert_eq!(heard.reply().content, "one two");
        assert_eq!(took, Duration::from_secs(9) + TAIL);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_slow_consumer_does_not_count_for_the_tail() {
    let memory = Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        let last = frame(r#"{"choices":[{"delta":{"content":"one"},"finish_reason":"stop"}]}"#);
        write(&mut stream, head_and(&last)).await;
        sleep(Duration::from_secs(3605)).await;
        write(&mut stream, chunk(joined!(usage(), DONE))).await;
        stream
    });
    let provider = in_memory(&memory).build().expect("sound settings");
    let mut stream = start(&provider).await;
    assert_eq!(next_text(&mut stream).await, "one");
    sleep(Duration::from_secs(3600)).await;
    let reply = in_time(stream.collect()).await.expect("a whole reply");
    assert_eq!(reply.total_tokens(), Some(12));
}

#[tokio::test(start_paused = true)]
async fn the_usage_in_the_tail_is_in_the_reply() {
    let seconds: &'static [&'static str] = vec![": ping\n\n", usage().leak()].leak();
    let (heard, _) = heard(&then(seconds), Duration::from_secs(120)).await;
    assert_eq!(heard.reply().total_tokens(), Some(12));
}

#[tokio::test(start_paused = true)]
async fn done_ends_the_waiting() {
    let (heard, took) = heard(&then(&[DONE]), Duration::from_secs(120)).await;
    assert_eq!((heard.reply().content.as_str(), took), ("one", Duration::from_secs(1)));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_tail_keeps_the_partial_reply() {
    let error = frame(r#"{"error":{"message":"the model fell over"}}"#).leak();
    let seconds: &'static [&'static str] = vec![&*error].leak();
    let (heard, _) = heard(&then(seconds), Duration::from_secs(120)).await;
    assert_eq!(heard.partial(), "one");
    assert!(!heard.error().is_retryable());
}
