//! A stream that is stopped in the middle, and what came by then.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ek_core::{
    ChatStream, Error, ErrorKind, KeepingStream, LlmResponse, Result, Stream, StreamEvent,
    ToolCall, ToolCallDelta, Usage,
};

/// Events that are all there; `None` stands for one that has not come.
struct Events(VecDeque<Option<Result<StreamEvent>>>);

impl Stream for Events {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.pop_front() {
            Some(None) => Poll::Pending,
            Some(event) => Poll::Ready(event),
            None => Poll::Ready(None),
        }
    }
}

fn stream(events: Vec<Result<StreamEvent>>) -> ChatStream {
    ChatStream::new(Events(events.into_iter().map(Some).collect()))
}

/// What a poll of the next event gives.
fn poll(stream: &mut KeepingStream) -> Poll<Option<Result<StreamEvent>>> {
    let next = std::pin::pin!(stream.next());
    next.poll(&mut Context::from_waker(Waker::noop()))
}

fn next(stream: &mut KeepingStream) -> Option<Result<StreamEvent>> {
    match poll(stream) {
        Poll::Ready(event) => event,
        Poll::Pending => panic!("all events are there"),
    }
}

fn events() -> Vec<Result<StreamEvent>> {
    let mut delta = ToolCallDelta::new(0);
    delta.name = Some("tide".into());
    vec![
        Ok(StreamEvent::Reasoning("hm".into())),
        Ok(StreamEvent::Text("low ".into())),
        Ok(StreamEvent::Text("tide".into())),
        Ok(StreamEvent::Refusal("no".into())),
        Ok(StreamEvent::ToolCallDelta(delta)),
        Ok(StreamEvent::ToolCall(ToolCall::new("1", "tide", "{}"))),
        Ok(StreamEvent::Usage(Usage::new(9, 2))),
    ]
}

#[test]
fn what_came_is_there_at_any_time_and_a_part_of_a_call_is_none() {
    let mut keeping = stream(events()).keep_partial();
    let seen = |keeping: &KeepingStream| {
        let partial = keeping.partial();
        (partial.content.clone(), partial.tool_calls.len(), partial.usage.output_tokens)
    };
    for expected in [("", 0, None), ("low ", 0, None), ("low tide", 0, None)] {
        next(&mut keeping).expect("an event").expect("no fault");
        assert_eq!(seen(&keeping), (expected.0.to_owned(), expected.1, expected.2));
    }
    for expected in [0, 0, 1, 1] {
        next(&mut keeping).expect("an event").expect("no fault");
        assert_eq!(keeping.partial().tool_calls.len(), expected);
    }
    let partial = keeping.into_partial();
    assert_eq!(
        (partial.reasoning.as_deref(), partial.refusal.as_deref()),
        (Some("hm"), Some("no"))
    );
    assert_eq!(partial.usage, Usage::new(9, 2));
}

#[test]
fn events_and_ends_are_those_of_the_stream() {
    let cut = Error::new(ErrorKind::Interrupted, "cut");
    for end in [Ok(StreamEvent::Done(Box::new(LlmResponse::text("low tide")))), Err(cut)] {
        let is_whole = end.is_ok();
        let mut all = events();
        all.push(end);
        let mut keeping = stream(all).keep_partial();
        let mut count = 0;
        let last = loop {
            match next(&mut keeping) {
                Some(event) if count < 7 => assert!(event.is_ok()),
                Some(event) => break event,
                None => panic!("the stream has an end"),
            }
            count += 1;
        };
        assert_eq!(last.is_ok(), is_whole);
        assert!(next(&mut keeping).is_none());
        assert_eq!(keeping.partial().content, "low tide");
    }
}

#[test]
fn a_future_that_is_dropped_loses_no_event() {
    let events = [None, Some(Ok(StreamEvent::Text("low ".into())))];
    let mut keeping = ChatStream::new(Events(events.into())).keep_partial();
    assert!(poll(&mut keeping).is_pending());
    assert_eq!(keeping.partial(), &LlmResponse::default());
    assert!(next(&mut keeping).is_some());
    assert_eq!(keeping.partial().content, "low ");
}
