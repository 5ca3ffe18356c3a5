//! The stream of a reply over its connection, with its idle limit.
//!
//! It has no task and no channel. Bytes are read when the consumer asks, so back-pressure reaches the
//! socket, and dropping the stream drops the connection.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ek_core::{Error, ErrorKind, Result, StreamEvent};
use futures_core::Stream;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::reader::{ReplyReader, Step};
use crate::call::Head;
use crate::call::deadlines::Deadlines;
use crate::failure::read_fault::ReadFault;
use crate::telemetry::CallSpan;
use crate::transport::{self, AnswerBody, Paced, Permit, ends_with_connection};

/// How many frames are read after the last event to find the end of the body. Only a body that is read to
/// its end lets the connection be used again.
const MAX_TRAILING_FRAMES: usize = 8;

pub(crate) struct HttpStream<B = Incoming> {
    head: Box<Head>,
    body: Paced<B>,
    reader: ReplyReader,
    limits: Deadlines,
    /// The timer. It counts only while the stream waits for the body: a slow consumer is not idle time.
    idle: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// When the current wait ends.
    until: Instant,
    /// When the wait for usage or `[DONE]` after the finish reason ends.
    tail: Option<Instant>,
    /// When the timer ends and which task it wakes. A copy, because reading the timer itself for each
    /// token is slow when many streams are open.
    alarm: Option<(Instant, Waker)>,
    /// An event has been delivered, so the call must not be repeated.
    delivered: bool,
    over: bool,
    span: CallSpan,
    _permit: Permit,
}

impl<B: AnswerBody> HttpStream<B> {
    pub(crate) fn new(
        head: Head,
        body: B,
        reader: ReplyReader,
        limits: Deadlines,
        span: CallSpan,
        permit: Permit,
    ) -> Self {
        Self {
            head: Box::new(head),
            body: Paced::new(body),
            reader,
            limits,
            idle: None,
            waiting: false,
            until: Instant::now(),
            tail: None,
            alarm: None,
            delivered: false,
            over: false,
            span,
            _permit: permit,
        }
    }

    /// Notes the delivery of an event. The last one also gets the head's data.
    fn note(&mut self, event: &mut StreamEvent, cx: &mut Context<'_>) {
        self.waiting = false;
        self.tail = None;
        self.delivered = true;
        if let StreamEvent::Done(response) = event {
            self.over = true;
            self.head.restore();
            self.head.complete(response);
            self.span.record_response(response, self.head.secrets());
            self.find_end(cx);
        }
    }

    /// Looks for the end of the body: then the connection goes back to the pool, else it is closed.
    fn find_end(&mut self, cx: &mut Context<'_>) {
        self.body.hurry();
        for _ in 0..MAX_TRAILING_FRAMES {
            match self.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(_)) | None) | Poll::Pending => return,
            }
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        self.over = true;
        let error = error.with_partial(self.reader.partial());
        // The provider bills what it delivered. Another attempt would be billed again.
        let error = match self.delivered {
            true => error.with_retryable(false).with_may_have_executed(true),
            false => error,
        };
        self.span.record_error(&error);
        error
    }

    fn fault(&mut self, fault: ReadFault) -> Error {
        self.head.restore();
        let parts = self.head.parts();
        let cut = ends_with_connection(parts.version, &parts.headers);
        let error = self.head.reply_error(fault, cut);
        self.failed(error)
    }

    /// Handles a failed connection or a wait that was too long. A complete reply ends without an error.
    fn broken(&mut self, error: impl FnOnce(&Self) -> Error) -> Option<Error> {
        if self.reader.is_complete() {
            self.reader.end();
            return None;
        }
        self.head.restore();
        let error = error(self);
        Some(self.failed(error))
    }

    /// Waits for bytes. Returns an error if they do not come in time.
    ///
    /// A stream waits for each token, and few waits are long. So the timer is not set anew for each wait:
    /// it keeps its earlier end and is set to the later one when it gets there.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<Option<Error>> {
        if !self.waiting {
            let now = Instant::now();
            self.waiting = true;
            self.until = self.idle_until(now);
            if self.will_be_woken(now, cx) {
                return Poll::Pending;
            }
        }
        let until = self.until;
        let idle = self.idle.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if idle.deadline() > until {
            idle.as_mut().reset(until);
        }
        while idle.as_mut().poll(cx).is_ready() {
            if idle.deadline() >= until {
                self.waiting = false;
                return Poll::Ready(self.broken(|stream| {
                    let message = format!("the stream was idle for {:?}", stream.limits.idle);
                    stream.head.answer().fault(ErrorKind::Timeout, &message)
                }));
            }
            idle.as_mut().reset(until);
        }
        let end = idle.deadline();
        match &mut self.alarm {
            Some((known, waker)) => {
                *known = end;
                waker.clone_from(cx.waker());
            }
            None => self.alarm = Some((end, cx.waker().clone())),
        }
        Poll::Pending
    }

    /// Whether the timer will wake this task, and no later than this wait ends.
    fn will_be_woken(&self, now: Instant, cx: &Context<'_>) -> bool {
        let alarm = self.alarm.as_ref();
        alarm.is_some_and(|(end, waker)| {
            now < *end && *end <= self.until && waker.will_wake(cx.waker())
        })
    }

    /// When a wait that begins now ends.
    fn idle_until(&mut self, now: Instant) -> Instant {
        if !self.reader.is_complete() {
            self.tail = None;
            return self.limits.idle_from(now);
        }
        *self.tail.get_or_insert_with(|| self.limits.tail_from(now))
    }
}

impl<B: AnswerBody> Stream for HttpStream<B> {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(None);
        }
        loop {
            // As below. A function for both would cost 14 instructions for each token.
            match this.reader.next() {
                Step::Event(mut event) => {
                    this.note(&mut event, cx);
                    return Poll::Ready(Some(Ok(event)));
                }
                Step::Failed(fault) => return Poll::Ready(Some(Err(this.fault(fault)))),
                Step::NeedBytes => {}
            }
            let broken = match this.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    this.reader.take_progress(); // forget the progress of earlier frames
                    if let Ok(bytes) = frame.into_data() {
                        this.reader.feed(bytes);
                    }
                    // Only decoding shows whether the bytes are progress.
                    let step = this.reader.next();
                    if this.reader.take_progress() {
                        this.waiting = false;
                        this.span.chunk_came();
                    }
                    match step {
                        Step::Event(mut event) => {
                            this.note(&mut event, cx);
                            return Poll::Ready(Some(Ok(event)));
                        }
                        Step::Failed(fault) => return Poll::Ready(Some(Err(this.fault(fault)))),
                        Step::NeedBytes => continue,
                    }
                }
                Poll::Ready(None) if this.body.is_cut(this.head.parts().version) => {
                    this.broken(|stream| stream.head.cut())
                }
                Poll::Ready(None) => {
                    this.reader.end();
                    continue;
                }
                Poll::Ready(Some(Err(error))) => {
                    this.broken(|stream| stream.head.transport_error(transport::Fault::Body(error)))
                }
                Poll::Pending => match this.poll_idle(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(error) => error,
                },
            };
            if let Some(error) = broken {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}
