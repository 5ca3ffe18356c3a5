//! Schemas whose references stand alone.
//!
//! The API takes no keyword beside a `$ref` but those that begin with `$`
//! (<https://ai.google.dev/api/generate-content#GenerationConfig>, `responseJsonSchema`), and a described field of
//! another type has one. Such a reference is sent as the one alternative of an `anyOf`, which means the same.

use std::borrow::Cow;

use ek_core::RawJson;

use crate::json::list::List;
use crate::json::object::Object;
use crate::json::scan::{self, Raw};
use crate::protocol::schema_entries::{Entry, entries, is_too_deep};

/// Keywords whose values are no schemas.
const VALUES: [&str; 4] = ["default", "const", "enum", "examples"];

/// Keywords whose objects have names of the caller's for keys.
const NAMED: [&str; 4] = ["properties", "$defs", "definitions", "patternProperties"];

/// The schema with each reference alone. One without such a reference stays byte for byte.
pub(super) fn with_lone_references(schema: &RawJson) -> Cow<'_, str> {
    let json = schema.as_str();
    if !json.contains("$ref") || is_too_deep(json) {
        return json.into();
    }
    let mut writer = Writer { is_changed: false };
    let mut out = Vec::with_capacity(json.len() + 64);
    writer.value(json.trim(), true, &mut out);
    match writer.is_changed {
        true => String::from_utf8_lossy(&out).into_owned().into(),
        false => json.into(),
    }
}

struct Writer {
    is_changed: bool,
}

impl Writer {
    /// Writes a schema, a list of some, or an object that has them under names.
    fn value(&mut self, json: &str, is_schema: bool, out: &mut Vec<u8>) {
        if let Ok(items) = scan::read::<Vec<Raw<'_>>>(json) {
            let mut list = List::begin(out);
            items.iter().for_each(|item| self.value(item.get(), true, list.item()));
            return list.end();
        }
        let Some(entries) = entries(json) else { return out.extend_from_slice(json.as_bytes()) };
        let is_reference = |(key, value): &Entry<'_>| key == "$ref" && value.get().starts_with('"');
        let is_crowded = is_schema
            && entries.iter().any(is_reference)
            && entries.iter().any(|(key, _)| !key.starts_with('$'))
            && entries.iter().all(|(key, _)| key != "anyOf");
        self.is_changed |= is_crowded;
        let mut object = Object::begin(out);
        for entry in &entries {
            let (key, value) = entry;
            if is_crowded && is_reference(entry) {
                let alternatives = [br#"[{"$ref":"#, value.get().as_bytes(), b"}]"].concat();
                object.key("anyOf").extend_from_slice(&alternatives);
            } else if is_schema && VALUES.contains(&key.as_str()) {
                object.any_key(key).extend_from_slice(value.get().as_bytes());
            } else {
                let is_named = is_schema && NAMED.contains(&key.as_str());
                self.value(value.get(), !is_named, object.any_key(key));
            }
        }
        object.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(schema: &str) -> String {
        with_lone_references(&RawJson::new(schema).expect("JSON")).into_owned()
    }

    #[test]
    fn a_reference_beside_other_keywords_is_the_one_alternative() {
        let schema = r##"{"properties":{"a":{"description":"An A.","$ref":"#/$defs/A"},"b":{"type":"array","items":{"$ref":"#/$defs/A","default":null}}},"$defs":{"A":{"type":"object"}}}"##;
        let sent = r##"{"properties":{"a":{"description":"An A.","anyOf":[{"$ref":"#/$defs/A"}]},"b":{"type":"array","items":{"anyOf":[{"$ref":"#/$defs/A"}],"default":null}}},"$defs":{"A":{"type":"object"}}}"##;
        assert_eq!(written(schema), sent);
    }

    #[test]
    fn a_property_may_have_the_name_of_a_keyword() {
        let schema = r##"{"properties":{"default":{"$ref":"#/$defs/A","title":"D"}},"$defs":{"enum":{"$ref":"#/$defs/A","title":"E"}}}"##;
        let sent = r##"{"properties":{"default":{"anyOf":[{"$ref":"#/$defs/A"}],"title":"D"}},"$defs":{"enum":{"anyOf":[{"$ref":"#/$defs/A"}],"title":"E"}}}"##;
        assert_eq!(written(schema), sent);
    }

    #[test]
    fn everything_else_stays_byte_for_byte() {
        let deep = format!(
            "{}{{\"$ref\":\"#\",\"a\":1}}{}",
            "{\"a\":".repeat(100_000),
            "}".repeat(100_000)
        );
        for schema in [
            deep.as_str(),
            r##"{ "$ref":"#/$defs/A", "$defs":{"A":{"anyOf":[{"$ref":"#/$defs/A"},true]}} }"##,
            r##"{"properties":{"$ref":{"type":"string"},"x":{"default":{"$ref":"x","a":1}}}}"##,
            r##"{"$ref":"#/$defs/A","anyOf":[{"type":"string"}]}"##,
            r#"{"description":"About $ref."}"#,
            "true",
        ] {
            assert_eq!(written(schema), schema);
        }
    }
}
