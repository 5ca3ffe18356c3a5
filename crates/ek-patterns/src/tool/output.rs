//! What a tool answers.

use std::borrow::Cow;
use std::fmt;

use ek_core::{Content, ContentPart};
use serde_json::Value;

/// What a [`Tool`](crate::Tool) answers: a text, or parts in order, which may be images.
///
/// The code of a tool returns anything that can be converted into it: a text, a [`ContentPart`] or several, a
/// [`Content`], or a `serde_json::Value`, which the model reads as its JSON text.
///
/// Where a protocol takes only texts of a tool, as chat completions does, the images follow behind the
/// results in a message of the user.
///
/// ```
/// use ek_core::ContentPart;
/// use ek_patterns::{Tool, ToolError};
///
/// let chart = Tool::new("chart", "The tides of a day as a picture", r#"{"type":"object"}"#, |_| async {
///     let png = vec![137, 80, 78, 71];
///     Ok([ContentPart::text("Metres over hours:"), ContentPart::image_bytes("image/png", png)])
/// })?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// What the model reads.
    pub content: Content,
}

impl ToolOutput {
    /// All text in it, in order, joined without a separator.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        self.content.text()
    }
}

/// Whether it is this text alone.
impl PartialEq<str> for ToolOutput {
    fn eq(&self, text: &str) -> bool {
        matches!(&self.content, Content::Text(own) if own == text)
    }
}

/// Whether it is this text alone.
impl PartialEq<&str> for ToolOutput {
    fn eq(&self, text: &&str) -> bool {
        self == *text
    }
}

impl From<Content> for ToolOutput {
    fn from(content: Content) -> Self {
        match content {
            // Servers take only a text or parts here.
            Content::Other(value) => value.into(),
            content => Self { content },
        }
    }
}

impl From<Value> for ToolOutput {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => text.into(),
            value => value.to_string().into(),
        }
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self { content: Content::Text(text) }
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Cow<'_, str>> for ToolOutput {
    fn from(text: Cow<'_, str>) -> Self {
        text.into_owned().into()
    }
}

impl From<ContentPart> for ToolOutput {
    fn from(part: ContentPart) -> Self {
        vec![part].into()
    }
}

impl From<Vec<ContentPart>> for ToolOutput {
    fn from(parts: Vec<ContentPart>) -> Self {
        Self { content: Content::Parts(parts) }
    }
}

impl<const N: usize> From<[ContentPart; N]> for ToolOutput {
    fn from(parts: [ContentPart; N]) -> Self {
        Vec::from(parts).into()
    }
}

/// Shows lengths, and no texts.
impl fmt::Debug for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToolOutput").field(&self.content).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_a_tool_may_return_becomes_a_text_or_parts() {
        let image = || ContentPart::image_url("https://localhost/a.png");
        for (output, content) in [
            (ToolOutput::from("a"), Content::from("a")),
            (String::from("a").into(), Content::from("a")),
            (Cow::Borrowed("a").into(), Content::from("a")),
            (json!("a").into(), Content::from("a")),
            (json!({"a": [1]}).into(), Content::from(r#"{"a":[1]}"#)),
            (Content::from(json!({"a": 1})).into(), Content::from(r#"{"a":1}"#)),
            (image().into(), Content::from([image()])),
            ([image(), image()].into(), Content::from([image(), image()])),
        ] {
            assert_eq!(output.content, content);
        }
        let (text, picture) = (ToolOutput::from("a"), ToolOutput::from(image()));
        assert!(text == "a" && picture != "a");
        assert!(!format!("{:?}", ToolOutput::from("MARK")).contains("MARK"));
    }
}
