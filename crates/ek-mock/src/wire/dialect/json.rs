//! JSON that all dialects read and write in the same way.

use serde::Serialize;
use serde_json::{Map, Value};

/// As JSON. What has no JSON (no value here) becomes nothing.
pub(in crate::wire) fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// The object that a body is.
///
/// # Errors
///
/// Where it is none.
pub(in crate::wire) fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(body).map_err(|error| no_object(&error))
}

/// Why a body is no object, without a word of it.
pub(super) fn no_object(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    format!("the body is not a JSON object: fault at {place}")
}

/// Takes a key out if its value has the usual form; otherwise it stays, and so does `null`.
pub(in crate::wire) fn taken<T>(
    keys: &mut Map<String, Value>,
    key: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Option<T> {
    let value = keys.get(key).filter(|value| !value.is_null()).and_then(read)?;
    keys.remove(key);
    Some(value)
}

pub(in crate::wire) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(in crate::wire) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}

pub(in crate::wire) fn count(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|count| u32::try_from(count).ok())
}

/// The text under a key; an empty one if there is none.
pub(super) fn text_of(keys: &Map<String, Value>, key: &str) -> String {
    keys.get(key).and_then(text).unwrap_or_default()
}

/// Whether an object has no keys but these.
pub(super) fn has_only(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}
