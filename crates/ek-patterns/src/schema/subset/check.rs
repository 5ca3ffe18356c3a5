//! Values against rules. The first misfit is told, in words for the model.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::values::{compare, same};
use super::{Bound, Checker, Count, Kind, Node, Rule};

impl Checker {
    pub(in super::super) fn check(&self, value: &Value) -> Result<(), String> {
        self.node(0, value, "")
    }

    fn allows(&self, node: Node, value: &Value) -> bool {
        self.node(node, value, "").is_ok()
    }

    fn node(&self, node: Node, value: &Value, place: &str) -> Result<(), String> {
        self.nodes[node].iter().try_for_each(|rule| self.rule(rule, value, place))
    }

    fn rule(&self, rule: &Rule, value: &Value, place: &str) -> Result<(), String> {
        let misfit = match rule {
            Rule::Never => Some("nothing is allowed here".to_owned()),
            Rule::Types(kinds) => types(kinds, value),
            Rule::OneOfValues(list) => {
                let known = list.iter().any(|item| same(item, value));
                (!known).then(|| format!("value is not one of {}", shown(list)))
            }
            Rule::Bound(bound, limit) => bound.misfit(value, limit),
            Rule::Count(count, limit) => count.misfit(value, *limit),
            Rule::UniqueItems => repeated(value),
            Rule::Required(names) => missing(names, value),
            Rule::Properties { named, others } => {
                return self.properties(named, *others, value, place);
            }
            Rule::Items(node) => {
                let mut items = value.as_array().into_iter().flatten().enumerate();
                return items
                    .try_for_each(|(n, item)| self.node(*node, item, &format!("{place}/{n}")));
            }
            Rule::All(nodes) => {
                return nodes.iter().try_for_each(|node| self.node(*node, value, place));
            }
            Rule::Any(nodes) => {
                let any = nodes.iter().any(|node| self.allows(*node, value));
                (!any).then(|| "value fits none of the alternatives".to_owned())
            }
            Rule::One(nodes) => {
                let fits = nodes.iter().filter(|node| self.allows(**node, value)).count();
                (fits != 1).then(|| format!("value fits {fits} of the alternatives and not one"))
            }
            Rule::Not(node) => {
                self.allows(*node, value).then(|| "value is what it must not be".to_owned())
            }
        };
        misfit.map_or(Ok(()), |misfit| Err(told(place, &misfit)))
    }

    fn properties(
        &self,
        named: &[(String, Node)],
        others: Option<Node>,
        value: &Value,
        place: &str,
    ) -> Result<(), String> {
        for (key, value) in value.as_object().into_iter().flatten() {
            let known = named.iter().find(|(name, _)| name == key).map(|(_, node)| *node);
            let Some(node) = known.or(others) else { continue };
            if known.is_none() && matches!(self.nodes[node].as_slice(), [Rule::Never]) {
                return Err(told(place, &format!("the property {key:?} is not expected")));
            }
            self.node(node, value, &format!("{place}/{key}"))?;
        }
        Ok(())
    }
}

fn told(place: &str, misfit: &str) -> String {
    if place.is_empty() { misfit.to_owned() } else { format!("{place}: {misfit}") }
}

fn shown(list: &[Value]) -> String {
    list.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
}

fn types(kinds: &[Kind], value: &Value) -> Option<String> {
    let names = || kinds.iter().map(|k| format!("{:?}", k.name())).collect::<Vec<_>>().join(", ");
    let fits = kinds.iter().any(|kind| kind.holds(value));
    (!fits).then(|| format!("value is not of type {}", names()))
}

fn missing(names: &[String], value: &Value) -> Option<String> {
    let object = value.as_object()?;
    let name = names.iter().find(|name| !object.contains_key(*name))?;
    Some(format!("{name:?} is a required property"))
}

fn repeated(value: &Value) -> Option<String> {
    let items = value.as_array()?;
    let twice = |(n, item): (usize, &Value)| items[..n].iter().any(|earlier| same(earlier, item));
    items.iter().enumerate().any(twice).then(|| "value has items more than once".to_owned())
}

impl Bound {
    fn misfit(self, value: &Value, limit: &Number) -> Option<String> {
        let order = compare(value.as_number()?, limit);
        let (fits, word) = match self {
            Self::Minimum => (order != Some(Ordering::Less), "at least"),
            Self::ExclusiveMinimum => (order == Some(Ordering::Greater), "more than"),
            Self::Maximum => (order != Some(Ordering::Greater), "at most"),
            Self::ExclusiveMaximum => (order == Some(Ordering::Less), "less than"),
        };
        (order.is_none() || !fits).then(|| format!("value is not {word} {limit}"))
    }
}

impl Count {
    fn misfit(self, value: &Value, limit: u64) -> Option<String> {
        let (size, what) = match self {
            Self::MinLength | Self::MaxLength => (value.as_str()?.chars().count(), "characters"),
            Self::MinItems | Self::MaxItems => (value.as_array()?.len(), "items"),
            Self::MinProperties | Self::MaxProperties => (value.as_object()?.len(), "properties"),
        };
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let (fits, word) = match self {
            Self::MinLength | Self::MinItems | Self::MinProperties => (size >= limit, "at least"),
            Self::MaxLength | Self::MaxItems | Self::MaxProperties => (size <= limit, "at most"),
        };
        (!fits).then(|| format!("value does not have {word} {limit} {what}"))
    }
}
