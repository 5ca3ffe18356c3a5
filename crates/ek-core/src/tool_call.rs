//! A tool invocation that a model wrote, sound or not.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::debug_text;
use crate::{Error, ErrorKind, MAX_JSON_VALUES, Result, count_json_values};

/// The arguments of a [`ToolCall`], kept as the text the model wrote.
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
            trimmed if is_object(trimmed) => Self { text, form: Form::Object },
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

    /// The arguments as a map, if they are a JSON object and not [too large](Self::is_too_large).
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
    is_object(inner.trim()).then_some(inner)
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

/// One tool invocation in a model's reply.
///
/// Serialises to the OpenAI shape and reads it back; missing arguments are read as `{}`, and arguments
/// that are an object as its text. `Debug` shows no arguments.
///
/// ```
/// use ek_core::ToolCall;
///
/// #[derive(serde::Deserialize)]
/// struct Place {
///     city: String,
/// }
///
/// let call = ToolCall::new("call_1", "tide", r#"{"city":"Bergen"}"#);
/// assert_eq!(call.arguments.parse::<Place>()?.city, "Bergen");
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolCall {
    /// The id under which the result is to be sent back. Unique within one reply, not in a
    /// conversation: some servers start anew in each reply.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What the model passes.
    pub arguments: Arguments,
    /// Every other key of the call, to be sent back on the next turn (`extra_content` with Gemini's
    /// thought signatures, for example).
    pub extra: Map<String, Value>,
}

impl ToolCall {
    /// A call of a function with arguments as text.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self::with_arguments(id, name, Arguments::from_text(arguments))
    }

    /// A call of a custom tool, whose input is free text.
    #[must_use]
    pub fn custom(
        id: impl Into<String>,
        name: impl Into<String>,
        input: impl Into<String>,
    ) -> Self {
        Self::with_arguments(id, name, Arguments::free_text(input))
    }

    /// A call with arguments of any form.
    #[must_use]
    pub fn with_arguments(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: Arguments,
    ) -> Self {
        Self { id: id.into(), name: name.into(), arguments, extra: Map::new() }
    }

    /// An id that no other call has, for servers that send none: random per process, then counted.
    #[must_use]
    pub fn generate_id() -> String {
        static PROCESS: LazyLock<u64> =
            LazyLock::new(|| RandomState::new().build_hasher().finish());
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("call_{:016x}{next:04x}", *PROCESS)
    }

    /// Adds a key that this struct does not model.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }

    /// Whether this calls a custom tool, whose input is free text and no JSON.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        self.arguments.is_free_text()
    }

    /// Reads a call in the OpenAI shape; `None` if it names no tool.
    ///
    /// Keys that the struct does not model stay in `extra`, those of the inner object under the inner
    /// object's own key, and are written again from there.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let mut extra = value.as_object()?.clone();
        let custom = extra.get("type").is_some_and(|kind| kind == "custom");
        let (inner_key, input_key) = inner_keys(custom);
        let Some(Value::Object(mut inner)) = extra.remove(inner_key) else {
            return None;
        };
        let Some(Value::String(name)) = inner.remove("name") else {
            return None;
        };
        let arguments = match inner.remove(input_key) {
            Some(Value::String(input)) if custom => Arguments::free_text(input),
            Some(Value::String(text)) => Arguments::from_text(text),
            Some(other) => Arguments::from_text(other.to_string()),
            None => Arguments::from_text(""),
        };
        let id = match extra.get("id") {
            Some(Value::String(id)) => id.clone(),
            _ => String::new(),
        };
        if !id.is_empty() {
            extra.remove("id");
        }
        extra.remove("type");
        if !inner.is_empty() {
            extra.insert(inner_key.to_owned(), Value::Object(inner));
        }
        Some(Self { id, name, arguments, extra })
    }
}

/// The keys of the inner object and of its input, as the API names them.
const fn inner_keys(custom: bool) -> (&'static str, &'static str) {
    if custom { ("custom", "input") } else { ("function", "arguments") }
}

/// The inner object: name, input, and what else was read there.
struct Inner<'a> {
    name: &'a str,
    input_key: &'static str,
    input: &'a str,
    more: Option<&'a Map<String, Value>>,
}

impl Serialize for Inner<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry(self.input_key, self.input)?;
        for (key, value) in self.more.into_iter().flatten() {
            if key != "name" && key != self.input_key {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl Serialize for ToolCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (inner_key, input_key) = inner_keys(self.is_custom());
        let inner = Inner {
            name: &self.name,
            input_key,
            input: self.arguments.as_str(),
            more: self.extra.get(inner_key).and_then(Value::as_object),
        };
        let mut map = serializer.serialize_map(None)?;
        if !self.id.is_empty() {
            map.serialize_entry("id", &self.id)?;
        }
        map.serialize_entry("type", inner_key)?;
        map.serialize_entry(inner_key, &inner)?;
        for (key, value) in &self.extra {
            let written = key == "type" || key == inner_key || (key == "id" && !self.id.is_empty());
            if !written {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ToolCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| {
            serde::de::Error::custom("a tool call needs an id, a type, a name and arguments")
        })
    }
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ToolCall");
        out.field("id", &self.id).field("name", &self.name).field("arguments", &self.arguments);
        if !self.extra.is_empty() {
            out.field("extra", &debug_text::Keys(&self.extra));
        }
        out.finish()
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
