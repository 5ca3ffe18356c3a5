//! The result of a call as the model reads it. Nothing is left out in silence.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ek_core::ContentPart;
use ek_patterns::{ToolError, ToolOutput};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

/// Reads a result. One with `isError` is an error whose text the model reads.
pub(crate) fn read(result: CallToolResult) -> Result<ToolOutput, ToolError> {
    let is_error = result.is_error == Some(true);
    let mut pieces: Vec<Piece> = result.content.into_iter().map(Piece::of).collect();
    if let Some(structured) = result.structured_content
        && !is_said(&structured, &pieces)
    {
        pieces.push(Piece::Text(structured.to_string()));
    }
    if is_error {
        return Err(ToolError::shown(error_text(pieces)));
    }
    let parts = joined(pieces);
    Ok(match <[ContentPart; 1]>::try_from(parts) {
        Ok([ContentPart::Text(text)]) => text.into(),
        Ok(part) => part.into(),
        Err(parts) if parts.is_empty() => "".into(),
        Err(parts) => parts.into(),
    })
}

/// A part of a result.
enum Piece {
    Text(String),
    Image { media_type: String, bytes: Vec<u8> },
}

impl Piece {
    fn of(block: ContentBlock) -> Self {
        match block {
            ContentBlock::Text(text) => Self::Text(text.text),
            ContentBlock::Image(image) => Self::image(image.mime_type, &image.data, "an image"),
            ContentBlock::Audio(audio) => left_out(&format!("audio ({})", audio.mime_type)),
            ContentBlock::Resource(embedded) => Self::resource(embedded.resource),
            ContentBlock::ResourceLink(link) => Self::Text(format!(
                "[link: {}, {}{}]",
                link.name,
                link.uri,
                link.mime_type.map(|kind| format!(" ({kind})")).unwrap_or_default()
            )),
            _ => left_out("a part of a kind that is not known"),
        }
    }

    fn resource(resource: ResourceContents) -> Self {
        match resource {
            ResourceContents::TextResourceContents { uri, text, .. } => {
                Self::Text(format!("[{uri}]\n{text}"))
            }
            ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
                let media_type = mime_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                Self::image(media_type, &blob, &format!("the file {uri}"))
            }
            _ => left_out("a resource of a kind that is not known"),
        }
    }

    /// Bytes of a media type, of which only images can be passed on.
    fn image(media_type: String, base64: &str, what: &str) -> Self {
        if !media_type.starts_with("image/") {
            return left_out(&format!("{what} ({media_type})"));
        }
        match STANDARD.decode(base64) {
            Ok(bytes) => Self::Image { media_type, bytes },
            Err(_) => left_out(&format!("{what} ({media_type}), whose data is not base64")),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Image { .. } => None,
        }
    }
}

fn left_out(what: &str) -> Piece {
    Piece::Text(format!("[left out: {what}]"))
}

/// Texts that follow each other are one part.
fn joined(pieces: Vec<Piece>) -> Vec<ContentPart> {
    let mut parts: Vec<ContentPart> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => match parts.last_mut() {
                Some(ContentPart::Text(before)) => {
                    before.push('\n');
                    before.push_str(&text);
                }
                _ => parts.push(ContentPart::Text(text)),
            },
            Piece::Image { media_type, bytes } => {
                parts.push(ContentPart::image_bytes(&media_type, bytes));
            }
        }
    }
    parts
}

fn error_text(pieces: Vec<Piece>) -> String {
    let texts = pieces.into_iter().map(|piece| match piece {
        Piece::Text(text) => text,
        Piece::Image { media_type, .. } => format!("[left out: an image ({media_type})]"),
    });
    let text = texts.collect::<Vec<_>>().join("\n");
    if text.is_empty() { "the tool reported an error without a text".to_owned() } else { text }
}

/// Whether the texts say this value already, as the specification advises: as JSON, or as the value of
/// `result`, in which servers wrap what is no object.
fn is_said(structured: &Value, pieces: &[Piece]) -> bool {
    let texts: Vec<_> = pieces.iter().filter_map(Piece::text).collect();
    let is = |value: &Value, text: &str| {
        value.as_str() == Some(text)
            || serde_json::from_str::<Value>(text).is_ok_and(|said| said == *value)
    };
    if texts.iter().any(|text| is(structured, text)) {
        return true;
    }
    let wrapped = structured.as_object().filter(|object| object.len() == 1);
    match wrapped.and_then(|object| object.get("result")) {
        Some(Value::Array(values)) if values.len() == texts.len() => {
            values.iter().zip(&texts).all(|(value, text)| is(value, text))
        }
        Some(value) => texts.iter().any(|text| is(value, text)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::Content;
    use serde_json::json;

    fn of(result: Value) -> Result<Content, String> {
        let result = serde_json::from_value(result).expect("a result");
        read(result).map(|output| output.content).map_err(|error| error.for_model().to_owned())
    }

    fn text(text: &str) -> Value {
        json!({"type": "text", "text": text})
    }

    #[test]
    fn texts_are_joined_line_by_line() {
        let result = json!({"content": [text("04:12"), text("16:31")]});
        assert_eq!(of(result), Ok(Content::from("04:12\n16:31")));
        assert_eq!(of(json!({"content": []})), Ok(Content::from("")));
    }

    #[test]
    fn an_image_stays_an_image_between_its_texts() {
        let image = json!({"type": "image", "data": "iVBO", "mimeType": "image/png"});
        let result = json!({"content": [text("a"), text("b"), image, text("c")]});
        let png = ContentPart::image_bytes("image/png", [0x89, b'P', b'N']);
        let parts = [ContentPart::text("a\nb"), png.clone(), ContentPart::text("c")];
        assert_eq!(of(result), Ok(Content::from(parts)));
        let file = json!({"type": "resource", "resource": {
            "uri": "file:///a.png", "mimeType": "image/png", "blob": "iVBO",
        }});
        assert_eq!(of(json!({"content": [file]})), Ok(Content::from([png])));
    }

    #[test]
    fn what_the_model_cannot_get_is_named() {
        let resource = |resource: Value| json!({"type": "resource", "resource": resource});
        for (block, said) in [
            (
                json!({"type": "audio", "data": "AA==", "mimeType": "audio/wav"}),
                "[left out: audio (audio/wav)]",
            ),
            (
                json!({"type": "image", "data": "%", "mimeType": "image/png"}),
                "[left out: an image (image/png), whose data is not base64]",
            ),
            (
                resource(json!({"uri": "a:b", "mimeType": "application/pdf", "blob": "AA=="})),
                "[left out: the file a:b (application/pdf)]",
            ),
            (resource(json!({"uri": "a:b", "text": "inside"})), "[a:b]\ninside"),
            (
                json!({"type": "resource_link", "uri": "a:b", "name": "n", "mimeType": "text/plain"}),
                "[link: n, a:b (text/plain)]",
            ),
        ] {
            assert_eq!(of(json!({"content": [block]})), Ok(Content::from(said)));
        }
    }

    #[test]
    fn structured_content_is_added_where_the_texts_do_not_say_it() {
        for (structured, texts, said) in [
            (json!({"a": 1}), vec![], r#"{"a":1}"#),
            (json!({"a": 1}), vec!["two results"], "two results\n{\"a\":1}"),
            (json!({"a": 1}), vec![r#"{ "a": 1 }"#], r#"{ "a": 1 }"#),
            (json!({"result": "high"}), vec!["high"], "high"),
            (json!({"result": 7}), vec!["7"], "7"),
            (json!({"result": [1, "b"]}), vec!["1", "b"], "1\nb"),
            (json!({"result": [1, "b"]}), vec!["1", "c"], "1\nc\n{\"result\":[1,\"b\"]}"),
            (json!({"result": 7, "unit": "m"}), vec!["7"], "7\n{\"result\":7,\"unit\":\"m\"}"),
        ] {
            let content: Vec<_> = texts.into_iter().map(text).collect();
            let result = json!({"content": content, "structuredContent": structured});
            assert_eq!(of(result), Ok(Content::from(said)));
        }
    }

    #[test]
    fn an_error_is_one_text_for_the_model() {
        let image = json!({"type": "image", "data": "iVBO", "mimeType": "image/png"});
        let result = json!({"isError": true, "content": [text("no such city"), image]});
        assert_eq!(of(result), Err("no such city\n[left out: an image (image/png)]".to_owned()));
        let nothing = json!({"isError": true, "content": []});
        assert_eq!(of(nothing), Err("the tool reported an error without a text".to_owned()));
    }
}
