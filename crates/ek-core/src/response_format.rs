//! The form in which the model has to answer.

use serde::{Serialize, Serializer};

use crate::RawJson;

/// The form in which the model has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Plain text.
    Text,
    /// Any JSON object; most servers want the word JSON in the prompt too.
    JsonObject,
    /// JSON that fits a schema.
    JsonSchema {
        /// A name for the schema: letters, digits, `_` and `-`.
        name: String,
        /// The schema as text.
        schema: RawJson,
        /// Whether the provider shall hold the model to it.
        strict: bool,
    },
    /// Anything else, sent as it is.
    Raw(RawJson),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire<'a> {
    Text,
    JsonObject,
    JsonSchema { json_schema: Schema<'a> },
}

#[derive(Serialize)]
struct Schema<'a> {
    name: &'a str,
    schema: &'a RawJson,
    strict: bool,
}

impl Serialize for ResponseFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = match self {
            Self::Text => Wire::Text,
            Self::JsonObject => Wire::JsonObject,
            Self::JsonSchema { name, schema, strict } => {
                Wire::JsonSchema { json_schema: Schema { name, schema, strict: *strict } }
            }
            Self::Raw(raw) => return raw.serialize(serializer),
        };
        wire.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_the_shape_of_the_api() {
        let schema = RawJson::new(r#"{"type":"object"}"#).expect("sound");
        let form = ResponseFormat::JsonSchema { name: "n".into(), schema, strict: true };
        assert_eq!(
            serde_json::to_string(&form).expect("serialises"),
            r#"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}"#
        );
        let form = serde_json::to_string(&ResponseFormat::JsonObject).expect("serialises");
        assert_eq!(form, r#"{"type":"json_object"}"#);
    }
}
