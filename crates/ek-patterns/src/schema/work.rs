//! Counts the steps that a naive reader of a value would take, without taking them.
//!
//! A reader that tries each alternative of a recursive schema from the start takes exponential time for a few
//! hundred bytes. `jsonschema` is such a reader, and so is serde for untagged enums. Here each pair of schema
//! and value is visited once, and the steps below it are added up. The count ends early where there are too
//! many pairs.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// The most steps that such a reader may take.
const MAX_STEPS: u64 = 200_000;

/// The most schemas on the stack at once.
const MAX_DEPTH: usize = 1_000;

/// The steps for each byte of a text under a pattern with look-around or back-references, with
/// [`BACKTRACKS`] at each.
const STEPS_OF_BYTE: u64 = 100;

/// How often such a pattern may backtrack at one place of a text.
#[cfg(feature = "jsonschema")]
pub(super) const BACKTRACKS: usize = 2_000;

/// How a reader handles the alternatives of `oneOf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Tries each of them.
    #[cfg(any(test, feature = "jsonschema"))]
    Each,
    /// Chooses one by its tag, as serde does for enums that become a `oneOf`. Enums that become an `anyOf`
    /// have no tag.
    ByTag,
}

/// Whether such a reader takes more than [`MAX_STEPS`], or does not end.
pub(super) fn is_long(reader: Reader, schema: &Value, value: &Value) -> bool {
    steps(reader, schema, value) > MAX_STEPS
}

fn steps(reader: Reader, schema: &Value, value: &Value) -> u64 {
    let known = HashMap::new();
    Walk { reader, root: schema, named: None, known, pairs: 0, depth: 0 }.schema(schema, value)
}

struct Walk<'a> {
    reader: Reader,
    root: &'a Value,
    /// The schemas with an anchor or an id; `None` until they are needed.
    named: Option<Vec<&'a Value>>,
    /// By the addresses of schema and value. A pair that is under way counts as endless.
    known: HashMap<(*const Value, *const Value), u64>,
    pairs: u64,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn schema(&mut self, schema: &'a Value, value: &Value) -> u64 {
        let Some(keywords) = schema.as_object() else { return 1 };
        let pair = (std::ptr::from_ref(schema), std::ptr::from_ref(value));
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        self.pairs += 1;
        if self.depth == MAX_DEPTH || self.pairs > MAX_STEPS {
            return u64::MAX;
        }
        self.known.insert(pair, u64::MAX);
        self.depth += 1;
        let steps = keywords.iter().fold(1, |steps: u64, (keyword, schema)| {
            steps.saturating_add(self.keyword(keyword, schema, value))
        });
        self.depth -= 1;
        // Such a keyword evaluates all keywords beside it again, to know what they have evaluated.
        let again = ["unevaluatedItems", "unevaluatedProperties"];
        let again = again.iter().any(|keyword| keywords.contains_key(*keyword));
        let steps = steps.saturating_mul(if again { 3 } else { 1 });
        self.known.insert(pair, steps);
        steps
    }

    fn keyword(&mut self, keyword: &str, schema: &'a Value, value: &Value) -> u64 {
        match (keyword, schema, value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(target), _) => {
                let targets = self.referred(target);
                self.sum(targets, |walk, target| walk.schema(target, value))
            }
            ("oneOf", Value::Array(schemas), _) if self.reader == Reader::ByTag => {
                self.sum(schemas, |walk, schema| match walk.has_other_tag(schema, value) {
                    true => 1,
                    false => walk.schema(schema, value),
                })
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas), _) => {
                self.sum(schemas, |walk, schema| walk.schema(schema, value))
            }
            ("not" | "if" | "then" | "else", schema, _) => self.schema(schema, value),
            ("dependentSchemas" | "dependencies", Value::Object(schemas), _) => {
                self.sum(schemas.values(), |walk, schema| walk.schema(schema, value))
            }
            ("properties", Value::Object(schemas), Value::Object(members)) => {
                self.sum(members, |walk, (name, value)| {
                    schemas.get(name).map_or(1, |schema| walk.schema(schema, value))
                })
            }
            ("patternProperties", Value::Object(schemas), Value::Object(members)) => {
                let names: usize = members.keys().map(String::len).sum();
                self.sum(schemas, |walk, (written, schema)| {
                    walk.each(schema, members).saturating_add(matching(written, names))
                })
            }
            ("additionalProperties" | "unevaluatedProperties", schema, Value::Object(members)) => {
                self.each(schema, members)
            }
            ("items" | "prefixItems", Value::Array(schemas), Value::Array(items)) => self
                .sum(schemas.iter().zip(items), |walk, (schema, item)| walk.schema(schema, item)),
            (
                "items" | "additionalItems" | "unevaluatedItems" | "contains",
                schema,
                Value::Array(items),
            ) => self.sum(items, |walk, item| walk.schema(schema, item)),
            ("propertyNames", schema, Value::Object(members)) => {
                // A name has an address only for a moment, so results cannot be kept by it.
                let known = std::mem::take(&mut self.known);
                let steps = self.sum(members.keys(), |walk, name| {
                    walk.known.clear();
                    walk.schema(schema, &Value::from(name.as_str()))
                });
                self.known = known;
                steps
            }
            ("pattern", Value::String(written), Value::String(text)) => {
                matching(written, text.len())
            }
            _ => 1,
        }
    }

    /// Whether a member of the value differs from the `const` of the schema.
    fn has_other_tag(&mut self, schema: &'a Value, value: &Value) -> bool {
        let target = schema.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| self.referred(target).first().copied());
        let properties = target.unwrap_or(schema).get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().any(|(name, property)| {
            matches!((property.get("const"), value.get(name)), (Some(tag), Some(own)) if tag != own)
        })
    }

    fn each(&mut self, schema: &'a Value, members: &Map<String, Value>) -> u64 {
        self.sum(members.values(), |walk, value| walk.schema(schema, value))
    }

    fn sum<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut steps: impl FnMut(&mut Self, T) -> u64,
    ) -> u64 {
        items.into_iter().fold(0, |sum: u64, item| sum.saturating_add(steps(self, item)))
    }

    /// The schemas that a reference may mean: the one at a pointer, else every schema with an anchor or an id.
    fn referred(&mut self, target: &str) -> Vec<&'a Value> {
        match target.strip_prefix('#') {
            Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => {
                self.root.pointer(pointer).into_iter().collect()
            }
            _ => {
                let root = self.root;
                let named = self.named.get_or_insert_with(|| {
                    let mut found = Vec::new();
                    with_names(root, &mut found);
                    found
                });
                named.clone()
            }
        }
    }
}

fn with_names<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(members) => {
            if ["$anchor", "$dynamicAnchor", "$id", "id", "$recursiveAnchor"]
                .iter()
                .any(|name| members.contains_key(*name))
            {
                found.push(schema);
            }
            members.values().for_each(|inner| with_names(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| with_names(inner, found)),
        _ => {}
    }
}

/// The steps to match texts of this length in bytes.
fn matching(pattern: &str, bytes: usize) -> u64 {
    let looks = |sign: &str| pattern.contains(sign);
    let backtracks = ["(?=", "(?!", "(?<=", "(?<!", "\\k"].into_iter().any(looks)
        || pattern.as_bytes().windows(2).any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit());
    let each = if backtracks { STEPS_OF_BYTE } else { 1 };
    long(bytes).saturating_mul(each)
}

fn long(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
