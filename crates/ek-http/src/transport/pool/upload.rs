//! The body of a request over HTTP/2, in pieces.
//!
//! h2 takes and keeps data that the peer's window has no room for. So a body that it gets whole is over at
//! once, and nothing tells that it was not sent: a server that answers early and takes no more keeps the stream
//! open, and the bytes, as long as the connection lives. In pieces it is over when the window has had room for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The most that a frame holds, unless the peer allows more.
const PIECE: usize = 16 * 1024;

pub(super) struct Upload {
    rest: Bytes,
    /// One frame: every usual window has room for it.
    is_small: bool,
    under_way: Arc<()>,
}

/// Whether a body is still being sent.
pub(super) struct UnderWay(Weak<()>);

impl UnderWay {
    pub(super) fn is_over(&self) -> bool {
        self.0.strong_count() == 0
    }
}

impl Upload {
    pub(super) fn new(body: Bytes) -> Self {
        Self { is_small: body.len() <= PIECE, rest: body, under_way: Arc::default() }
    }

    pub(super) fn under_way(&self) -> UnderWay {
        UnderWay(Arc::downgrade(&self.under_way))
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = match self.rest.len() {
            0 => return Poll::Ready(None),
            length if self.is_small => length,
            // The last byte goes alone: there is room for it only when all the others have gone.
            length => PIECE.min(length - 1).max(1),
        };
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn pieces(mut upload: Upload) -> Vec<usize> {
        let mut cx = Context::from_waker(Waker::noop());
        let mut pieces = Vec::new();
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut upload).poll_frame(&mut cx) {
            pieces.extend(frame.into_data().map(|data| data.len()));
        }
        pieces
    }

    #[test]
    fn a_body_comes_in_pieces_and_its_last_byte_alone() {
        for (length, expected) in [
            (0, &[][..]),
            (1, &[1]),
            (PIECE, &[PIECE]),
            (PIECE + 1, &[PIECE, 1]),
            (PIECE + 2, &[PIECE, 1, 1]),
            (2 * PIECE, &[PIECE, PIECE - 1, 1]),
        ] {
            assert_eq!(pieces(Upload::new(vec![7; length].into())), expected, "{length}");
        }
    }

    #[test]
    fn it_is_under_way_as_long_as_it_lives() {
        let upload = Upload::new(Bytes::from_static(b"x"));
        let under_way = upload.under_way();
        assert!(!under_way.is_over());
        drop(upload);
        assert!(under_way.is_over());
    }
}
