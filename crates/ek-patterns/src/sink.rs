//! A pattern as a stream of events: the queue of the events, and the stream that polls the pattern.
//!
//! The form that waits for the outcome alone has a sink without a queue.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use ek_core::Result;
use futures_util::Stream;

use crate::sync::lock;

/// A queue between a pattern and the stream that polls it, both in the consumer's own task.
pub(crate) struct Sink<E>(Option<Arc<Mutex<VecDeque<E>>>>);

impl<E> Sink<E> {
    /// A sink with a queue.
    pub(crate) fn open() -> Self {
        Self(Some(Arc::default()))
    }

    pub(crate) fn push(&self, event: impl FnOnce() -> E) {
        if let Some(mut queue) = self.queue() {
            queue.push_back(event());
        }
    }

    fn pop(&self) -> Option<E> {
        self.queue()?.pop_front()
    }

    /// Waits until the queue is empty, so that a reply is not read faster than its consumer reads.
    ///
    /// Nothing wakes this future: the stream polls the pattern as soon as the queue is empty, and not before. So
    /// only the pattern itself may await it, and no combinator with wakers of its own.
    pub(crate) async fn taken(&self) {
        poll_fn(|_| match self.queue() {
            Some(queue) if !queue.is_empty() => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    fn queue(&self) -> Option<MutexGuard<'_, VecDeque<E>>> {
        Some(lock(self.0.as_ref()?))
    }
}

impl<E> Default for Sink<E> {
    fn default() -> Self {
        Self(None)
    }
}

impl<E> Clone for Sink<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A pattern that runs while it is polled: the events `S` of its sink, and last its end, which is an event `E` as well,
/// or an error.
pub(crate) struct Events<'a, S, E = S> {
    /// `None` once it has ended, so that what it held is dropped.
    work: Option<Pin<Box<dyn Future<Output = Result<E>> + Send + 'a>>>,
    end: Option<Result<E>>,
    sink: Sink<S>,
}

impl<'a, S, E> Events<'a, S, E> {
    pub(crate) fn new(work: impl Future<Output = Result<E>> + Send + 'a, sink: Sink<S>) -> Self {
        Self { work: Some(Box::pin(work)), end: None, sink }
    }

    /// Whether the pattern has ended.
    pub(crate) fn is_ended(&self) -> bool {
        self.work.is_none()
    }
}

// Nothing in it is pinned in place: the pattern has a box of its own.
impl<S, E> Unpin for Events<'_, S, E> {}

impl<S: Into<E>, E> Stream for Events<'_, S, E> {
    type Item = Result<E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(event) = self.sink.pop() {
            return Poll::Ready(Some(Ok(event.into())));
        }
        let Some(work) = &mut self.work else {
            return Poll::Ready(self.end.take());
        };
        if let Poll::Ready(ended) = work.as_mut().poll(cx) {
            self.work = None;
            self.end = Some(ended);
        }
        // Events before the end come first.
        match self.sink.pop() {
            Some(event) => Poll::Ready(Some(Ok(event.into()))),
            None if self.work.is_none() => Poll::Ready(self.end.take()),
            None => Poll::Pending,
        }
    }
}
