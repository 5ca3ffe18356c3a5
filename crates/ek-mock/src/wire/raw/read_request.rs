//! Reads one HTTP/1 request from a peer that may stop anywhere.

use super::RawRequest;
use super::chunk_reader::read_chunks;
use super::no_request::NoRequest;
use super::peer::{ByteStream, Peer};
use super::request_head::{self, BodyFraming};

/// Longest head. A server would stop far earlier; here a test may want to see it whole.
const MAX_HEAD_BYTES: usize = 16 * 1024 * 1024;

const HEAD_END: &[u8] = b"\r\n\r\n";

pub(in crate::wire) async fn read_request<S: ByteStream>(
    peer: &mut Peer<'_, S>,
    connection: usize,
) -> Result<RawRequest, NoRequest> {
    let bytes = read_head(peer).await?;
    let head = request_head::parse(&bytes).map_err(NoRequest::Malformed)?;
    let body = match head.body {
        BodyFraming::Chunked => read_chunks(peer).await?,
        BodyFraming::Length(length) => match peer.take_exactly(length).await {
            Ok(body) => body,
            Err(closed) => {
                let got = peer.unread().len();
                let what = format!("the request ends after {got} of {length} bytes of its body");
                return Err(NoRequest::Incomplete(closed, what));
            }
        },
    };
    Ok(RawRequest {
        connection,
        method: head.method,
        target: head.target,
        headers: head.headers,
        body,
        head: bytes,
    })
}

async fn read_head<S: ByteStream>(peer: &mut Peer<'_, S>) -> Result<Vec<u8>, NoRequest> {
    let mut searched = 0;
    loop {
        let unread = peer.unread();
        // A TLS handshake on a plain port may never have an empty line: do not wait for one.
        if unread.first().is_some_and(|byte| !request_head::is_token_byte(*byte)) {
            return Err(NoRequest::Malformed("its first byte cannot begin a method"));
        }
        let found =
            unread[searched..].windows(HEAD_END.len()).position(|window| window == HEAD_END);
        if let Some(found) = found {
            return Ok(peer.take(searched + found + HEAD_END.len()));
        }
        let got = unread.len();
        if got > MAX_HEAD_BYTES {
            return Err(NoRequest::Malformed("its head has no end"));
        }
        searched = got.saturating_sub(HEAD_END.len() - 1);
        if let Err(closed) = peer.fill().await {
            return Err(match got {
                0 => NoRequest::Ended(closed),
                _ => NoRequest::Incomplete(
                    closed,
                    format!("the request ends after {got} bytes of its head"),
                ),
            });
        }
    }
}
