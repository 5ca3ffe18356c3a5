//! Arguments against their JSON Schema: one face, whichever check the features choose.

#[cfg(feature = "jsonschema")]
mod full;
#[cfg(any(test, not(feature = "jsonschema")))]
mod subset;

use ek_core::{Arguments, RawJson};
use serde_json::Value;

#[cfg(feature = "jsonschema")]
use full::Checker;
#[cfg(not(feature = "jsonschema"))]
use subset::Checker;

/// A schema, ready to check with.
pub(crate) struct Schema(Checker);

impl Schema {
    /// Reads a schema. The error says what is wrong with it.
    pub(crate) fn compile(schema: &RawJson) -> Result<Self, String> {
        let schema = schema.to_value().map_err(|error| error.to_string())?;
        if !schema.is_object() && !schema.is_boolean() {
            return Err("not a JSON Schema: neither an object nor true or false".to_owned());
        }
        let checker = Checker::compile(&schema)?;
        let kinds = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.as_slice(),
            Some(kind) => std::slice::from_ref(kind),
            None => return Ok(Self(checker)),
        };
        if !kinds.iter().any(|kind| kind == "object") {
            return Err("its `type` must be \"object\": arguments are named".to_owned());
        }
        Ok(Self(checker))
    }

    /// Reads arguments that the schema allows. The error is for the model.
    pub(crate) fn read(&self, arguments: &Arguments) -> Result<Value, String> {
        let Some(object) = arguments.object() else {
            return Err("the arguments are not a JSON object".to_owned());
        };
        let value = Value::Object(object);
        self.0.check(&value)?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<Schema, String> {
        Schema::compile(&RawJson::new(text).expect("JSON"))
    }

    #[test]
    fn arguments_that_are_no_object_are_answered_before_the_schema_is_asked() {
        let any = schema("true").expect("a schema");
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        for text in ["[1]", "{\"a\":", "\"{}\"", "{\"a\":1e999}", deep.as_str()] {
            let told = any.read(&Arguments::from_text(text)).expect_err("no object");
            assert_eq!(told, "the arguments are not a JSON object", "{text}");
        }
        assert!(any.read(&Arguments::from_text("")).is_ok_and(|v| v == serde_json::json!({})));
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for text in ["3", "\"object\"", "[]", "null"] {
            let why = schema(text).err().expect("refused");
            assert_eq!(why, "not a JSON Schema: neither an object nor true or false");
        }
        for text in [r#"{"type":"objekt"}"#, r#"{"required":"city"}"#, r#"{"properties":[]}"#] {
            assert!(schema(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_schema_that_no_arguments_could_ever_fit_is_refused() {
        for text in [r#"{"type":"string"}"#, r#"{"type":["array","null"]}"#] {
            let why = schema(text).err().expect("refused");
            assert_eq!(why, r#"its `type` must be "object": arguments are named"#);
        }
        assert!(schema(r#"{"type":["object","null"]}"#).is_ok() && schema("{}").is_ok());
    }

    #[test]
    fn a_reference_to_another_document_is_refused_and_not_fetched() {
        for target in ["https://localhost:9/schema.json", "file:///etc/passwd", "other.json"] {
            let text = format!(r#"{{"properties":{{"a":{{"$ref":"{target}"}}}}}}"#);
            assert!(schema(&text).is_err(), "{target}");
        }
    }

    #[test]
    fn the_model_is_told_where_and_what_but_not_its_own_value() {
        let place = schema(
            r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#,
        )
        .expect("a schema");
        let told = |text: &str| place.read(&Arguments::from_text(text)).expect_err("a misfit");
        assert_eq!(told("{}"), r#""city" is a required property"#);
        assert_eq!(told(r#"{"city":977}"#), r#"/city: value is not of type "string""#);
    }
}
