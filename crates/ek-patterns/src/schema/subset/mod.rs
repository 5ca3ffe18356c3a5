//! JSON Schema without a dependency: the keywords that describe plain data, and no others.
//!
//! It fails closed. A keyword that is not understood may forbid something, so a schema that has one is
//! refused when the tool is made. Annotations (`title`, `description`, `format` and their like) forbid
//! nothing and are passed over; `format` is one since draft 2019-09.

mod check;
mod compile;
mod keywords;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

/// A schema as rules; subschemas are told by their place in the list.
#[derive(Debug)]
pub(super) struct Checker {
    nodes: Vec<Vec<Rule>>,
}

/// A subschema.
type Node = usize;

/// One thing that a schema asks of a value.
#[derive(Debug)]
enum Rule {
    /// Nothing is allowed.
    Never,
    Types(Vec<Kind>),
    /// `enum`, and `const` as a list of one.
    OneOfValues(Vec<Value>),
    Bound(Bound, serde_json::Number),
    Count(Count, u64),
    UniqueItems,
    Required(Vec<String>),
    Properties {
        named: Vec<(String, Node)>,
        others: Option<Node>,
    },
    Items(Node),
    All(Vec<Node>),
    Any(Vec<Node>),
    One(Vec<Node>),
    Not(Node),
}

/// The names of `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

/// A limit on numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Minimum,
    ExclusiveMinimum,
    Maximum,
    ExclusiveMaximum,
}

/// A limit on sizes: characters, items or properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    MinLength,
    MaxLength,
    MinItems,
    MaxItems,
    MinProperties,
    MaxProperties,
}
