//! An object of the request with the keys of the caller's `extra` in it. What the caller sets wins; an
//! object of the caller's is joined with the one that is written, key by key.

use ek_core::Result;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::json::object::Object;
use crate::protocol::unwritable;

/// An object in the making.
pub(super) struct Merged<'o, 'e> {
    object: Object<'o>,
    extra: Option<&'e Map<String, Value>>,
    /// Keys of the caller's that are not written, or are written already.
    done: Vec<&'static str>,
}

impl<'o, 'e> Merged<'o, 'e> {
    /// An object with these keys of the caller's, without those that are `left_out`.
    pub(super) fn begin(
        out: &'o mut Vec<u8>,
        extra: Option<&'e Map<String, Value>>,
        left_out: &[&'static str],
    ) -> Self {
        Self { object: Object::begin(out), extra, done: left_out.to_vec() }
    }

    /// Whether the caller leaves this key to the request.
    pub(super) fn is_own(&self, key: &str) -> bool {
        !self.extra.is_some_and(|extra| extra.contains_key(key))
    }

    /// The key, whose value is to be written next. Ask [`is_own`](Self::is_own) first.
    pub(super) fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        self.object.key(key)
    }

    /// A value that is JSON, unless the caller sets it.
    pub(super) fn json(&mut self, key: &'static str, json: &[u8]) {
        if self.is_own(key) {
            self.key(key).extend_from_slice(json);
        }
    }

    /// A value, unless the caller sets it.
    pub(super) fn value(
        &mut self,
        key: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<()> {
        match self.is_own(key) {
            true => self.object.value(key, value).map_err(unwritable),
            false => Ok(()),
        }
    }

    /// The same under a key that may hold anything.
    pub(super) fn any(&mut self, key: &str, value: &Value) -> Result<()> {
        match self.is_own(key) {
            true => serde_json::to_writer(self.object.any_key(key), value).map_err(unwritable),
            false => Ok(()),
        }
    }

    /// An object of the request's, joined with that of the caller's; none if there is nothing in it. A value
    /// of the caller's that is no object stands for it.
    pub(super) fn inner(
        &mut self,
        key: &'static str,
        write: impl FnOnce(&mut Merged<'_, 'e>) -> Result<()>,
    ) -> Result<()> {
        let given = self.extra.and_then(|extra| extra.get(key));
        if given.is_some_and(|value| !value.is_object()) {
            return Ok(());
        }
        self.done.push(key);
        let mut json = Vec::new();
        let mut inner = Merged::begin(&mut json, given.and_then(Value::as_object), &[]);
        write(&mut inner)?;
        inner.end()?;
        if json != b"{}" {
            self.object.key(key).extend_from_slice(&json);
        }
        Ok(())
    }

    /// Writes the other keys of the caller's.
    pub(super) fn end(mut self) -> Result<()> {
        for (key, value) in self.extra.into_iter().flatten() {
            if !self.done.contains(&key.as_str()) {
                serde_json::to_writer(self.object.any_key(key), value).map_err(unwritable)?;
            }
        }
        self.object.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(extra: &Value) -> Value {
        let mut out = Vec::new();
        let mut merged = Merged::begin(&mut out, extra.as_object(), &["model"]);
        merged.value("a", &1).expect("writes");
        let inner = |inner: &mut Merged<'_, '_>| {
            inner.value("x", &2)?;
            inner.inner("deep", |deep| deep.value("y", &3))
        };
        merged.inner("b", inner).expect("writes");
        merged.inner("none", |_| Ok(())).expect("writes");
        merged.end().expect("writes");
        serde_json::from_slice(&out).expect("JSON")
    }

    #[test]
    fn objects_are_joined_and_the_callers_keys_win() {
        for (extra, expected) in [
            (json!({}), json!({"a": 1, "b": {"x": 2, "deep": {"y": 3}}})),
            (
                json!({"a": 7, "model": "m", "c": []}),
                json!({"a": 7, "c": [], "b": {"x": 2, "deep": {"y": 3}}}),
            ),
            (
                json!({"b": {"x": 8, "z": 9, "deep": {"w": 4}}, "none": {"k": 1}}),
                json!({"a": 1, "b": {"x": 8, "z": 9, "deep": {"y": 3, "w": 4}}, "none": {"k": 1}}),
            ),
            (json!({"b": null}), json!({"a": 1, "b": null})),
        ] {
            assert_eq!(written(&extra), expected, "{extra}");
        }
    }
}
