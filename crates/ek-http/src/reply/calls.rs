//! Tool calls as servers write them.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::marker::PhantomData;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ek_core::{Arguments, ToolCall};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::fields::{self, Fields};
use super::scalar;

/// A call as it stands in a message: each field may be missing, null or of another kind.
#[derive(Default)]
pub(super) struct CallFields<'a> {
    id: Option<&'a RawValue>,
    custom: bool,
    inner: Inner<'a>,
    /// Name and arguments beside the inner object, or without one.
    flat: Inner<'a>,
    extra: Vec<(String, &'a RawValue)>,
}

#[derive(Default)]
struct Inner<'a> {
    name: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
}

impl<'de: 'a, 'a> Fields<'de> for Inner<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "name" => self.name = Some(map.next_value()?),
            "arguments" | "input" => self.input = Some(map.next_value()?),
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Inner<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

impl<'de: 'a, 'a> Fields<'de> for CallFields<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "id" => self.id = Some(map.next_value()?),
            "type" | "index" => fields::skip(map)?,
            "function" => self.inner = map.next_value()?,
            "custom" => {
                self.inner = map.next_value()?;
                self.custom = self.inner.name.is_some();
            }
            "name" => self.flat.name = Some(map.next_value()?),
            "arguments" => self.flat.input = Some(map.next_value()?),
            _ => self.extra.push((key.to_owned(), map.next_value()?)),
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CallFields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

impl CallFields<'_> {
    /// Whether this holds anything of the older `function_call` form.
    pub(super) fn is_legacy(&self) -> bool {
        self.flat.name.is_some() || self.flat.input.is_some()
    }

    fn name(&self) -> Option<String> {
        [self.inner.name, self.flat.name]
            .into_iter()
            .flatten()
            .find_map(scalar::text)
    }

    fn arguments(&self) -> Arguments {
        let Some(raw) = self.inner.input.or(self.flat.input) else {
            return Arguments::from_text("");
        };
        let json = raw.get();
        // A text is what it says; an object (or anything else) is its own text.
        let text = match json.starts_with('"') {
            true => scalar::string(json).unwrap_or_else(|| json.to_owned()),
            false => json.to_owned(),
        };
        if self.custom {
            Arguments::free_text(text)
        } else {
            Arguments::from_text(text)
        }
    }
}

/// The `tool_calls` of a message: a list, null, or something else that is no call.
#[derive(Default)]
pub(super) struct Calls<'a>(pub(super) Vec<CallFields<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Calls<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CallsVisitor<'a>(PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for CallsVisitor<'a> {
            type Value = Calls<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tool calls")
            }

            fn visit_unit<E: Error>(self) -> Result<Calls<'a>, E> {
                Ok(Calls::default())
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Calls<'a>, E> {
                Ok(Calls::default())
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Calls<'a>, E> {
                Ok(Calls::default())
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Calls<'a>, M::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Calls::default())
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Calls<'a>, S::Error> {
                let mut calls = Vec::new();
                while let Some(call) = seq.next_element::<Option<CallFields<'a>>>()? {
                    calls.extend(call);
                }
                Ok(Calls(calls))
            }
        }

        deserializer.deserialize_any(CallsVisitor(PhantomData))
    }
}

/// Makes calls of the fields: ids are made unique, and missing ones made up. `None` if a call names no
/// tool: nothing could be run.
pub(super) fn settle(calls: Vec<CallFields<'_>>) -> Option<Vec<ToolCall>> {
    let mut taken = HashSet::new();
    calls
        .into_iter()
        .map(|fields| {
            let id = fields
                .id
                .and_then(scalar::text)
                .filter(|id| !taken.contains(id));
            let id = id.unwrap_or_else(generated_id);
            taken.insert(id.clone());
            let mut call = ToolCall::with_arguments(id, fields.name()?, fields.arguments());
            for (key, raw) in fields.extra {
                match serde_json::from_str::<Value>(raw.get()) {
                    Ok(Value::Null) => {}
                    Ok(value) => drop(call.extra.insert(key, value)),
                    // A number out of range: its text is better than nothing.
                    Err(_) => drop(call.extra.insert(key, Value::String(raw.get().to_owned()))),
                }
            }
            Some(call)
        })
        .collect()
}

/// An id that no other call has: random per process, then counted.
pub(crate) fn generated_id() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("call_{:016x}{next:04x}", *PROCESS)
}
