//! Compiles the JSON of a schema to rules, and finds everything that is wrong with the schema.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::keywords::{bounds, count, flag, is_annotation, kinds, multiple, names, pattern};
use super::{Checker, Count, Node, Pattern, Rule};
use crate::schema::wrong_value::join;

/// The deepest nesting of schemas and references.
const MAX_DEPTH: usize = 128;

impl Checker {
    /// # Errors
    /// What is no valid JSON Schema, with its path; or all keywords that cannot be checked, each with its path.
    pub(in super::super) fn compile(schema: &Value) -> Result<Self, String> {
        let mut compiler = Compiler {
            root: schema,
            nodes: Vec::new(),
            known: HashMap::new(),
            unsupported: Vec::new(),
        };
        compiler.node("", schema, 0)?;
        if !compiler.unsupported.is_empty() {
            let keywords = compiler.unsupported.join(", ");
            return Err(format!(
                "it cannot be checked for {keywords}; the feature `jsonschema` knows all keywords, and \
                 `Tool::unchecked` checks none"
            ));
        }
        let checker = Self { nodes: compiler.nodes };
        checker.refuse_endless_references()?;
        Ok(checker)
    }

    /// Refuses subschemas that refer to each other in a cycle for the same value: their check would not end.
    fn refuse_endless_references(&self) -> Result<(), String> {
        #[derive(Clone, Copy, PartialEq)]
        enum Seen {
            No,
            Open,
            Done,
        }
        fn visit(checker: &Checker, node: Node, seen: &mut [Seen]) -> Result<(), String> {
            match seen[node] {
                Seen::Done => return Ok(()),
                Seen::Open => return Err("a `$ref` leads back to itself".to_owned()),
                Seen::No => seen[node] = Seen::Open,
            }
            for rule in &checker.nodes[node] {
                let next = match rule {
                    Rule::All(nodes) | Rule::Any(nodes) | Rule::One(nodes) => nodes.as_slice(),
                    Rule::Not(node) | Rule::NullOr(node) => std::slice::from_ref(node),
                    _ => &[],
                };
                next.iter().try_for_each(|next| visit(checker, *next, seen))?;
            }
            seen[node] = Seen::Done;
            Ok(())
        }
        let mut seen = vec![Seen::No; self.nodes.len()];
        (0..self.nodes.len()).try_for_each(|node| visit(self, node, &mut seen))
    }
}

struct Compiler<'a> {
    root: &'a Value,
    nodes: Vec<Vec<Rule>>,
    /// The subschemas by their JSON pointers, so that schemas may refer to themselves.
    known: HashMap<String, Node>,
    /// The keywords that cannot be checked, with their places.
    unsupported: Vec<String>,
}

impl Compiler<'_> {
    fn node(&mut self, pointer: &str, schema: &Value, depth: usize) -> Result<Node, String> {
        if let Some(node) = self.known.get(pointer) {
            return Ok(*node);
        }
        if depth > MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} levels deep"));
        }
        let node = self.nodes.len();
        self.nodes.push(Vec::new());
        self.known.insert(pointer.to_owned(), node);
        self.nodes[node] = match schema {
            Value::Bool(true) => Vec::new(),
            Value::Bool(false) => vec![Rule::Never],
            Value::Object(schema) => self.rules(pointer, schema, depth)?,
            _ => return Err(wrong(pointer, "is neither an object nor true or false")),
        };
        Ok(node)
    }

    fn rules(
        &mut self,
        pointer: &str,
        schema: &Map<String, Value>,
        depth: usize,
    ) -> Result<Vec<Rule>, String> {
        let mut rules = Vec::new();
        for (keyword, value) in schema {
            let place = join(pointer, keyword);
            let wrong = |why| wrong(&place, why);
            let rule = match keyword.as_str() {
                "type" => Rule::Types(kinds(value).map_err(wrong)?),
                "enum" => Rule::OneOfValues(list(&place, value)?.clone()),
                "const" => Rule::OneOfValues(vec![value.clone()]),
                "required" => Rule::Required(names(value).map_err(wrong)?),
                "uniqueItems" if flag(value).map_err(wrong)? => Rule::UniqueItems,
                "multipleOf" => Rule::MultipleOf(multiple(value).map_err(wrong)?),
                "pattern" => match pattern(value).map_err(wrong)? {
                    Some(pattern) => Rule::Pattern(pattern),
                    None => {
                        self.cannot_check(keyword, pointer);
                        continue;
                    }
                },
                "propertyNames" => Rule::Names(self.node(&place, value, depth + 1)?),
                "not" => Rule::Not(self.node(&place, value, depth + 1)?),
                "allOf" => Rule::All(self.nodes(&place, value, depth)?),
                "anyOf" => Rule::Any(self.nodes(&place, value, depth)?),
                "oneOf" => Rule::One(self.nodes(&place, value, depth)?),
                "$ref" => match self.referred(&place, value, depth)? {
                    Some(node) => Rule::All(vec![node]),
                    None => {
                        self.cannot_check(keyword, pointer);
                        continue;
                    }
                },
                "nullable" if flag(value).map_err(wrong)? => continue,
                "uniqueItems" | "nullable" => continue,
                // At the root it is only a name; in a subschema it changes what references mean.
                "$id" | "id" if pointer.is_empty() => continue,
                word if TOGETHER.contains(&word) || is_annotation(word) => continue,
                word => match Count::from_keyword(word) {
                    Some(what) => Rule::Count(what, count(value).map_err(wrong)?),
                    None => {
                        self.cannot_check(keyword, pointer);
                        continue;
                    }
                },
            };
            rules.push(rule);
        }
        rules.extend(bounds(schema).map_err(|(word, why)| wrong(&join(pointer, word), why))?);
        rules.extend(self.properties(pointer, schema, depth)?);
        rules.extend(self.items(pointer, schema, depth)?);
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            let node = self.nodes.len();
            self.nodes.push(rules);
            rules = vec![Rule::NullOr(node)];
        }
        Ok(rules)
    }

    fn properties(
        &mut self,
        pointer: &str,
        schema: &Map<String, Value>,
        depth: usize,
    ) -> Result<Option<Rule>, String> {
        let (mut named, mut patterns) = (HashMap::new(), Vec::new());
        for (name, place, schema) in members(pointer, schema, "properties")? {
            named.insert(name.clone(), self.node(&place, schema, depth + 1)?);
        }
        for (written, place, schema) in members(pointer, schema, "patternProperties")? {
            let node = self.node(&place, schema, depth + 1)?;
            match Pattern::new(written) {
                Some(pattern) => patterns.push((pattern, node)),
                None => self.cannot_check("patternProperties", pointer),
            }
        }
        let others = self.optional(pointer, schema, "additionalProperties", depth)?;
        let none = named.is_empty() && patterns.is_empty() && others.is_none();
        Ok((!none).then_some(Rule::Properties { named, patterns, others }))
    }

    /// `prefixItems` with `items`; before draft 2020-12 these were `items` with `additionalItems`.
    fn items(
        &mut self,
        pointer: &str,
        schema: &Map<String, Value>,
        depth: usize,
    ) -> Result<Option<Rule>, String> {
        let (tuple, rest) = match schema.get("items") {
            Some(Value::Array(_)) => ("items", "additionalItems"),
            _ => ("prefixItems", "items"),
        };
        let first = match schema.get(tuple) {
            Some(list) => self.nodes(&join(pointer, tuple), list, depth)?,
            None => Vec::new(),
        };
        let others = self.optional(pointer, schema, rest, depth)?;
        let none = first.is_empty() && others.is_none();
        Ok((!none).then_some(Rule::Items { first, others }))
    }

    fn optional(
        &mut self,
        pointer: &str,
        schema: &Map<String, Value>,
        keyword: &str,
        depth: usize,
    ) -> Result<Option<Node>, String> {
        let schema = schema.get(keyword);
        schema.map(|schema| self.node(&join(pointer, keyword), schema, depth + 1)).transpose()
    }

    fn nodes(&mut self, place: &str, value: &Value, depth: usize) -> Result<Vec<Node>, String> {
        let schemas = list(place, value)?.iter().enumerate();
        schemas.map(|(n, s)| self.node(&join(place, &n.to_string()), s, depth + 1)).collect()
    }

    /// The subschema that a `$ref` leads to; `None` if it leads to another document.
    fn referred(
        &mut self,
        place: &str,
        value: &Value,
        depth: usize,
    ) -> Result<Option<Node>, String> {
        let target = value.as_str().ok_or_else(|| wrong(place, "is no text"))?;
        let local = target.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        let Some(pointer) = local.filter(|p| p.is_empty() || p.starts_with('/')) else {
            return Ok(None);
        };
        let root = self.root;
        let schema = root.pointer(pointer).ok_or_else(|| wrong(place, "refers to nothing"))?;
        self.node(pointer, schema, depth + 1).map(Some)
    }

    fn cannot_check(&mut self, keyword: &str, pointer: &str) {
        let place = if pointer.is_empty() { "/" } else { pointer };
        self.unsupported.push(format!("the keyword `{keyword}` at `{place}`"));
    }
}

/// Keywords that are read together with others.
const TOGETHER: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maximum",
    "minimum",
    "patternProperties",
    "prefixItems",
    "properties",
];

/// The schemas under a keyword, by name, each with its place.
fn members<'s>(
    pointer: &str,
    schema: &'s Map<String, Value>,
    keyword: &str,
) -> Result<Vec<(&'s String, String, &'s Value)>, String> {
    let Some(members) = schema.get(keyword) else { return Ok(Vec::new()) };
    let place = join(pointer, keyword);
    let members = members.as_object().ok_or_else(|| wrong(&place, "is no object"))?;
    Ok(members.iter().map(|(name, schema)| (name, join(&place, name), schema)).collect())
}

fn list<'v>(place: &str, value: &'v Value) -> Result<&'v Vec<Value>, String> {
    value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| wrong(place, "is no list"))
}

fn wrong(place: &str, why: &str) -> String {
    format!("`{place}` {why}")
}
