//! Adapters that are wrong about streams, and what the suite says of each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ek_core::{
    ChatRequest, ChatStream, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamEvent,
    StreamingProvider, Usage,
};
use ek_mock::conformance::echo;

use super::adapters::{InTurn, Streams, assert_broken, sound};

/// Streams the echo, changed.
fn changed(
    change: impl Fn(&mut Vec<StreamEvent>) + Send + Sync,
) -> Streams<impl Fn(&ChatRequest) -> Vec<Result<StreamEvent>> + Send + Sync> {
    Streams(move |request: &ChatRequest| {
        let mut events = sound(echo(request));
        change(&mut events);
        events.into_iter().map(Ok).collect()
    })
}

/// Changes the reply in `Done`.
fn done_changed(
    change: impl Fn(LlmResponse) -> LlmResponse + Send + Sync,
) -> impl StreamingProvider {
    changed(move |events| {
        let Some(StreamEvent::Done(reply)) = events.pop() else { unreachable!("it is sound") };
        events.push(StreamEvent::Done(Box::new(change(*reply))));
    })
}

#[tokio::test]
async fn one_that_never_says_done() {
    let wrong = changed(|events| drop(events.pop()));
    assert_broken!(a_stream_ends_with_done(&wrong), "the stream simply stopped, without `Done`");
}

#[tokio::test]
async fn one_that_loses_a_piece() {
    let wrong = changed(|events| drop(events.remove(0)));
    assert_broken!(
        pieces_add_up_to_the_reply(&wrong),
        "the pieces of the text have 0 bytes, the text in `Done` 41"
    );
}

#[tokio::test]
async fn one_that_keeps_reasoning_and_refusal_to_the_end() {
    for what in ["reasoning", "refusal"] {
        let wrong = done_changed(move |reply| match what {
            "reasoning" => reply.with_reasoning("hm"),
            _ => reply.with_refusal("no"),
        });
        let seen = format!("the pieces of the {what} have 0 bytes, the {what} in `Done` 2");
        assert_broken!(pieces_add_up_to_the_reply(&wrong), seen);
    }
}

#[tokio::test]
async fn one_that_gives_the_usage_first() {
    let wrong = changed(|events| events.swap(0, 1));
    assert_broken!(events_come_in_their_order(&wrong), "a piece of text came after the usage");
}

#[tokio::test]
async fn one_that_tells_the_usage_in_one_place_only() {
    for (wrong, seen) in [
        (0, "`Done` knows the usage, and there was no event for it"),
        (1, "there was an event for the usage, and `Done` does not know it"),
        (2, "the event for the usage and `Done` give different counts"),
        (3, "the usage came 2 times"),
    ] {
        let wrong = changed(move |events| match (wrong, events.pop()) {
            (0, Some(done)) => events[1] = done,
            (1 | 2, Some(StreamEvent::Done(reply))) => {
                let usage = if wrong == 1 { Usage::default() } else { Usage::new(1, 1) };
                events.push(StreamEvent::Done(Box::new(reply.with_usage(usage))));
            }
            (_, Some(done)) => events.extend([events[1].clone(), done]),
            (_, None) => unreachable!("it is sound"),
        });
        assert_broken!(events_come_in_their_order(&wrong), seen);
    }
}

#[tokio::test]
async fn one_whose_stream_is_another_reply() {
    use ek_core::{FinishReason, ToolCall};
    type Change = fn(LlmResponse) -> LlmResponse;
    let changes: [(Change, &str); 5] = [
        (|reply| LlmResponse::text("other").with_usage(reply.usage), "content"),
        (|_| LlmResponse::text(""), "content"),
        (|reply| reply.with_finish_reason(FinishReason::Length), "finish reason"),
        (|reply| reply.with_model("mock-2"), "model"),
        (
            |reply| {
                let calls = [ToolCall::new("1", "tide", "{}")];
                reply.with_tool_calls(calls).with_finish_reason(FinishReason::Stop)
            },
            "tool calls",
        ),
    ];
    for (change, what) in changes {
        assert_broken!(
            a_stream_gives_what_a_call_gives(&done_changed(change)),
            format!("call and stream differ in their {what}")
        );
    }
}

/// Keeps the answer in itself, and lets its streams read it from there.
struct Shared(Arc<Mutex<String>>);

impl LlmProvider for Shared {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        Ok(echo(request))
    }
}

impl StreamingProvider for Shared {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        *self.0.lock().expect("no panic") =
            request.last_user_text().unwrap_or_default().into_owned();
        tokio::task::yield_now().await;
        let text = self.0.lock().expect("no panic").clone();
        let events = sound(LlmResponse::text(text)).into_iter().map(Ok).collect();
        Ok(ChatStream::new(InTurn(events)))
    }
}

#[tokio::test]
async fn one_whose_streams_share_their_text() {
    assert_broken!(
        parallel_streams_do_not_mix(&Shared(Arc::default())),
        "of 8 parallel streams, number 0 got the answer to number 7"
    );
}

/// Takes a stream for ended only when its last item was read.
struct Busy(Arc<AtomicBool>);

impl LlmProvider for Busy {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Config, "a stream is open"));
        }
        Ok(echo(request))
    }
}

impl StreamingProvider for Busy {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.0.store(true, Ordering::SeqCst);
        let events = sound(echo(request)).into_iter().map(Ok).collect();
        Ok(ChatStream::new(InTurn(events)))
    }
}

#[tokio::test]
async fn one_that_a_dropped_stream_leaves_busy() {
    assert_broken!(
        a_dropped_stream_leaves_the_provider_usable(&Busy(Arc::default())),
        "the call after a dropped stream failed with Config: a stream is open"
    );
}

fn cut() -> Error {
    Error::new(ErrorKind::Interrupted, "the connection is gone")
}

#[tokio::test]
async fn ones_that_end_a_broken_stream_wrongly() {
    let piece = || StreamEvent::Text("Slow".to_owned());
    let whole = || StreamEvent::Done(Box::new(LlmResponse::text("Slow")));
    let final_error = || cut().with_retryable(false);
    for (items, seen) in [
        (vec![Ok(piece()), Ok(whole())], "the broken stream ended as if it were whole"),
        (
            vec![Err(final_error())],
            "no piece of text came before the error Interrupted: the connection is gone",
        ),
        (
            vec![Ok(piece()), Err(cut())],
            "the error Interrupted is retryable, although something came before it",
        ),
        (vec![Ok(piece()), Err(final_error())], "the error has no `partial()`"),
        (
            vec![Ok(piece()), Err(final_error().with_partial(LlmResponse::text("Slowly")))],
            "4 bytes of text came, and `partial()` holds 6",
        ),
    ] {
        let wrong = Streams(move |_: &ChatRequest| items.clone());
        assert_broken!(a_broken_stream_ends_with_what_came(&wrong), seen);
    }
}

/// Says what it was made with, and then does what it likes.
struct Says {
    streams: AtomicBool,
    changes: bool,
    refuses: Option<ErrorKind>,
}

impl Says {
    fn new(streams: bool) -> Self {
        Self { streams: AtomicBool::new(streams), changes: false, refuses: None }
    }
}

impl LlmProvider for Says {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        Ok(echo(request))
    }
}

impl StreamingProvider for Says {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.streams.fetch_xor(self.changes, Ordering::SeqCst);
        match self.refuses {
            Some(kind) => Err(Error::new(kind, "no streams here")),
            None => Ok(ChatStream::new(InTurn(sound(echo(request)).into_iter().map(Ok).collect()))),
        }
    }

    fn supports_streaming(&self) -> bool {
        self.streams.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn ones_that_do_not_keep_what_they_say_of_streams() {
    for (wrong, seen) in [
        (
            Says { changes: true, ..Says::new(true) },
            "`supports_streaming()` was true, and is false after a stream",
        ),
        (Says::new(false), "`supports_streaming()` is false, and a stream has begun"),
        (
            Says { refuses: Some(ErrorKind::Server), ..Says::new(false) },
            "the call of `stream` failed with Server: no streams here",
        ),
    ] {
        assert_broken!(
            supports_streaming_stays(&wrong),
            seen,
            "`supports_streaming()` is a setting: streams do not change it, and who says no refuses \
         them with Unsupported"
        );
    }
}
