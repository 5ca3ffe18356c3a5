//! What the head of an answer says about its transport: how the body ends, and whether it is too large.

use hyper::http::HeaderMap;

/// Whether an answer's body ends only where the connection ends, so that a cut looks like an end.
pub(crate) fn ends_with_connection(version: hyper::Version, headers: &HeaderMap) -> bool {
    let codings = headers.get_all(hyper::header::TRANSFER_ENCODING).iter().next_back();
    // Only chunks have an end of their own, and they win over a length (RFC 9112, section 6.3).
    let has_end = match codings {
        Some(codings) => {
            let last = codings.as_bytes().rsplit(|byte| *byte == b',').next().unwrap_or_default();
            last.trim_ascii().eq_ignore_ascii_case(b"chunked")
        }
        None => headers.contains_key(hyper::header::CONTENT_LENGTH),
    };
    version < hyper::Version::HTTP_2 && !has_end
}

/// The largest head of an answer that is read over HTTP/2, in bytes. It is more than is taken
/// ([`is_head_too_large`]), so that a head that is too large differs from one that breaks the rules.
#[cfg(feature = "http2")]
pub(super) const MAX_HTTP2_HEAD: u32 = 1024 * 1024;

/// Whether the head of an answer is larger than hyper takes over HTTP/1, where it never gets here.
pub(crate) fn is_head_too_large(headers: &HeaderMap) -> bool {
    const MAX_HEADERS: usize = 100;
    const MAX_BYTES: usize = 8 * 1024 + MAX_HEADERS * 4 * 1024;
    let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.len() > MAX_HEADERS || bytes.sum::<usize>() > MAX_BYTES
}
