//! Bodies: the request's, whole from the start, and the answer's, collected up to a cap.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::Version;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// A body of one piece. It says its size, so that it is sent with a content length.
pub(crate) struct OneShot(Option<Bytes>);

impl OneShot {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes))
    }

    /// The bytes; `None` if they have been taken to be sent.
    pub(super) fn into_bytes(self) -> Option<Bytes> {
        self.0
    }

    /// No body at all.
    #[cfg(feature = "proxy")]
    pub(super) fn none() -> Self {
        Self(None)
    }
}

impl Body for OneShot {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// The body of an answer: hyper's, or one that a test makes.
pub(crate) trait AnswerBody: Body<Data = Bytes, Error = hyper::Error> + Unpin {}
impl<B: Body<Data = Bytes, Error = hyper::Error> + Unpin> AnswerBody for B {}

/// A body that gives way: after this many frames without a pause it is pending once, although it could go
/// on. Over HTTP/2 and from a connector in memory a body may never be pending of itself, and then no limit
/// that stands around a loop over it would be looked at.
const MAX_FRAMES: u8 = 32;

pub(crate) struct Paced<B> {
    body: B,
    /// Since it was pending last.
    frames: u8,
}

impl<B: AnswerBody> Paced<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, frames: 0 }
    }

    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        if self.frames == MAX_FRAMES {
            self.frames = 0;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        self.frames = if polled.is_ready() { self.frames + 1 } else { 0 };
        polled
    }

    /// The next few frames follow without a pause.
    pub(crate) fn hurry(&mut self) {
        self.frames = 0;
    }

    /// Whether a body that has no more frames has not come to its end: hyper takes a stream that is reset
    /// with `NO_ERROR` for one that has ended.
    pub(crate) fn is_cut(&self, version: Version) -> bool {
        version == Version::HTTP_2 && !self.body.is_end_stream()
    }

    fn announced(&self) -> u64 {
        self.body.size_hint().lower()
    }
}

/// The most that is set aside on a server's word, in bytes.
const MAX_RESERVE_BYTES: usize = 1024 * 1024;

/// How collecting a body ended.
pub(crate) enum Collected {
    Whole(Bytes),
    /// More than the cap. The rest was not read.
    TooLarge,
    /// The server gave the answer up in the middle, without calling that an error.
    Cut,
    /// The connection failed.
    Failed(hyper::Error),
}

/// Reads a body of at most `cap` bytes, of which the first may have been read. A body that says it is
/// longer is not read at all.
pub(crate) async fn collect(
    mut first: Bytes,
    body: impl AnswerBody,
    cap: usize,
    version: Version,
) -> Collected {
    let mut body = Paced::new(body);
    if body.announced().saturating_add(first.len() as u64) > cap as u64 {
        return Collected::TooLarge;
    }
    let mut rest = BytesMut::new();
    loop {
        let frame = match poll_fn(|cx| body.poll_frame(cx)).await {
            None if body.is_cut(version) => return Collected::Cut,
            None => return Collected::Whole(join(first, rest)),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Collected::Failed(error),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = cap - first.len() - rest.len();
        let fits = data.len() <= room;
        let data = data.slice(..data.len().min(room));
        // Most replies are one piece: that one is kept without a copy.
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                let announced = usize::try_from(body.announced()).unwrap_or(0);
                // What a server announces is worth a hint, not a promise.
                let announced = announced.min(room).min(MAX_RESERVE_BYTES);
                rest.reserve(first.len() + data.len() + announced);
                rest.extend_from_slice(&first);
                first.clear();
            }
            rest.extend_from_slice(&data);
        }
        if !fits {
            return Collected::TooLarge;
        }
    }
}

/// Reads the head of a body: at most `cap` bytes, until then. Whatever ends it, what has come is returned.
pub(crate) async fn collect_head(body: impl AnswerBody, cap: usize, end: Instant) -> Bytes {
    let mut body = Paced::new(body);
    let mut head = BytesMut::new();
    let read = async {
        while let Some(Ok(frame)) = poll_fn(|cx| body.poll_frame(cx)).await {
            let data = frame.into_data().unwrap_or_default();
            head.extend_from_slice(&data[..data.len().min(cap - head.len())]);
            if head.len() == cap {
                break;
            }
        }
    };
    // A body that stands still is as good as one that ended.
    let _ = tokio::time::timeout_at(end, read).await;
    head.freeze()
}

fn join(first: Bytes, rest: BytesMut) -> Bytes {
    if rest.is_empty() { first } else { rest.freeze() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};
    use std::time::Duration;

    use super::*;
    use crate::transport::endless::Endless;

    const LIMIT: Duration = Duration::from_secs(60);

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_body_that_is_always_ready_is_pending_once_in_a_while_and_wakes_its_reader() {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut body = Paced::new(Endless::of("x"));
        for pauses in 1..4 {
            let mut poll = || body.poll_frame(&mut Context::from_waker(&waker)).is_ready();
            let frames = (0..1000).take_while(|_| poll()).count();
            assert_eq!((frames, woken.0.load(Ordering::SeqCst)), (32, pauses));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_around_the_reading_of_a_body_that_is_always_ready_holds() {
        // Frames without data never come to the cap.
        let reading = tokio::spawn(tokio::time::timeout(
            LIMIT,
            collect(Bytes::new(), Endless::of(""), 1024, Version::HTTP_2),
        ));
        tokio::time::advance(LIMIT).await;
        assert!(reading.await.expect("no panic").is_err(), "it was read to its end");
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_for_an_errors_body_that_is_always_ready_holds() {
        let body = Endless::of("");
        let left = body.left();
        let reading = tokio::spawn(collect_head(body, 1024, Instant::now() + LIMIT));
        tokio::task::yield_now().await;
        tokio::time::advance(LIMIT).await;
        assert_eq!(reading.await.expect("no panic"), "");
        assert!(left.load(Ordering::SeqCst) > 0, "it was read to its end");
    }
}
