//! How a stream ends: with `Done` if the reply is complete, else with an error that has the partial reply.

use ek_core::Error;
use ek_core::ErrorKind::{Interrupted, Malformed};
use ek_mock::wire::{Connection, chunk, chunked, response_head};

use super::{
    CHUNKED, DONE, EVENTS, Heard, answer, begun, delta, finish, frame, framed, hear, listen, start,
    text, until_closed, usage, whole,
};
use crate::support::hidden::assert_error_hides;
use crate::support::rig::Rig;
use crate::support::{in_time, settled};

/// The ways in which a connection ends in the middle of a body.
pub(crate) fn cuts(body: &str) -> Vec<Connection> {
    let long = (body.len() + 10).to_string();
    let by_length = response_head(200, &[EVENTS, ("content-length", &long)]);
    let by_length = Connection::new().read_request().write(by_length).write(body);
    vec![
        until_closed(body),
        answer([body]),
        by_length.clone().fin(),
        by_length.rst(),
        begun().write(chunk(body)).fin(),
        begun().write(chunk(body)).rst(),
    ]
}

#[track_caller]
pub(crate) fn assert_cut(error: &Error, retryable: bool) {
    assert_eq!(error.kind(), Interrupted, "{error}");
    assert_eq!((error.is_retryable(), error.may_have_executed()), (retryable, true));
    assert_eq!(error.status(), Some(200));
    assert_error_hides(error);
}

#[tokio::test]
async fn s55_a_stream_cut_after_text_is_interrupted_and_not_retryable() {
    for connection in cuts(&joined!(text("MARK one"), text(" two"))) {
        let heard = hear(connection).await;
        assert_cut(heard.error(), false);
        assert_eq!(heard.partial(), "MARK one two");
        assert_eq!(heard.error().partial().and_then(|p| p.finish_reason.clone()), None);
    }
}

#[tokio::test]
async fn s55_a_stream_cut_in_the_middle_of_an_event_is_interrupted_as_well() {
    let body = joined!(text("MARK one"), text("MARK lost")[..90]);
    for connection in cuts(&body) {
        let heard = hear(connection).await;
        assert_cut(heard.error(), false);
        assert_eq!(heard.partial(), "MARK one");
    }
}

#[tokio::test]
async fn s55_a_stream_cut_before_any_event_is_retryable() {
    for body in [delta(r#"{"role":"assistant","content":""}"#), ": ping\n\ndata: {\"cho".into()] {
        for connection in cuts(&body) {
            let heard = hear(connection).await;
            assert_cut(heard.error(), true);
            assert!(heard.events.is_empty());
        }
    }
}

#[tokio::test]
async fn s55_a_cut_stream_keeps_the_whole_calls_and_the_usage_so_far() {
    let call = |id: &str, arguments: &str| {
        delta(&format!(
            r#"{{"tool_calls":[{{"index":{},"id":"{id}","function":{{"name":"tide","arguments":{}}}}}]}}"#,
            id.len(),
            serde_json::Value::from(arguments),
        ))
    };
    let body = joined!(call("a", r#"{"port":"Ny"}"#), call("bb", r#"{"port":"Os"#), usage());
    let heard = hear(until_closed(body)).await;
    assert_cut(heard.error(), false);
    let partial = heard.error().partial().expect("what came");
    let ids: Vec<&str> = partial.tool_calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((ids, partial.total_tokens()), (vec!["a"], Some(12)));
}

#[tokio::test]
async fn s56_a_finish_reason_without_done_is_a_whole_reply() {
    for rest in [String::new(), usage()] {
        for connection in cuts(&joined!(text("one"), finish("length"), rest)) {
            let heard = hear(connection).await;
            assert!(heard.reply().was_truncated());
            assert_eq!(heard.reply().content, "one");
            assert_eq!(heard.reply().total_tokens().is_some(), !rest.is_empty());
        }
    }
}

#[tokio::test]
async fn s56_a_tail_that_is_cut_does_not_undo_a_whole_reply() {
    let body = joined!(text("one"), finish("stop"), usage()[..40]);
    for connection in cuts(&body) {
        assert_eq!(hear(connection).await.reply().content, "one");
    }
}

#[tokio::test]
async fn s58_only_done_is_the_end_with_or_without_spaces_around_it() {
    for end in ["data: [DONE]x\n\n", "data: [DONE\n\n", "data: [DONE]data: [DONE]x\n\n"] {
        let heard = hear(answer([text("MARK one"), end.to_owned()])).await;
        assert_eq!(heard.error().kind(), Malformed, "{end:?}");
        assert_eq!(heard.partial(), "MARK one");
        assert_error_hides(heard.error());
    }
    let ends = ["data:[DONE]\n\n", "data:  [DONE] \n\n", "data: [DONE]\ndata: [DONE]\n\n"];
    for end in ends.into_iter().chain(["id: 7\ndata: [DONE]\nevent: x\n\n"]) {
        let heard = hear(answer([text("one"), end.to_owned()])).await;
        assert_eq!(heard.reply().content, "one", "{end:?}");
    }
}

#[tokio::test]
async fn s59_done_ends_the_stream_at_once_although_the_socket_stays_open() {
    let rig = Rig::new(begun().write(chunk(whole(&["one"]))).stall()).await;
    let heard = listen(&rig.provider).await;
    assert_eq!(heard.reply().content, "one");
    // The stream is dropped, and its body has no known end.
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
    assert_eq!(rig.server.connection_count(), 2);
}

#[tokio::test]
async fn s59_anything_after_done_is_ignored() {
    let error = frame(r#"{"error":{"message":"late","code":500}}"#);
    for late in ["\u{0}\u{1} garbage", "data: {\n\n", &error, &whole(&["again"])] {
        let apart = begun().write(chunk(whole(&["one"]))).write(chunk(late)).write(chunk(""));
        for connection in [answer([joined!(whole(&["one"]), late)]), apart] {
            let heard = hear(connection.stall()).await;
            assert_eq!(heard.reply().content, "one", "{late:?}");
            assert_eq!(heard.reply().total_tokens(), Some(12));
        }
    }
}

#[tokio::test]
async fn s59_the_connection_is_used_again_if_the_body_ends_after_done() {
    let body = whole(&["one"]);
    let two_reads = begun().write(chunk(&body)).write(chunk(""));
    for answered in [
        Connection::new().read_request().write(framed(&body)),
        Connection::new()
            .read_request()
            .write(response_head(200, &[EVENTS, CHUNKED]))
            .write(chunked([&body])),
        two_reads,
    ] {
        let rig = Rig::new(answered.repeat()).await;
        for _ in 0..3 {
            let mut stream = start(&rig.provider).await;
            // The whole body arrives before it is read.
            settled().await;
            assert_eq!(in_time(stream.next()).await.map(|event| event.is_ok()), Some(true));
            assert_eq!(in_time(Heard::rest(stream)).await, "one");
            settled().await;
        }
        assert_eq!(rig.server.connection_count(), 1);
    }
}

#[tokio::test]
async fn an_empty_stream_is_not_a_reply() {
    for (body, kind) in [
        ("", Malformed),
        ("\n\n", Malformed),
        ("\u{feff}", Malformed),
        ("Busy: come back\n\n", Malformed),
        (": ping\n\n", Interrupted),
        ("id: 1\n\n", Interrupted),
    ] {
        let heard = hear(until_closed(body)).await;
        assert_eq!(heard.error().kind(), kind, "{body:?}");
        assert!(heard.error().is_retryable());
    }
    let heard = hear(answer([DONE])).await;
    assert_eq!(heard.error().to_string(), "HTTP 200: the stream ended without a reply");
}
