//! Converts schemas to the form that OpenAI's strict mode takes, and values of that form back.
//!
//! In strict mode a server enforces the schema. It takes a part of JSON Schema
//! (<https://platform.openai.com/docs/guides/structured-outputs#supported-schemas>): the root is an object,
//! every object is closed and requires all its properties, alternatives are `anyOf`. An optional property
//! becomes one that may be null; a root of another kind becomes the property `value` of an object.

mod form;
mod undo;

use ek_core::RawJson;
use serde_json::Value;

use super::ordered::Ordered;

/// The property that has a root which is no object.
const WRAPPER: &str = "value";

/// A schema in its strict form.
pub(crate) struct Strict {
    /// What is sent.
    pub(crate) schema: RawJson,
    /// The schema from which it was made.
    pub(crate) original: RawJson,
    tree: Value,
    is_wrapped: bool,
}

impl Strict {
    /// Makes a schema strict. A schema that already is strict is kept byte for byte.
    ///
    /// # Errors
    /// What cannot be made strict, with its path.
    pub(crate) fn new(schema: &RawJson) -> Result<Self, String> {
        const UNREADABLE: &str = "the schema cannot be held as a value";
        let (tree, original) = (schema.to_value().map_err(|e| e.to_string())?, schema.clone());
        let written = Ordered::read(schema).ok_or(UNREADABLE)?;
        let (strict, is_wrapped) = form::strict(written.clone())?;
        let schema = match strict == written {
            true => schema.clone(),
            false => strict.write().ok_or(UNREADABLE)?,
        };
        Ok(Self { schema, original, tree, is_wrapped })
    }

    /// The place of the value in a reply: a JSON Pointer.
    pub(crate) fn place(&self) -> String {
        if self.is_wrapped { format!("/{WRAPPER}") } else { String::new() }
    }

    /// Whether a root that is no object stands within one.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.is_wrapped
    }

    /// Converts a value of the strict form to the original schema: takes it out of its wrapper, and removes
    /// nulls that stand for missing properties.
    pub(crate) fn undo(&self, mut value: Value) -> Value {
        let outer = value.as_object_mut().filter(|m| self.is_wrapped && m.len() == 1);
        if let Some(inner) = outer.and_then(|members| members.remove(WRAPPER)) {
            value = inner;
        }
        undo::remove_nulls(&self.tree, &mut value);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strict(schema: &str) -> Strict {
        Strict::new(&RawJson::new(schema).expect("JSON")).unwrap_or_else(|why| panic!("{why}"))
    }

    #[test]
    fn a_root_that_is_no_object_is_wrapped_and_unwrapped() {
        let list = strict(r#"{"type":"array","items":{"type":"integer"}}"#);
        let sent = r#"{"type":"object","properties":{"value":{"type":"array","items":{"type":"integer"}}},"required":["value"],"additionalProperties":false}"#;
        assert_eq!(list.schema.as_str(), sent);
        assert_eq!(list.undo(json!({"value": [1, 2]})), json!([1, 2]));
        assert_eq!(
            list.undo(json!([1, 2])),
            json!([1, 2]),
            "from a server that does not enforce it"
        );
    }

    #[test]
    fn references_lead_to_the_same_schemas_after_the_root_is_wrapped() {
        let tree = strict(
            r##"{"anyOf":[{"$ref":"#/$defs/leaf"},{"type":"array","items":{"$ref":"#"}}],"$defs":{"leaf":{"type":"string"}}}"##,
        );
        let sent = tree.schema.to_value().expect("JSON");
        assert_eq!(sent["properties"]["value"]["anyOf"][0]["$ref"], "#/$defs/leaf");
        let inner = &sent["properties"]["value"]["anyOf"][1]["items"]["$ref"];
        assert_eq!(inner, "#/properties/value");
        assert_eq!(sent["$defs"]["leaf"]["type"], "string");
    }

    #[test]
    fn a_null_that_stands_for_a_missing_property_is_removed_and_one_that_is_a_value_stays() {
        let schema = strict(
            r##"{"type":"object","required":["a"],"properties":{
                "a":{"type":["integer","null"]},
                "b":{"type":"integer"},
                "c":{"type":["integer","null"]},
                "d":{"$ref":"#/$defs/inner"},
                "e":{"type":"array","items":{"$ref":"#/$defs/inner"}},
                "f":{"anyOf":[{"$ref":"#/$defs/inner"},{"type":"null"}]}},
              "$defs":{"inner":{"type":"object","properties":{"x":{"type":"string"}}}}}"##,
        );
        let value = json!({"a": null, "b": null, "c": null, "d": {"x": null},
            "e": [{"x": null}, {"x": "y"}], "f": null});
        let meant = json!({"a": null, "c": null, "d": {}, "e": [{}, {"x": "y"}], "f": null});
        assert_eq!(schema.undo(value), meant);
    }
}
