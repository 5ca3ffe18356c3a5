//! Whole JSON in bad framing: several documents where one is due.
//!
//! Events parted by one line feed, lines of JSON, `data: data: {`, a reply with the end mark of a
//! stream behind it, a comment within the data. No JSON continues behind its end, so that documents
//! tell themselves apart.

use crate::json::scan::{self, Raw};

/// What stands in a text that is no single document.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Framed<'a> {
    Document(Raw<'a>),
    /// `[DONE]`.
    Done,
    /// No document begins here; or one does that does not end.
    Unreadable(&'a str),
}

/// Whether this is the mark of a stream's end, as a JSON string too.
pub(crate) fn is_done(data: &[u8]) -> bool {
    let data = data.trim_ascii();
    let quoted = data.strip_prefix(b"\"").and_then(|data| data.strip_suffix(b"\""));
    quoted.unwrap_or(data) == DONE.as_bytes()
}

/// The items of a list of several documents.
pub(crate) fn items(text: &str) -> Option<Vec<Raw<'_>>> {
    let items: Vec<Raw<'_>> = scan::read(text).ok()?;
    let several = items.len() > 1 && items.iter().all(|item| item.get().starts_with('{'));
    several.then_some(items)
}

const DONE: &str = "[DONE]";

/// The documents and marks in the text, in order. Comments and the names of fields are passed over;
/// what cannot be read is the last item.
pub(crate) fn documents(text: &str) -> impl Iterator<Item = Framed<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            if let Some(behind) = rest.strip_prefix("data:") {
                rest = behind;
            } else if rest.starts_with(':') {
                rest = rest.split_once(['\n', '\r']).map_or("", |(_, behind)| behind);
            } else {
                break;
            }
        }
        if rest.is_empty() {
            return None;
        }
        let behind_mark = rest.strip_prefix(DONE);
        if let Some(behind) = behind_mark.filter(|b| !b.starts_with(|c: char| !c.is_whitespace())) {
            rest = behind;
            return Some(Framed::Done);
        }
        let unreadable = std::mem::take(&mut rest);
        // A word or a number may be a piece of anything.
        let document = unreadable.starts_with(['{', '[']).then(|| scan::first(unreadable).ok());
        Some(match document.flatten() {
            Some((document, behind)) => {
                rest = behind;
                Framed::Document(document)
            }
            None => Framed::Unreadable(unreadable),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown = documents(text).map(|framed| match framed {
            Framed::Document(raw) => raw.get().to_owned(),
            Framed::Done => "done".to_owned(),
            Framed::Unreadable(text) => format!("unreadable {text}"),
        });
        shown.collect()
    }

    #[test]
    fn documents_are_told_apart_whatever_stands_between_them() {
        for text in [
            "{\"a\":1}\n{\"b\":2}\n[DONE]",
            "{\"a\":1}{\"b\":2}[DONE]",
            "data: data: {\"a\":1}\n\ndata:{\"b\":2}\r\ndata: [DONE] ",
            ": PROCESSING\n{\"a\":1}\n: {\"c\":3}\n{\"b\":2}data: [DONE]",
        ] {
            assert_eq!(shown(text), ["{\"a\":1}", "{\"b\":2}", "done"], "{text}");
        }
        assert_eq!(shown(" : only a comment"), [""; 0]);
    }

    #[test]
    fn only_the_word_is_the_mark_of_the_end() {
        for (data, expected) in [
            ("[DONE]", true),
            (" [DONE]\r", true),
            ("\"[DONE]\"", true),
            ("[DONE]x", false),
            ("\"[DONE]", false),
            ("[done]", false),
        ] {
            assert_eq!(is_done(data.as_bytes()), expected, "{data}");
        }
    }

    #[test]
    fn a_list_of_several_objects_is_several_documents() {
        assert_eq!(items("[{}, {\"a\":1}]").map(|items| items.len()), Some(2));
        assert!(items("[{}]").is_none() && items("[{},1]").is_none() && items("{}").is_none());
    }

    #[test]
    fn what_cannot_be_read_is_the_last_item() {
        assert_eq!(shown("{} {\"a\":"), ["{}", "unreadable {\"a\":"]);
        assert_eq!(shown("[DONE]x {}"), ["unreadable [DONE]x {}"]);
        assert_eq!(shown("7"), ["unreadable 7"]);
    }
}
