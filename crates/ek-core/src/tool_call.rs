//! A tool invocation that a model wrote, sound or not.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Arguments;
use crate::debug_text;

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
