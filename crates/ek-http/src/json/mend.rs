//! Mends and unwraps a body that the first pass cannot read.

use std::borrow::Cow;

use super::scan::{self, Raw};
use super::string;

/// Makes a body readable for serde_json where that is possible. Linear, one pass.
///
/// Invalid UTF-8 and an escaped surrogate without its other half become U+FFFD. The bare words `NaN`,
/// `Infinity` and `-Infinity`, which Python writes, become null.
pub(crate) fn mend(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(super::BOM).unwrap_or(body);
    match String::from_utf8_lossy(body) {
        Cow::Borrowed(text) => mend_text(text),
        Cow::Owned(text) => mend_text(&text).into_owned().into(),
    }
}

fn mend_text(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut kept, mut at, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        let (skip, mended) = match bytes[at] {
            b'"' => {
                in_string = !in_string;
                (1, None)
            }
            b'\\' if in_string => match surrogate(&bytes[at..]) {
                Some(Half::High) if surrogate(&bytes[at + 6..]) == Some(Half::Low) => (12, None),
                Some(_) => (6, Some("\\ufffd")),
                None => (2, None),
            },
            b'N' | b'I' | b'-' if !in_string => match bare_word(&bytes[at..]) {
                Some(length) => (length, Some("null")),
                None => (1, None),
            },
            _ => (1, None),
        };
        if let Some(mended) = mended {
            out.push_str(&text[kept..at]);
            out.push_str(mended);
            kept = at + skip;
        }
        at += skip;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

#[derive(PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// Which half of a surrogate pair the escape at the beginning of `text` is.
fn surrogate(text: &[u8]) -> Option<Half> {
    let [b'\\', b'u', b'd' | b'D', third, a, b, ..] = text else {
        return None;
    };
    if !a.is_ascii_hexdigit() || !b.is_ascii_hexdigit() {
        return None;
    }
    match third {
        b'8' | b'9' | b'a' | b'b' | b'A' | b'B' => Some(Half::High),
        b'c'..=b'f' | b'C'..=b'F' => Some(Half::Low),
        _ => None,
    }
}

fn bare_word(text: &[u8]) -> Option<usize> {
    let words: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    words.into_iter().find(|word| text.starts_with(word)).map(<[u8]>::len)
}

/// Unwraps a reply: the only element of an array, the text of a string, or the member of an object that
/// holds the key `wrapped`, which every reply has.
pub(crate) fn unwrap(document: &str, wrapped: &str) -> Option<String> {
    let json = scan::read::<Raw<'_>>(document).ok()?.get();
    match json.as_bytes().first()? {
        b'[' => {
            let items: Vec<Raw<'_>> = scan::read(json).ok()?;
            let [only] = items[..] else { return None };
            Some(only.get().to_owned())
        }
        b'"' => {
            let inner = string::decode(json);
            inner.trim_start().starts_with(['{', '[', '"']).then_some(inner)
        }
        b'{' => Some(holding(json, wrapped)?.get().to_owned()),
        _ => None,
    }
}

/// The member of an object that holds the key `wrapped`. Of several, the one with the least key.
fn holding<'a>(object: &'a str, wrapped: &str) -> Option<Raw<'a>> {
    let mut found: Option<(String, Raw<'a>)> = None;
    let read = scan::entries(object, |key, value| {
        let value: Raw<'a> = value.value()?;
        let holds = value.get().contains(wrapped) && value.get().len() > wrapped.len() + 2;
        if holds && found.as_ref().is_none_or(|(least, _)| key <= least.as_str()) {
            found = Some((key.to_owned(), value));
        }
        Ok(())
    });
    read.ok()?;
    found.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(text: &str) -> String {
        mend(text.as_bytes()).into_owned()
    }

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_are_kept() {
        for (text, expected) in [
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\uD83D\uD83D\uDE00""#, r#""\ufffd\uD83D\uDE00""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\ud8""#, r#""\ud8""#),
            (r#""\"NaN\ud83d""#, r#""\"NaN\ufffd""#),
        ] {
            assert_eq!(mended(text), expected, "{text}");
        }
    }

    #[test]
    fn bare_words_that_are_not_json_become_null() {
        assert_eq!(mended(r#"{"a":NaN,"b":-Infinity,"c":-1}"#), r#"{"a":null,"b":null,"c":-1}"#);
    }

    #[test]
    fn invalid_utf_8_becomes_the_replacement_character() {
        assert_eq!(mend(b"\"a\xf0\x9f\"").into_owned(), "\"a\u{fffd}\"");
        assert!(matches!(mend(b"\"sound\""), Cow::Borrowed(_)));
    }

    #[test]
    fn a_wrapped_reply_is_unwrapped() {
        for (document, inner) in [
            (r#"[{"choices":[]}]"#, Some(r#"{"choices":[]}"#)),
            (r#" "{\"choices\":[]}" "#, Some(r#"{"choices":[]}"#)),
            (r#"{"b":{"choices":1},"a":{"choices":2},"c":0}"#, Some(r#"{"choices":2}"#)),
            (r#"{"choices":[]}"#, None),
            ("[1,2]", None),
            (r#""words""#, None),
            ("[1", None),
        ] {
            let found = unwrap(document, "choices");
            assert_eq!(found.as_deref(), inner, "{document}");
        }
    }

    #[test]
    fn any_prefix_of_any_escape_is_safe() {
        let text = r#"{"x":"\ud83d\ude00\ud83d\\","y":NaN}"#;
        for end in 0..=text.len() {
            mend(&text.as_bytes()[..end]);
        }
    }
}
