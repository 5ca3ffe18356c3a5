//! A part as a part of a message: texts, images, sounds, documents, and anything else as it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ek_core::{ContentPart, Media};
use serde_json::{Map, Value};

use super::keys::camel;
use crate::wire::dialect::json::{has_only, text_of};
use crate::wire::dialect::parts;

/// The part that this object is; its keys are camel case.
pub(super) fn part(object: Map<String, Value>) -> ContentPart {
    known(&object).unwrap_or_else(|| ContentPart::Raw(Value::Object(object)))
}

fn known(object: &Map<String, Value>) -> Option<ContentPart> {
    if object.contains_key("text") && has_only(object, &["text"]) {
        return object.get("text")?.as_str().map(ContentPart::text);
    }
    let inner = |key| {
        let alone = object.get(key).filter(|_| has_only(object, &[key]));
        Some(camel(alone?.as_object()?.clone()))
    };
    if let Some(data) = inner("inlineData").filter(|data| has_only(data, &["mimeType", "data"])) {
        return bytes(&text_of(&data, "mimeType"), &text_of(&data, "data"));
    }
    let file = inner("fileData").filter(|file| has_only(file, &["mimeType", "fileUri"]))?;
    let (kind, uri) = (text_of(&file, "mimeType"), text_of(&file, "fileUri"));
    // Files of the API are named by their URI.
    Some(match kind.split('/').next() {
        Some("image") => ContentPart::image_url(uri),
        Some("audio") => ContentPart::audio_url(uri),
        _ => ContentPart::file(Media::url(uri), None),
    })
}

fn bytes(media_type: &str, data: &str) -> Option<ContentPart> {
    match media_type.split_once('/') {
        Some(("image", _)) => Some(ContentPart::image(parts::base64(media_type, data)?)),
        Some(("audio", format)) => {
            Some(ContentPart::audio_bytes(format, BASE64.decode(data).ok()?))
        }
        _ => Some(ContentPart::file(parts::base64(media_type, data)?, None)),
    }
}
