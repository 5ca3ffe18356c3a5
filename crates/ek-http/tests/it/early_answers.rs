//! A server that answers before it has read the request, and closes the connection: sending fails on this
//! side, and what the server has said is still there to be read.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use ek_core::{Error, ErrorKind, LlmProvider as _};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use tower_service::Service;

use crate::support::hidden::assert_error_hides;
use crate::support::{in_time, question, settings};

/// Takes a hundred bytes of each request. The next write fails in this way, and only then is the answer
/// there, with the end of the connection behind it.
#[derive(Clone)]
struct Deaf {
    failure: io::ErrorKind,
    answer: Vec<u8>,
    taken: usize,
    has_failed: bool,
    reader: Option<Waker>,
}

impl Deaf {
    fn new(failure: io::ErrorKind, answer: impl AsRef<[u8]>) -> Self {
        let answer = answer.as_ref().to_vec();
        Self { failure, answer, taken: 0, has_failed: false, reader: None }
    }

    /// The error of a call.
    async fn refuses(&self, kind: ErrorKind) -> Error {
        let settings = settings("http://model.test").allow_insecure_key(true);
        let provider = settings.connector(self.clone()).build().expect("sound settings");
        let error = in_time(provider.complete(&question())).await.expect_err("a refusal");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_error_hides(&error);
        error
    }
}

impl Service<Uri> for Deaf {
    type Response = Self;
    type Error = io::Error;
    type Future = Ready<io::Result<Self>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(Ok(self.clone()))
    }
}

impl Read for Deaf {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.has_failed {
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = self.answer.len().min(buf.remaining()).min(10);
        buf.put_slice(&self.answer[..count]);
        self.answer.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl Write for Deaf {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = buf.len().min(100 - self.taken);
        self.taken += count;
        if count > 0 {
            return Poll::Ready(Ok(count));
        }
        assert!(!self.has_failed, "a second write after one that failed");
        self.has_failed = true;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Err(self.failure.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

const GONE: [io::ErrorKind; 3] =
    [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionAborted];

#[tokio::test]
async fn s21_what_a_server_said_counts_although_sending_the_request_failed() {
    let answer = "HTTP/1.1 413 x\r\ncontent-length: 12\r\n\r\nless, please";
    for failure in GONE {
        let error = Deaf::new(failure, answer).refuses(ErrorKind::Rejected).await;
        assert_eq!(error.to_string(), "HTTP 413: less, please");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn s14_where_it_said_nothing_or_half_the_request_may_have_been_executed() {
    for failure in GONE {
        for answer in ["", "HTTP/1.1 413 x\r\ncontent-"] {
            let error = Deaf::new(failure, answer).refuses(ErrorKind::Interrupted).await;
            assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn another_failure_of_sending_is_that_of_the_call() {
    let dead = Deaf::new(io::ErrorKind::TimedOut, "HTTP/1.1 413 x\r\n\r\n");
    let error = dead.refuses(ErrorKind::Timeout).await;
    assert!(error.is_retryable() && error.may_have_executed(), "{error:?}");
}
