//! The body of a success that can be read: no encoding is asked for, so none is undone.
//!
//! A head that names an encoding proves little: gateways that decompress an answer and pass its headers on
//! name one that the body does not have, and others give the character set there. So the beginning of the
//! body decides.

use std::future::poll_fn;

use bytes::Bytes;
use hyper::body::Incoming;

use crate::transport::{AnswerBody, Paced};

/// A body, of which the beginning may have been read.
pub(crate) struct Opened {
    /// Empty if nothing has been read.
    pub(crate) first: Bytes,
    pub(crate) rest: Incoming,
}

/// The first bytes of a body; none if it ends before.
pub(super) async fn first_bytes(body: impl AnswerBody) -> hyper::Result<Bytes> {
    let mut body = Paced::new(body);
    while let Some(frame) = poll_fn(|cx| body.poll_frame(cx)).await {
        let data = frame?.into_data().unwrap_or_default();
        if !data.is_empty() {
            return Ok(data);
        }
    }
    Ok(Bytes::new())
}

/// Whether bytes may be the beginning of a text: every encoding breaks a rule of UTF-8, or has control
/// characters, within its first bytes.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // A character may be cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.contains(|c: char| c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_first_bytes_and_so_is_an_encoding() {
        let text = "\u{feff}{\"a\":\r\n\t\"ä\"}".as_bytes();
        for end in 0..=text.len() {
            assert!(is_text(&text[..end]), "{end}");
        }
        for encoded in [
            &b"\x1f\x8b\x08"[..], // gzip
            b"\x1f",
            b"x\x9c\xab",        // deflate
            b"\x28\xb5\x2f\xfd", // zstd
            b"\x0b\x02\x80{}",   // brotli
            b"{\0",
        ] {
            assert!(!is_text(encoded), "{encoded:?}");
        }
    }
}
