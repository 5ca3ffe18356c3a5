//! What goes back of a turn: its items as they came, but for what the server would refuse.
//!
//! | what | why |
//! | --- | --- |
//! | ids are left out of what was not stored | the server looks them up and finds nothing |
//! | so is reasoning that is neither encrypted, signed nor text | without its id it is empty |
//! | reasoning that comes again under the same id is left out | an item may stand once in a request |
//! | reasoning that nothing follows is left out | it is refused without the item that it led to |
//! | `summary: []` is added to reasoning that lacks it | the key is required |
//! | the id of a call that has none is added | its result names it |

use ek_core::RawJson;

use super::item::{Item, Kind, Listed};
use crate::json::checked;
use crate::json::overlay::{self, Change};
use crate::json::scan::Raw;
use crate::json::write;

/// An item, and the id under which its call is known, where that is not in it.
pub(super) type Entry<'a> = (&'a Listed<'a>, Option<String>);

/// The items as they go back; `None` if there is none.
pub(super) fn items(entries: &[Entry<'_>], is_stored: bool) -> Option<RawJson> {
    let mut kept: Vec<&Entry<'_>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let item = &entry.0.item;
        let is_reasoning = item.kind() == Kind::Reasoning;
        let is_again = || {
            let id = item.id.map(Raw::get).filter(|id| *id != "null" && *id != "\"\"");
            let same = |before: &Item<'_>| before.id.map(Raw::get) == id;
            let is_same = |before: &Item<'_>| before.kind() == Kind::Reasoning && same(before);
            id.is_some() && kept.iter().any(|(before, _)| is_same(&before.item))
        };
        let is_empty = || !is_stored && !item.holds_its_reasoning();
        if item.is_object && !(is_reasoning && (is_empty() || is_again())) {
            kept.push(entry);
        }
    }
    while kept.last().is_some_and(|(last, _)| last.item.kind() == Kind::Reasoning) {
        kept.pop();
    }
    // Each with its comma or the closing bracket: exact where nothing changes, so that nothing is moved at the end.
    let length: usize = kept.iter().map(|(listed, _)| listed.json.len() + 1).sum();
    let mut json = String::with_capacity(length + 1);
    json.push('[');
    for (Listed { item, json: object }, call_id) in kept {
        if json.len() > 1 {
            json.push(',');
        }
        match &changes(item, call_id.as_deref(), is_stored)[..] {
            [] => json.push_str(object),
            changes => {
                let mut changed = Vec::new();
                overlay::write(object, changes, &mut changed);
                json.push_str(std::str::from_utf8(&changed).ok()?);
            }
        }
    }
    json.push(']');
    (!entries.is_empty()).then(|| checked::of_text(json))
}

fn changes(item: &Item<'_>, call_id: Option<&str>, is_stored: bool) -> Vec<Change<'static>> {
    let mut changes: Vec<Change<'static>> = Vec::new();
    if item.id.is_some() && !is_stored {
        changes.push(("id", None));
    }
    let has_summary = item.summary.is_some_and(|summary| summary.get().starts_with('['));
    if item.kind() == Kind::Reasoning && !has_summary {
        changes.push(("summary", Some(b"[]".to_vec())));
    }
    if let Some(id) = call_id {
        let mut json = Vec::new();
        write::write(id, &mut json);
        changes.push(("call_id", Some(json)));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = r#"{"type":"message","id":"msg_1","content":[]}"#;

    fn sent(items: &[&str], is_stored: bool) -> String {
        let listed: Vec<_> = items.iter().map(|item| Listed::of(item)).collect();
        let entries: Vec<Entry<'_>> = listed.iter().map(|listed| (listed, None)).collect();
        super::items(&entries, is_stored).map_or_else(String::new, |json| json.as_str().to_owned())
    }

    #[test]
    fn stored_items_go_back_byte_for_byte() {
        let item = r#"{ "type":"mood_report", "id":"md_1","mood":"\u00e9" }"#;
        assert_eq!(sent(&[item, MESSAGE], true), format!("[{item},{MESSAGE}]"));
        assert_eq!(sent(&[], true), "");
    }

    #[test]
    fn ids_of_what_was_not_stored_are_left_out_and_so_is_empty_reasoning() {
        let empty =
            r#"{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"}]}"#;
        let encrypted =
            r#"{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"g=="}"#;
        let text = r#"{"type":"reasoning","id":"rs_3","summary":[],"content":[{"type":"reasoning_text","text":"b"}]}"#;
        let found = sent(&[empty, encrypted, text, MESSAGE], false);
        let encrypted = r#"{"type":"reasoning","summary":[],"encrypted_content":"g=="}"#;
        let text =
            r#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"b"}]}"#;
        let message = r#"{"type":"message","content":[]}"#;
        assert_eq!(found, format!("[{encrypted},{text},{message}]"));
    }

    #[test]
    fn reasoning_stands_once_has_a_summary_and_is_followed_by_an_item() {
        let reasoning = r#"{"type":"reasoning","id":"rs_1"}"#;
        let with_summary = r#"{"type":"reasoning","id":"rs_1","summary":[]}"#;
        let found = sent(&[reasoning, MESSAGE, reasoning, MESSAGE], true);
        assert_eq!(found, format!("[{with_summary},{MESSAGE},{MESSAGE}]"));
        assert_eq!(sent(&[MESSAGE, with_summary], true), format!("[{MESSAGE}]"));
        assert_eq!(sent(&[with_summary], true), "[]");
        let nameless = r#"{"type":"reasoning","summary":[]}"#;
        let found = sent(&[nameless, nameless, MESSAGE], true);
        assert_eq!(found, format!("[{nameless},{nameless},{MESSAGE}]"));
    }
}
