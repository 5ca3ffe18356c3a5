//! The queue of events of the streaming form; the other form has none.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use super::ReactEvent;
use crate::sync::lock;

/// A queue between the loop and the stream that polls it, both in the consumer's own task.
#[derive(Clone, Default)]
pub(super) struct Sink(Option<Arc<Mutex<VecDeque<ReactEvent>>>>);

impl Sink {
    /// A sink with a queue.
    pub(super) fn open() -> Self {
        Self(Some(Arc::default()))
    }

    pub(super) fn push(&self, event: impl FnOnce() -> ReactEvent) {
        if let Some(mut queue) = self.queue() {
            queue.push_back(event());
        }
    }

    pub(super) fn pop(&self) -> Option<ReactEvent> {
        self.queue()?.pop_front()
    }

    /// Waits until the queue is empty, so that a reply is not read faster than its consumer reads.
    ///
    /// Nothing wakes this future: the stream polls the loop as soon as the queue is empty, and not before. So
    /// only the loop itself may await it, and no combinator with wakers of its own.
    pub(super) async fn taken(&self) {
        poll_fn(|_| match self.queue() {
            Some(queue) if !queue.is_empty() => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    fn queue(&self) -> Option<MutexGuard<'_, VecDeque<ReactEvent>>> {
        Some(lock(self.0.as_ref()?))
    }
}
