//! The content of a message as JSON: the OpenAI chat shape, with keys of its own in transcripts for what
//! that shape lacks.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Content, ContentPart, Media};
use crate::CacheMark;
use crate::openai_shape::Tagged;

/// The type of a mark among the parts, in transcripts.
const CACHE_POINT: &str = "cache_point";

/// The media type of a sound by the name of its format.
pub(super) fn audio_type(format: &str) -> String {
    let subtype = if format == "mp3" { "mpeg" } else { format };
    format!("audio/{subtype}")
}

/// The name of a sound's format by its media type: `mp3`, `wav`, or the subtype without parameters.
fn audio_format(media_type: &str) -> &str {
    let (essence, _) = media_type.split_once(';').unwrap_or((media_type, ""));
    match essence.trim() {
        "audio/mpeg" => "mp3",
        "audio/x-wav" => "wav",
        other => other.split_once('/').map_or(other, |(_, subtype)| subtype),
    }
}

/// An inner object of texts; one that is not there is left out.
struct Texts<'a>([(&'static str, Option<Cow<'a, str>>); 2]);

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

/// The key of a medium in its object, and its value there: a URL, or the id of a file.
fn place<'a>(source: &'a Media, url_key: &'static str) -> (&'static str, Option<Cow<'a, str>>) {
    match source {
        Media::FileId(id) => ("file_id", Some(id.into())),
        source => (url_key, source.to_url()),
    }
}

impl Serialize for ContentPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = ("", None);
        let (kind, texts) = match self {
            Self::Text(text) => return Tagged("text", text).serialize(serializer),
            Self::Image { source, detail } => {
                let kind =
                    if matches!(source, Media::FileId(_)) { "image_file" } else { "image_url" };
                (kind, [place(source, "url"), ("detail", detail.as_deref().map(Into::into))])
            }
            Self::Audio { source: Media::Bytes { media_type, data } } => {
                let data = ("data", Some(BASE64.encode(data).into()));
                ("input_audio", [data, ("format", Some(audio_format(media_type).into()))])
            }
            Self::Audio { source: Media::FileId(id) } => {
                ("input_audio", [("file_id", Some(id.into())), none])
            }
            Self::Audio { source } => ("audio_url", [place(source, "url"), none]),
            Self::File { source, filename, .. } => {
                let filename = filename.as_deref().map(Into::into);
                ("file", [place(source, "file_data"), ("filename", filename)])
            }
            Self::CachePoint(mark) => return cache_point(*mark, serializer),
            Self::Raw(value) => return value.serialize(serializer),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", kind)?;
        map.serialize_entry(kind, &Texts(texts))?;
        if matches!(self, Self::File { citations: true, .. }) {
            map.serialize_entry("citations", &true)?;
        }
        map.end()
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
    let text = |key| inner.get(key).and_then(Value::as_str);
    let named = |url_key| text("file_id").map(Media::file_id).or(text(url_key).map(Media::url));
    Some(match kind {
        "text" => ContentPart::Text(inner.as_str()?.to_owned()),
        "image_url" | "image_file" => {
            ContentPart::Image { source: named("url")?, detail: text("detail").map(str::to_owned) }
        }
        "input_audio" => match text("file_id") {
            Some(id) => ContentPart::Audio { source: Media::file_id(id) },
            None => ContentPart::audio_bytes(text("format")?, BASE64.decode(text("data")?).ok()?),
        },
        "audio_url" => ContentPart::audio_url(text("url")?),
        "file" => ContentPart::File {
            source: named("file_data")?,
            filename: text("filename").map(str::to_owned),
            citations: part.get("citations").is_some_and(|cite| *cite == true),
        },
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn any_media() -> impl Strategy<Value = Media> {
        prop_oneof![
            ("[a-z]{1,6}/[a-z.+-]{1,6}", any::<Vec<u8>>())
                .prop_map(|(kind, data)| Media::bytes(kind, data)),
            any::<String>().prop_map(Media::url),
            any::<String>().prop_map(Media::file_id),
        ]
    }

    /// A sound from outside: its format is all that the shape has of its media type.
    fn any_sound() -> impl Strategy<Value = ContentPart> {
        prop_oneof![
            ("mp3|wav|[a-w]{1,5}", any::<Vec<u8>>())
                .prop_map(|(format, data)| ContentPart::audio_bytes(format, data)),
            any::<String>().prop_map(ContentPart::audio_url),
            any::<String>().prop_map(|id| ContentPart::Audio { source: Media::file_id(id) }),
        ]
    }

    fn any_part() -> impl Strategy<Value = ContentPart> {
        let word = || prop::option::of("[a-z]{0,5}");
        prop_oneof![
            any::<String>().prop_map(ContentPart::Text),
            (any_media(), word())
                .prop_map(|(source, detail)| ContentPart::Image { source, detail }),
            any_sound(),
            (any_media(), word(), any::<bool>()).prop_map(|(source, filename, citations)| {
                ContentPart::File { source, filename, citations }
            }),
            prop::option::of(any::<std::time::Duration>())
                .prop_map(|ttl| ContentPart::CachePoint(CacheMark { ttl })),
        ]
    }

    proptest! {
        #[test]
        fn a_part_is_read_as_it_was_written(part in any_part()) {
            let written = serde_json::to_value(&part).expect("writes");
            prop_assert_eq!(ContentPart::from(written), part);
        }
    }

    #[test]
    fn a_sound_is_named_by_its_format() {
        for (media_type, format) in [
            ("audio/mpeg", "mp3"),
            ("audio/x-wav", "wav"),
            ("audio/wav", "wav"),
            ("audio/ogg; codecs=opus", "ogg"),
            ("flac", "flac"),
        ] {
            let part = ContentPart::Audio { source: Media::bytes(media_type, "") };
            let written = serde_json::to_value(&part).expect("writes");
            assert_eq!(written["input_audio"]["format"], format, "{media_type}");
        }
    }

    #[test]
    fn a_part_with_more_than_its_shape_holds_stays_as_it_came() {
        for part in [
            json!({"type": "image_url", "image_url": {"url": "x", "file_id": "y"}}),
            json!({"type": "image_url", "image_url": {"url": "x"}, "citations": true}),
            json!({"type": "input_audio", "input_audio": {"data": "AQI", "format": "wav"}}),
            json!({"type": "input_audio", "input_audio": {"data": "AQID", "format": "mpeg"}}),
            json!({"type": "audio_url", "audio_url": {"url": "data:audio/wav;base64,AQID"}}),
            json!({"type": "file", "file": {"file_id": "x"}, "citations": false}),
            json!({"type": "text", "text": 7}),
        ] {
            assert_eq!(ContentPart::from(part.clone()), ContentPart::Raw(part));
        }
    }
}
