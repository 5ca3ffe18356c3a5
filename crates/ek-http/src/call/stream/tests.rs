//! Time limits hold over bodies that are always ready.

use std::sync::Arc;
use std::time::Duration;

use ek_core::ErrorKind::Timeout;
use ek_core::{ChatStream, LlmResponse};
use hyper::Response;
use tokio::runtime::Handle;

use super::*;
use crate::call::deadlines::TAIL;
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::{Caps, ReadOptions};
use crate::provider::Provider;
use crate::secrets::Secrets;
use crate::transport::endless::Endless;

const LIMIT: Duration = Duration::from_secs(60);

/// A stream that repeats a frame without end and without pause.
async fn stream_of(frame: &'static str) -> ChatStream {
    let provider = Provider::builder("http://localhost/v1", "m").build().expect("sound settings");
    let permit =
        provider.context().transport.acquire(LIMIT, Handle::current()).await.expect("a permit");
    let (parts, body) = Response::new(Endless::of(frame)).into_parts();
    let span = CallSpan::new("m", "p", &provider.context().endpoint, true);
    let uri = provider.context().endpoint.uri.clone();
    let head = Head::new(Arc::clone(provider.context()), uri, parts, Secrets::default());
    let options = ReadOptions { one_choice: true, split_think_tags: false };
    let reader = ReplyReader::new(&ChatCompletions, options, Caps { event: 1024, document: 1024 });
    let limits = Deadlines::start(LIMIT, LIMIT);
    ChatStream::new(HttpStream::new(head, body, reader, limits, span, permit))
}

/// Reads a stream to its end in a task, while the clock advances by the limit.
async fn read_for_a_limit(stream: ChatStream) -> Result<LlmResponse> {
    let reading = tokio::spawn(tokio::time::timeout(2 * LIMIT, stream.collect()));
    tokio::time::advance(LIMIT).await;
    tokio::task::yield_now().await;
    tokio::time::advance(LIMIT).await;
    let outcome = reading.await.expect("no panic");
    outcome.unwrap_or_else(|_| Err(Error::new(Timeout, "the caller's limit")))
}

#[tokio::test(start_paused = true)]
async fn the_idle_limit_holds_while_comments_come_without_pause() {
    for noise in [": hi\n\n", "\n", ":\n"] {
        let error = read_for_a_limit(stream_of(noise).await).await.expect_err("an end");
        assert_eq!(error.to_string(), "the stream was idle for 60s", "{noise:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_caller_s_limit_holds_while_chunks_come_without_pause() {
    for chunk in [
        "data: {\"choices\":[{\"delta\":{}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"}}]}\n\n",
    ] {
        let error = read_for_a_limit(stream_of(chunk).await).await.expect_err("an end");
        assert_eq!(error.to_string(), "the caller's limit");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_after_a_finish_reason_ends_while_it_is_repeated_without_pause() {
    let finish = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let reading = tokio::spawn(stream_of(finish).await.collect());
    tokio::task::yield_now().await;
    tokio::time::advance(TAIL).await;
    let reply = reading.await.expect("no panic").expect("a whole reply");
    assert_eq!(reply.finish_reason_raw(), Some("stop"));
}
