//! The code of a caller within the loop: its panics stay within it, also one while it is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that ends with `Err` where it panics. It may also panic while it is dropped before its end, as a
/// blocking client does that a tool holds.
pub(super) struct Contained<T>(Option<Work<T>>);

/// The work panicked.
pub(super) struct Panicked;

impl<T> Contained<T> {
    pub(super) fn new(work: Work<T>) -> Self {
        Self(Some(work))
    }
}

impl<T> Future for Contained<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.0 else { return Poll::Ready(Err(Panicked)) };
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        polled.map_or(Poll::Ready(Err(Panicked)), |polled| polled.map(Ok))
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        let work = self.0.take();
        // The panic hook has reported it, and no caller is left for it.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(work)));
    }
}
