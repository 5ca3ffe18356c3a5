//! Checks a value against the rules. It checks each pair of subschema and value once, and counts its steps.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Number, Value};

use super::values::{canonical, compare, is_multiple, same};
use super::{Bound, Checker, Count, Node, Rule};
use crate::schema::{TooComplex, Unfit};

/// The most steps of one check. A step is one rule for one value, or one byte of a text under a pattern or
/// `uniqueItems`.
const MAX_STEPS: usize = 250_000;

/// How many values of a list, or bytes of a text, count as one step.
const AT_ONCE: usize = 16;

/// The most subschemas on the stack at once.
const MAX_DEPTH: usize = 1_000;

impl Checker {
    /// # Errors
    /// Every misfit, up to a limit; or that the check would take too many steps.
    pub(in super::super) fn check(&self, value: &Value) -> Result<(), Unfit> {
        let mut walk = Walk::new(self);
        if walk.fits(0, value)? { Ok(()) } else { Err(walk.explain(value)) }
    }
}

/// One check under way.
pub(super) struct Walk<'a> {
    pub(super) checker: &'a Checker,
    /// The results, by subschema and address of the value.
    known: HashMap<(Node, *const Value), bool>,
    pub(super) steps: usize,
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(checker: &'a Checker) -> Self {
        Self { checker, known: HashMap::new(), steps: 0, depth: 0 }
    }

    fn step(&mut self, steps: usize) -> Result<(), TooComplex> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS { Err(TooComplex) } else { Ok(()) }
    }

    pub(super) fn fits(&mut self, node: Node, value: &Value) -> Result<bool, TooComplex> {
        let place = (node, std::ptr::from_ref(value));
        if let Some(known) = self.known.get(&place).copied() {
            self.step(1)?;
            return Ok(known);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(TooComplex);
        }
        let checker = self.checker;
        let fits = self.all(&checker.nodes[node], |walk, rule| walk.obeys(rule, value))?;
        self.depth -= 1;
        self.known.insert(place, fits);
        Ok(fits)
    }

    /// Whether it holds for each of them.
    fn all<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut holds: impl FnMut(&mut Self, T) -> Result<bool, TooComplex>,
    ) -> Result<bool, TooComplex> {
        for item in items {
            if !holds(self, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many of the alternatives the value fits; counts no further than `enough`.
    pub(super) fn count(
        &mut self,
        nodes: &[Node],
        value: &Value,
        enough: usize,
    ) -> Result<usize, TooComplex> {
        let mut count = 0;
        for node in nodes {
            count += usize::from(self.fits(*node, value)?);
            if count == enough {
                break;
            }
        }
        Ok(count)
    }

    pub(super) fn obeys(&mut self, rule: &Rule, value: &Value) -> Result<bool, TooComplex> {
        self.step(1)?;
        match (rule, value) {
            (Rule::OneOfValues(list), _) => self.step(list.len() / AT_ONCE)?,
            (Rule::Required(names), Value::Object(_)) => self.step(names.len() / AT_ONCE)?,
            (Rule::Count(..), Value::String(text)) => self.step(text.len() / AT_ONCE / AT_ONCE)?,
            _ => {}
        }
        Ok(match rule {
            Rule::Never => false,
            Rule::Types(kinds) => kinds.iter().any(|kind| kind.holds(value)),
            Rule::OneOfValues(list) => list.iter().any(|item| same(item, value)),
            Rule::Bound(bound, limit) => value.as_number().is_none_or(|n| bound.allows(n, limit)),
            Rule::MultipleOf(of) => value.as_number().is_none_or(|n| is_multiple(n, of)),
            Rule::Count(count, limit) => count.allows(value, *limit),
            Rule::Pattern(pattern) => match value.as_str() {
                Some(text) => self.matches(pattern, text)?,
                None => true,
            },
            Rule::UniqueItems => self.differ(value.as_array().map_or(&[], Vec::as_slice))?,
            Rule::Required(names) => match value.as_object() {
                Some(object) => names.iter().all(|name| object.contains_key(name)),
                None => true,
            },
            Rule::Properties { .. } => {
                self.all(members(value), |walk, (key, value)| walk.member(rule, key, value))?
            }
            Rule::Names(node) => {
                // A name has an address only for a moment, so results cannot be kept by it.
                let names = members(value).map(|(key, _)| key);
                self.all(names, |walk, name| walk.apart(*node, &Value::from(name.as_str())))?
            }
            Rule::Items { .. } => {
                self.all(items(value), |walk, (place, item)| walk.item(rule, place, item))?
            }
            Rule::All(nodes) => self.all(nodes, |walk, node| walk.fits(*node, value))?,
            Rule::Any(nodes) => self.count(nodes, value, 1)? == 1,
            Rule::One(nodes) => self.count(nodes, value, 2)? == 1,
            Rule::Not(node) => !self.fits(*node, value)?,
            Rule::NullOr(node) => value.is_null() || self.fits(*node, value)?,
        })
    }

    /// Checks a value that lives shorter than the check.
    pub(super) fn apart(&mut self, node: Node, value: &Value) -> Result<bool, TooComplex> {
        let known = std::mem::take(&mut self.known);
        let fits = self.fits(node, value);
        self.known = known;
        fits
    }

    /// Whether each subschema for this member of an object allows its value.
    fn member(&mut self, rule: &Rule, key: &str, value: &Value) -> Result<bool, TooComplex> {
        let nodes = self.for_member(rule, key)?;
        self.all(nodes, |walk, node| walk.fits(node, value))
    }

    /// The subschemas for this member of an object.
    pub(super) fn for_member(&mut self, rule: &Rule, key: &str) -> Result<Vec<Node>, TooComplex> {
        let Rule::Properties { named, patterns, others } = rule else { return Ok(Vec::new()) };
        let mut nodes: Vec<Node> = named.get(key).copied().into_iter().collect();
        for (pattern, node) in patterns {
            if self.matches(pattern, key)? {
                nodes.push(*node);
            }
        }
        if nodes.is_empty() {
            nodes.extend(others);
        }
        Ok(nodes)
    }

    fn item(&mut self, rule: &Rule, place: usize, item: &Value) -> Result<bool, TooComplex> {
        match for_item(rule, place) {
            Some(node) => self.fits(node, item),
            None => Ok(true),
        }
    }

    fn matches(&mut self, pattern: &super::Pattern, text: &str) -> Result<bool, TooComplex> {
        self.step(text.len())?;
        Ok(pattern.is_match(text))
    }

    fn differ(&mut self, items: &[Value]) -> Result<bool, TooComplex> {
        let mut seen = HashSet::with_capacity(items.len());
        self.all(items, |walk, item| {
            let text = canonical(item);
            walk.step(text.len())?;
            Ok(seen.insert(text))
        })
    }
}

pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

pub(super) fn items(value: &Value) -> impl Iterator<Item = (usize, &Value)> {
    value.as_array().into_iter().flatten().enumerate()
}

/// The subschema for the item at this place of an array.
pub(super) fn for_item(rule: &Rule, place: usize) -> Option<Node> {
    let Rule::Items { first, others } = rule else { return None };
    first.get(place).copied().or(*others)
}

impl Bound {
    fn allows(self, number: &Number, limit: &Number) -> bool {
        let order = compare(number, limit);
        match self {
            Self::Minimum => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Self::ExclusiveMinimum => order == Some(Ordering::Greater),
            Self::Maximum => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::ExclusiveMaximum => order == Some(Ordering::Less),
        }
    }
}

impl Count {
    /// Whether the value has an allowed size, or is of a kind without this limit.
    fn allows(self, value: &Value, limit: u64) -> bool {
        let size = match self {
            Self::MinLength | Self::MaxLength => value.as_str().map(|text| text.chars().count()),
            Self::MinItems | Self::MaxItems => value.as_array().map(Vec::len),
            Self::MinProperties | Self::MaxProperties => value.as_object().map(Map::len),
        };
        let size = size.map(|size| u64::try_from(size).unwrap_or(u64::MAX));
        match self {
            Self::MinLength | Self::MinItems | Self::MinProperties => {
                size.is_none_or(|n| n >= limit)
            }
            Self::MaxLength | Self::MaxItems | Self::MaxProperties => {
                size.is_none_or(|n| n <= limit)
            }
        }
    }
}
