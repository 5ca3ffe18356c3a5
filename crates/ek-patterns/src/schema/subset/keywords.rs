//! The values of single keywords, read and refused where they are no valid JSON Schema.

use serde_json::{Number, Value};

use super::{Bound, Count, Kind};

/// What forbids nothing, or is looked at only where something refers to it.
const PASSED_OVER: &[&str] = &[
    "$comment",
    "$defs",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "example",
    "examples",
    "format",
    "readOnly",
    "title",
    "writeOnly",
];

/// Whether a keyword forbids nothing: the annotations, and what vendors write under `x-`.
pub(super) fn is_passed_over(keyword: &str) -> bool {
    PASSED_OVER.contains(&keyword) || keyword.starts_with("x-")
}

pub(super) fn kinds(value: &Value) -> Result<Vec<Kind>, &'static str> {
    const WRONG: &str = "is no name of a type, nor a list of such names";
    let kind = |name: &Value| name.as_str().and_then(Kind::from_name).ok_or(WRONG);
    match value {
        Value::Array(names) if names.is_empty() => Err(WRONG),
        Value::Array(names) => names.iter().map(kind).collect(),
        name => Ok(vec![kind(name)?]),
    }
}

pub(super) fn names(value: &Value) -> Result<Vec<String>, &'static str> {
    let names = value.as_array().and_then(|names| {
        names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    names.ok_or("is no list of names")
}

pub(super) fn number(value: &Value) -> Result<Number, &'static str> {
    value.as_number().cloned().ok_or("is no number")
}

pub(super) fn count(value: &Value) -> Result<u64, &'static str> {
    value.as_u64().ok_or("is no whole number of at least 0")
}

pub(super) fn flag(value: &Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("is neither true nor false")
}

impl Bound {
    pub(super) fn from_keyword(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "minimum" => Self::Minimum,
            "exclusiveMinimum" => Self::ExclusiveMinimum,
            "maximum" => Self::Maximum,
            "exclusiveMaximum" => Self::ExclusiveMaximum,
            _ => return None,
        })
    }
}

impl Count {
    pub(super) fn from_keyword(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "minLength" => Self::MinLength,
            "maxLength" => Self::MaxLength,
            "minItems" => Self::MinItems,
            "maxItems" => Self::MaxItems,
            "minProperties" => Self::MinProperties,
            "maxProperties" => Self::MaxProperties,
            _ => return None,
        })
    }
}
