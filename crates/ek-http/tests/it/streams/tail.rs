//! After the finish reason the reply is whole: what may still come is waited for, but not for long.

use std::time::Duration;

use ek_mock::wire::chunk;
use tokio::time::{Instant, sleep};

use super::{DONE, Heard, finish, frame, head_and, in_memory, start, text, usage};
use crate::support::in_time;
use crate::support::memory::{Memory, read_request, write, write_slowly};

/// As long as the tail is waited for.
const TAIL: Duration = Duration::from_secs(10);

/// A stream that has its finish reason, and then for each second one of these.
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
async fn a_server_that_hangs_after_the_finish_reason_costs_ten_seconds_and_no_error() {
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
async fn comments_do_not_make_the_tail_longer() {
    let (heard, took) = heard(&then(&[": ping\n\n"; 60]), Duration::from_secs(120)).await;
    assert_eq!((heard.reply().content.as_str(), took), ("one", TAIL));
}

#[tokio::test(start_paused = true)]
async fn the_usage_is_waited_for_and_taken() {
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
async fn an_error_in_the_tail_is_an_error_that_keeps_the_reply() {
    let error = frame(r#"{"error":{"message":"the model fell over"}}"#).leak();
    let seconds: &'static [&'static str] = vec![&*error].leak();
    let (heard, _) = heard(&then(seconds), Duration::from_secs(120)).await;
    assert_eq!(heard.partial(), "one");
    assert!(!heard.error().is_retryable());
}
