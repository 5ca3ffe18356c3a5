//! The parts of a content as blocks: texts, images, documents.

use ek_core::{Content, ContentPart, Error, ErrorKind, Media, ProtocolName, Result};
use serde_json::Value;

use super::blocks::Blocks;
use crate::json::object::Object;
use crate::protocol::media_url::{known, url_of};
use crate::protocol::unwritable;
use crate::telemetry::left_out;

/// Writes a content as blocks.
///
/// # Errors
/// `Unsupported` for a part that the API has no block for.
pub(super) fn write(content: &Content, blocks: &mut Blocks<'_>) -> Result<()> {
    match content {
        Content::Text(text) => blocks.text(text),
        Content::Parts(parts) => {
            for part in parts {
                write_part(part, blocks)?;
            }
        }
        Content::Other(Value::Null) => {}
        Content::Other(Value::Array(items)) => {
            for item in items {
                write_raw(item, blocks)?;
            }
        }
        Content::Other(value) => write_raw(value, blocks)?,
        _ => return unsupported("a content of a kind that is not known here"),
    }
    Ok(())
}

fn write_part(part: &ContentPart, blocks: &mut Blocks<'_>) -> Result<()> {
    match part {
        ContentPart::Text(text) => blocks.text(text),
        ContentPart::Image { source, detail, .. } => {
            if detail.is_some() {
                left_out(&ProtocolName::AnthropicMessages, "messages.content.detail");
            }
            write_medium("image", source, blocks.open(), |_| {});
            blocks.close();
        }
        ContentPart::File { source, filename, citations, .. } => {
            write_document(source, filename.as_deref(), *citations, blocks)?;
        }
        ContentPart::CachePoint(mark) => blocks.mark(*mark),
        ContentPart::Raw(value) => write_raw(value, blocks)?,
        ContentPart::Audio { .. } => return unsupported("audio"),
        _ => return unsupported("a part of a kind that is not known here"),
    }
    Ok(())
}

/// Writes JSON of the caller's as it is. The shapes of chat completions are no blocks.
fn write_raw(value: &Value, blocks: &mut Blocks<'_>) -> Result<()> {
    const CHAT_SHAPES: [&str; 2] = ["image_url", "file"];
    let text = |key| value.get(key).and_then(Value::as_str);
    match (value, text("type")) {
        (Value::String(said), _) => blocks.text(said),
        (_, Some("text")) if text("text").is_some_and(|text| text.trim().is_empty()) => {}
        (_, Some("refusal")) => blocks.text(text("refusal").unwrap_or_default()),
        (_, Some(kind))
            if CHAT_SHAPES.contains(&kind) || kind.contains("audio") || kind.contains("video") =>
        {
            return unsupported(&format!("a part of the type `{kind}`"));
        }
        (Value::Object(_), Some(_)) => {
            serde_json::to_writer(blocks.open(), value).map_err(unwritable)?;
            blocks.close();
        }
        _ => blocks.text(&value.to_string()),
    }
    Ok(())
}

fn write_document(
    source: &Media,
    filename: Option<&str>,
    citations: bool,
    blocks: &mut Blocks<'_>,
) -> Result<()> {
    let kind = match source {
        Media::Bytes { media_type, .. } => {
            match known(media_type).split('/').next().unwrap_or_default() {
                "image" => "image",
                "audio" | "video" => {
                    return unsupported(&format!("a file of the type `{media_type}`"));
                }
                _ => "document",
            }
        }
        _ => "document",
    };
    write_medium(kind, source, blocks.open(), |object| {
        if let (Some(title), "document") = (filename, kind) {
            object.text("title", title);
        }
        if citations && kind == "document" {
            object.key("citations").extend_from_slice(br#"{"enabled":true}"#);
        }
    });
    blocks.close();
    Ok(())
}

/// Writes a block of a medium, and further keys.
fn write_medium(kind: &str, source: &Media, out: &mut Vec<u8>, more: impl FnOnce(&mut Object<'_>)) {
    let mut block = Object::begin(out);
    block.text("type", kind);
    let mut object = Object::begin(block.key("source"));
    match (source, text_of(kind, source)) {
        (_, Some(text)) => {
            object.text("type", "text");
            object.text("media_type", "text/plain");
            object.text("data", text);
        }
        (Media::FileId(id), _) => {
            object.text("type", "file");
            object.text("file_id", id);
        }
        // Bytes are a `data:` URL there.
        (other, _) => write_url(&url_of(other).unwrap_or_default(), &mut object),
    }
    object.end();
    more(&mut block);
    block.end();
}

/// A URL; a `data:` URL is its data.
fn write_url(url: &str, object: &mut Object<'_>) {
    let data = url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    match data {
        Some((media_type, data)) => {
            object.text("type", "base64");
            object.text("media_type", media_type);
            object.text("data", data);
        }
        None => {
            object.text("type", "url");
            object.text("url", url);
        }
    }
}

/// A document that is text, whatever its type: the API takes PDF and plain text alone.
fn text_of<'a>(kind: &str, source: &'a Media) -> Option<&'a str> {
    let Media::Bytes { media_type, data } = source else { return None };
    if kind != "document" || known(media_type) == "application/pdf" {
        return None;
    }
    std::str::from_utf8(data).ok().filter(|text| !text.contains('\0'))
}

fn unsupported<T>(what: &str) -> Result<T> {
    let message = format!("Anthropic's Messages API has no counterpart for {what}");
    Err(Error::new(ErrorKind::Unsupported, message))
}
