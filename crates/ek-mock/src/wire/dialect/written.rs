//! A JSON object whose values stay as they are written: schemas, arguments and turns are kept byte for byte.

use std::collections::BTreeMap;

use ek_core::{RawJson, ToolSpec};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

#[derive(Default)]
pub(super) struct Written<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Written<'a> {
    /// The object that a body is.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub(super) fn body(body: &'a [u8]) -> Result<Self, String> {
        serde_json::from_slice(body).map(Self).map_err(|error| super::json::no_object(&error))
    }

    /// The object that this is, if it is one.
    pub(super) fn of(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok().map(Self)
    }

    /// The object with other keys, and without those that are `null`.
    pub(super) fn renamed(self, rename: impl Fn(&str) -> String) -> Self {
        let set = self.0.into_iter().filter(|(_, value)| value.get() != "null");
        Self(set.map(|(key, value)| (rename(&key), value)).collect())
    }

    pub(super) fn without_nulls(self) -> Self {
        self.renamed(str::to_owned)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has no keys but these.
    pub(super) fn has_only(&self, keys: &[&str]) -> bool {
        self.0.keys().all(|key| keys.contains(&key.as_str()))
    }

    /// The name of the first key, in the order of the alphabet.
    pub(super) fn first_key(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    /// What is written under a key; `null` counts as nothing.
    pub(super) fn raw(&self, key: &str) -> Option<&'a RawValue> {
        self.0.get(key).copied().filter(|value| value.get() != "null")
    }

    /// The value under a key, if it has this form.
    pub(super) fn get<T: Deserialize<'a>>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.raw(key)?.get()).ok()
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key)
    }

    pub(super) fn object(&self, key: &str) -> Option<Self> {
        Self::of(self.raw(key)?)
    }

    /// Takes a key out if its value is an object.
    pub(super) fn take_object(&mut self, key: &str) -> Option<Self> {
        let object = self.object(key)?;
        self.0.remove(key);
        Some(object)
    }

    /// JSON to be kept as it is written.
    pub(super) fn json(&self, key: &str) -> Option<RawJson> {
        RawJson::new(self.raw(key)?.get()).ok()
    }

    /// Takes a key out; `null` counts as nothing.
    pub(super) fn remove(&mut self, key: &str) -> Option<&'a RawValue> {
        self.0.remove(key).filter(|value| value.get() != "null")
    }

    /// Takes a key out if its value has the usual form; otherwise it stays, and so does `null`.
    pub(super) fn take<T: Deserialize<'a>>(&mut self, key: &str) -> Option<T> {
        let value = self.get(key)?;
        self.0.remove(key);
        Some(value)
    }

    /// The same, for a form that is read by a function.
    pub(super) fn take_as<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = read(&self.get(key)?)?;
        self.0.remove(key);
        Some(value)
    }

    /// Takes a list out; an empty one if there is none.
    ///
    /// # Errors
    ///
    /// If it is no list.
    pub(super) fn list(&mut self, key: &str) -> Result<Vec<&'a RawValue>, String> {
        let Some(list) = self.remove(key) else { return Ok(Vec::new()) };
        serde_json::from_str(list.get()).map_err(|_| format!("`{key}` is no list"))
    }

    /// The keys as values.
    ///
    /// # Errors
    ///
    /// If one of them cannot be read, such as a list of lists that is too deep.
    pub(super) fn into_map(self) -> Result<Map<String, Value>, String> {
        let keys = self.0.into_iter().map(|(key, raw)| {
            let value = serde_json::from_str(raw.get());
            value.map(|value| (key.clone(), value)).map_err(|_| format!("`{key}` cannot be read"))
        });
        keys.collect()
    }

    /// The tool that has these keys and its schema under this one, if it has a name.
    pub(super) fn tool(&self, schema: &str) -> Option<ToolSpec> {
        let mut spec = ToolSpec::custom(self.text("name")?, "");
        spec.description = self.text("description");
        spec.parameters = self.json(schema);
        spec.strict = self.get("strict");
        Some(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_to_be_a_value_is_an_error_that_names_its_key() {
        let deep = format!(r#"{{"a":1,"deep":{}{}}}"#, "[".repeat(200), "]".repeat(200));
        let keys = Written::body(deep.as_bytes()).expect("an object");
        assert_eq!(keys.into_map(), Err("`deep` cannot be read".to_owned()));
    }

    #[test]
    fn what_has_another_form_stays_and_so_does_null() {
        let mut keys = Written::body(br#"{"a":"1","b":null,"c":1.50}"#).expect("an object");
        assert_eq!((keys.take::<f64>("a"), keys.take::<f64>("b")), (None, None));
        assert_eq!(keys.json("c").as_ref().map(RawJson::as_str), Some("1.50"));
        assert_eq!(keys.take("c"), Some(1.5));
        let rest = keys.into_map().expect("values");
        assert_eq!(Value::from(rest), serde_json::json!({"a": "1", "b": null}));
    }
}
