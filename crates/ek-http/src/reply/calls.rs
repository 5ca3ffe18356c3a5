//! Tool calls as servers write them, whole and in pieces.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use ek_core::{Arguments, ToolCall, ToolCallFragment};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::{self, Fields};
use super::scan::Raw;
use super::varying::{self, VaryingKind};
use super::{content, json_string, scalar};

/// No model calls more tools in one reply.
const MAX_CALLS: usize = 4096;

/// A call as it stands in a message: each field may be missing, null or of another kind.
#[derive(Default)]
pub(crate) struct CallFields<'a> {
    index: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    custom: bool,
    inner: Inner<'a>,
    /// Name and arguments beside the inner object, or without one.
    flat: Inner<'a>,
    extra: Vec<(String, Raw<'a>)>,
}

#[derive(Default)]
struct Inner<'a> {
    name: Option<Raw<'a>>,
    input: Option<Raw<'a>>,
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
            "index" => self.index = Some(map.next_value()?),
            "type" => {
                let kind: Raw<'_> = map.next_value()?;
                self.custom = kind.get() == "\"custom\"";
            }
            "function" => self.inner = map.next_value()?,
            "custom" => {
                self.inner = map.next_value()?;
                self.custom |= self.inner.input.is_some();
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

impl<'a> CallFields<'a> {
    /// Whether this holds anything of the older `function_call` form.
    pub(super) fn is_legacy(&self) -> bool {
        self.flat.name.is_some() || self.flat.input.is_some()
    }

    fn name(&self) -> Option<Cow<'a, str>> {
        [self.inner.name, self.flat.name].into_iter().flatten().find_map(word)
    }

    /// The arguments as text: a string is what it says, null is nothing, an object (or anything else)
    /// is its own text.
    fn arguments(&self) -> Option<Cow<'a, str>> {
        let json = self.inner.input.or(self.flat.input)?.get();
        match json.as_bytes().first() {
            Some(b'"') => Some(plain(json)),
            _ if json == "null" => None,
            _ => Some(Cow::Borrowed(json)),
        }
    }

    /// Keys to be sent back on the next turn.
    fn extra(&self) -> Map<String, Value> {
        let mut extra = Map::new();
        for (key, raw) in &self.extra {
            // A number out of range: its text is better than nothing.
            let value = content::value(raw.get());
            let value = value.unwrap_or_else(|| Value::String(raw.get().to_owned()));
            if !value.is_null() {
                extra.insert(key.clone(), value);
            }
        }
        extra
    }

    /// How much of it is kept, about.
    pub(super) fn kept_bytes(&self) -> usize {
        let inner = [self.inner.input, self.flat.input, self.inner.name, self.id];
        let extra = self.extra.iter().map(|(_, raw)| raw);
        inner.iter().flatten().chain(extra).map(|raw| raw.get().len()).sum()
    }

    /// The call as a piece of a stream.
    pub(crate) fn fragment(&self) -> ToolCallFragment<'a> {
        let mut fragment = ToolCallFragment::new();
        fragment.index = self.index.and_then(scalar::count);
        fragment.id = self.id.and_then(word);
        fragment.name = self.name();
        fragment.arguments = self.arguments();
        fragment.custom = self.custom;
        fragment.extra = self.extra();
        fragment
    }

    /// The arguments, and the rest of the call. See [`Envelope::varying`](super::Envelope::varying).
    pub(super) fn varying(&self) -> Option<(&'a str, VaryingKind)> {
        let json = varying::quoted(self.inner.input?)?;
        let whole = self.fragment();
        if !whole.extra.is_empty() {
            return None;
        }
        let mut rest = ToolCallFragment::new();
        rest.index = whole.index;
        rest.id = whole.id.map(|id| id.into_owned().into());
        rest.name = whole.name.map(|name| name.into_owned().into());
        rest.custom = whole.custom;
        Some((json, VaryingKind::Arguments(rest)))
    }

    /// The call as a whole; `None` if it names no tool.
    fn call(&self, taken: &mut HashSet<String>) -> Option<ToolCall> {
        let id = self.id.and_then(word).map(Cow::into_owned).filter(|id| !taken.contains(id));
        let id = id.unwrap_or_else(ToolCall::generate_id);
        taken.insert(id.clone());
        let text = self.arguments().unwrap_or_default();
        let arguments =
            if self.custom { Arguments::free_text(text) } else { Arguments::from_text(text) };
        let mut call = ToolCall::with_arguments(id, self.name()?, arguments);
        call.extra = self.extra();
        Some(call)
    }
}

/// A JSON string without its quotes, borrowed where nothing in it is escaped.
fn plain(json: &str) -> Cow<'_, str> {
    match json.get(1..json.len().saturating_sub(1)) {
        Some(inner) if !inner.contains('\\') => Cow::Borrowed(inner),
        _ => Cow::Owned(json_string::decode(json)),
    }
}

/// A string or a number that says something.
fn word(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let word = match json.as_bytes().first()? {
        b'"' => plain(json),
        b'0'..=b'9' | b'-' => Cow::Borrowed(json),
        _ => return None,
    };
    Some(word).filter(|word| !word.is_empty())
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
                    if calls.len() == MAX_CALLS {
                        return Err(S::Error::custom("too many tool calls"));
                    }
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
pub(super) fn settle(calls: &[CallFields<'_>]) -> Option<Vec<ToolCall>> {
    let mut taken = HashSet::new();
    calls.iter().map(|call| call.call(&mut taken)).collect()
}
