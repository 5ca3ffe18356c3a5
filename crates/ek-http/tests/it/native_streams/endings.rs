//! How a stream ends: whole with the protocol's own mark, else `Interrupted` with what came.

use ek_core::FinishReason;
use ek_mock::wire::chunk;

use super::{Wire, wires};
use crate::streams::endings::{assert_cut, cuts};
use crate::streams::waiting::{begins, timed};
use crate::streams::{answer, begun, listen};
use crate::support::in_time;

#[tokio::test]
async fn s55_the_end_before_its_mark_is_interrupted_and_retryable_before_the_first_item_only() {
    for wire in wires() {
        let two = wire.begins_with(&["MARK one", " two"]);
        let half = |event: &str| event[..event.len() / 2].to_owned();
        for (body, partial) in [
            (two.clone(), "MARK one two"),
            (two.clone() + &half(&(wire.text)("MARK lost")), "MARK one two"),
            (two.clone() + &half(&wire.mark), "MARK one two"),
            (two + &(wire.closed)("MARK one two"), "MARK one two"),
            (wire.opening.clone() + wire.quiet, ""),
            (wire.quiet.to_owned() + &half(&wire.text_of_opening()), ""),
        ] {
            for connection in cuts(&body) {
                let heard = wire.hear(connection).await;
                assert_cut(heard.error(), partial.is_empty());
                assert_eq!(heard.partial(), partial, "{}: {body}", wire.name);
            }
        }
    }
}

impl Wire {
    /// The first event that has to do with the reply.
    fn text_of_opening(&self) -> String {
        if self.opening.is_empty() { (self.text)("MARK lost") } else { self.opening.clone() }
    }
}

#[tokio::test]
async fn s56_a_stop_reason_is_a_whole_reply_without_any_further_mark() {
    for wire in wires().into_iter().filter(|wire| !wire.stop.is_empty()) {
        let late = [&*wire.mark, &(wire.text)("MARK lost")].concat();
        for rest in ["", wire.quiet, &late[..late.len() / 3]] {
            for connection in cuts(&(wire.begins_with(&["one"]) + &wire.stop + rest)) {
                let heard = wire.hear(connection).await;
                assert_eq!(heard.reply().content, "one", "{}: {rest}", wire.name);
                assert_eq!(heard.reply().finish_reason, Some(FinishReason::Stop));
                assert_eq!(heard.reply().total_tokens(), Some(30));
            }
        }
    }
}

#[tokio::test]
async fn s58_what_only_looks_like_the_mark_is_not_the_end() {
    for wire in wires() {
        for like in &wire.like_an_end {
            let body = wire.begins_with(&["one"]) + like + &(wire.text)(" two");
            let heard = wire.hear(answer([body.clone() + &wire.end()])).await;
            assert_eq!(heard.reply().content, "one two", "{}: {like:?}", wire.name);
            let cut = wire.hear(answer([body])).await;
            assert_cut(cut.error(), false);
        }
    }
}

#[tokio::test]
async fn s59_the_mark_ends_the_stream_at_once_and_what_follows_is_ignored() {
    for wire in wires().into_iter().filter(|wire| !wire.mark.is_empty()) {
        let broken = "data: {\n\n".to_owned();
        for late in [wire.whole(&["again"]), wire.error_event().to_owned(), broken, String::new()] {
            let body = wire.whole(&["one"]) + &late;
            let rig = wire.rig(begun().write(chunk(body)).stall()).await;
            let heard = listen(&rig.provider).await;
            let reply = heard.reply();
            assert_eq!((&*reply.content, reply.total_tokens()), ("one", Some(30)), "{late:?}");
            assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
            rig.works().await;
        }
    }
}

/// Where more may follow, the reply ends with the body, with an error, or with the time limit of the tail.
#[tokio::test(start_paused = true)]
async fn s59_what_follows_a_stop_reason_undoes_nothing() {
    for wire in wires().into_iter().filter(|wire| !wire.stop.is_empty()) {
        for (late, seconds) in [(wire.error_event(), 0), ("data: {\n\n", 10), ("", 10)] {
            let body = wire.begins_with(&["one"]) + &wire.stop + late;
            let memory = begins(body.leak(), |stream| async { stream });
            let (heard, took) = timed(&wire.in_memory(&memory)).await;
            let reply = heard.reply();
            assert_eq!((&*reply.content, reply.total_tokens()), ("one", Some(30)), "{late:?}");
            assert_eq!(took.as_secs(), seconds, "{}: {late:?}", wire.name);
            in_time(memory.all_closed()).await;
        }
    }
}
