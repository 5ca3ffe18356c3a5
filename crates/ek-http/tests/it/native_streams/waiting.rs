//! How long a stream may be idle, and who may wait for whom.

use ek_core::StreamingProvider as _;
use ek_mock::wire::chunk;

use super::wires;
use crate::streams::waiting::{IDLE, SECOND, assert_stood_still, begins, timed};
use crate::streams::{Heard, begun, next_text};
use crate::support::memory::{write, write_slowly};
use crate::support::{in_time, question};

#[tokio::test(start_paused = true)]
async fn s62_a_stream_that_stands_still_times_out_and_comments_are_no_progress() {
    for wire in wires() {
        for (body, is_first) in
            [(wire.opening.clone(), true), (wire.begins_with(&["MARK one"]), false)]
        {
            for noise in [": ping\n\n", "\n"] {
                let memory = begins(body.clone().leak(), move |mut stream| async move {
                    write_slowly(&mut stream, SECOND, vec![chunk(noise); 60]).await;
                    stream
                });
                let (heard, took) = timed(&wire.in_memory(&memory)).await;
                assert_stood_still(heard.error(), is_first);
                assert_eq!(took, IDLE, "{}", wire.name);
                in_time(memory.all_closed()).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s63_a_stall_within_the_limit_is_answered() {
    for wire in wires() {
        let (text, end) = (wire.text, wire.end());
        let memory = begins(wire.opening.clone().leak(), move |mut stream| {
            let end = end.clone();
            async move {
                for event in [text("one"), text(" two"), end] {
                    tokio::time::sleep(IDLE - SECOND).await;
                    write(&mut stream, chunk(event)).await;
                }
                write(&mut stream, chunk("")).await;
                stream
            }
        });
        let (heard, took) = timed(&wire.in_memory(&memory)).await;
        assert_eq!((heard.reply().content.as_str(), took), ("one two", 3 * (IDLE - SECOND)));
    }
}

#[tokio::test(start_paused = true)]
async fn s64_a_slow_consumer_is_no_timeout() {
    for wire in wires() {
        let (text, end) = (wire.text, wire.end());
        let memory = begins(wire.opening.clone().leak(), move |mut stream| {
            let end = end.clone();
            async move {
                for piece in ["one", "two", "three"] {
                    write(&mut stream, chunk(text(piece))).await;
                    // The next one comes when the consumer has waited for a second.
                    tokio::time::sleep(3 * IDLE + SECOND).await;
                }
                write(&mut stream, chunk(end)).await;
                write(&mut stream, chunk("")).await;
                stream
            }
        });
        let mut stream = wire.in_memory(&memory).stream(&question()).await.expect("a stream");
        for piece in ["one", "two", "three"] {
            assert_eq!(in_time(next_text(&mut stream)).await, piece);
            tokio::time::sleep(3 * IDLE).await;
        }
        assert_eq!(in_time(Heard::rest(stream)).await, "onetwothree");
    }
}

#[tokio::test]
async fn s65_dropping_a_stream_closes_its_connection_at_once() {
    for wire in wires() {
        let rig = wire.rig(begun().write(chunk(wire.begins_with(&["one"]))).stall()).await;
        let mut stream = rig.provider.stream(&question()).await.expect("a stream");
        assert_eq!(in_time(next_text(&mut stream)).await, "one");
        drop(stream);
        assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
        rig.works().await;
    }
}
