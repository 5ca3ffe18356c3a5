//! Errors within a stream, and documents in place of one.

use ek_core::ErrorKind::Malformed;
use ek_mock::wire::{Connection, chunk, response};

use super::wires;
use crate::streams::{EVENTS, answer, begun, listen};
use crate::support::hidden::assert_error_hides;
use crate::support::{JSON, REPLY};

#[tokio::test]
async fn s60_an_error_event_is_that_error_with_what_came() {
    for wire in wires() {
        for (event, class, code) in &wire.errors {
            let quiet = wire.opening.clone() + wire.quiet;
            // The name of an event is one word for an error, and the type in its data another.
            let data = &event[event.find("data: ").expect("data")..];
            for event in [event, data] {
                for (before, partial) in
                    [(&quiet, ""), (&wire.begins_with(&["MARK one"]), "MARK one")]
                {
                    let heard = wire.hear(answer([before, event, &wire.end()])).await;
                    assert_eq!((heard.error().kind(), heard.error().code()), (*class, Some(*code)));
                    assert_eq!(heard.partial(), partial);
                    let may_retry = class.is_retryable() && partial.is_empty();
                    assert_eq!(heard.error().is_retryable(), may_retry, "{code} after {partial:?}");
                    assert_error_hides(heard.error());
                }
            }
        }
    }
}

#[tokio::test]
async fn s61_a_frame_that_cannot_be_read_fails_the_stream_without_being_quoted() {
    for wire in wires() {
        for broken in wire.broken {
            let body = wire.begins_with(&["MARK one"]) + &format!("data: {broken}\n\n");
            let body = body + &(wire.text)("three") + &wire.end();
            let rig = wire.rig(begun().write(chunk(body)).stall()).await;
            let heard = listen(&rig.provider).await;
            assert_eq!(heard.error().kind(), Malformed, "{broken}: {}", heard.error());
            assert!(!heard.error().is_retryable());
            assert_eq!((heard.partial(), heard.text().as_str()), ("MARK one", "MARK one"));
            assert_error_hides(heard.error());
            rig.works().await;
        }
    }
}

/// An event has a type, which is no word of an error.
#[tokio::test]
async fn s61_an_event_behind_a_frame_that_broke_off_is_no_error_unless_it_is_one() {
    for wire in wires() {
        let before = wire.begins_with(&["MARK one"]) + &format!("data: {}\n\n", wire.broken[0]);
        for next in [(wire.text)("three"), wire.quiet.to_owned(), (wire.closed)("MARK one")] {
            let heard = wire.hear(answer([&before, &next, &wire.end()])).await;
            assert_eq!(heard.error().kind(), Malformed, "{next}: {}", heard.error());
            assert_eq!((heard.error().code(), heard.partial()), (None, "MARK one"), "{next}");
        }
        for (event, class, code) in &wire.errors {
            let heard = wire.hear(answer([&before, event, &wire.end()])).await;
            assert_eq!((heard.error().kind(), heard.error().code()), (*class, Some(*code)));
            assert_eq!(heard.partial(), "MARK one", "{event}");
        }
    }
}

#[tokio::test]
async fn s70_json_or_html_in_place_of_a_stream_is_the_reply_or_the_error_it_holds() {
    let page = "<!doctype html><html><title>Log in</title><body>MARK</body></html>";
    for wire in wires() {
        for kind in [JSON, EVENTS] {
            let once =
                |body: String| Connection::new().read_request().write(response(200, &[kind], body));
            let heard = wire.hear(once(wire.reply.to_string())).await;
            assert_eq!((heard.text().as_str(), heard.reply().total_tokens()), (REPLY, Some(30)));
            let class = wire.errors[0].1;
            assert_eq!(wire.hear(once(wire.error.to_string())).await.error().kind(), class);
            for other in [page, "null", "17", "\"MARK\"", "[]", "{}", "no healthy upstream"] {
                let heard = wire.hear(once(other.to_owned())).await;
                assert_eq!(heard.error().kind(), Malformed, "{}: {other}", wire.name);
                assert_error_hides(heard.error());
            }
        }
    }
}
