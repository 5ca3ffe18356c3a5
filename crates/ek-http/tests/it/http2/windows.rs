//! How much of a stream may wait unread, and that one which does stops no other.

use ek_core::ErrorKind::Interrupted;
use ek_core::{ChatStream, StreamEvent, StreamingProvider as _};
use ek_http::Provider;
use hyper::Response;

use super::frames::{Frames, MAX_CONCURRENT_STREAMS};
use super::secure::{Secure, SecureWire};
use super::{ask, assert_well};
use crate::support::hidden::assert_error_hides;
use crate::support::{REPLY, completion, in_time, question, settled};

const WINDOW_UPDATE: u8 = 8;

/// An event with this text.
fn piece(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}

const END: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\
                   \"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";

/// A server that keeps to the client's windows. Gives the first `held` requests this much of a stream that
/// does not end, and answers the others well.
async fn serve(stream: Secure, held: usize, bytes: usize) {
    let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
    let mut open = Vec::new();
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        let is_held = open.len() < held;
        let kind = if is_held { "text/event-stream" } else { "application/json" };
        let head = Response::builder().header("content-type", kind).body(()).expect("a head");
        let mut body = respond.send_response(head, false).expect("taken");
        let text = match is_held {
            true => [piece("one"), piece(&"x".repeat(200)).repeat(bytes / 250)].concat(),
            false => completion(REPLY),
        };
        body.send_data(text.into(), !is_held).expect("taken");
        open.extend(is_held.then_some(body));
    }
}

/// Begins a stream, and reads one event of it.
async fn begun(provider: &Provider) -> ChatStream {
    let mut stream = in_time(provider.stream(&question())).await.expect("a stream");
    let first = in_time(stream.next()).await.expect("an event").expect("well");
    assert!(matches!(first, StreamEvent::Text(_)), "{first:?}");
    stream
}

#[tokio::test(start_paused = true)]
async fn streams_that_are_held_unread_stop_no_other_call() {
    let wire = SecureWire::new(&["h2"], |stream| serve(stream, 32, 150 * 1024));
    let provider = wire.provider(|settings| settings);
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(begun(&provider).await);
    }
    for _ in 0..3 {
        assert_well(in_time(ask(provider.clone())).await);
    }
    assert_eq!(wire.wire.dialled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_streams_of_small_pieces_on_one_connection_are_all_whole() {
    const STREAMS: usize = 1_000;
    let (sent, mut all_sent) = tokio::sync::mpsc::unbounded_channel();
    let wire = SecureWire::http2(&[(MAX_CONCURRENT_STREAMS, 2_000)], move |mut frames| {
        let sent = sent.clone();
        async move {
            // The requests are more than the window at the start.
            frames.send(WINDOW_UPDATE, 0, 0, &(1_u32 << 30).to_be_bytes()).await;
            let mut asked = Vec::new();
            while asked.len() < STREAMS {
                let Some(stream) = frames.asked().await else { return };
                frames.head(stream).await;
                asked.push(stream);
            }
            for stream in &asked {
                frames.data(*stream, piece("one"), false).await;
            }
            sent.send(()).expect("somebody listens");
            for stream in &asked {
                frames.data(*stream, END, true).await;
            }
            while frames.asked().await.is_some() {}
        }
    });
    let provider = wire.provider(|settings| settings.max_connections(1));
    let calls = (0..STREAMS).map(|_| {
        let provider = provider.clone();
        tokio::spawn(async move { provider.stream(&question()).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut streams = Vec::new();
    for call in calls {
        streams.push(in_time(call).await.expect("no panic").expect("a stream"));
    }
    // A small frame of each stream has come before any is read.
    in_time(all_sent.recv()).await.expect("sent");
    settled().await;
    for stream in streams {
        let reply = in_time(stream.collect()).await.expect("a whole reply");
        assert_eq!((&*reply.content, reply.usage.output_tokens), ("one", Some(3)));
    }
    assert_eq!(wire.wire.dialled(), 1);
}

/// Sends one stream more empty frames than h2 takes, after this much of a reply.
fn flooding(text: &'static str) -> SecureWire {
    SecureWire::http2(&[], move |mut frames: Frames| async move {
        let stream = frames.asked().await.expect("a request");
        frames.head(stream).await;
        frames.data(stream, text, false).await;
        for _ in 0..200 {
            frames.data(stream, "", false).await;
        }
        while frames.asked().await.is_some() {}
    })
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_ended_on_this_side_because_of_too_many_frames_says_so() {
    let wire = flooding("{");
    let provider = wire.provider(|settings| settings);
    let error = in_time(ask(provider)).await.expect_err("a failure");
    assert_eq!(error.kind(), Interrupted, "{error:?}");
    assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the connection to localhost was ended on this side: too many small or empty \
         frames came on it"
    );
    assert_error_hides(&error);
}

#[tokio::test(start_paused = true)]
async fn a_reply_whose_connection_ended_after_the_finish_reason_is_whole_and_its_usage_unknown() {
    const FINISHED: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"one\"},\"finish_reason\":\"stop\"}]}\n\n";
    let wire = flooding(FINISHED);
    let provider = wire.provider(|settings| settings);
    let stream = in_time(provider.stream(&question())).await.expect("a stream");
    let reply = in_time(stream.collect()).await.expect("a whole reply");
    assert_eq!(reply.content, "one");
    // A ledger settles what is unknown by an estimate, and marks it.
    assert_eq!(reply.usage, ek_core::Usage::default());
}
