//! Parts of a message, whatever protocol they come from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ek_core::{Content, ContentPart, Media};

/// A content: a lone text is a text, anything else a list.
pub(super) fn content(mut parts: Vec<ContentPart>) -> Content {
    match parts.as_mut_slice() {
        [ContentPart::Text(text)] => Content::Text(std::mem::take(text)),
        _ => Content::Parts(parts),
    }
}

/// Bytes in base64; `None` if they are not.
pub(super) fn base64(media_type: &str, data: &str) -> Option<Media> {
    Some(Media::bytes(media_type, BASE64.decode(data).ok()?))
}
