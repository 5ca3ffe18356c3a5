//! The input of a tool: JSON that may be an object, a text that holds one, or neither.

use std::borrow::Cow;

use crate::json::scan::Raw;
use crate::json::string;

/// The input that stands in a block, as text; `None` if there is nothing in it.
pub(super) fn text(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let json = raw.get();
    if json.starts_with('"') {
        return Some(string::read(json)).filter(|text| !text.trim().is_empty());
    }
    let nothing = json == "null" || json.strip_prefix('{').is_some_and(|rest| rest.trim() == "}");
    (!nothing).then_some(Cow::Borrowed(json))
}

/// A list with these items behind its own; anything else than a list has none.
pub(super) fn extended(list: Option<Raw<'_>>, items: &str) -> Vec<u8> {
    let list = list.map_or("", Raw::get);
    let own =
        list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default().trim();
    let between = if own.is_empty() { "" } else { "," };
    [b"[", own.as_bytes(), between.as_bytes(), items.as_bytes(), b"]"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_an_object_or_a_text_that_holds_one() {
        for (json, expected) in [
            (r#"{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#""{\"a\":1}""#, Some(r#"{"a":1}"#)),
            ("[1]", Some("[1]")),
            ("{ }", None),
            ("null", None),
            (r#""""#, None),
        ] {
            assert_eq!(text(Raw::of(json)).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn a_list_is_extended_and_anything_else_replaced() {
        for (list, extended_list) in [
            (None, "[7]"),
            (Some("null"), "[7]"),
            (Some("[ ]"), "[7]"),
            (Some("[1, 2]"), "[1, 2,7]"),
        ] {
            let found = extended(list.map(Raw::of), "7");
            assert_eq!(String::from_utf8_lossy(&found), extended_list);
        }
    }
}
