//! The form in which the model has to answer.

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::RawJson;
use crate::openai_shape::Tagged;

/// The form in which the model has to answer.
///
/// ```
/// use ek_core::{ChatRequest, RawJson, ResponseFormat};
///
/// let schema = RawJson::new(r#"{"type":"object","properties":{"celsius":{"type":"integer"}}}"#)?;
/// let format = ResponseFormat::JsonSchema { name: "glaze".to_owned(), schema, strict: false };
/// let request = ChatRequest::user("Describe tenmoku.").with_response_format(format);
/// # Ok::<(), ek_core::Error>(())
/// ```
#[doc(alias = "json mode")]
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

struct Schema<'a> {
    name: &'a str,
    schema: &'a RawJson,
    strict: bool,
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("schema", self.schema)?;
        map.serialize_entry("strict", &self.strict)?;
        map.end()
    }
}

impl Serialize for ResponseFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = match self {
            Self::Text => "text",
            Self::JsonObject => "json_object",
            Self::JsonSchema { name, schema, strict } => {
                let schema = Schema { name, schema, strict: *strict };
                return Tagged("json_schema", schema).serialize(serializer);
            }
            Self::Raw(raw) => return raw.serialize(serializer),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("type", word)?;
        map.end()
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
