//! The parts of a content: texts, images, sounds, documents.

use std::borrow::Cow;

use ek_core::{Content, ContentPart, Media, Result};
use serde_json::Value;

use super::{PROTOCOL, unsupported};
use crate::json::list::List;
use crate::json::object::Object;
use crate::protocol::media_url::url_of;
use crate::protocol::unwritable;
use crate::telemetry::left_out;

/// A list of parts in the making.
pub(super) struct Parts<'o> {
    list: List<'o>,
}

impl<'o> Parts<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        Self { list: List::begin(out) }
    }

    /// Ends the list; false if it is empty.
    pub(super) fn end(self) -> bool {
        let has_parts = !self.list.is_empty();
        self.list.end();
        has_parts
    }

    /// Begins a part, which is an object: it is to be written next.
    pub(super) fn open(&mut self) -> &mut Vec<u8> {
        self.list.item()
    }

    /// Adds a content.
    ///
    /// # Errors
    /// `Unsupported` for a part that the API has no counterpart for.
    pub(super) fn content(&mut self, content: &Content) -> Result<()> {
        match content {
            Content::Text(text) => self.text(text),
            Content::Parts(parts) => parts.iter().try_for_each(|part| self.part(part))?,
            Content::Other(Value::Null) => {}
            Content::Other(Value::Array(items)) => {
                items.iter().try_for_each(|item| self.raw(item))?;
            }
            Content::Other(value) => self.raw(value)?,
            _ => return Err(unsupported("a content of a kind that is not known here")),
        }
        Ok(())
    }

    /// Adds a part.
    ///
    /// # Errors
    /// As [`content`](Self::content).
    pub(super) fn part(&mut self, part: &ContentPart) -> Result<()> {
        match part {
            ContentPart::Text(text) => self.text(text),
            ContentPart::Image { source, detail, .. } => {
                if detail.is_some() {
                    left_out(&PROTOCOL, "image.detail");
                }
                self.medium(source, None);
            }
            ContentPart::Audio { source, .. } => self.medium(source, None),
            ContentPart::File { source, filename, citations, .. } => {
                if *citations {
                    left_out(&PROTOCOL, "file.citations");
                }
                self.medium(source, filename.as_deref());
            }
            ContentPart::CachePoint(_) => left_out(&PROTOCOL, "cache"),
            ContentPart::Raw(value) => self.raw(value)?,
            _ => return Err(unsupported("a part of a kind that is not known here")),
        }
        Ok(())
    }

    /// Adds a text, unless it is empty: the API refuses those.
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            let mut object = Object::begin(self.open());
            object.text("text", text);
            object.end();
        }
    }

    /// Adds JSON of the caller's as it is. The shapes of chat completions are no parts.
    fn raw(&mut self, value: &Value) -> Result<()> {
        let text = |key| value.get(key).and_then(Value::as_str);
        match (value, text("type")) {
            (Value::String(said), _) => self.text(said),
            (_, Some("text")) => self.text(text("text").unwrap_or_default()),
            (_, Some("refusal")) => self.text(text("refusal").unwrap_or_default()),
            (_, Some(kind)) => return Err(unsupported(&format!("a part of the type `{kind}`"))),
            (Value::Object(_), None) => {
                serde_json::to_writer(self.open(), value).map_err(unwritable)?;
            }
            _ => self.text(&value.to_string()),
        }
        Ok(())
    }

    /// Adds a medium: its bytes, or where it is.
    fn medium(&mut self, source: &Media, filename: Option<&str>) {
        let url = match source {
            Media::FileId(uri) => Cow::Borrowed(uri.as_str()),
            other => url_of(other).unwrap_or_default(),
        };
        let mut part = Object::begin(self.open());
        match url.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
            Some((media_type, data)) => {
                let mut object = Object::begin(part.key("inlineData"));
                object.text("mimeType", media_type);
                object.text("data", data);
                object.end();
            }
            None => {
                let mut object = Object::begin(part.key("fileData"));
                object.text("fileUri", &url);
                if let Some(kind) = media_type(&url).or_else(|| media_type(filename?)) {
                    object.text("mimeType", kind);
                }
                object.end();
            }
        }
        part.end();
    }
}

/// The media type of a file by the extension of its name. Vertex AI requires the type.
fn media_type(name: &str) -> Option<&'static str> {
    const TYPES: [(&str, &str); 21] = [
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("heic", "image/heic"),
        ("heif", "image/heif"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("csv", "text/csv"),
        ("json", "application/json"),
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("ogg", "audio/ogg"),
        ("flac", "audio/flac"),
        ("aac", "audio/aac"),
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("webm", "video/webm"),
    ];
    let name = name.split(['?', '#']).next().unwrap_or_default();
    let (_, ending) = name.rsplit('/').next()?.rsplit_once('.')?;
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    known.map(|(_, media_type)| *media_type)
}
