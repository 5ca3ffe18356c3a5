//! Messages in transcripts: the OpenAI chat shape, with keys of its own for what that shape lacks.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::Message;
use crate::{CacheMark, Content, NativeTurn, Role, ToolCall};

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", self.role.as_str())?;
        if let Some(content) = &self.content {
            map.serialize_entry("content", content)?;
        }
        if let Some(name) = &self.name {
            map.serialize_entry("name", name)?;
        }
        if !self.tool_calls.is_empty() {
            map.serialize_entry("tool_calls", &self.tool_calls)?;
        }
        if let Some(id) = &self.tool_call_id {
            map.serialize_entry("tool_call_id", id)?;
        }
        if self.is_error {
            map.serialize_entry("is_error", &true)?;
        }
        if let Some(mark) = &self.cache {
            map.serialize_entry("cache_mark", mark)?;
        }
        if let Some(native) = &self.native {
            map.serialize_entry("native_turn", native)?;
        }
        for (key, value) in &self.extra {
            if !self.models(key) {
                map.serialize_entry(key, value)?;
            }
        }
        map.end()
    }
}

impl Message {
    /// Whether a field of this message writes that key, so that `extra` must not write it again.
    fn models(&self, key: &str) -> bool {
        match key {
            "role" => true,
            "content" => self.content.is_some(),
            "name" => self.name.is_some(),
            "tool_calls" => !self.tool_calls.is_empty(),
            "tool_call_id" => self.tool_call_id.is_some(),
            "is_error" => self.is_error,
            "cache_mark" => self.cache.is_some(),
            "native_turn" => self.native.is_some(),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;

        let mut map = Map::deserialize(deserializer)?;
        let role = match map.remove("role") {
            Some(Value::String(word)) => Role::from(word.as_str()),
            _ => return Err(D::Error::custom("a message needs a role, and it is a text")),
        };
        let mut message = Self::empty(role);
        message.content = map.remove("content").map(Content::from);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        message.name = taken(&mut map, "name", text);
        message.tool_call_id = taken(&mut map, "tool_call_id", text);
        message.tool_calls = taken(&mut map, "tool_calls", calls).unwrap_or_default();
        message.is_error =
            taken(&mut map, "is_error", |value| (*value == true).then_some(true)).is_some();
        message.cache =
            taken(&mut map, "cache_mark", |value| CacheMark::from_object(value.as_object()?, 0));
        message.native = taken(&mut map, "native_turn", NativeTurn::from_value);
        message.extra = map;
        Ok(message)
    }
}

/// Takes a key out if its value has the form that is written; otherwise it stays.
fn taken<T>(
    map: &mut Map<String, Value>,
    key: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Option<T> {
    let value = map.get(key).and_then(read)?;
    map.remove(key);
    Some(value)
}

/// The calls of a list that is not empty and holds nothing but calls.
fn calls(list: &Value) -> Option<Vec<ToolCall>> {
    let calls: Option<Vec<_>> = list.as_array()?.iter().map(ToolCall::from_value).collect();
    calls.filter(|calls| !calls.is_empty())
}
