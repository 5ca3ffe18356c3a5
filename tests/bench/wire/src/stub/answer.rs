//! Prepared answers as bodies that hyper writes.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bench_load::answers::Answer;
use bytes::Bytes;
use executionkit_bench::stub::HEADERS;
use http_body::{Body, Frame, SizeHint};
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Sleep;

/// An answer that is ready to be sent.
pub(super) struct Prepared {
    headers: HeaderMap,
    pieces: Arc<[Bytes]>,
    pause: Option<Duration>,
    stream: bool,
}

impl Prepared {
    pub(super) fn of(answer: Answer) -> Self {
        let kind = match answer.stream {
            true => "text/event-stream; charset=utf-8",
            false => "application/json",
        };
        let read = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        };
        let mut headers: HeaderMap = HEADERS.lines().filter_map(read).collect();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let pieces = answer.pieces.into_iter().map(Bytes::from).collect();
        Self { headers, pieces, pause: answer.pause, stream: answer.stream }
    }

    pub(super) fn response(&self) -> Response<Pieces> {
        let pieces = Arc::clone(&self.pieces);
        let body =
            Pieces { pieces, sent: 0, pause: self.pause, pausing: None, stream: self.stream };
        let mut response = Response::new(body);
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// The pieces of an answer, the first at once and each later one after the pause.
pub(super) struct Pieces {
    pieces: Arc<[Bytes]>,
    sent: usize,
    pause: Option<Duration>,
    pausing: Option<Pin<Box<Sleep>>>,
    stream: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = &mut *self;
        if let Some(pausing) = &mut this.pausing {
            ready!(pausing.as_mut().poll(cx));
            this.pausing = None;
        }
        let piece = this.pieces.get(this.sent).cloned();
        this.sent += 1;
        if let Some(pause) = this.pause.filter(|_| this.sent < this.pieces.len()) {
            this.pausing = Some(Box::pin(tokio::time::sleep(pause)));
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.sent >= self.pieces.len()
    }

    fn size_hint(&self) -> SizeHint {
        if self.stream {
            return SizeHint::default();
        }
        let left = self.pieces.iter().skip(self.sent).map(Bytes::len).sum::<usize>();
        SizeHint::with_exact(left as u64)
    }
}

#[cfg(test)]
mod tests {
    use bench_load::answers;
    use http_body_util::BodyExt as _;
    use tokio::time::Instant;

    use super::*;

    fn body(name: &str) -> Pieces {
        let prepared = Prepared::of(answers::named(name).expect("an answer"));
        prepared.response().into_body()
    }

    #[tokio::test(start_paused = true)]
    async fn first_piece_comes_at_once_and_the_others_each_after_the_pause() {
        let (mut body, start) = (body("slow"), Instant::now());
        body.frame().await.expect("a piece").expect("no failure");
        assert_eq!(start.elapsed(), Duration::ZERO);
        let rest = body.collect().await.expect("no failure").to_bytes();
        assert!(rest.ends_with(b"data: [DONE]\n\n"));
        let elapsed = start.elapsed().as_millis();
        assert!((2_000..2_200).contains(&elapsed), "{elapsed}");
    }

    #[tokio::test]
    async fn length_is_known_of_an_answer_and_not_of_a_stream() {
        let exact = answers::named("small").expect("an answer").bytes() as u64;
        assert_eq!(body("small").size_hint().exact(), Some(exact));
        assert_eq!(body("sse").size_hint().exact(), None);
    }
}
