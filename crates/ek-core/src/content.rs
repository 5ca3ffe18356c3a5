//! What a message says: text, or parts of several kinds.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::CacheMark;
use crate::obscure;
use crate::tagged::Tagged;

/// The type of a mark among the parts, in transcripts.
const CACHE_POINT: &str = "cache_point";

/// The content of a [`Message`](crate::Message).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Text, images, audio and files in order.
    Parts(Vec<ContentPart>),
    /// Anything else a transcript may hold there (`null`, an object), kept as it is.
    Other(Value),
}

impl Content {
    /// All text in it, in order, joined without a separator.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parts(parts) => parts.iter().filter_map(ContentPart::as_text).collect(),
            Self::Other(_) => String::new(),
        }
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<ContentPart>> for Content {
    fn from(parts: Vec<ContentPart>) -> Self {
        Self::Parts(parts)
    }
}

impl<const N: usize> From<[ContentPart; N]> for Content {
    fn from(parts: [ContentPart; N]) -> Self {
        Self::Parts(parts.into())
    }
}

/// One part of a message's content.
///
/// A part read from JSON that is not exactly one of the known shapes stays [`Raw`](Self::Raw), so that
/// it is written as it was read.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentPart {
    /// Text.
    Text(String),
    /// An image, as an `https:` or `data:` URL.
    Image {
        /// Where the image is.
        url: String,
        /// How closely to look: `low`, `high` or `auto`.
        detail: Option<String>,
    },
    /// Sound, base64-encoded.
    Audio {
        /// The encoded bytes.
        data: String,
        /// The format by name, such as `wav` or `mp3`.
        format: String,
    },
    /// A document, as a `data:` URL (or, where a server takes it, another URL).
    File {
        /// The document.
        data: String,
        /// Its name.
        filename: Option<String>,
    },
    /// Asks the provider to cache the prompt up to the end of the part before it. Protocols without such
    /// marks leave it out.
    CachePoint(CacheMark),
    /// Any other JSON, sent as it is.
    Raw(Value),
}

impl ContentPart {
    /// A text part.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An image by its URL.
    #[must_use]
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::Image { url: url.into(), detail: None }
    }

    /// An image from its bytes; `media_type` is like `image/png`.
    #[must_use]
    pub fn image_bytes(media_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self::image_url(data_url(media_type, bytes.as_ref()))
    }

    /// Sound from its bytes; `format` is like `wav` or `mp3`.
    #[must_use]
    pub fn audio_bytes(format: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Audio { data: BASE64.encode(bytes), format: format.into() }
    }

    /// Sound by its URL, in the `audio_url` form that vLLM and others take.
    #[must_use]
    pub fn audio_url(url: impl Into<String>) -> Self {
        Self::Raw(json!({"type": "audio_url", "audio_url": {"url": url.into()}}))
    }

    /// A document from its bytes; `media_type` is like `application/pdf`.
    #[must_use]
    pub fn file_bytes(
        filename: impl Into<String>,
        media_type: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        Self::File { data: data_url(media_type, bytes.as_ref()), filename: Some(filename.into()) }
    }

    /// A document by its URL, for servers that fetch it (OpenRouter does).
    #[must_use]
    pub fn file_url(filename: impl Into<String>, url: impl Into<String>) -> Self {
        Self::File { data: url.into(), filename: Some(filename.into()) }
    }

    /// The text of a text part.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Raw(value) if value.get("type").is_some_and(|t| t == "text") => {
                value.get("text")?.as_str()
            }
            _ => None,
        }
    }

    /// Whether the part is text, or nothing that the message says.
    pub(crate) fn is_text_or_mark(&self) -> bool {
        matches!(self, Self::CachePoint(_)) || self.as_text().is_some()
    }
}

fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut url = format!("data:{media_type};base64,");
    BASE64.encode_string(bytes, &mut url);
    url
}

/// The texts of an inner object; one that is not there is left out.
struct Texts<'a>([(&'static str, Option<&'a str>); 2]);

impl Serialize for Texts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, text) in &self.0 {
            if let Some(text) = text {
                map.serialize_entry(key, text)?;
            }
        }
        map.end()
    }
}

impl Serialize for ContentPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, texts) = match self {
            Self::Text(text) => return Tagged("text", text).serialize(serializer),
            Self::Image { url, detail } => {
                ("image_url", [("url", Some(url.as_str())), ("detail", detail.as_deref())])
            }
            Self::Audio { data, format } => {
                ("input_audio", [("data", Some(data.as_str())), ("format", Some(format.as_str()))])
            }
            Self::File { data, filename } => {
                ("file", [("file_data", Some(data.as_str())), ("filename", filename.as_deref())])
            }
            Self::CachePoint(mark) => return cache_point(*mark, serializer),
            Self::Raw(value) => return value.serialize(serializer),
        };
        Tagged(kind, Texts(texts)).serialize(serializer)
    }
}

/// A mark among the parts, for transcripts.
fn cache_point<S: Serializer>(mark: CacheMark, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("type", CACHE_POINT)?;
    if let Some(ttl) = mark.ttl_text() {
        map.serialize_entry("ttl", &ttl)?;
    }
    map.end()
}

/// A part of a known shape, whatever else is in it.
fn known(part: &Value) -> Option<ContentPart> {
    let kind = part.get("type")?.as_str()?;
    if kind == CACHE_POINT {
        return CacheMark::from_object(part.as_object()?, 1).map(ContentPart::CachePoint);
    }
    let inner = part.get(kind)?;
    let text = |key| inner.get(key).and_then(Value::as_str).map(str::to_owned);
    Some(match kind {
        "text" => ContentPart::Text(inner.as_str()?.to_owned()),
        "image_url" => ContentPart::Image { url: text("url")?, detail: text("detail") },
        "input_audio" => ContentPart::Audio { data: text("data")?, format: text("format")? },
        "file" => ContentPart::File { data: text("file_data")?, filename: text("filename") },
        _ => return None,
    })
}

impl From<Value> for ContentPart {
    fn from(value: Value) -> Self {
        let part = known(&value);
        // Anything more than the shape holds would be lost: such a part stays as it came.
        let whole = |part: &Self| serde_json::to_value(part).is_ok_and(|written| written == value);
        part.filter(whole).unwrap_or(Self::Raw(value))
    }
}

impl<'de> Deserialize<'de> for ContentPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Parts(parts) => parts.serialize(serializer),
            Self::Other(value) => value.serialize(serializer),
        }
    }
}

impl From<Value> for Content {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Array(parts) => Self::Parts(parts.into_iter().map(ContentPart::from).collect()),
            other => Self::Other(other),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&obscure::text(text)).finish(),
            Self::Parts(parts) => f.debug_tuple("Parts").field(parts).finish(),
            Self::Other(_) => f.write_str("Other"),
        }
    }
}

impl fmt::Debug for ContentPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, length) = match self {
            Self::Text(text) => ("Text", text.len()),
            Self::Image { url, .. } => ("Image", url.len()),
            Self::Audio { data, .. } => ("Audio", data.len()),
            Self::File { data, .. } => ("File", data.len()),
            Self::CachePoint(mark) => return mark.fmt(f),
            Self::Raw(_) => return f.write_str("Raw"),
        };
        f.debug_tuple(name).field(&obscure::Bytes(length)).finish()
    }
}
