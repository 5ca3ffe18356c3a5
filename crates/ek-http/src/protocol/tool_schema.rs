//! The schema of a tool's parameters, which is that of an object.
//!
//! MCP servers and hand-written tools leave out what seems plain: the type, or the properties where there are
//! none. Anthropic requires the type, OpenAI both, and the whole request is refused for one such tool.

use std::borrow::Cow;

use ek_core::RawJson;

use crate::json::overlay::{self, Change};
use crate::json::scan::{self, Unreadable};

/// Keys that say what an object holds.
const SHAPES: [&str; 5] = ["properties", "$ref", "anyOf", "oneOf", "allOf"];

const TYPE: (&str, &str) = ("type", r#""object""#);

/// The schema with a type.
#[cfg(feature = "anthropic")]
pub(super) fn with_type(schema: &RawJson) -> Cow<'_, str> {
    let json = schema.as_str().trim();
    with(json, if is_typed(json) { &[] } else { &[TYPE] })
}

/// The schema with a type and properties.
pub(super) fn with_type_and_properties(schema: &RawJson) -> Cow<'_, str> {
    const PROPERTIES: (&str, &str) = ("properties", "{}");
    let whole = schema.as_str();
    let json = whole.trim();
    match (is_typed(json), has(json, &SHAPES)) {
        (true, true) => whole.into(),
        (true, false) => with(json, &[PROPERTIES]),
        (false, true) => with(json, &[TYPE]),
        (false, false) => with(json, &[TYPE, PROPERTIES]),
    }
}

/// Whether the object has a type. In most schemas it is the first key or, in alphabetical order, the last.
fn is_typed(json: &str) -> bool {
    let is_plain = json.starts_with(r#"{"type":"object""#) || json.ends_with(r#""type":"object"}"#);
    is_plain || has(json, &[TYPE.0])
}

/// Whether the object has a value under one of these keys; anything but an object lacks nothing.
fn has(json: &str, keys: &[&str]) -> bool {
    // The reading ends where one is found.
    let read =
        scan::entries(json, |key, value| match keys.contains(&key) && value.peek()? != b'n' {
            true => Err(Unreadable),
            false => value.skip(),
        });
    read.is_err()
}

fn with<'s>(json: &'s str, missing: &[(&str, &str)]) -> Cow<'s, str> {
    if missing.is_empty() {
        return json.into();
    }
    let changes: Vec<Change<'_>> =
        missing.iter().map(|(key, value)| (*key, Some(value.as_bytes().to_vec()))).collect();
    let mut whole = Vec::with_capacity(json.len() + 40);
    overlay::write(json, &changes, &mut whole);
    String::from_utf8_lossy(&whole).into_owned().into()
}

#[cfg(all(test, feature = "anthropic"))]
mod tests {
    use super::*;

    #[test]
    fn what_makes_a_schema_that_of_an_object_is_added() {
        for (schema, typed, whole) in [
            ("{}", r#"{"type":"object"}"#, r#"{"type":"object","properties":{}}"#),
            (r#"{"type":null}"#, r#"{"type":"object"}"#, r#"{"type":"object","properties":{}}"#),
            (
                r#"{"type":"object"}"#,
                r#"{"type":"object"}"#,
                r#"{"type":"object","properties":{}}"#,
            ),
            (
                r#"{"properties":{"a":{}}}"#,
                r#"{"properties":{"a":{}},"type":"object"}"#,
                r#"{"properties":{"a":{}},"type":"object"}"#,
            ),
            (
                r##"{"$ref":"#/$defs/A"}"##,
                r##"{"$ref":"#/$defs/A","type":"object"}"##,
                r##"{"$ref":"#/$defs/A","type":"object"}"##,
            ),
            (
                r#"{ "type":"string", "anyOf":[] }"#,
                r#"{ "type":"string", "anyOf":[] }"#,
                r#"{ "type":"string", "anyOf":[] }"#,
            ),
            ("true", "true", "true"),
        ] {
            let json = RawJson::new(schema).expect("JSON");
            assert_eq!(with_type(&json), typed, "{schema}");
            assert_eq!(with_type_and_properties(&json), whole, "{schema}");
        }
    }
}
