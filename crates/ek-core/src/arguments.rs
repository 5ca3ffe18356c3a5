//! The arguments of a tool call as the model wrote them, sound or not.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::debug_text;
use crate::{Error, ErrorKind, MAX_JSON_VALUES, Result, count_json_values};

/// The arguments of a [`ToolCall`](crate::ToolCall), kept as the text the model wrote.
///
/// Three forms: a JSON object; free text (the input of a custom tool); or text that should have been
/// an object and is not. The last never fails the reply: it is there to be answered to the model.
///
/// ```
/// use ek_core::Arguments;
/// assert_eq!(Arguments::from_text("").as_str(), "{}");
/// assert!(!Arguments::from_text(r#"{"city":"Os"#).is_valid());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Arguments {
    text: String,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Object,
    Free,
    Invalid,
}

impl Arguments {
    /// Arguments as a model wrote them. Nothing at all, and the word `null`, are no arguments: `{}`.
    /// An object that was encoded twice, into a JSON string, is unwrapped.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        let text = text.into();
        match text.trim() {
            "" | "null" => Self { text: "{}".to_owned(), form: Form::Object },
            trimmed if is_object(trimmed) => Self { text: as_json(text), form: Form::Object },
            trimmed => match encoded_object(trimmed) {
                Some(text) => Self { text, form: Form::Object },
                None => Self { text, form: Form::Invalid },
            },
        }
    }

    /// The text of an object that was read as JSON before, without checking it again. For an adapter whose own
    /// reader has seen all of it; the text of anything else belongs to [`from_text`](Self::from_text).
    ///
    /// ```
    /// use ek_core::Arguments;
    /// let text = r#"{"city":"Oslo"}"#;
    /// assert_eq!(Arguments::from_checked_object(text), Arguments::from_text(text));
    /// ```
    #[must_use]
    pub fn from_checked_object(text: impl Into<String>) -> Self {
        Self { text: text.into(), form: Form::Object }
    }

    /// Text that is no object, whatever it says: what is there of arguments of which the rest never came,
    /// which may be nothing at all.
    #[must_use]
    pub fn invalid(text: impl Into<String>) -> Self {
        Self { text: text.into(), form: Form::Invalid }
    }

    /// The free text of a custom tool's call.
    #[must_use]
    pub fn free_text(text: impl Into<String>) -> Self {
        Self { text: text.into(), form: Form::Free }
    }

    /// The text: a JSON object unless it is invalid or free text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The arguments in a form that servers can read when they get the call back: invalid ones stand in an
    /// object under `invalid_json`, so that the model sees what it wrote; all others stay as they are.
    /// Many servers read the arguments of earlier calls as JSON and refuse the conversation for a bad one.
    ///
    /// ```
    /// use ek_core::Arguments;
    /// let cut = Arguments::from_text(r#"{"city":"Os"#);
    /// assert_eq!(cut.to_sendable().as_str(), r#"{"invalid_json":"{\"city\":\"Os"}"#);
    /// ```
    #[must_use]
    pub fn to_sendable(&self) -> Cow<'_, Self> {
        if self.is_valid() {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Map::from_iter([("invalid_json".to_owned(), self.as_str().into())]).into())
    }

    /// Whether the text is what was asked for: a JSON object, or free text for a custom tool.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.form != Form::Invalid
    }

    /// Whether this is the free text of a custom tool's call.
    #[must_use]
    pub fn is_free_text(&self) -> bool {
        self.form == Form::Free
    }

    /// The arguments as a type of yours.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the text is no JSON object or does not fit the type, and
    /// [`ErrorKind::TooLarge`] if it is [too large](Self::is_too_large). The message tells the place and
    /// never quotes the text.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        if self.is_too_large() {
            let why = format!("the arguments hold more than {MAX_JSON_VALUES} JSON values");
            return Err(Error::new(ErrorKind::TooLarge, why));
        }
        serde_json::from_str(&self.text).map_err(|e| {
            let what = if e.is_data() { "do not fit the type" } else { "are not JSON" };
            let place = format!("line {}, column {}", e.line(), e.column());
            Error::new(ErrorKind::Malformed, format!("the arguments {what}: fault at {place}"))
        })
    }

    /// The arguments as a map, if they are a JSON object that a [`Map`] can hold: not
    /// [too large](Self::is_too_large), not deeper than 127 levels, no number out of the range of an `f64`.
    #[must_use]
    pub fn object(&self) -> Option<Map<String, Value>> {
        if self.is_too_large() { None } else { serde_json::from_str(&self.text).ok() }
    }

    /// Whether the text holds more than [`MAX_JSON_VALUES`] JSON values. It is then read into nothing: a
    /// tree of it could take a hundred times its room.
    #[must_use]
    pub fn is_too_large(&self) -> bool {
        self.form == Form::Object && count_json_values(&self.text) > MAX_JSON_VALUES
    }
}

/// Whether the text is one whole JSON object, without building it.
fn is_object(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// The object within a JSON string, if that is all there is.
fn encoded_object(text: &str) -> Option<String> {
    let inner = text.starts_with('"').then(|| serde_json::from_str::<String>(text).ok())??;
    is_object(inner.trim()).then(|| as_json(inner))
}

/// The text without the white space around it, where that holds a character that is none in JSON, such as a
/// no-break space.
fn as_json(text: String) -> String {
    let trimmed = text.trim();
    let is_json = text.trim_matches([' ', '\t', '\n', '\r']).len() == trimmed.len();
    if is_json { text } else { trimmed.to_owned() }
}

impl From<Map<String, Value>> for Arguments {
    fn from(object: Map<String, Value>) -> Self {
        Self { text: Value::Object(object).to_string(), form: Form::Object }
    }
}

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({:?})", self.form, debug_text::text(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_no_object_are_kept_and_marked() {
        for (text, kept, valid) in [
            (r#"{"city":"Oslo"}"#, r#"{"city":"Oslo"}"#, true),
            ("\n{ }\n", "\n{ }\n", true),
            ("", "{}", true),
            ("null", "{}", true),
            ("[]", "[]", false),
            (r#"{"a":1}{"a":1}"#, r#"{"a":1}{"a":1}"#, false),
            (r#"{"a":"#, r#"{"a":"#, false),
            (r#""{\"a\":1}""#, r#"{"a":1}"#, true),
            (r#" "{\"a\":1}"\n "#, r#" "{\"a\":1}"\n "#, false),
            (r#""\"{}\"""#, r#""\"{}\"""#, false),
            (r#""Oslo""#, r#""Oslo""#, false),
            ("[1]", "[1]", false),
        ] {
            let arguments = Arguments::from_text(text);
            assert_eq!((arguments.as_str(), arguments.is_valid()), (kept, valid), "{text}");
        }
    }

    #[test]
    fn valid_arguments_are_json_whatever_white_space_the_model_wrote_around_them() {
        for space in ["\u{a0}", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\n\u{3000} "] {
            let plain = format!("{space}{{\"a\": 1}}{space}");
            let encoded = Value::from(plain.as_str()).to_string();
            for text in [plain, encoded] {
                let arguments = Arguments::from_text(text);
                assert_eq!((arguments.as_str(), arguments.is_valid()), ("{\"a\": 1}", true));
                assert!(arguments.object().is_some());
            }
        }
    }

    #[test]
    fn arguments_that_would_make_too_large_a_tree_are_read_into_none() {
        let many =
            |values| Arguments::from_text(format!("{{\"a\":[{}0]}}", "0,".repeat(values - 3)));
        let (fits, large) = (many(MAX_JSON_VALUES), many(MAX_JSON_VALUES + 1));
        assert!(fits.object().is_some() && fits.parse::<Value>().is_ok());
        assert!(large.is_valid() && large.is_too_large() && large.object().is_none());
        let error = large.parse::<Value>().expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert_eq!(error.to_string(), "the arguments hold more than 50000 JSON values");
        let text = Arguments::free_text(large.as_str());
        assert!(!text.is_too_large(), "free text is never read as JSON");
    }

    #[test]
    fn a_misfit_is_named_by_its_place_and_not_by_its_text() {
        let arguments = Arguments::from_text(r#"{"n":"MARKER"}"#);
        let error = arguments.parse::<std::collections::HashMap<String, u8>>().expect_err("misfit");
        assert!(
            error.to_string().starts_with("the arguments do not fit the type: fault at line 1")
        );
        assert!(!error.to_string().contains("MARKER"));
    }
}
