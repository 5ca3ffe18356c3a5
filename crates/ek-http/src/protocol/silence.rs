//! Contents that come to nothing. Protocols refuse an empty block, so what would be one is left out.

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
