//! A JSON object in the making. Its keys stay in the order in which they are added, that of the API: a map
//! would sort them.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

#[derive(Default)]
pub(in crate::wire) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    pub(in crate::wire) fn new() -> Self {
        Self::default()
    }

    /// Adds a key. What has no JSON (no value here) becomes `null`.
    pub(in crate::wire) fn with(mut self, key: &str, value: impl Serialize) -> Self {
        let value = to_raw_value(&value).unwrap_or_else(|_| RawValue::NULL.to_owned());
        self.0.push((key.to_owned(), value));
        self
    }

    /// Adds a key, if there is a value for it.
    pub(in crate::wire) fn with_some(self, key: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(super) fn with_null(self, key: &str) -> Self {
        self.with(key, ())
    }

    /// Adds all keys of a map.
    pub(super) fn with_all(self, keys: impl IntoIterator<Item = (String, impl Serialize)>) -> Self {
        keys.into_iter().fold(self, |object, (key, value)| object.with(&key, value))
    }

    /// Adds all keys of another object.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// A part of a reply: made from its fields, or one of the native turn that the script gives.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Part<'a> {
    Own(Object),
    Native(&'a RawValue),
}
