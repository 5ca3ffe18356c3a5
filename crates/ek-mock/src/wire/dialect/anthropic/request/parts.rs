//! A block as a part of a message: texts, images, documents, and anything else as it is.

use ek_core::{CacheMark, ContentPart, Media};
use serde_json::{Map, Value};

use crate::wire::dialect::json::{has_only, taken};
use crate::wire::dialect::parts;

/// The part that a block is, and the mark on it.
pub(super) fn part(mut block: Map<String, Value>) -> (ContentPart, Option<CacheMark>) {
    let mark = take_mark(&mut block);
    let part = known(&block).unwrap_or_else(|| ContentPart::Raw(Value::Object(block)));
    (part, mark)
}

/// Takes the mark off a block.
pub(super) fn take_mark(block: &mut Map<String, Value>) -> Option<CacheMark> {
    taken(block, "cache_control", super::mark)
}

fn known(block: &Map<String, Value>) -> Option<ContentPart> {
    let text = |key| block.get(key).and_then(Value::as_str).map(str::to_owned);
    match block.get("type")?.as_str()? {
        "text" if has_only(block, &["type", "text"]) => text("text").map(ContentPart::Text),
        "image" if has_only(block, &["type", "source"]) => {
            Some(ContentPart::image(medium(block.get("source")?)?))
        }
        "document" if has_only(block, &["type", "source", "title", "citations"]) => {
            let enabled = block.get("citations").and_then(|wish| wish.get("enabled"));
            let document = ContentPart::file(medium(block.get("source")?)?, text("title"));
            Some(document.with_citations(enabled == Some(&Value::Bool(true))))
        }
        _ => None,
    }
}

fn medium(source: &Value) -> Option<Media> {
    let text = |key| source.get(key).and_then(Value::as_str);
    match text("type")? {
        "base64" => parts::base64(text("media_type")?, text("data")?),
        "text" => Some(Media::bytes(text("media_type")?, text("data")?.to_owned())),
        "url" => Some(Media::url(text("url")?)),
        "file" => Some(Media::file_id(text("file_id")?)),
        _ => None,
    }
}
