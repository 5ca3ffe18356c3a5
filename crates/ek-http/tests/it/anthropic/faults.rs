//! The faults of streams, scenarios 51 to 70 of `docs/faults.md`, with the marks of this protocol:
//! `message_stop`, the stop reason of `message_delta`, `ping` and the error event.
#![allow(clippy::string_add, reason = "bodies are read best as sums of their frames")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::ErrorKind::{self, Malformed, RateLimited, Server, TooLarge};
use ek_core::{FinishReason, StreamingProvider as _};
use ek_http::{Provider, ProviderBuilder};
use ek_mock::wire::{Connection, RawScript, RawServer, chunk, response};
use serde_json::{Value, json};

use super::{close, delta, end, frames, message, open, start};
use crate::streams::{
    EVENTS, Heard, IDLE, SECOND, answer, assert_cut, assert_stood_still, begins, begun,
    byte_by_byte, cuts, head_and, listen, next_text, timed, until_closed,
};
use crate::support::hidden::assert_error_hides;
use crate::support::memory::{Memory, read_request, write, write_slowly};
use crate::support::rig::Rig;
use crate::support::{JSON, KEY, REPLY, in_time, logs, question, settled};

const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const PING: &str = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

fn settings(uri: &str) -> ProviderBuilder {
    logs::start();
    Provider::anthropic("claude-sonnet-5").base_url(uri).api_key(KEY)
}

fn in_memory(memory: &Memory) -> Provider {
    let settings = settings("http://localhost").connector(memory.clone());
    settings.stream_idle_timeout(IDLE).build().expect("sound settings")
}

/// A provider in front of a server that runs `first` on its first connection, and then good ones.
async fn rig(first: Connection, change: impl FnOnce(ProviderBuilder) -> ProviderBuilder) -> Rig {
    let well = message(json!([{"type": "text", "text": REPLY}]), "end_turn");
    let good = Connection::new().read_request().write(well).repeat();
    let server = RawServer::start(RawScript::in_order([first]).then_every(good)).await;
    let provider = change(settings(&server.uri())).build().expect("sound settings");
    Rig { server, provider }
}

pub(super) async fn hear(connection: Connection) -> Heard {
    listen(&rig(connection, |settings| settings).await.provider).await
}

fn opening() -> String {
    frames([start(), open(0, json!({"type": "text", "text": ""}))])
}

fn text(piece: &str) -> String {
    frames([delta(0, json!({"type": "text_delta", "text": piece}))])
}

/// The end of the block, the stop reason and the counts; without `message_stop`.
fn stop_reason() -> String {
    let [stop, _] = end("end_turn");
    frames([close(0), stop])
}

fn begins_with(pieces: &[&str]) -> String {
    opening() + &pieces.iter().map(|piece| text(piece)).collect::<String>()
}

fn whole(pieces: &[&str]) -> String {
    begins_with(pieces) + &stop_reason() + STOP
}

/// An event of the block with this index.
pub(super) fn at(index: &Value, mut event: Value) -> Value {
    event["index"] = index.clone();
    event
}

fn error_event(kind: &str) -> String {
    frames([json!({"type": "error", "error": {"type": kind, "message": "Not now"}})])
}

#[tokio::test]
async fn s51_every_line_ending_and_any_cut_give_the_same_reply() {
    let lines = whole(&["Nothing but ", "the glaze."]);
    let mixed = lines.replacen("\n\n", "\r\n\r", 1).replacen("\n\n", "\r\r\n", 1);
    let expected = hear(answer([&lines])).await;
    assert_eq!(expected.reply().content, "Nothing but the glaze.");
    for body in [&lines, &lines.replace('\n', "\r"), &lines.replace('\n', "\r\n"), &mixed] {
        for connection in [answer([body]), answer(body.split_inclusive('\r')), byte_by_byte(body)] {
            let heard = hear(connection).await;
            assert_eq!(heard.events, expected.events, "{body:?}");
            assert_eq!(heard.reply(), expected.reply(), "{body:?}");
        }
    }
}

#[tokio::test]
async fn s52_a_byte_order_mark_is_skipped_at_the_beginning_and_kept_later() {
    let body = format!("\u{feff}{}", whole(&["\u{feff}one", " two"]));
    for connection in [answer([&body]), byte_by_byte(&body)] {
        assert_eq!(hear(connection).await.reply().content, "\u{feff}one two");
    }
}

#[tokio::test]
async fn s53_a_character_may_be_split_anywhere_and_invalid_bytes_become_u_fffd() {
    let body = whole(&["kiln 🔥", "岸 at ø"]);
    assert_eq!(hear(byte_by_byte(&body)).await.reply().content, "kiln 🔥岸 at ø");

    let mut broken = whole(&["a?b", "c"]).into_bytes();
    let at = broken.windows(3).position(|bytes| bytes == b"a?b").expect("the text");
    broken[at + 1] = 0xf0;
    assert_eq!(hear(answer([broken])).await.reply().content, "a\u{fffd}bc");
}

#[tokio::test]
async fn s54_comments_pings_and_lines_without_data_make_no_event() {
    let noise = ": comment\n\n:\n\nevent: x\n\nid: \0\n\nretry: x\n\nfoo: y\n\ndata\n\ndata:\n\n";
    let noise = format!("{noise}{PING}event: message_stop\n\n");
    let body = [&opening(), &text("one"), &text(" two"), &stop_reason(), STOP];
    let heard = hear(answer([body.map(|event| noise.clone() + event).concat()])).await;
    assert_eq!(heard.reply().content, "one two");
    assert_eq!(heard.events, hear(answer([body.concat()])).await.events);
}

#[tokio::test]
async fn s55_the_end_before_a_stop_reason_is_interrupted_and_retryable_before_the_first_item_only()
{
    let two = begins_with(&["MARK one", " two"]);
    for (body, partial) in [
        (two.clone(), "MARK one two"),
        (two.clone() + &text("MARK lost")[..70], "MARK one two"),
        (two + &frames([close(0)]), "MARK one two"),
        (opening() + PING, ""),
        (PING.to_owned() + "event: message_start\ndata: {\"type\":\"mes", ""),
    ] {
        for connection in cuts(&body) {
            let heard = hear(connection).await;
            assert_cut(heard.error(), partial.is_empty());
            assert_eq!(heard.partial(), partial);
        }
    }
}

#[tokio::test]
async fn s56_a_stop_reason_without_message_stop_is_a_whole_reply() {
    for rest in ["", PING, &STOP[..STOP.len() - 9]] {
        for connection in cuts(&(begins_with(&["one"]) + &stop_reason() + rest)) {
            let heard = hear(connection).await;
            assert_eq!(heard.reply().content, "one");
            assert_eq!(heard.reply().finish_reason, Some(FinishReason::Stop));
            assert_eq!(heard.reply().total_tokens(), Some(30));
        }
    }
}

#[tokio::test]
async fn s57_a_last_event_without_its_blank_line_is_an_event() {
    for end in ["", "\n", "\r"] {
        for last in [stop_reason(), stop_reason() + STOP] {
            let body = begins_with(&["one"]) + last.trim_end() + end;
            let heard = hear(until_closed(body)).await;
            assert_eq!(heard.reply().total_tokens(), Some(30), "{end:?}");
        }
    }
}

#[tokio::test]
async fn s58_what_only_looks_like_message_stop_is_not_the_end() {
    for like in [
        "event: message_stop\ndata: {\"type\":\"ping\"}\n\n",
        "data: {\"type\":\"message_stopped\"}\n\n",
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null}}\n\n",
        "data: [DONE]\n\n",
    ] {
        let body = begins_with(&["one"]) + like + &text(" two") + &stop_reason() + STOP;
        assert_eq!(hear(answer([body])).await.reply().content, "one two", "{like:?}");
    }
}

#[tokio::test]
async fn s59_message_stop_ends_the_stream_at_once_and_what_follows_is_ignored() {
    let late = [whole(&["again"]), error_event("overloaded_error"), "data: {\n\n".to_owned()];
    for late in late.iter().map(String::as_str).chain([""]) {
        let rig = rig(begun().write(chunk(whole(&["one"]) + late)).stall(), |to| to).await;
        let heard = listen(&rig.provider).await;
        let reply = heard.reply();
        assert_eq!((&*reply.content, reply.total_tokens()), ("one", Some(30)), "{late:?}");
        assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
        rig.works().await;
    }
}

#[tokio::test]
async fn s60_an_error_event_is_that_error_with_what_came() {
    for (kind, class) in [
        ("overloaded_error", Server),
        ("rate_limit_error", RateLimited),
        ("invalid_request_error", ErrorKind::Rejected),
    ] {
        for (before, partial) in [(opening() + PING, ""), (begins_with(&["MARK one"]), "MARK one")]
        {
            let heard = hear(answer([before, error_event(kind), STOP.to_owned()])).await;
            assert_eq!((heard.error().kind(), heard.error().code()), (class, Some(kind)));
            assert_eq!(heard.partial(), partial);
            let may_retry = class.is_retryable() && partial.is_empty();
            assert_eq!(heard.error().is_retryable(), may_retry, "{kind} after {partial:?}");
            assert_error_hides(heard.error());
        }
    }
}

#[tokio::test]
async fn s61_a_frame_that_cannot_be_read_fails_the_stream_without_being_quoted() {
    for broken in [r#"{"type":"content_block_delta","MARK":"#, "MARK", r#"{"type":"MARK}"#] {
        let body = begins_with(&["MARK one"]) + &format!("data: {broken}\n\n") + &text("three");
        let rig = rig(begun().write(chunk(body + STOP)).stall(), |settings| settings).await;
        let heard = listen(&rig.provider).await;
        assert_eq!(heard.error().kind(), Malformed, "{broken}: {}", heard.error());
        assert!(!heard.error().is_retryable());
        assert_eq!((heard.partial(), heard.text().as_str()), ("MARK one", "MARK one"));
        assert_error_hides(heard.error());
        rig.works().await;
    }
}

#[tokio::test(start_paused = true)]
async fn s62_a_stream_that_stands_still_times_out_and_comments_are_no_progress() {
    for (body, is_first) in [(opening(), true), (begins_with(&["MARK one"]), false)] {
        for noise in [": ping\n\n", "\n"] {
            let memory = begins(body.clone().leak(), move |mut stream| async move {
                write_slowly(&mut stream, SECOND, vec![chunk(noise); 60]).await;
                stream
            });
            let (heard, took) = timed(&in_memory(&memory)).await;
            assert_stood_still(heard.error(), is_first);
            assert_eq!(took, IDLE);
            in_time(memory.all_closed()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn s63_a_stall_within_the_limit_is_answered() {
    let memory = begins(opening().leak(), |mut stream| async move {
        for piece in ["one", " two"] {
            tokio::time::sleep(IDLE - SECOND).await;
            write(&mut stream, chunk(text(piece))).await;
        }
        tokio::time::sleep(IDLE - SECOND).await;
        write(&mut stream, chunk(stop_reason() + STOP)).await;
        stream
    });
    let (heard, took) = timed(&in_memory(&memory)).await;
    assert_eq!((heard.reply().content.as_str(), took), ("one two", 3 * (IDLE - SECOND)));
}

#[tokio::test(start_paused = true)]
async fn s64_a_slow_consumer_is_no_timeout() {
    let memory = begins(opening().leak(), |mut stream| async move {
        for piece in ["one", "two", "three"] {
            write(&mut stream, chunk(text(piece))).await;
            tokio::time::sleep(IDLE - SECOND).await;
        }
        write(&mut stream, chunk(stop_reason() + STOP)).await;
        stream
    });
    let mut stream = in_memory(&memory).stream(&question()).await.expect("a stream");
    for piece in ["one", "two", "three"] {
        assert_eq!(in_time(next_text(&mut stream)).await, piece);
        tokio::time::sleep(3 * IDLE).await;
    }
    assert_eq!(in_time(Heard::rest(stream)).await, "onetwothree");
}

#[tokio::test]
async fn s65_dropping_a_stream_closes_its_connection_at_once() {
    let rig = rig(begun().write(chunk(begins_with(&["one"]))).stall(), |settings| settings).await;
    let mut stream = rig.provider.stream(&question()).await.expect("a stream");
    assert_eq!(in_time(next_text(&mut stream)).await, "one");
    drop(stream);
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
}

#[tokio::test]
async fn s66_an_event_is_read_up_to_the_cap() {
    let padded = |length: usize| {
        let empty = r#"{"type":"ping","pad":""}"#;
        let pad = "p".repeat(length - empty.len());
        format!("data: {}\n\n", empty.replace("\"\"", &format!("\"{pad}\"")))
    };
    for pieces in [1, 7, 100_000] {
        for (length, fits) in [(4000, true), (4001, false)] {
            let body = begins_with(&["MARK one"]) + &padded(length) + &stop_reason() + STOP;
            let pieces = answer(body.as_bytes().chunks(pieces));
            let rig = rig(pieces, |settings| settings.max_event_bytes(4000)).await;
            let heard = listen(&rig.provider).await;
            assert_eq!(heard.end.is_ok(), fits);
            if !fits {
                assert_eq!((heard.error().kind(), heard.partial()), (TooLarge, "MARK one"));
                assert_error_hides(heard.error());
            }
        }
    }
}

#[tokio::test]
async fn s67_an_endless_line_is_refused_at_the_cap_and_its_connection_is_closed() {
    for endless in ["data: MARK", ": MARK", "event: MARK"] {
        let first = chunk(begins_with(&["one"]) + endless);
        let connection = begun().write(first).write_endlessly(chunk([b'x'; 4096]));
        let rig = rig(connection, |settings| settings.max_event_bytes(100_000)).await;
        let heard = listen(&rig.provider).await;
        assert_eq!((heard.error().kind(), heard.partial()), (TooLarge, "one"), "{endless}");
        assert_error_hides(heard.error());
        assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
        rig.works().await;
    }
}

#[tokio::test(start_paused = true)]
async fn s68_a_server_that_sends_a_million_events_waits_for_the_consumer() {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let memory = Memory::new(move |mut stream| {
        let count = Arc::clone(&count);
        async move {
            read_request(&mut stream).await;
            write(&mut stream, head_and(&opening())).await;
            let packed = chunk(text("x").repeat(1000));
            for _ in 0..1000 {
                if !write(&mut stream, &packed).await {
                    break;
                }
                count.fetch_add(packed.len(), Ordering::SeqCst);
            }
            stream
        }
    });
    let mut stream = in_memory(&memory).stream(&question()).await.expect("a stream");
    for taken in 1..=4000 {
        assert_eq!(in_time(next_text(&mut stream)).await, "x");
        settled().await;
        let ahead = written.load(Ordering::SeqCst).saturating_sub(taken * text("x").len());
        assert!(ahead < 1024 * 1024, "{ahead} bytes ahead after {taken} events");
    }
    drop(stream);
    in_time(memory.all_closed()).await;
}

#[tokio::test]
async fn s69_an_index_is_a_key_and_never_a_size() {
    let block = |index: &Value| at(index, open(0, json!({"type": "text", "text": ""})));
    let piece = |index: &Value, text: &str| {
        at(index, delta(0, json!({"type": "text_delta", "text": text})))
    };
    let odd = [json!(-1), json!(0.5), Value::Null, json!("__proto__"), json!([]), json!({})];
    for index in odd.into_iter().chain([json!(u64::MAX), json!(4_294_967_294_u64), json!("7")]) {
        let events = [start(), block(&index), piece(&index, "one"), piece(&index, " two")];
        let heard = hear(answer([frames(events) + &stop_reason() + STOP])).await;
        assert_eq!(heard.reply().content, "one two", "{index}");
    }
}

#[tokio::test]
async fn s70_json_or_html_in_place_of_a_stream_is_the_reply_or_the_error_it_holds() {
    let reply = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5",
        "content": [{"type": "text", "text": REPLY}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 21, "output_tokens": 9},
    });
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}});
    let page = "<!doctype html><html><title>Log in</title><body>MARK</body></html>";
    for kind in [JSON, EVENTS] {
        let once =
            |body: String| Connection::new().read_request().write(response(200, &[kind], body));
        let heard = hear(once(reply.to_string())).await;
        assert_eq!((heard.text().as_str(), heard.reply().total_tokens()), (REPLY, Some(30)));
        assert_eq!(hear(once(error.to_string())).await.error().kind(), Server);
        for other in [page, "null", "17", "\"MARK\"", "[]", "{}", "no healthy upstream"] {
            let heard = hear(once(other.to_owned())).await;
            assert_eq!(heard.error().kind(), Malformed, "{other}");
            assert_error_hides(heard.error());
        }
    }
}
