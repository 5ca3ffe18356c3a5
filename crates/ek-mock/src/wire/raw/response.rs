//! Bytes of HTTP responses: the right ones, as a start for tests that send wrong ones.

/// A complete response, with a content-length unless `headers` frame the body themselves or the
/// status allows no body (1xx, 204, 304 with an empty one).
///
/// Nothing is checked: a status of 99 or a header with a line break goes out as it is.
///
/// ```
/// use ek_mock::wire::response;
///
/// let bytes = response(429, &[("retry-after", "2")], "slow down");
/// assert_eq!(
///     bytes,
///     b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\ncontent-length: 9\r\n\r\nslow down"
/// );
/// ```
pub fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len().to_string();
    let mut all = headers.to_vec();
    if wants_length(status, headers, body.len()) {
        all.push(("content-length", &length));
    }
    let mut bytes = response_head(status, &all);
    bytes.extend_from_slice(body);
    bytes
}

/// Whether a response needs a content-length: its headers do not frame the body, and the status allows one.
pub(in crate::wire) fn wants_length(status: u16, headers: &[(&str, &str)], length: usize) -> bool {
    let is_framing = |name: &str| {
        name.eq_ignore_ascii_case("content-length")
            || name.eq_ignore_ascii_case("transfer-encoding")
    };
    let bodiless = length == 0 && matches!(status, 100..=199 | 204 | 304);
    !bodiless && !headers.iter().any(|(name, _)| is_framing(name))
}

/// A response head without a content-length of its own: what follows is the body until the end of
/// the connection, unless `headers` say otherwise.
pub fn response_head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status:03} {}\r\n", reason(status));
    for (name, value) in headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// A body in chunked coding, last chunk included. Empty pieces are left out, since an empty chunk is
/// the last one.
///
/// ```
/// use ek_mock::wire::{chunked, response};
///
/// let body = chunked(["data: 1\n\n", "data: [DONE]\n\n"]);
/// let bytes = response(200, &[("transfer-encoding", "chunked")], body);
/// ```
pub fn chunked<I>(pieces: I) -> Vec<u8>
where
    I: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut body = Vec::new();
    for piece in pieces {
        if !piece.as_ref().is_empty() {
            body.extend(chunk(piece));
        }
    }
    body.extend(chunk(""));
    body
}

/// One chunk of a body in chunked coding: for bodies that are cut before the last chunk, which is
/// `chunk("")`.
pub fn chunk(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The usual reason of the statuses that model servers send. Clients must not depend on it, so an
/// unusual status has none.
fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        101 => "Switching Protocols",
        103 => "Early Hints",
        200 => "OK",
        204 => "No Content",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("an ASCII response")
    }

    #[test]
    fn a_content_length_is_added_only_where_nothing_frames_the_body() {
        for (status, headers, body, expected) in [
            (200, vec![], "", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
            (
                200,
                vec![("Content-Length", "10")],
                "four",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour",
            ),
            (
                529,
                vec![("Transfer-Encoding", "chunked")],
                "0\r\n\r\n",
                "HTTP/1.1 529 \r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
            (204, vec![], "", "HTTP/1.1 204 No Content\r\n\r\n"),
            (99, vec![], "x", "HTTP/1.1 099 \r\ncontent-length: 1\r\n\r\nx"),
        ] {
            assert_eq!(text(response(status, &headers, body)), expected);
        }
    }

    #[test]
    fn a_chunked_body_ends_with_one_empty_chunk() {
        assert_eq!(
            text(chunked(["four", "", "sixteen letters."])),
            "4\r\nfour\r\n10\r\nsixteen letters.\r\n0\r\n\r\n"
        );
        assert_eq!(text(chunked::<[&str; 0]>([])), "0\r\n\r\n");
    }
}
