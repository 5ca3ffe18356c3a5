//! What an error body says, in any of the shapes that servers write.
//!
//! An OpenAI object, the same flat or in an array, FastAPI's `detail`, problem+json, a bare string, a
//! message that is itself JSON, HTML, plain text, half a document, nothing.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::page;

/// How much of a text that is no JSON is worth keeping, in bytes.
const MAX_PLAIN_BYTES: usize = 300;

/// The longest document that is read as a tree, in bytes.
const MAX_TREE_BYTES: usize = 64 * 1024;

/// The names under which a message stands, best first.
const MESSAGES: [&str; 13] = [
    "message",
    "msg",
    "detail",
    "error_message",
    "errorMessage",
    "error_msg",
    "status_msg",
    "faultstring",
    "error_description",
    "description",
    "reason",
    "title",
    "statusText",
];

/// How many objects within objects are looked into.
const MAX_DEPTH: u8 = 4;

/// What could be read of an error body. Texts are raw: mask them before they are shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) message: Option<String>,
    /// The provider's own word or number for the error.
    pub(crate) code: Option<String>,
    /// Its class by the provider's own taxonomy (`type`).
    pub(crate) class: Option<String>,
    /// An HTTP status named in the body.
    pub(crate) status: Option<u16>,
    /// A delay named in a field of its own.
    pub(crate) retry_delay: Option<String>,
}

impl ErrorBody {
    /// Reads the body of an answer that is known to be an error.
    pub(crate) fn read(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if page::is_html(text) {
            return Self { message: page::title(text), ..Self::default() };
        }
        Self::of_document(text).unwrap_or_else(|| Self { message: piece(text), ..Self::default() })
    }

    /// Reads a document that may be an error; `None` if it is no JSON, or more of it than is worth a
    /// tree. Quotes nothing but what an error says.
    pub(crate) fn of_document(text: &str) -> Option<Self> {
        // A tree takes many times the room of its text.
        let text = Some(text).filter(|text| text.len() <= MAX_TREE_BYTES)?;
        parse(text).map(|value| Self::from_value(&value))
    }

    /// Reads an error object, or anything that holds one.
    pub(crate) fn from_value(value: &Value) -> Self {
        let mut read = Self::default();
        read.take(value, 0);
        if read.message.is_none() {
            // The code, then the class: better than nothing.
            read.message = read.code.clone().or_else(|| read.class.clone());
        }
        read
    }

    fn take(&mut self, value: &Value, depth: u8) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::String(text) => self.take_text(text, depth),
            Value::Array(items) => {
                for item in items {
                    if self.message.is_some() {
                        break;
                    }
                    self.take(item, depth + 1);
                }
            }
            Value::Object(object) => self.take_object(object, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A message, which may be a document in itself.
    fn take_text(&mut self, text: &str, depth: u8) {
        let text = text.trim();
        if text.starts_with(['{', '['])
            && let Some(inner) = parse(text)
        {
            let before = self.message.is_some();
            self.take(&inner, depth + 1);
            if self.message.is_some() && !before {
                return;
            }
        }
        if page::is_html(text) {
            self.message = self.message.take().or_else(|| page::title(text));
        } else if !text.is_empty() && self.message.is_none() {
            self.message = Some(text.to_owned());
        }
    }

    fn take_object(&mut self, object: &Map<String, Value>, depth: u8) {
        let get = |name| field(object, name);
        let word = |names| first_word(object, names);

        // The innermost object knows best: look inside before taking the outer fields.
        for name in ["error", "errors", "fault", "base_resp"] {
            if let Some(inner) = get(name) {
                self.take(inner, depth + 1);
            }
        }
        for name in MESSAGES {
            if self.message.is_none()
                && let Some(inner) = get(name)
            {
                self.take(inner, depth + 1);
            }
        }
        if let (Some(message), Some(place)) = (self.message.as_mut(), get("loc").and_then(location))
        {
            *message = format!("{message} ({place})");
        }
        let code = word(&["code", "error_code", "errorCode"]).or_else(|| word(&["status"]));
        self.code = self.code.take().or(code);
        self.class = self.class.take().or_else(|| word(&["type", "error_type", "__type"]));
        let status = word(&[
            "http_status_code",
            "status_code",
            "statusCode",
            "http_code",
            "raw_status_code",
            "status",
        ]);
        self.status = self.status.or_else(|| status.and_then(|s| http_status(&s)));
        self.retry_delay =
            self.retry_delay.take().or_else(|| word(&["retryDelay", "retry_after", "retryAfter"]));
        if let Some(metadata) = get("metadata").and_then(Value::as_object) {
            self.take_metadata(metadata, depth);
        }
        // Google's details hold the delay, each in an object of its own.
        for detail in get("details").and_then(Value::as_array).into_iter().flatten() {
            let delay = detail.get("retryDelay").and_then(scalar);
            self.retry_delay = self.retry_delay.take().or(delay);
        }
    }

    /// OpenRouter keeps the upstream's own words under `metadata.raw`.
    fn take_metadata(&mut self, metadata: &Map<String, Value>, depth: u8) {
        let mut upstream = Self::default();
        if let Some(raw) = metadata.get("raw") {
            upstream.take(raw, depth + 1);
        }
        if let Some(words) = upstream.message {
            self.message = Some(match self.message.take() {
                Some(outer) if outer != words => format!("{outer}: {words}"),
                _ => words,
            });
        }
    }

    /// Whether the body says anything of an error at all.
    pub(crate) fn says_something(&self) -> bool {
        self.message.is_some()
    }

    /// An HTTP status by the body's own word: a status field, else a numeric code.
    pub(crate) fn own_status(&self) -> Option<u16> {
        self.status.or_else(|| self.code.as_deref().and_then(http_status))
    }
}

/// A field that is set, by its name in any case.
#[inline(never)]
fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = object.get(name).or_else(|| {
        let mut fields = object.iter();
        fields.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    });
    found.filter(|value| !value.is_null())
}

#[inline(never)]
fn first_word(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| field(object, name).and_then(scalar))
}

/// An error status (4xx, 5xx); other numbers are codes of the provider's own.
fn http_status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (400..=599).contains(status))
}

/// A text or a number; the words that stand for nothing are nothing.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let nothing = text.is_empty() || ["none", "null"].iter().any(|w| text.eq_ignore_ascii_case(w));
    Some(text).filter(|_| !nothing)
}

/// FastAPI says where in the request the fault is; the offending input itself is left out.
fn location(place: &Value) -> Option<String> {
    let steps: Vec<String> = place.as_array()?.iter().filter_map(scalar).collect();
    Some(steps.join(".")).filter(|place| !place.is_empty())
}

/// Parses a document, with lone surrogates and the like mended.
fn parse(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    let parsed = serde_json::from_str(text).ok();
    parsed.or_else(|| match crate::reply::repair::mend(text.as_bytes()) {
        Cow::Owned(mended) => serde_json::from_slice(&mended).ok(),
        Cow::Borrowed(_) => None,
    })
}

/// What may be shown of a text that is no document, or one that cannot be read.
fn piece(text: &str) -> Option<String> {
    if !text.starts_with(['{', '[']) {
        return plain(text);
    }
    // FastAPI sends the request back beside its message, and a long one is what gets such a body cut.
    let short = Some(text).filter(|text| text.len() <= MAX_PLAIN_BYTES);
    salvaged(text).as_deref().or(short).and_then(plain)
}

/// The first message in a document that cannot be read as a whole.
fn salvaged(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, after) = string(&rest[rest.find('"')?..])?;
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':') else {
            continue;
        };
        let mut names = MESSAGES.iter().chain(&["error"]);
        if !names.any(|known| known.eq_ignore_ascii_case(name)) {
            continue;
        }
        let (found, _) = string(value.trim_start()).unwrap_or_default();
        if !found.is_empty() {
            let whole = serde_json::from_str(&format!("\"{found}\"")).ok();
            return whole.or_else(|| Some(found.to_owned()));
        }
    }
}

/// The inside of the string that opens the text, as it is written, and what comes behind it. The end of
/// the text ends it too.
fn string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    Some(end.map_or((inside, ""), |end| (&inside[..end], &inside[end + 1..])))
}

/// A bounded piece of a text.
fn plain(text: &str) -> Option<String> {
    let mut end = text.len().min(MAX_PLAIN_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let piece = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    Some(piece).filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Option<String> {
        ErrorBody::read(body.as_bytes()).message
    }

    #[test]
    fn the_message_is_found_in_every_shape() {
        for (body, found) in [
            (r#"{"error":{"message":"m","type":"t","code":7}}"#, "m"),
            (r#"{"object":"error","message":"m","code":40000}"#, "m"),
            (r#"[{"error":{"message":"m"}}]"#, "m"),
            (r#"{"detail":"m"}"#, "m"),
            (r#"{"detail":[{"loc":["body","n"],"msg":"m","input":"SECRET"}]}"#, "m (body.n)"),
            (r#"{"error":"m"}"#, "m"),
            (r#"{"error":["m","n"]}"#, "m"),
            (r#"{"errors":[{"message":"m"}]}"#, "m"),
            (r#"{"Message":"m"}"#, "m"),
            (r#"{"message":"{\"message\":\"m\"}"}"#, "m"),
            (r#"{"message":{"message":"m"}}"#, "m"),
            (r#"{"error":{"message":null,"code":"c"}}"#, "c"),
            (r#"{"error":{"message":"","type":"t"}}"#, "t"),
            (r#"{"base_resp":{"status_code":1002,"status_msg":"m"}}"#, "m"),
            (r#"{"error":{"message":"outer","metadata":{"raw":"{\"error\":\"m\"}"}}}"#, "outer: m"),
            (r#"{"status":403,"title":"Forbidden","detail":"m"}"#, "m"),
            (r#""m""#, "m"),
            ("\u{feff} m \n", "m"),
            (r#"{"error":{"message":"m"#, "m"),
            (r#"{"error": {"code": "c", "message" : "say \"m\"", "x": 1e999}}"#, "say \"m\""),
            (r#"{"error":"m"#, "m"),
            (r#"{"note":"m"#, r#"{"note":"m"#),
            (r#"{"error":{"message":"m \ud83d"}}"#, "m \u{fffd}"),
            ("<html><title>m</title><body>x</body>", "m"),
        ] {
            assert_eq!(message(body).as_deref(), Some(found), "{body}");
        }
    }

    #[test]
    fn a_body_that_says_nothing_has_no_message() {
        for body in
            ["", "  ", "{}", "[]", "null", r#"{"error":null}"#, r#"{"error":{}}"#, "<html></html>"]
        {
            let read = ErrorBody::read(body.as_bytes());
            assert!(!read.says_something() || body == "null", "{body}: {read:?}");
        }
    }

    #[test]
    fn codes_classes_and_delays_are_read_beside_the_message() {
        let body = r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED",
            "details":[{"@type":"x"},{"retryDelay":"34s"}]}}"#;
        let read = ErrorBody::read(body.as_bytes());
        assert_eq!(read.own_status(), Some(429));
        assert_eq!(read.retry_delay.as_deref(), Some("34s"));
        let read = ErrorBody::read(br#"{"error":{"message":"m","type":"None","code":"500"}}"#);
        assert_eq!((read.class.as_deref(), read.own_status()), (None, Some(500)));
        assert_eq!(ErrorBody::read(br#"{"message":"m","code":50001}"#).own_status(), None);
    }

    /// A validation error with the whole request in it, cut by the cap.
    #[test]
    fn of_a_cut_document_only_the_message_is_shown() {
        let prompt = "PROMPT \\\"message\\\": ".repeat(9_000);
        let cut = format!(r#"{{"detail":[{{"type":"t","msg":"m","input":"{prompt}"#);
        assert_eq!(message(&cut).as_deref(), Some("m"));
        let cut = format!(r#"{{"detail":[{{"input":"{prompt}"#);
        assert_eq!(message(&cut), None);
    }

    #[test]
    fn a_long_text_is_cut_and_a_deep_one_does_not_recurse() {
        assert_eq!(message(&"x".repeat(10_000)).map(|m| m.len()), Some(MAX_PLAIN_BYTES));
        let deep = format!("{}{}", r#"{"error":"#.repeat(5_000), "}".repeat(5_000));
        assert_eq!(message(&deep), None);
    }
}
