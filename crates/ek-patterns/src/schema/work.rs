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
mod tests {
    use super::*;
    use serde_json::json;

    fn steps(schema: &Value, value: &Value) -> u64 {
        super::steps(Reader::Each, schema, value)
    }

    /// A tree of `and` and `or`, whose alternatives differ in what comes after their branches.
    fn tree() -> Value {
        let branch = |op: &str| json!({"properties": {"left": {"$ref": "#"}, "op": {"const": op}}, "required": ["op"]});
        json!({"anyOf": [branch("and"), branch("or"), {"type": "string"}]})
    }

    fn deep(levels: usize) -> Value {
        (0..levels).fold(json!("x"), |left, _| json!({"left": left, "op": "or"}))
    }

    #[test]
    fn the_steps_of_a_recursive_schema_double_with_each_level_and_are_counted_in_one_pass() {
        assert!(steps(&tree(), &deep(10)) < MAX_STEPS);
        assert!(steps(&tree(), &deep(24)) > MAX_STEPS);
        assert_eq!(steps(&tree(), &deep(120)), u64::MAX);
    }

    #[test]
    fn each_way_to_nest_a_schema_is_followed() {
        type Wrap = fn(Value) -> Value;
        let alternatives = |keyword: &str, wrap: Wrap| {
            let again = wrap(json!({"$ref": "#"}));
            json!({"allOf": [{keyword: again.clone()}, {keyword: again}]})
        };
        let object = (0..40).fold(json!(1), |inner, _| json!({"a": inner}));
        let array = (0..40).fold(json!(1), |inner, _| json!([inner]));
        let plain: Wrap = |schema| schema;
        let named: Wrap = |schema| json!({"a": schema});
        let listed: Wrap = |schema| json!([schema]);
        let cases: [(&str, Wrap, &Value); 9] = [
            ("properties", named, &object),
            ("patternProperties", named, &object),
            ("additionalProperties", plain, &object),
            ("unevaluatedProperties", plain, &object),
            ("prefixItems", listed, &array),
            ("items", listed, &array),
            ("items", plain, &array),
            ("contains", plain, &array),
            ("unevaluatedItems", plain, &array),
        ];
        for (keyword, wrap, value) in cases {
            assert!(steps(&alternatives(keyword, wrap), value) > MAX_STEPS, "{keyword}");
        }
        for schema in [
            json!({"if": {"$ref": "#/$defs/a"}, "then": {"$ref": "#/$defs/a"}}),
            json!({"not": {"$ref": "#/$defs/a"}, "else": {"$ref": "#/$defs/a"}}),
            json!({"dependentSchemas": {"x": {"$ref": "#/$defs/a"}, "y": {"$ref": "#/$defs/a"}}}),
            json!({"anyOf": [{"$ref": "#x"}, {"$dynamicRef": "#x"}]}),
        ] {
            let mut schema = schema;
            schema["$defs"] = json!({"a": {"properties": {"a": {"$ref": "#"}}, "$anchor": "x"}});
            assert!(steps(&schema, &object) > MAX_STEPS, "{schema}");
        }
    }

    #[test]
    fn alternatives_with_a_tag_cost_a_reader_that_chooses_by_it_no_more_than_one_of_them() {
        let branch = |op: &str| json!({"properties": {"op": {"const": op}, "a": {"$ref": "#"}, "b": {"$ref": "#"}}});
        let schema = |word: &str| {
            json!({word: [branch("+"), branch("-"), branch("*"), {"$ref": "#/$defs/d"}],
                "$defs": {"d": branch("/")}})
        };
        let sum = (0..8).fold(json!(1), |side, _| json!({"op": "/", "a": side, "b": side}));
        let long = |reader, word: &str| is_long(reader, &schema(word), &sum);
        assert!(!long(Reader::ByTag, "oneOf") && long(Reader::Each, "oneOf"));
        assert!(long(Reader::ByTag, "anyOf"), "serde tries each variant of an untagged enum");
    }

    #[test]
    fn a_cycle_is_endless_and_a_plain_schema_takes_a_step_for_each_value() {
        assert_eq!(steps(&json!({"$ref": "#"}), &json!(1)), u64::MAX);
        let list = json!({"items": {"properties": {"a": {"type": "null"}}}});
        let many: Vec<_> = (0..1_000).map(|_| json!({"a": 1})).collect();
        assert!(steps(&list, &many.into()) < 10_000);
    }

    #[test]
    fn a_long_text_under_a_pattern_that_looks_around_counts_by_its_length() {
        let (short, long) = (json!("a".repeat(100)), json!("a".repeat(10_000)));
        for pattern in ["(?=a)b", r"(a|aa)+\1$"] {
            let schema = json!({"pattern": pattern});
            assert!(steps(&schema, &short) < MAX_STEPS && steps(&schema, &long) > MAX_STEPS);
        }
        let names = json!({"propertyNames": {"pattern": "(?<!a)b"}});
        assert!(steps(&names, &json!({"a".repeat(10_000): 1})) > MAX_STEPS);
        assert!(steps(&json!({"pattern": "^a+$"}), &long) < MAX_STEPS);
    }
}
