//! Bytes and events: however they are cut, framed and filled up, they are the same reply.

use ek_core::ErrorKind::TooLarge;
use ek_mock::wire::chunk;

use super::wires;
use crate::streams::framing::byte_by_byte;
use crate::streams::{answer, begun, listen, until_closed};
use crate::support::hidden::assert_error_hides;
use crate::support::in_time;

#[tokio::test]
async fn s51_every_line_ending_and_any_cut_give_the_same_reply() {
    for wire in wires() {
        let lines = wire.whole(&["Nothing but ", "the glaze."]).replace("\r\n", "\n");
        let mixed = lines.replacen("\n\n", "\r\n\r", 1).replacen("\n\n", "\r\r\n", 1);
        let expected = wire.hear(answer([&lines])).await;
        assert_eq!(expected.reply().content, "Nothing but the glaze.");
        for body in [&lines, &lines.replace('\n', "\r"), &lines.replace('\n', "\r\n"), &mixed] {
            let cut = answer(body.split_inclusive('\r'));
            for connection in [answer([body]), cut, byte_by_byte(body)] {
                let heard = wire.hear(connection).await;
                assert_eq!(heard.events, expected.events, "{body:?}");
                assert_eq!(heard.reply(), expected.reply(), "{body:?}");
            }
        }
    }
}

#[tokio::test]
async fn s52_a_byte_order_mark_is_skipped_at_the_beginning_and_kept_later() {
    for wire in wires() {
        let body = format!("\u{feff}{}", wire.whole(&["\u{feff}one", " two"]));
        for connection in [answer([&body]), byte_by_byte(&body)] {
            assert_eq!(wire.hear(connection).await.reply().content, "\u{feff}one two");
        }
    }
}

#[tokio::test]
async fn s53_a_character_may_be_split_anywhere_and_invalid_bytes_become_u_fffd() {
    for wire in wires() {
        let body = wire.whole(&["kiln 🔥", "岸 at ø"]);
        assert_eq!(wire.hear(byte_by_byte(&body)).await.reply().content, "kiln 🔥岸 at ø");

        let mut broken = wire.whole(&["a?b", "c"]).into_bytes();
        let at = broken.windows(3).position(|bytes| bytes == b"a?b").expect("the text");
        broken[at + 1] = 0xf0;
        assert_eq!(wire.hear(answer([broken])).await.reply().content, "a\u{fffd}bc");
    }
}

#[tokio::test]
async fn s54_comments_quiet_events_and_lines_without_data_make_no_event() {
    let noise = ": comment\n\n:\n\nevent: x\n\nid: \0\n\nretry: x\n\nfoo: y\n\ndata\n\ndata:\n\n";
    for wire in wires() {
        let ends = "event: message_stop\n\nevent: response.completed\n\nevent: error\n\n";
        let noise = [noise, wire.quiet, ends].concat();
        let body = [wire.begins_with(&["one"]), (wire.text)(" two"), wire.end()];
        let heard = wire.hear(answer([body.clone().map(|event| noise.clone() + &event).concat()]));
        let heard = heard.await;
        assert_eq!(heard.reply().content, "one two");
        assert_eq!(heard.events, wire.hear(answer([body.concat()])).await.events);
    }
}

#[tokio::test]
async fn s57_a_last_event_without_its_blank_line_is_an_event() {
    for wire in wires() {
        for end in ["", "\n", "\r"] {
            for last in wire.ends() {
                let body = wire.begins_with(&["one"]) + last.trim_end() + end;
                let heard = wire.hear(until_closed(body)).await;
                assert_eq!(heard.reply().total_tokens(), Some(30), "{}: {end:?}", wire.name);
            }
        }
    }
}

#[tokio::test]
async fn s66_an_event_is_read_up_to_the_cap() {
    for wire in wires() {
        let padded = |length: usize| {
            let pad = format!("\"{}\"}}", "p".repeat(length - wire.padded.len()));
            format!("data: {}\n\n", wire.padded.replace("\"\"}", &pad))
        };
        for pieces in [1, 7, 100_000] {
            for (length, fits) in [(4000, true), (4001, false)] {
                let body = wire.begins_with(&["MARK one"]) + &padded(length) + &wire.end();
                let pieces = answer(body.as_bytes().chunks(pieces));
                let rig = wire.rig_with(pieces, |settings| settings.max_event_bytes(4000)).await;
                let heard = listen(&rig.provider).await;
                assert_eq!(heard.end.is_ok(), fits, "{}", wire.name);
                if !fits {
                    assert_eq!((heard.error().kind(), heard.partial()), (TooLarge, "MARK one"));
                    assert_error_hides(heard.error());
                }
            }
        }
    }
}

#[tokio::test]
async fn s67_an_endless_line_is_refused_at_the_cap_and_its_connection_is_closed() {
    for wire in wires() {
        for endless in ["data: MARK", ": MARK", "event: MARK"] {
            let first = chunk(wire.begins_with(&["one"]) + endless);
            let connection = begun().write(first).write_endlessly(chunk([b'x'; 4096]));
            let rig = wire.rig_with(connection, |settings| settings.max_event_bytes(100_000)).await;
            let heard = listen(&rig.provider).await;
            assert_eq!((heard.error().kind(), heard.partial()), (TooLarge, "one"), "{endless}");
            assert_error_hides(heard.error());
            assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
            rig.works().await;
        }
    }
}

#[tokio::test]
async fn s69_an_index_is_a_key_and_never_a_size() {
    let odd = [
        serde_json::json!(-1),
        serde_json::json!(0.5),
        serde_json::Value::Null,
        serde_json::json!("__proto__"),
        serde_json::json!([]),
        serde_json::json!({}),
        serde_json::json!(u64::MAX),
        serde_json::json!(4_294_967_294_u64),
        serde_json::json!("7"),
    ];
    for wire in wires() {
        for index in &odd {
            let (events, said) = (wire.indexed)(index);
            let heard = wire.hear(answer([events + &wire.end()])).await;
            assert_eq!(heard.reply().content, said, "{}: {index}", wire.name);
        }
    }
}
