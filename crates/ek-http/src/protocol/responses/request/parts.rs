//! The parts of a content: texts, images, files.

use ek_core::{Content, ContentPart, Error, ErrorKind, Media, Result};
use serde_json::Value;

use super::PROTOCOL;
use crate::json::list::List;
use crate::json::object::Object;
use crate::json::write;
use crate::protocol::media_url::{filename_of, known, url_of};
use crate::protocol::unwritable;
use crate::telemetry::left_out;

/// Writes a content as a text or as a list of parts. `text_type`: the type of a text part.
///
/// # Errors
/// `Unsupported` for a part that the API does not take there.
pub(super) fn write(content: &Content, text_type: &str, out: &mut Vec<u8>) -> Result<()> {
    if let Content::Text(text) = content {
        write::write(text, out);
        return Ok(());
    }
    let mut parts = Parts { list: List::begin(out), text_type };
    match content {
        Content::Text(_) | Content::Other(Value::Null) => {}
        Content::Parts(list) => {
            for part in list {
                parts.part(part)?;
            }
        }
        Content::Other(Value::Array(items)) => {
            for item in items {
                parts.raw(item)?;
            }
        }
        Content::Other(value) => parts.raw(value)?,
        _ => return unsupported("a content of a kind that is not known here"),
    }
    parts.list.end();
    Ok(())
}

struct Parts<'o> {
    list: List<'o>,
    text_type: &'o str,
}

impl Parts<'_> {
    fn begin(&mut self) -> Object<'_> {
        Object::begin(self.list.item())
    }

    fn text(&mut self, text: &str) {
        let kind = self.text_type;
        let mut object = self.begin();
        object.text("type", kind);
        object.text("text", text);
        object.end();
    }

    fn part(&mut self, part: &ContentPart) -> Result<()> {
        match part {
            ContentPart::Text(text) => self.text(text),
            ContentPart::CachePoint(_) => left_out(&PROTOCOL, "messages.content.cache"),
            ContentPart::Raw(value) => self.raw(value)?,
            ContentPart::Audio { .. } => return unsupported("audio"),
            _ if self.text_type == "output_text" => {
                return unsupported("images and files in a turn of the model");
            }
            ContentPart::Image { source, detail, .. } => self.image(source, detail.as_deref()),
            ContentPart::File { source, filename, citations, .. } => {
                if *citations {
                    left_out(&PROTOCOL, "messages.content.citations");
                }
                self.file(source, filename.as_deref())?;
            }
            _ => return unsupported("a part of a kind that is not known here"),
        }
        Ok(())
    }

    fn image(&mut self, source: &Media, detail: Option<&str>) {
        let mut object = self.begin();
        object.text("type", "input_image");
        match source {
            Media::FileId(id) => object.text("file_id", id),
            source => object.text("image_url", &url_of(source).unwrap_or_default()),
        }
        object.text("detail", detail.unwrap_or("auto"));
        object.end();
    }

    fn file(&mut self, source: &Media, filename: Option<&str>) -> Result<()> {
        if let Media::Bytes { media_type, .. } = source {
            match known(media_type).split('/').next().unwrap_or_default() {
                "image" => {
                    self.image(source, None);
                    return Ok(());
                }
                "audio" | "video" => {
                    return unsupported(&format!("a file of the type `{media_type}`"));
                }
                _ => {}
            }
        }
        let mut filename = filename;
        let mut object = self.begin();
        object.text("type", "input_file");
        match source {
            Media::FileId(id) => object.text("file_id", id),
            source => {
                let url = url_of(source).unwrap_or_default();
                let key = if url.starts_with("data:") { "file_data" } else { "file_url" };
                object.text(key, &url);
                filename = filename.or_else(|| filename_of(source));
            }
        }
        if let Some(filename) = filename {
            object.text("filename", filename);
        }
        object.end();
        Ok(())
    }

    /// Writes JSON of the caller's as it is. The shapes of chat completions are no parts.
    fn raw(&mut self, value: &Value) -> Result<()> {
        let text = |key| value.get(key).and_then(Value::as_str);
        match (value, text("type")) {
            (Value::String(said), _) => self.text(said),
            (_, Some("text")) => self.text(text("text").unwrap_or_default()),
            (_, Some("refusal")) if self.text_type != "output_text" => {
                self.text(text("refusal").unwrap_or_default());
            }
            (_, Some(kind))
                if ["image_url", "file"].contains(&kind)
                    || kind.contains("audio")
                    || kind.contains("video") =>
            {
                return unsupported(&format!("a part of the type `{kind}`"));
            }
            (Value::Object(_), Some(_)) => {
                serde_json::to_writer(self.list.item(), value).map_err(unwritable)?;
            }
            _ => self.text(&value.to_string()),
        }
        Ok(())
    }
}

fn unsupported<T>(what: &str) -> Result<T> {
    let message = format!("the Responses API has no counterpart for {what}");
    Err(Error::new(ErrorKind::Unsupported, message))
}
