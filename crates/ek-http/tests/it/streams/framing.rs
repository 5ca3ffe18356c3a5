//! Decodes events however the server writes them and the network splits them.

use ek_core::ErrorKind::TooLarge;
use ek_mock::wire::{Connection, chunk, response_head};

use super::{
    DONE, EVENTS, answer, begun, finish, frame, hear, hear_with, listen, text, until_closed, usage,
    whole,
};
use crate::support::hidden::assert_error_hides;
use crate::support::in_time;
use crate::support::rig::Rig;

/// Writes one byte at a time, as far as the kernel does not join them.
pub(crate) fn byte_by_byte(body: &str) -> Connection {
    let head = response_head(200, &[EVENTS]);
    let bytes: Vec<&[u8]> = body.as_bytes().chunks(1).collect();
    Connection::new().read_request().write(head).write_pieces(bytes).fin()
}

#[tokio::test]
async fn s51_every_line_ending_gives_the_same_reply() {
    let lines = whole(&["Nothing but ", "the glaze."]);
    let mixed = lines.replacen("\n\n", "\r\n\r", 1).replacen("\n\n", "\r\r\n", 1);
    for body in [&lines, &lines.replace('\n', "\r"), &lines.replace('\n', "\r\n"), &mixed] {
        let expected = hear(answer([&lines])).await;
        for connection in [answer([body]), answer(body.split_inclusive('\r')), byte_by_byte(body)] {
            let heard = hear(connection).await;
            assert_eq!(heard.events, expected.events, "{body:?}");
            assert_eq!(heard.reply(), expected.reply(), "{body:?}");
        }
    }
}

#[tokio::test]
async fn s44_a_plain_stream_is_read_whatever_encoding_its_head_names() {
    let body = whole(&["Nothing but ", "the glaze."]);
    let expected = hear(answer([&body])).await;
    for size in [1, 7, 1000] {
        let head = response_head(200, &[EVENTS, ("content-encoding", "gzip")]);
        let pieces = body.as_bytes().chunks(size);
        let connection = Connection::new().read_request().write(head).write_pieces(pieces).fin();
        let heard = hear(connection).await;
        assert_eq!(heard.events, expected.events);
        assert_eq!(heard.reply(), expected.reply());
    }
}

#[tokio::test]
async fn s52_a_byte_order_mark_is_skipped_at_the_beginning_and_kept_later() {
    let body = format!("\u{feff}{}", whole(&["\u{feff}one", " two"]));
    let (first, rest) = body.as_bytes().split_at(3);
    let cut = begun().write_pieces([
        chunk(&first[..1]),
        chunk(&first[1..2]),
        chunk(&first[2..]),
        chunk(rest),
    ]);
    for connection in [answer([&body]), cut] {
        let heard = hear(connection).await;
        assert_eq!(heard.reply().content, "\u{feff}one two");
    }
}

#[tokio::test]
async fn s53_a_character_may_be_split_anywhere_and_invalid_bytes_become_u_fffd() {
    let body = whole(&["kiln 🔥", "岸 at ø"]);
    assert_eq!(hear(byte_by_byte(&body)).await.reply().content, "kiln 🔥岸 at ø");

    let broken = text("a?b").replace('?', "?\u{0}").into_bytes();
    let broken: Vec<u8> = broken.iter().map(|b| if *b == 0 { 0xf0 } else { *b }).collect();
    let rest = joined!(text("c"), finish("stop"), DONE);
    let heard = hear(answer([broken, rest.into_bytes()])).await;
    assert_eq!(heard.reply().content, "a?\u{fffd}bc");
}

#[tokio::test]
async fn s54_a_named_event_without_json_keeps_the_connection_open_and_is_no_part_of_the_reply() {
    let expected = hear(answer([whole(&["a", "b", "c"])])).await;
    let pings = [
        "event: ping\ndata: 2024-04-27 01:35:43.686476\n\n",
        "event: heartbeat\r\ndata: alive\r\n\r\n",
        "data: ping\nevent: ping\n\n",
        "event: keep-alive\ndata: 1\ndata: 2\n\n",
        "event:ping\ndata\ndata:.\n\n",
    ];
    for ping in pings {
        let body =
            joined!(ping, whole(&["a", "b", "c"])).replace("\n\ndata", &format!("\n\n{ping}data"));
        for connection in [answer([&body]), byte_by_byte(&body)] {
            let heard = hear(connection).await;
            assert_eq!(heard.events, expected.events, "{ping:?}");
            assert_eq!(heard.reply(), expected.reply(), "{ping:?}");
        }
    }
}

#[tokio::test]
async fn s61_text_without_a_name_and_broken_json_under_a_name_are_no_pings() {
    for broken in ["data: ping\n\n", "event: chunk\ndata: {\"cho\n\n", "event: chunk\ndata: x}\n\n"]
    {
        // The name of an event that took the fast path is not the next one's.
        let named = ["event: chunk\n".to_owned(), text("a")];
        for before in [vec![text("a")], named.to_vec()] {
            let learned = [text("a"), text("b")];
            let rest = [broken.to_owned(), finish("stop"), DONE.to_owned()];
            let heard = hear(answer([&learned[..], &before, &rest].concat())).await;
            heard.error();
        }
    }
}

#[tokio::test]
async fn s54_lines_that_carry_no_data_make_no_event() {
    let noise = ": comment\n\n:\n\nevent: x\n\nid: \0\n\nretry: x\n\nfoo: y\n\ndata\n\ndata:\n\n";
    let body = [noise, &text("one"), noise, &text(" two"), noise, &finish("stop"), noise, DONE];
    let heard = hear(answer([body.concat()])).await;
    assert_eq!(heard.reply().content, "one two");
    assert_eq!(heard.events.len(), 2);
}

#[tokio::test]
async fn s57_a_last_event_without_its_blank_line_is_an_event() {
    for end in ["", "\n", "\r"] {
        let body = joined!(text("one"), finish("stop"), usage().trim_end(), end);
        let heard = hear(until_closed(&body)).await;
        assert_eq!(heard.reply().total_tokens(), Some(12), "{end:?}");
        let body = joined!(text("one"), DONE.trim_end(), end);
        assert_eq!(hear(until_closed(&body)).await.reply().content, "one", "{end:?}");
    }
}

#[tokio::test]
async fn s66_an_event_is_read_up_to_the_cap() {
    let padded = |length: usize| {
        let empty = r#"{"choices":[],"pad":""}"#;
        frame(empty.replace("\"\"", &format!("\"{}\"", "p".repeat(length - empty.len()))))
    };
    for pieces in [1, 7, 100_000] {
        let stream = |length| {
            let body = joined!(text("MARK one"), padded(length), finish("stop"), DONE);
            let pieces: Vec<Vec<u8>> = body.as_bytes().chunks(pieces).map(chunk).collect();
            begun().write(pieces.concat()).write(chunk("")).read_request().stall()
        };
        let cap = |settings: ek_http::ProviderBuilder| settings.max_event_bytes(4000);
        assert_eq!(hear_with(stream(4000), cap).await.reply().content, "MARK one");

        let rig = Rig::with(stream(4001), cap).await;
        let heard = listen(&rig.provider).await;
        let error = heard.error();
        assert_eq!(error.kind(), TooLarge, "chunks of {pieces}");
        assert_eq!(error.to_string(), "HTTP 200: an event of the stream is larger than 4000 bytes");
        assert!(!error.is_retryable());
        assert_eq!(heard.partial(), "MARK one");
        assert_error_hides(error);
    }
}

#[tokio::test]
async fn s67_an_endless_line_is_refused_at_the_cap_and_its_connection_is_closed() {
    for endless in ["data: MARK", ": MARK", "MARK"] {
        let connection = begun().write(chunk(endless)).write_endlessly(chunk([b'x'; 4096]));
        let rig = Rig::with(connection, |settings| settings.max_event_bytes(100_000)).await;
        let heard = listen(&rig.provider).await;
        assert_eq!(heard.error().kind(), TooLarge, "{endless}");
        assert!(!heard.error().is_retryable());
        assert_error_hides(heard.error());
        assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
        rig.works().await;
    }
}
