//! The schema of a tool's parameters, which is that of an object.
//!
//! MCP servers and hand-written tools leave out what seems plain: the type, or the properties where there are
//! none. Anthropic requires the type, OpenAI both, and the whole request is refused for one such tool.

use std::borrow::Cow;

use ek_core::RawJson;

use crate::json::overlay::{self, Change};
use crate::json::scan::{self, Raw};

/// Keys that say what an object holds.
#[cfg(feature = "responses")]
const SHAPES: [&str; 5] = ["properties", "$ref", "anyOf", "oneOf", "allOf"];

const TYPE: (&str, &str) = ("type", r#""object""#);

/// The schema with a type.
#[cfg(feature = "anthropic")]
pub(super) fn with_type(schema: &RawJson) -> Cow<'_, str> {
    let json = schema.as_str().trim();
    with(json, if has(json, &[TYPE.0]) { &[] } else { &[TYPE] })
}

/// The schema with a type and properties.
#[cfg(feature = "responses")]
pub(super) fn with_type_and_properties(schema: &RawJson) -> Cow<'_, str> {
    const PROPERTIES: (&str, &str) = ("properties", "{}");
    let json = schema.as_str().trim();
    match (has(json, &[TYPE.0]), has(json, &SHAPES)) {
        (true, true) => json.into(),
        (true, false) => with(json, &[PROPERTIES]),
        (false, true) => with(json, &[TYPE]),
        (false, false) => with(json, &[TYPE, PROPERTIES]),
    }
}

/// Whether the object has a value under one of these keys; anything but an object lacks nothing.
fn has(json: &str, keys: &[&str]) -> bool {
    let mut has = false;
    let read = scan::entries(json, |key, value| {
        let value = value.value::<Raw<'_>>()?;
        has |= keys.contains(&key) && value.get() != "null";
        Ok(())
    });
    has || read.is_err()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(feature = "anthropic", feature = "responses"))]
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
