//! What a content is for a protocol: nothing, for protocols refuse an empty block, so that what would be one
//! is left out; or a value of a tool's own.

use ek_core::{Content, ContentPart};
use serde_json::Value;

/// Whether nothing of a content would be sent, where texts that are `blank` are not.
pub(super) fn says_nothing(content: Option<&Content>, blank: fn(&str) -> bool) -> bool {
    match content {
        None | Some(Content::Other(Value::Null)) => true,
        Some(Content::Text(text)) => blank(text),
        Some(Content::Parts(parts)) => parts.iter().all(|part| match part {
            ContentPart::CachePoint(_) => true,
            part => part.as_text().is_some_and(blank),
        }),
        Some(_) => false,
    }
}

/// Whether the content of a result is an object of the tool's own, which goes as its JSON: none of the parts of
/// the protocol, although it may have a `type`, as maps in JSON have one.
#[cfg(any(feature = "anthropic", feature = "responses"))]
pub(super) fn is_of_the_tool(content: &Value, parts: &[&str]) -> bool {
    let kind = content.get("type").and_then(Value::as_str);
    content.is_object() && !kind.is_some_and(|kind| parts.contains(&kind))
}

#[cfg(test)]
mod tests {
    use ek_core::CacheMark;

    use super::*;

    #[test]
    fn a_content_without_a_text_a_part_or_a_value_says_nothing() {
        let nothing = |content: Content| says_nothing(Some(&content), str::is_empty);
        let mark = || ContentPart::CachePoint(CacheMark::default());
        let text = |text: &str| ContentPart::text(text);
        assert!(says_nothing(None, str::is_empty) && nothing(Content::Other(Value::Null)));
        assert!(nothing(Content::from("")) && nothing(Content::Parts(vec![text(""), mark()])));
        assert!(
            !nothing(Content::from(" ")) && !nothing(Content::Parts(vec![text(""), text("a")]))
        );
        assert!(!nothing(Content::Other(Value::from(0))));
    }
}
