//! The mock's stream: scripted items, and the pauses between them. It has no task and no channel, as
//! a real one has none, so that dropping it leaves nothing behind.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ek_core::{Result, StreamEvent};
use futures_core::Stream;
use tokio::time::{Sleep, sleep};

use crate::engine::CallGuard;

/// Items that come one after another, with pauses.
pub(super) struct Paced {
    items: VecDeque<Result<StreamEvent>>,
    delay: Duration,
    /// Whether it waits for ever after the last item.
    hangs: bool,
    /// Runs from the moment when an item is taken: for a slow consumer the next is there already.
    pause: Option<Pin<Box<Sleep>>>,
    /// `None` once the call has ended.
    guard: Option<CallGuard>,
}

impl Paced {
    pub(super) fn new(
        items: VecDeque<Result<StreamEvent>>,
        delay: Duration,
        hangs: bool,
        guard: CallGuard,
    ) -> Self {
        Self { items, delay, hangs, pause: None, guard: Some(guard) }
    }

    /// Says how the call has ended, if this item ends it.
    fn note(&mut self, item: Option<&Result<StreamEvent>>) {
        match item {
            Some(Ok(StreamEvent::Done(_))) => self.guard.take().map(CallGuard::finish),
            Some(Err(_)) => self.guard.take().map(CallGuard::fail),
            _ => None,
        };
    }
}

impl Stream for Paced {
    type Item = Result<StreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
        }
        let item = self.items.pop_front();
        if item.is_none() && self.hangs {
            // Nothing will ever wake the caller but a limit of its own.
            return Poll::Pending;
        }
        self.note(item.as_ref());
        let waits = !self.delay.is_zero() && self.items.front().is_some_and(comes_by_itself);
        self.pause = waits.then(|| Box::pin(sleep(self.delay)));
        Poll::Ready(item)
    }
}

/// Pieces and errors do; what follows the pieces of a reply comes with the last of them.
fn comes_by_itself(item: &Result<StreamEvent>) -> bool {
    !matches!(item, Ok(StreamEvent::ToolCall(_) | StreamEvent::Usage(_) | StreamEvent::Done(_)))
}
