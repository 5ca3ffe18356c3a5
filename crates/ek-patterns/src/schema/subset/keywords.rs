//! Reads the values of single keywords, and refuses those that are no valid JSON Schema.

use serde_json::{Map, Number, Value};

use super::{Bound, Count, Kind, Pattern, Rule};

/// Keywords that forbid nothing, or are read only where something refers to them.
const ANNOTATIONS: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "discriminator",
    "enumDescriptions",
    "enumNames",
    "example",
    "examples",
    "externalDocs",
    "format",
    "markdownDescription",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// Whether a keyword forbids nothing: the annotations of JSON Schema, `OpenAPI` and editors, and what
/// vendors write under `x-`.
pub(super) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword) || keyword.starts_with("x-")
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

/// The limits on numbers. Draft 4 and `OpenAPI` 3.0 make a limit exclusive by a flag beside it.
pub(super) fn bounds(schema: &Map<String, Value>) -> Result<Vec<Rule>, (&str, &'static str)> {
    const WRONG: &str = "is no number";
    let mut rules = Vec::new();
    for (word, exclusive_word, bound, exclusive) in [
        ("minimum", "exclusiveMinimum", Bound::Minimum, Bound::ExclusiveMinimum),
        ("maximum", "exclusiveMaximum", Bound::Maximum, Bound::ExclusiveMaximum),
    ] {
        let flag = schema.get(exclusive_word).and_then(Value::as_bool);
        if let Some(limit) = schema.get(word) {
            let bound = if flag == Some(true) { exclusive } else { bound };
            rules.push(Rule::Bound(bound, number(limit).ok_or((word, WRONG))?));
        }
        if let (Some(limit), None) = (schema.get(exclusive_word), flag) {
            rules.push(Rule::Bound(exclusive, number(limit).ok_or((exclusive_word, WRONG))?));
        }
    }
    Ok(rules)
}

fn number(value: &Value) -> Option<Number> {
    value.as_number().cloned()
}

pub(super) fn multiple(value: &Value) -> Result<Number, &'static str> {
    number(value).filter(|of| of.as_f64() > Some(0.0)).ok_or("is no number above 0")
}

/// `None` if it cannot be matched in linear time.
pub(super) fn pattern(value: &Value) -> Result<Option<Pattern>, &'static str> {
    value.as_str().map(Pattern::new).ok_or("is no text")
}

pub(super) fn count(value: &Value) -> Result<u64, &'static str> {
    value.as_u64().ok_or("is no whole number of at least 0")
}

pub(super) fn flag(value: &Value) -> Result<bool, &'static str> {
    value.as_bool().ok_or("is neither true nor false")
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
