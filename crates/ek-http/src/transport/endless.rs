//! A body for tests that is always ready, as one in memory or over HTTP/2 may be.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame};

/// Has the same frame for ever, as far as a test that fails is to end.
pub(crate) struct Endless {
    frame: Bytes,
    left: Arc<AtomicUsize>,
}

impl Endless {
    pub(crate) fn of(frame: &'static str) -> Self {
        Self { frame: Bytes::from_static(frame.as_bytes()), left: Arc::new(200_000.into()) }
    }

    /// How many frames are left.
    pub(crate) fn left(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.left)
    }
}

impl Body for Endless {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let left = self.left.load(Ordering::SeqCst);
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        Poll::Ready((left > 0).then(|| Ok(Frame::data(self.frame.clone()))))
    }
}
