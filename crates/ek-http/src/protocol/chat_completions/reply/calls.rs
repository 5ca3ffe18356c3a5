//! Tool calls as servers write them, whole and in pieces.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ek_core::{Arguments, ToolCall, ToolCallFragment};
use serde_json::{Map, Value};

use super::content;
use super::spelling;
use crate::json::fields::Fields;
use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};
use crate::json::weight::tree_bytes;
use crate::json::{scalar, string};
use crate::protocol::arguments;

/// No model calls more tools in one reply.
const MAX_CALLS: usize = 4096;

/// Keys of the arguments where there are none under `arguments`: one of `LangChain`, the one of a tool's
/// definition, and Anthropic's.
const OTHER_ARGUMENTS: [&str; 3] = ["args", "parameters", "input"];

/// A call as it stands in a message: each field may be missing, null or of another kind.
#[derive(Default)]
pub(crate) struct CallFields<'a> {
    index: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    custom: bool,
    pub(crate) inner: CallBody<'a>,
    /// Name and arguments beside the inner object, or without one.
    flat: CallBody<'a>,
    extra: Vec<(String, Raw<'a>)>,
}

#[derive(Default)]
pub(crate) struct CallBody<'a> {
    name: Option<Raw<'a>>,
    pub(crate) input: Option<Raw<'a>>,
    extra: Vec<(String, Raw<'a>)>,
}

impl<'a> Fields<'a> for CallBody<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "name" => self.name = Some(value.value()?),
            "arguments" | "input" => self.input = Some(value.value()?),
            _ if OTHER_ARGUMENTS.contains(&key) && self.input.is_none() => {
                self.input = Some(value.value()?);
            }
            _ => self.extra.push((key.to_owned(), value.value()?)),
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for CallFields<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "id" => self.id = Some(value.value()?),
            "index" => self.index = Some(value.value()?),
            "type" => {
                let kind = value.value::<Raw<'_>>()?;
                self.custom = kind.get() == "\"custom\"";
            }
            "function" => self.inner = value.value()?,
            "custom" => {
                self.inner = value.value()?;
                self.custom |= self.inner.input.is_some();
            }
            "name" | "arguments" => self.flat.field(key, value)?,
            _ if OTHER_ARGUMENTS.contains(&key) && self.inner.input.is_none() => {
                self.flat.field(key, value)?;
            }
            _ => self.extra.push((key.to_owned(), value.value()?)),
        }
        Ok(())
    }
}

impl<'a> CallFields<'a> {
    /// Whether there is nothing of a call in it: no id, no name, no arguments.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_arguments() && self.name().is_none() && self.id.and_then(word).is_none()
    }

    fn has_arguments(&self) -> bool {
        const LONG: usize = 16;
        let nothing = |text: Cow<'_, str>| matches!(text.trim(), "" | "null" | "{}");
        let json = self.inner.input.or(self.flat.input);
        json.is_some_and(|json| json.get().len() > LONG) || !self.arguments().is_none_or(nothing)
    }

    fn name(&self) -> Option<Cow<'a, str>> {
        [self.inner.name, self.flat.name].into_iter().flatten().find_map(word)
    }

    /// The arguments as text: a string is what it says, null is nothing, an object (or anything else)
    /// is its own text.
    fn arguments(&self) -> Option<Cow<'a, str>> {
        let json = self.inner.input.or(self.flat.input)?.get();
        match json.as_bytes().first() {
            Some(b'"') => Some(string::read(json)),
            // PHP writes an empty object as a list.
            _ if matches!(json, "null" | "[]") => None,
            _ => Some(Cow::Borrowed(json)),
        }
    }

    /// Keys to be sent back on the next turn; those of the inner object stand under its own key.
    fn extra(&self) -> Map<String, Value> {
        let mut extra = values(&self.extra);
        let inner = values(&self.inner.extra);
        if !inner.is_empty() {
            let key = if self.custom { "custom" } else { "function" };
            extra.insert(key.to_owned(), inner.into());
        }
        extra
    }

    /// How much of it is kept, about. Even a call with nothing in it counts: a stream of such calls
    /// comes to an end.
    pub(crate) fn kept_bytes(&self) -> usize {
        const EACH: usize = 2;
        let inner = [self.inner.input, self.flat.input, self.inner.name, self.id];
        let texts = inner.iter().flatten().map(|raw| raw.get().len());
        let extra = self.extra.iter().chain(&self.inner.extra);
        let trees = extra.map(|(key, raw)| key.len() + tree_bytes(raw.get()));
        EACH + texts.chain(trees).sum::<usize>()
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

    /// The call as a whole; `None` if it names no tool.
    fn call(&self, taken: &mut BTreeSet<Cow<'a, str>>) -> Option<ToolCall> {
        let id = self.id.and_then(word).filter(|id| taken.insert(id.clone()));
        let id = id.map_or_else(ToolCall::generate_id, Cow::into_owned);
        let text = self.arguments().unwrap_or_default();
        let arguments = if self.custom {
            Arguments::free_text(text)
        } else {
            arguments::read(text.into_owned())
        };
        let mut call = ToolCall::with_arguments(id, self.name()?, arguments);
        call.extra = self.extra();
        Some(call)
    }
}

/// A string or a number that says something; blanks do not.
fn word(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let json = raw.get();
    let word = match json.as_bytes().first()? {
        b'"' => string::read(json),
        b'0'..=b'9' | b'-' => Cow::Borrowed(json),
        _ => return None,
    };
    Some(word).filter(|word| word.chars().any(|c| !c.is_whitespace()))
}

/// The calls that stand as parts in a content.
pub(super) fn of_parts<'a>(parts: &[&'a str]) -> Result<Vec<CallFields<'a>>, Unreadable> {
    if parts.len() > MAX_CALLS {
        return Err(Unreadable);
    }
    parts.iter().map(|json| scan::read(json)).collect()
}

/// The `tool_calls` of a message: a list, one call, null, or something else that is no call.
#[derive(Default)]
pub(crate) struct Calls<'a>(pub(crate) Vec<CallFields<'a>>);

impl<'a> Readable<'a> for Calls<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut calls = Vec::new();
        match scanner.peek()? {
            b'[' | b'{' => spelling::items(scanner, |call| {
                if let Some(call) = call {
                    if calls.len() == MAX_CALLS {
                        return Err(Unreadable);
                    }
                    calls.push(call);
                }
                Ok(())
            })?,
            b'0'..=b'9' | b'-' => return Err(Unreadable),
            // Calls within a text would be lost in silence.
            b'"' => {
                let text = string::read(scanner.value::<Raw<'a>>()?.get());
                let is_blank = matches!(text.trim(), "" | "[]" | "{}" | "null");
                if !is_blank && text.trim_start().starts_with(['[', '{']) {
                    return Err(Unreadable);
                }
            }
            _ => scanner.skip()?,
        }
        Ok(Calls(calls))
    }
}

/// Makes calls of the fields: ids are made unique, and missing ones made up. `None` if a call names no
/// tool: nothing could be run.
pub(crate) fn settle(calls: &[CallFields<'_>]) -> Option<Vec<ToolCall>> {
    let mut taken = BTreeSet::new();
    calls.iter().filter(|call| !call.is_empty()).map(|call| call.call(&mut taken)).collect()
}

/// The values as trees.
fn values(fields: &[(String, Raw<'_>)]) -> Map<String, Value> {
    let mut values = Map::new();
    for (key, raw) in fields {
        // A number out of range: its text is better than nothing.
        let value = content::value(raw.get());
        let value = value.unwrap_or_else(|| Value::String(raw.get().to_owned()));
        if !value.is_null() {
            values.insert(key.clone(), value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_calls_than_any_model_makes_are_unreadable_wherever_they_stand() {
        let call = r#"{"type":"tool_use","name":"n"}"#;
        for (count, is_read) in [(MAX_CALLS, true), (MAX_CALLS + 1, false)] {
            let parts = vec![call; count];
            let list = format!("[{}]", parts.join(","));
            assert_eq!(of_parts(&parts).is_ok(), is_read, "{count} parts");
            assert_eq!(scan::read::<Calls<'_>>(&list).is_ok(), is_read, "{count} calls");
        }
    }
}
