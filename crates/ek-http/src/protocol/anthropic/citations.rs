//! The citations of a text, as a list that grows.

use crate::json::scan::Raw;

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
