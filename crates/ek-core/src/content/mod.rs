//! What a message says: text, or parts of several kinds.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde_json::Value;

use crate::CacheMark;
use crate::debug_text;

mod media;
mod shape;

pub use media::Media;

/// The content of a [`Message`](crate::Message).
///
/// ```
/// use ek_core::{Content, ContentPart, Message};
///
/// let plain = Message::user("What is this?");
/// let parts = Message::user(vec![
///     ContentPart::text("What is this?"),
///     ContentPart::image_url("https://example.com/bowl.png"),
/// ]);
/// assert_eq!(plain.text(), parts.text());
/// assert!(matches!(parts.content, Some(Content::Parts(_))));
/// ```
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
    /// All text in it, in order, joined without a separator; copied only where there are several.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Parts(parts) => {
                let mut texts = parts.iter().filter_map(ContentPart::as_text);
                let first = Cow::from(texts.next().unwrap_or_default());
                texts.fold(first, |joined, text| joined + text)
            }
            Self::Other(_) => Cow::default(),
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
///
/// ```
/// use ek_core::{ContentPart, Message};
///
/// let message = Message::user(vec![
///     ContentPart::text("Compare the photograph with the report."),
///     ContentPart::image_bytes("image/png", b"\x89PNG...").with_detail("high"),
///     ContentPart::file_bytes("report.pdf", "application/pdf", b"%PDF-1.7..."),
/// ]);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentPart {
    /// Text.
    Text(String),
    /// An image.
    #[non_exhaustive]
    Image {
        /// Where the image is.
        source: Media,
        /// How closely to look: `low`, `high` or `auto`.
        detail: Option<String>,
    },
    /// Sound.
    #[non_exhaustive]
    Audio {
        /// Where the sound is.
        source: Media,
    },
    /// A document.
    #[non_exhaustive]
    File {
        /// Where the document is.
        source: Media,
        /// Its name.
        filename: Option<String>,
        /// Whether the model shall cite it, where the protocol can ask for that.
        citations: bool,
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

    /// An image, wherever it is.
    ///
    /// ```
    /// use ek_core::{ContentPart, Media};
    /// let uploaded = ContentPart::image(Media::file_id("file_1"));
    /// assert_eq!(uploaded, ContentPart::image_file_id("file_1"));
    /// ```
    #[must_use]
    pub fn image(source: Media) -> Self {
        Self::Image { source, detail: None }
    }

    /// An image by its URL; a `data:` URL is its bytes.
    #[doc(alias = "vision")]
    #[must_use]
    pub fn image_url(url: impl Into<String>) -> Self {
        Self::image(Media::url(url))
    }

    /// An image from its bytes; `media_type` is like `image/png`.
    #[doc(alias("vision", "photo"))]
    #[must_use]
    pub fn image_bytes(media_type: &str, bytes: impl AsRef<[u8]>) -> Self {
        Self::image(Media::bytes(media_type, copied(bytes)))
    }

    /// An image that was uploaded to the provider.
    #[must_use]
    pub fn image_file_id(id: impl Into<String>) -> Self {
        Self::image(Media::file_id(id))
    }

    /// Sound from its bytes; `format` is like `wav` or `mp3`.
    #[doc(alias = "speech")]
    #[must_use]
    pub fn audio_bytes(format: impl AsRef<str>, bytes: impl AsRef<[u8]>) -> Self {
        Self::Audio { source: Media::bytes(shape::audio_type(format.as_ref()), copied(bytes)) }
    }

    /// Sound by its URL; a `data:` URL is its bytes.
    #[must_use]
    pub fn audio_url(url: impl Into<String>) -> Self {
        Self::Audio { source: Media::url(url) }
    }

    /// A document, wherever it is.
    ///
    /// ```
    /// use ek_core::{ContentPart, Media};
    /// let uploaded = ContentPart::file(Media::file_id("file_1"), None);
    /// assert_eq!(uploaded, ContentPart::file_id("file_1"));
    /// ```
    #[must_use]
    pub fn file(source: Media, filename: Option<String>) -> Self {
        Self::File { source, filename, citations: false }
    }

    /// A document from its bytes; `media_type` is like `application/pdf`.
    #[doc(alias("pdf", "document"))]
    #[must_use]
    pub fn file_bytes(
        filename: impl Into<String>,
        media_type: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        Self::file(Media::bytes(media_type, copied(bytes)), Some(filename.into()))
    }

    /// A document by its URL, for servers that fetch it; a `data:` URL is its bytes.
    #[doc(alias("pdf", "document"))]
    #[must_use]
    pub fn file_url(filename: impl Into<String>, url: impl Into<String>) -> Self {
        Self::file(Media::url(url), Some(filename.into()))
    }

    /// A document that was uploaded to the provider.
    #[must_use]
    pub fn file_id(id: impl Into<String>) -> Self {
        Self::file(Media::file_id(id), None)
    }

    /// Sets how closely the model looks at an image: `low`, `high` or `auto`. Other parts stay as they
    /// are.
    #[must_use]
    pub fn with_detail(mut self, word: impl Into<String>) -> Self {
        if let Self::Image { detail, .. } = &mut self {
            *detail = Some(word.into());
        }
        self
    }

    /// Sets whether the model shall cite a document. Other parts stay as they are.
    #[must_use]
    pub fn with_citations(mut self, cite: bool) -> Self {
        if let Self::File { citations, .. } = &mut self {
            *citations = cite;
        }
        self
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

fn copied(bytes: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(bytes.as_ref())
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&debug_text::text(text)).finish(),
            Self::Parts(parts) => f.debug_tuple("Parts").field(parts).finish(),
            Self::Other(_) => f.write_str("Other"),
        }
    }
}

impl fmt::Debug for ContentPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(&debug_text::text(text)).finish(),
            Self::Image { source, .. } => f.debug_tuple("Image").field(source).finish(),
            Self::Audio { source } => f.debug_tuple("Audio").field(source).finish(),
            Self::File { source, .. } => f.debug_tuple("File").field(source).finish(),
            Self::CachePoint(mark) => mark.fmt(f),
            Self::Raw(_) => f.write_str("Raw"),
        }
    }
}
