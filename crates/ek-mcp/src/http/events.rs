//! Server-sent events of limited size, one message each.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use ek_core::{Error, ErrorKind, Result};
use ek_http::HttpBody;
use futures_util::stream::{BoxStream, Stream, StreamExt as _};
use rmcp::model::{RequestId, ServerJsonRpcMessage};
use sse_stream::{Error as SseError, Sse, SseStream};

use super::client::too_large;
use crate::connection::Connection;
use crate::failure::unreadable;

/// The events of a body. Where one is too large, the request that they answer fails, if there is one; else the
/// stream.
pub(super) fn events(
    body: HttpBody,
    max: usize,
    answers: Option<RequestId>,
    connection: Arc<Connection>,
) -> BoxStream<'static, Result<Sse, SseError>> {
    let bytes = Limited { body, size: EventSize::default(), max, over: false };
    let events = SseStream::from_bytes_stream(bytes);
    let events = events.map(move |event| match event {
        Ok(mut event) => {
            if let Some(data) = &mut event.data {
                connection.schemas.note(data.as_bytes());
                // rmcp skips what it cannot read.
                if serde_json::from_str::<ServerJsonRpcMessage>(data).is_err()
                    && let Some(failed) = unreadable(data.as_bytes())
                    && let Ok(failed) = serde_json::to_string(&failed)
                {
                    *data = failed;
                }
            }
            Ok(event)
        }
        Err(SseError::Body(error)) if is_too_large(&*error) => {
            let failed = answers.clone().and_then(|id| {
                let message: ServerJsonRpcMessage = too_large(id);
                serde_json::to_string(&message).ok()
            });
            failed.map(|failed| Sse::default().data(failed)).ok_or(SseError::Body(error))
        }
        Err(error) => Err(error),
    });
    events.boxed()
}

fn is_too_large(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<Error>().is_some_and(|error| error.kind() == ErrorKind::TooLarge)
}

/// Bytes up to an event that is too large.
struct Limited {
    body: HttpBody,
    size: EventSize,
    max: usize,
    over: bool,
}

impl Stream for Limited {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let polled = Pin::new(&mut self.body).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &polled
            && self.size.after(bytes) > self.max
        {
            self.over = true;
            let why = format!("an event of the server is larger than {} bytes", self.max);
            return Poll::Ready(Some(Err(Error::new(ErrorKind::TooLarge, why))));
        }
        polled
    }
}

/// The size of the current event: of all bytes since the last empty line.
#[derive(Default)]
struct EventSize {
    bytes: usize,
    line: usize,
    last: u8,
}

impl EventSize {
    /// The largest size while these bytes were taken.
    fn after(&mut self, bytes: &[u8]) -> usize {
        let mut largest = 0;
        for byte in bytes {
            match byte {
                // The second half of a line break.
                b'\n' if self.last == b'\r' => {}
                b'\n' | b'\r' => {
                    self.bytes = if self.line == 0 { 0 } else { self.bytes + 1 };
                    self.line = 0;
                }
                _ => {
                    self.line += 1;
                    self.bytes += 1;
                    largest = largest.max(self.bytes);
                }
            }
            self.last = *byte;
        }
        largest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_largest_event_in_any_pieces() {
        for (text, size) in [
            ("data: 1\n\ndata: 1234\n\n", 10),
            ("data: 1\r\n\r\ndata: 1234\r\n\r\n", 10),
            ("data: 1\r\rdata: 1234\r\r", 10),
            ("data: 1\ndata: 2\n\n", 15),
            ("\n\n\n", 0),
            ("data: 123456", 12),
        ] {
            for cut in 1..=text.len() {
                let mut found = EventSize::default();
                let pieces = text.as_bytes().chunks(cut);
                let largest = pieces.map(|piece| found.after(piece)).max().expect("a piece");
                assert_eq!(largest, size, "{text:?} in pieces of {cut}");
            }
        }
    }
}
