//! A block as a part of a message: texts, images, documents, and anything else as it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ek_core::{CacheMark, ContentPart, Media};
use serde_json::{Map, Value};

use super::has_only;

/// The part that a block is, and the mark on it.
pub(super) fn part(mut block: Map<String, Value>) -> (ContentPart, Option<CacheMark>) {
    let mark = take_mark(&mut block);
    let part = known(&block).unwrap_or_else(|| ContentPart::Raw(Value::Object(block)));
    (part, mark)
}

/// Takes the mark off a block.
pub(super) fn take_mark(block: &mut Map<String, Value>) -> Option<CacheMark> {
    super::taken(block, "cache_control", super::mark)
}

fn known(block: &Map<String, Value>) -> Option<ContentPart> {
    let text = |key| block.get(key).and_then(Value::as_str).map(str::to_owned);
    match block.get("type")?.as_str()? {
        "text" if has_only(block, &["type", "text"]) => text("text").map(ContentPart::Text),
        "image" if has_only(block, &["type", "source"]) => {
            let mut image = ContentPart::image_file_id("");
            if let ContentPart::Image { source, .. } = &mut image {
                *source = medium(block.get("source")?)?;
            }
            Some(image)
        }
        "document" if has_only(block, &["type", "source", "title", "citations"]) => {
            let mut document = ContentPart::file_id("");
            if let ContentPart::File { source, filename, citations, .. } = &mut document {
                *source = medium(block.get("source")?)?;
                *filename = text("title");
                let enabled = block.get("citations").and_then(|wish| wish.get("enabled"));
                *citations = enabled == Some(&Value::Bool(true));
            }
            Some(document)
        }
        _ => None,
    }
}

fn medium(source: &Value) -> Option<Media> {
    let text = |key| source.get(key).and_then(Value::as_str);
    match text("type")? {
        "base64" => Some(Media::bytes(text("media_type")?, BASE64.decode(text("data")?).ok()?)),
        "text" => Some(Media::bytes(text("media_type")?, text("data")?.to_owned())),
        "url" => Some(Media::url(text("url")?)),
        "file" => Some(Media::file_id(text("file_id")?)),
        _ => None,
    }
}
