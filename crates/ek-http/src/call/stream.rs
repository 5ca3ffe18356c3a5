//! The stream over a connection: waits for bytes, and for no longer than it may.
//!
//! There is no task behind it and no channel: bytes are read when the consumer asks, so that
//! back-pressure reaches the socket, and dropping the stream drops the connection.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result, StreamEvent};
use futures_core::Stream;
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::reader::{ReplyReader, Step};
use crate::call::Head;
use crate::call::deadlines::{TAIL, later};
use crate::failure::read_fault::ReadFault;
use crate::telemetry::CallSpan;
use crate::transport::{self, AnswerBody, Paced, Permit, ends_with_connection};

/// Frames that are read after the end, to find the end of the body that lets the connection be used
/// again.
const MAX_TRAILING_FRAMES: usize = 8;

pub(crate) struct HttpStream<B = Incoming> {
    head: Box<Head>,
    body: Paced<B>,
    reader: ReplyReader,
    idle_limit: Duration,
    /// Means something only while the body is waited for: a slow consumer is no stall.
    idle: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    /// When the wait has lasted too long.
    until: Instant,
    /// When what may follow the finish reason has been waited for long enough.
    tail: Option<Instant>,
    /// When the timer ends, and whom it wakes then. Known here, so that the timer itself need not be
    /// looked at for each token: among many streams its memory is far away.
    alarm: Option<(Instant, Waker)>,
    /// An item has been delivered: the call must not be made again.
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
        idle_limit: Duration,
        span: CallSpan,
        permit: Permit,
    ) -> Self {
        Self {
            head: Box::new(head),
            body: Paced::new(body),
            reader,
            idle_limit,
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

    /// An event is about to be delivered: the last one gets what the head knows.
    fn note(&mut self, event: &mut StreamEvent, cx: &mut Context<'_>) {
        self.waiting = false;
        self.tail = None;
        self.delivered = true;
        if let StreamEvent::Done(response) = event {
            self.over = true;
            self.head.complete(response);
            self.span.record_response(response, self.head.secrets());
            self.find_end(cx);
        }
    }

    /// A connection whose body has been read to its end goes back to the pool; others are closed.
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
        // What was delivered was made and billed; another attempt would buy it again.
        let error = match self.delivered {
            true => error.with_retryable(false).with_may_have_executed(true),
            false => error,
        };
        self.span.record_error(&error);
        error
    }

    fn fault(&mut self, fault: ReadFault) -> Error {
        let parts = self.head.parts();
        let cut = ends_with_connection(parts.version, &parts.headers);
        let error = self.head.reply_error(fault, cut);
        self.failed(error)
    }

    /// The connection failed, or nothing came for too long: the end, if the reply is whole, else an
    /// error.
    fn broken(&mut self, error: impl FnOnce(&Self) -> Error) -> Option<Error> {
        if self.reader.has_finish_reason() {
            self.reader.end();
            return None;
        }
        let error = error(self);
        Some(self.failed(error))
    }

    /// Waits for bytes; an error if they do not come in time.
    ///
    /// The timer is mostly set for an earlier time than is meant, and set anew when it ends: a stream
    /// has a wait for each token, and few of them are long.
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
                    let message = format!("the stream stood still for {:?}", stream.idle_limit);
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

    /// Whether the timer has still to end, in time for this wait, and wakes this task then.
    fn will_be_woken(&self, now: Instant, cx: &Context<'_>) -> bool {
        let alarm = self.alarm.as_ref();
        alarm.is_some_and(|(end, waker)| {
            now < *end && *end <= self.until && waker.will_wake(cx.waker())
        })
    }

    /// Until when a wait that begins then may last.
    fn idle_until(&mut self, now: Instant) -> Instant {
        if !self.reader.has_finish_reason() {
            self.tail = None;
            return later(now, self.idle_limit);
        }
        *self.tail.get_or_insert_with(|| later(now, self.idle_limit.min(TAIL)))
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
                    this.reader.take_progress(); // what was read before is not this frame's
                    if let Ok(bytes) = frame.into_data() {
                        this.reader.feed(bytes);
                    }
                    // Decoded before it is judged: only then is it known what the bytes were.
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
