//! The built-in check of JSON Schema, with a limit on its work.
//!
//! It fails closed. A keyword that it does not know may forbid something, so a schema with such a keyword is
//! refused when the tool is made. Annotations (`title`, `description`, `format` and others) forbid nothing and
//! are ignored; `format` is an annotation since draft 2019-09.
//!
//! It keeps the result for each pair of subschema and value, so a schema whose alternatives refer to the
//! schema itself takes linear time; and it counts its steps.

mod check;
mod compile;
mod explain;
mod keywords;
mod pattern;
#[cfg(test)]
mod tests;
mod values;

use std::collections::HashMap;

use serde_json::{Number, Value};

use pattern::Pattern;

/// Whether a text is a regular expression that can be matched in linear time.
pub(super) fn is_linear(pattern: &str) -> bool {
    Pattern::new(pattern).is_some()
}

/// A schema as rules; the index of a subschema in the list is its number.
#[derive(Debug)]
pub(super) struct Checker {
    nodes: Vec<Vec<Rule>>,
}

/// The number of a subschema.
type Node = usize;

/// One thing that a schema requires of a value.
#[derive(Debug)]
enum Rule {
    /// Nothing is allowed.
    Never,
    Types(Vec<Kind>),
    /// `enum`, and `const` as a list of one.
    OneOfValues(Vec<Value>),
    Bound(Bound, Number),
    MultipleOf(Number),
    Count(Count, u64),
    Pattern(Pattern),
    UniqueItems,
    Required(Vec<String>),
    Properties {
        named: HashMap<String, Node>,
        patterns: Vec<(Pattern, Node)>,
        others: Option<Node>,
    },
    Names(Node),
    Items {
        first: Vec<Node>,
        others: Option<Node>,
    },
    All(Vec<Node>),
    Any(Vec<Node>),
    One(Vec<Node>),
    Not(Node),
    /// `nullable` of `OpenAPI` 3.0.
    NullOr(Node),
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
