//! A content: a text, or parts such as texts, images and files; anything else is kept as it is.

use ek_core::{Content, ContentPart, Media};
use serde_json::{Map, Value};

use crate::wire::dialect::json::{has_only, text, text_of};
use crate::wire::dialect::parts;

pub(super) fn content(value: &Value) -> Content {
    match value {
        Value::String(text) => Content::Text(text.clone()),
        Value::Array(items) => parts::content(items.iter().map(part).collect()),
        other => Content::Other(other.clone()),
    }
}

/// The texts of the model's message, with nothing between them, whatever else its parts have.
pub(super) fn said(value: &Value) -> String {
    let Some(parts) = value.as_array() else { return text(value).unwrap_or_default() };
    let is_text = |part: &&Value| {
        let kind = part.get("type").and_then(Value::as_str);
        matches!(kind, Some("output_text" | "text"))
    };
    let texts = parts.iter().filter(is_text);
    texts.filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
}

fn part(value: &Value) -> ContentPart {
    let known = || {
        let mut object = value.as_object()?.clone();
        object.retain(|_, value| !value.is_null());
        known(&object)
    };
    known().unwrap_or_else(|| ContentPart::Raw(value.clone()))
}

fn known(object: &Map<String, Value>) -> Option<ContentPart> {
    let word = |key| object.get(key).and_then(Value::as_str);
    let url = |key| word(key).map(Media::url);
    let file_id = || word("file_id").map(Media::file_id);
    match word("type")? {
        "input_text" | "output_text" if has_only(object, &["type", "text"]) => {
            Some(ContentPart::text(text_of(object, "text")))
        }
        "input_image" if has_only(object, &["type", "image_url", "file_id", "detail"]) => {
            let image = ContentPart::image(url("image_url").or_else(file_id)?);
            // What a client sends that asks for nothing.
            let detail = word("detail").filter(|detail| *detail != "auto");
            Some(match detail {
                Some(detail) => image.with_detail(detail),
                None => image,
            })
        }
        "input_file"
            if has_only(object, &["type", "file_data", "file_url", "file_id", "filename"]) =>
        {
            let medium = url("file_data").or_else(|| url("file_url")).or_else(file_id)?;
            Some(ContentPart::file(medium, word("filename").map(str::to_owned)))
        }
        _ => None,
    }
}
