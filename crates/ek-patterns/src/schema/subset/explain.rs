//! Explains why a value does not fit: every place, for the model and the program.

use std::collections::HashSet;

use serde_json::Value;

use super::check::{Walk, for_item, items, members};
use super::{Bound, Count, Kind, Node, Rule};
use crate::schema::wrong_value::{WrongValue, join};
use crate::schema::{MAX_MISFITS, TooComplex, Unfit};

/// The longest list of allowed values in an explanation, in bytes.
const MAX_LIST: usize = 300;

impl Walk<'_> {
    /// What is wrong with a value that does not fit.
    pub(super) fn explain(&mut self, value: &Value) -> Unfit {
        let mut found = Found { wrong: Vec::new(), seen: HashSet::new() };
        match self.node(0, value, "", &mut found) {
            Err(TooComplex) if found.wrong.is_empty() => Unfit::TooComplex,
            _ => Unfit::Wrong(found.wrong),
        }
    }

    fn node(
        &mut self,
        node: Node,
        value: &Value,
        path: &str,
        found: &mut Found,
    ) -> Result<(), TooComplex> {
        if found.wrong.len() >= MAX_MISFITS || !found.seen.insert((node, std::ptr::from_ref(value)))
        {
            return Ok(());
        }
        let checker = self.checker;
        for rule in &checker.nodes[node] {
            if !self.obeys(rule, value)? {
                self.rule(rule, value, path, found)?;
            }
        }
        found.wrong.truncate(MAX_MISFITS);
        Ok(())
    }

    fn rule(
        &mut self,
        rule: &Rule,
        value: &Value,
        path: &str,
        found: &mut Found,
    ) -> Result<(), TooComplex> {
        match rule {
            Rule::Required(names) => {
                let missing = names.iter().filter(|name| value.get(name.as_str()).is_none());
                found.wrong.extend(missing.map(|n| WrongValue::missing(path, n, "a value")));
            }
            Rule::Properties { .. } => {
                for (key, value) in members(value) {
                    let path = join(path, key);
                    for node in self.for_member(rule, key)? {
                        self.node(node, value, &path, found)?;
                    }
                }
            }
            Rule::Items { .. } => {
                for (place, item) in items(value) {
                    if let Some(node) = for_item(rule, place) {
                        self.node(node, item, &join(path, &place.to_string()), found)?;
                    }
                }
            }
            Rule::Names(node) => {
                for (name, value) in members(value) {
                    if !self.apart(*node, &Value::from(name.as_str()))? {
                        let path = join(path, name);
                        found.wrong.push(WrongValue::new(&path, "another name", value));
                    }
                }
            }
            Rule::All(nodes) => {
                for node in nodes {
                    self.node(*node, value, path, found)?;
                }
            }
            Rule::NullOr(node) => self.node(*node, value, path, found)?,
            Rule::Any(nodes) | Rule::One(nodes) => match self.meant(nodes, value) {
                Some(node) if !self.fits(node, value)? => self.node(node, value, path, found)?,
                _ => found.wrong.push(WrongValue::new(path, self.expected(rule), value)),
            },
            _ => found.wrong.push(WrongValue::new(path, self.expected(rule), value)),
        }
        Ok(())
    }

    /// The alternative that the value is meant to be, where there is only one with its type and its tags.
    fn meant(&self, nodes: &[Node], value: &Value) -> Option<Node> {
        let mut meant = nodes.iter().filter(|node| self.is_akin(**node, value, true));
        match (meant.next(), meant.next()) {
            (Some(node), None) => Some(*node),
            _ => None,
        }
    }

    /// Whether the value has the type of the subschema, and an allowed value in each member for which the
    /// subschema lists values.
    fn is_akin(&self, node: Node, value: &Value, tags: bool) -> bool {
        self.checker.nodes[node].iter().all(|rule| match rule {
            Rule::Never => false,
            Rule::Types(kinds) => kinds.iter().any(|kind| kind.holds(value)),
            Rule::OneOfValues(list) => list.contains(value),
            Rule::All(nodes) => nodes.iter().all(|node| self.is_akin(*node, value, tags)),
            Rule::NullOr(node) => self.is_akin(*node, value, tags),
            Rule::Properties { named, .. } if tags => named.iter().all(|(name, node)| {
                let is_tag = |rule: &Rule| matches!(rule, Rule::OneOfValues(_));
                let tag = value.get(name).filter(|_| self.checker.nodes[*node].iter().any(is_tag));
                tag.is_none_or(|tag| self.is_akin(*node, tag, false))
            }),
            _ => true,
        })
    }

    /// The text for what a rule expects.
    fn expected(&self, rule: &Rule) -> String {
        match rule {
            Rule::Never => "nothing".to_owned(),
            Rule::Types(kinds) => kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(" or "),
            Rule::OneOfValues(list) => one_of(list),
            Rule::Bound(bound, limit) => format!("{} {limit}", bound.words()),
            Rule::MultipleOf(of) => format!("a multiple of {of}"),
            Rule::Count(count, limit) => {
                let (most, what) = count.words();
                format!("{most} {limit} {what}")
            }
            Rule::Pattern(pattern) => format!("text that matches {}", pattern.as_str()),
            Rule::UniqueItems => "items that all differ".to_owned(),
            Rule::Any(nodes) => {
                let kinds = nodes.iter().filter_map(|node| self.types(*node)).collect::<Vec<_>>();
                match kinds.len() == nodes.len() {
                    true => format!("one of the alternatives ({})", kinds.join(" or ")),
                    false => "one of the alternatives".to_owned(),
                }
            }
            Rule::One(_) => "exactly one of the alternatives".to_owned(),
            _ => "another value".to_owned(),
        }
    }

    fn types(&self, node: Node) -> Option<String> {
        self.checker.nodes[node].iter().find_map(|rule| match rule {
            Rule::Types(_) | Rule::OneOfValues(_) => Some(self.expected(rule)),
            _ => None,
        })
    }
}

/// The misfits by now, and the pairs that were visited.
struct Found {
    wrong: Vec<WrongValue>,
    seen: HashSet<(Node, *const Value)>,
}

fn one_of(list: &[Value]) -> String {
    let mut text = String::new();
    for value in list {
        let value = value.to_string();
        if text.len() + value.len() > MAX_LIST {
            text.push_str(", ...");
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&value);
    }
    if list.len() == 1 { text } else { format!("one of {text}") }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl Bound {
    fn words(self) -> &'static str {
        match self {
            Self::Minimum => "at least",
            Self::ExclusiveMinimum => "more than",
            Self::Maximum => "at most",
            Self::ExclusiveMaximum => "less than",
        }
    }
}

impl Count {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::MinLength => ("at least", "characters"),
            Self::MaxLength => ("at most", "characters"),
            Self::MinItems => ("at least", "items"),
            Self::MaxItems => ("at most", "items"),
            Self::MinProperties => ("at least", "properties"),
            Self::MaxProperties => ("at most", "properties"),
        }
    }
}
