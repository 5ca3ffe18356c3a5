//! From a schema's JSON to rules. Everything that may be wrong with a schema is found here.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::keywords::{count, flag, is_passed_over, kinds, names, number};
use super::{Bound, Checker, Count, Node, Rule};

/// Schemas and references that stand in one another, at most.
const MAX_DEPTH: usize = 128;

impl Checker {
    pub(in super::super) fn compile(schema: &Value) -> Result<Self, String> {
        let mut compiler = Compiler { root: schema, nodes: Vec::new(), known: HashMap::new() };
        compiler.node("", schema, 0)?;
        let checker = Self { nodes: compiler.nodes };
        checker.refuse_endless_references()?;
        Ok(checker)
    }

    /// Subschemas that ask something of the same value in a circle would never come to an end.
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
                    Rule::Not(node) => std::slice::from_ref(node),
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
    /// By JSON pointer, so that schemas may refer to themselves.
    known: HashMap<String, Node>,
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
                "uniqueItems" => continue,
                // Read together: which properties are the others depends on those with a name.
                "properties" | "additionalProperties" => continue,
                "items" if !value.is_array() => Rule::Items(self.node(&place, value, depth + 1)?),
                "not" => Rule::Not(self.node(&place, value, depth + 1)?),
                "allOf" => Rule::All(self.nodes(&place, value, depth)?),
                "anyOf" => Rule::Any(self.nodes(&place, value, depth)?),
                "oneOf" => Rule::One(self.nodes(&place, value, depth)?),
                "$ref" => Rule::All(vec![self.referred(&place, value, depth)?]),
                // At the root it is only a name; below it changes what references mean.
                "$id" if pointer.is_empty() => continue,
                word if is_passed_over(word) => continue,
                word => match (Bound::from_keyword(word), Count::from_keyword(word)) {
                    (Some(bound), _) => Rule::Bound(bound, number(value).map_err(wrong)?),
                    (_, Some(what)) => Rule::Count(what, count(value).map_err(wrong)?),
                    _ => return Err(unsupported(keyword, pointer)),
                },
            };
            rules.push(rule);
        }
        rules.extend(self.properties(pointer, schema, depth)?);
        Ok(rules)
    }

    fn properties(
        &mut self,
        pointer: &str,
        schema: &Map<String, Value>,
        depth: usize,
    ) -> Result<Option<Rule>, String> {
        let mut named = Vec::new();
        if let Some(properties) = schema.get("properties") {
            let place = join(pointer, "properties");
            let properties = properties.as_object().ok_or_else(|| wrong(&place, "is no object"))?;
            for (name, schema) in properties {
                named.push((name.clone(), self.node(&join(&place, name), schema, depth + 1)?));
            }
        }
        let others = match schema.get("additionalProperties") {
            Some(schema) => {
                Some(self.node(&join(pointer, "additionalProperties"), schema, depth + 1)?)
            }
            None => None,
        };
        let none = named.is_empty() && others.is_none();
        Ok((!none).then_some(Rule::Properties { named, others }))
    }

    fn nodes(&mut self, place: &str, value: &Value, depth: usize) -> Result<Vec<Node>, String> {
        let schemas = list(place, value)?.iter().enumerate();
        schemas.map(|(n, s)| self.node(&join(place, &n.to_string()), s, depth + 1)).collect()
    }

    fn referred(&mut self, place: &str, value: &Value, depth: usize) -> Result<Node, String> {
        let target = value.as_str().ok_or_else(|| wrong(place, "is no text"))?;
        let local = target.strip_prefix('#').filter(|pointer| !pointer.contains('%'));
        let Some(pointer) = local.filter(|p| p.is_empty() || p.starts_with('/')) else {
            let why = unsupported("$ref", place);
            return Err(format!("{why} (only `#/...` is followed without it)"));
        };
        let root = self.root;
        let schema = root.pointer(pointer).ok_or_else(|| wrong(place, "refers to nothing"))?;
        self.node(pointer, schema, depth + 1)
    }
}

fn list<'v>(place: &str, value: &'v Value) -> Result<&'v Vec<Value>, String> {
    value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| wrong(place, "is no list"))
}

/// A JSON pointer one level deeper (RFC 6901).
fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn wrong(place: &str, why: &str) -> String {
    format!("`{place}` {why}")
}

fn unsupported(keyword: &str, pointer: &str) -> String {
    let place = if pointer.is_empty() { String::new() } else { format!(" at `{pointer}`") };
    format!("the keyword `{keyword}`{place} needs the feature `jsonschema`")
}
