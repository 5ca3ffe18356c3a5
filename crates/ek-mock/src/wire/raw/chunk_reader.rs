//! Reads a request body in chunked coding (RFC 9112, 7.1). Trailers are read over.

use super::no_request::NoRequest;
use super::peer::{ByteStream, Peer};

/// Longest chunk size line or trailer.
const MAX_LINE_BYTES: usize = 8 * 1024;

pub(super) async fn read_chunks<S: ByteStream>(
    peer: &mut Peer<'_, S>,
) -> Result<Vec<u8>, NoRequest> {
    let mut body = Vec::new();
    loop {
        let size = size_of(&read_line(peer, body.len()).await?)?;
        if size == 0 {
            while !read_line(peer, body.len()).await?.is_empty() {}
            return Ok(body);
        }
        match peer.take_exactly(size).await {
            Ok(chunk) => body.extend(chunk),
            Err(closed) => {
                let got = body.len() + peer.unread().len();
                return Err(NoRequest::in_chunks(closed, got));
            }
        }
        if !read_line(peer, body.len()).await?.is_empty() {
            return Err(NoRequest::Malformed("a chunk is longer than its size says"));
        }
    }
}

/// Reads a line and takes its end away.
async fn read_line<S: ByteStream>(
    peer: &mut Peer<'_, S>,
    body_so_far: usize,
) -> Result<Vec<u8>, NoRequest> {
    loop {
        let end = peer.unread().windows(2).position(|pair| pair == b"\r\n");
        if let Some(end) = end {
            let line = peer.take(end);
            peer.take(2);
            return Ok(line);
        }
        if peer.unread().len() > MAX_LINE_BYTES {
            return Err(NoRequest::Malformed("a line in the chunked body has no end"));
        }
        if let Err(closed) = peer.fill().await {
            return Err(NoRequest::in_chunks(closed, body_so_far));
        }
    }
}

fn size_of(line: &[u8]) -> Result<usize, NoRequest> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
    let digits = digits.trim_ascii_end();
    std::str::from_utf8(digits)
        .ok()
        // `from_str_radix` alone would take a plus sign.
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or(NoRequest::Malformed("a chunk size is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_size_is_hexadecimal_and_may_have_extensions() {
        for (line, size) in [("0", 0), ("1a", 26), ("FF", 255), ("a;name=value", 10), ("a ", 10)] {
            assert_eq!(size_of(line.as_bytes()).ok(), Some(size), "{line:?}");
        }
        for line in ["", "+1", "-1", "0x1", "g", " 1", "fffffffffffffffff"] {
            assert!(size_of(line.as_bytes()).is_err(), "{line:?}");
        }
    }
}
