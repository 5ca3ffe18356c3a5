//! The schema of an answer as the API takes it.
//!
//! The API enforces the schema and takes a part of JSON Schema
//! (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>, "JSON Schema limitations"):
//! objects are closed, alternatives are `anyOf`, and limits of numbers, texts and lists are refused. A schema of
//! a type with an unsigned number has such a limit. What the API does not take stands in the description, where
//! the model reads it, as the API's own libraries do it; the rest stays byte for byte.

use std::borrow::Cow;

use ek_core::RawJson;

use crate::json::list::List;
use crate::json::object::Object;
use crate::json::scan::{self, Raw};
use crate::json::{scalar, string};
use crate::protocol::schema_entries::{Entry, entries, is_too_deep};

/// Keywords that are taken whatever their value is.
const TAKEN: [&str; 13] = [
    "type",
    "properties",
    "required",
    "additionalProperties",
    "anyOf",
    "allOf",
    "$ref",
    "$defs",
    "definitions",
    "enum",
    "const",
    "title",
    "description",
];

/// The forms of texts that are taken.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Keywords that say nothing of a value.
const SILENT: [&str; 4] = ["$schema", "$id", "$comment", "$anchor"];

/// The schema as the API takes it.
pub(super) fn taken(schema: &RawJson) -> Cow<'_, str> {
    let json = schema.as_str();
    if is_too_deep(json) {
        return json.into();
    }
    let mut writer = Writer { is_changed: false };
    let mut out = Vec::with_capacity(json.len() + 64);
    writer.schema(json.trim(), &mut out);
    match writer.is_changed {
        true => String::from_utf8_lossy(&out).into_owned().into(),
        false => json.into(),
    }
}

struct Writer {
    is_changed: bool,
}

impl Writer {
    fn schema(&mut self, json: &str, out: &mut Vec<u8>) {
        let Some(entries) = entries(json) else { return out.extend_from_slice(json.as_bytes()) };
        let has = |key: &str| entries.iter().any(|(known, _)| known == key);
        let moved: Vec<&Entry<'_>> =
            entries.iter().filter(|(key, value)| is_moved(key, *value, has("anyOf"))).collect();
        let mut object = Object::begin(out);
        for (key, value) in &entries {
            let is_left_out = SILENT.contains(&key.as_str())
                || moved.iter().any(|(moved, _)| moved == key)
                || (key == "description" && !moved.is_empty());
            self.is_changed |= is_left_out || key == "oneOf";
            match key.as_str() {
                _ if is_left_out => {}
                "properties" | "$defs" | "definitions" => self.named(*value, object.any_key(key)),
                "anyOf" | "allOf" => self.each(*value, object.any_key(key)),
                "oneOf" => self.each(*value, object.key("anyOf")),
                "items" => self.schema(value.get(), object.any_key(key)),
                _ => object.any_key(key).extend_from_slice(value.get().as_bytes()),
            }
        }
        if is_object(&entries) && !has("additionalProperties") {
            object.key("additionalProperties").extend_from_slice(b"false");
            self.is_changed = true;
        }
        if !moved.is_empty() {
            object.text("description", &description(&entries, &moved));
        }
        object.end();
    }

    /// Schemas by name.
    fn named(&mut self, schemas: Raw<'_>, out: &mut Vec<u8>) {
        let Some(entries) = entries(schemas.get()) else {
            return out.extend_from_slice(schemas.get().as_bytes());
        };
        let mut object = Object::begin(out);
        for (name, schema) in entries {
            self.schema(schema.get(), object.any_key(&name));
        }
        object.end();
    }

    /// A list of schemas.
    fn each(&mut self, schemas: Raw<'_>, out: &mut Vec<u8>) {
        let Ok(schemas) = scan::read::<Vec<Raw<'_>>>(schemas.get()) else {
            return out.extend_from_slice(schemas.get().as_bytes());
        };
        let mut list = List::begin(out);
        for schema in schemas {
            self.schema(schema.get(), list.item());
        }
        list.end();
    }
}

/// Whether a keyword is moved into the description. A map, whose further properties have a schema, is left
/// for the API to refuse: closed, it would be empty always.
fn is_moved(key: &str, value: Raw<'_>, has_any_of: bool) -> bool {
    let is_schema = || value.get().starts_with('{') || matches!(value.get(), "true" | "false");
    match key {
        "oneOf" => has_any_of,
        "items" => !is_schema(),
        "minItems" => !matches!(value.get(), "0" | "1"),
        "format" => scalar::word(value).is_none_or(|word| !FORMATS.contains(&word.as_ref())),
        "pattern" | "default" => false,
        key => !TAKEN.contains(&key) && !SILENT.contains(&key),
    }
}

fn is_object(entries: &[Entry<'_>]) -> bool {
    let is_type = |(key, value): &Entry<'_>| key == "type" && value.get().contains("\"object\"");
    entries.iter().any(|entry| is_type(entry) || entry.0 == "properties")
}

/// The description, and behind it what is moved into it.
fn description(entries: &[Entry<'_>], moved: &[&Entry<'_>]) -> String {
    let own = entries.iter().find(|(key, _)| key == "description");
    let own = own.filter(|(_, value)| value.get().starts_with('"'));
    let own = own.map(|(_, value)| string::read(value.get())).unwrap_or_default();
    let moved: Vec<String> =
        moved.iter().map(|(key, value)| format!("{key}: {}", value.get())).collect();
    let between = if own.is_empty() { "" } else { "\n\n" };
    format!("{own}{between}{{{}}}", moved.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(schema: &str) -> String {
        taken(&RawJson::new(schema).expect("JSON")).into_owned()
    }

    #[test]
    fn what_the_api_takes_stays_byte_for_byte() {
        for schema in [
            r#"{ "type":"object", "additionalProperties":false, "properties":{"b":{"type":"string","format":"date"},"a":{"type":"array","items":{"type":"null"},"minItems":1}} }"#,
            r##"{"$ref":"#/$defs/A","$defs":{"A":{"type":["string","null"],"enum":["x",null],"default":"x","pattern":"^x"}}}"##,
            r#"{"type":"object","additionalProperties":{"type":"string"}}"#,
            r#"{"anyOf":[{"const":1},true]}"#,
            "true",
        ] {
            assert_eq!(written(schema), schema);
        }
    }

    #[test]
    fn objects_are_closed_and_limits_stand_in_the_description_wherever_they_are() {
        for (schema, taken) in [
            (r#"{"type":"object"}"#, r#"{"type":"object","additionalProperties":false}"#),
            (
                r#"{"type":["object","null"],"properties":{"n":{"type":"integer","format":"uint32","minimum":0}}}"#,
                r#"{"type":["object","null"],"properties":{"n":{"type":"integer","description":"{format: \"uint32\", minimum: 0}"}},"additionalProperties":false}"#,
            ),
            (
                r#"{"type":"string","description":"A name.","minLength":1}"#,
                r#"{"type":"string","description":"A name.\n\n{minLength: 1}"}"#,
            ),
            (
                r#"{"$schema":"x","type":"array","items":{"oneOf":[{"const":"a"},{"type":"object"}]},"minItems":2}"#,
                r#"{"type":"array","items":{"anyOf":[{"const":"a"},{"type":"object","additionalProperties":false}]},"description":"{minItems: 2}"}"#,
            ),
            (
                r#"{"$defs":{"A":{"properties":{}}},"allOf":[{"$ref":"x"}],"not":{"const":1}}"#,
                r#"{"$defs":{"A":{"properties":{},"additionalProperties":false}},"allOf":[{"$ref":"x"}],"description":"{not: {\"const\":1}}"}"#,
            ),
            (
                r#"{"anyOf":[{"const":1}],"oneOf":[{"const":1}],"items":[{}]}"#,
                r#"{"anyOf":[{"const":1}],"description":"{oneOf: [{\"const\":1}], items: [{}]}"}"#,
            ),
        ] {
            assert_eq!(written(schema), taken, "{schema}");
        }
    }
}
