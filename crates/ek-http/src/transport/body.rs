//! Bodies: the request's, whole from the start, and the answer's, collected up to a cap.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::Version;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// A body of one piece. It says its size, so that it is sent with a content length.
#[derive(Clone)]
pub(crate) struct OneShot(Option<Bytes>);

impl OneShot {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes))
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

/// Reads a body of at most `cap` bytes. A body that says it is longer is not read at all.
pub(crate) async fn collect(mut body: Incoming, cap: usize, version: Version) -> Collected {
    if body.size_hint().lower() > cap as u64 {
        return Collected::TooLarge;
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    loop {
        let frame = match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            // hyper takes a stream that is reset with NO_ERROR for one that has ended.
            None if version == Version::HTTP_2 && !body.is_end_stream() => return Collected::Cut,
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
                let announced = usize::try_from(body.size_hint().lower()).unwrap_or(0);
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

/// Reads the head of a body: at most `cap` bytes, for at most this long. Whatever ends it, what has come
/// is returned.
pub(crate) async fn collect_head(mut body: Incoming, cap: usize, limit: Duration) -> Bytes {
    let mut head = BytesMut::new();
    let read = async {
        while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let data = frame.into_data().unwrap_or_default();
            head.extend_from_slice(&data[..data.len().min(cap - head.len())]);
            if head.len() == cap {
                break;
            }
        }
    };
    // A body that stands still is as good as one that ended.
    let _ = tokio::time::timeout(limit, read).await;
    head.freeze()
}

fn join(first: Bytes, rest: BytesMut) -> Bytes {
    if rest.is_empty() { first } else { rest.freeze() }
}
