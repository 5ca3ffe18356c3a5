//! Passes a request on to a real endpoint and its answer back, as it comes: the recorder's part of the
//! server.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use hyper::body::{Body as _, Bytes, Incoming};
use tokio::time::Instant;

use super::raw::closed::Ending;
use super::raw::peer::{ByteStream, Peer};
use super::raw::{chunk, response_head};
use super::{Closed, RawRequest};
use crate::cassette::{NoAnswer, Tape};

/// Answers one request; how the connection has ended, if it has.
///
/// # Errors
///
/// Why the endpoint has no answer; nothing is written then.
pub(super) async fn forward<S: ByteStream>(
    peer: &mut Peer<'_, S>,
    request: &RawRequest,
    tape: &Arc<Tape>,
) -> Result<Option<Ending>, NoAnswer> {
    let asked = Instant::now();
    let mut answer = match peer.unless_closed(tape.ask(request)).await {
        Err(closed) => return Ok(Some(closed.into())),
        Ok(Ok(answer)) => answer,
        Ok(Err(none)) => return Err(none),
    };
    let status = answer.status().as_u16();
    let mut take = tape.take(request, &answer, asked.elapsed());
    let bodiless = matches!(status, 204 | 304) || request.method == "HEAD";
    let framing = ("transfer-encoding", "chunked");
    let headers = take.headers().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers: Vec<(&str, &str)> = headers.chain((!bodiless).then_some(framing)).collect();
    if let Err(closed) = peer.write(&response_head(status, &headers)).await {
        return Ok(Some(closed.into()));
    }
    loop {
        match peer.unless_closed(next(answer.body_mut())).await {
            Err(closed) => return Ok(Some(closed.into())),
            Ok(None) => break,
            Ok(Some(Ok(bytes))) => {
                take.push(asked.elapsed(), &bytes);
                if bytes.is_empty() {
                    continue;
                }
                if let Err(closed) = peer.write(&chunk(&bytes)).await {
                    return Ok(Some(closed.into()));
                }
            }
            // As the endpoint did: the last chunk is missing.
            Ok(Some(Err(()))) => {
                take.cut();
                peer.shut_down().await;
                return Ok(Some(Closed::ByServer.into()));
            }
        }
    }
    take.finish();
    if bodiless {
        return Ok(None);
    }
    Ok(peer.write(&chunk("")).await.err().map(Ending::from))
}

/// The next bytes of a body, trailers left out.
async fn next(body: &mut Incoming) -> Option<Result<Bytes, ()>> {
    loop {
        let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
        match frame.map(hyper::body::Frame::into_data) {
            Ok(Ok(bytes)) => return Some(Ok(bytes)),
            Ok(Err(_)) => {}
            Err(_) => return Some(Err(())),
        }
    }
}
