//! The tools a model may call, and how freely.

use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

use crate::openai_shape::Tagged;
use crate::{CacheMark, Error, RawJson, Result};

/// A tool that a model may call.
///
/// ```
/// use ek_core::ToolSpec;
///
/// let tide = ToolSpec::new(
///     "tide",
///     "The next high tide of a harbour town",
///     r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#,
/// )?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[doc(alias = "function")]
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The name the model calls it by.
    pub name: String,
    /// What it does, for the model to read.
    pub description: Option<String>,
    /// The JSON Schema of its arguments as text: key order changes what models write. `None` for a
    /// custom tool, whose input is free text.
    pub parameters: Option<RawJson>,
    /// Whether the provider shall hold the model to the schema.
    pub strict: Option<bool>,
    /// Asks the provider to cache the prompt up to the end of this tool.
    pub cache: Option<CacheMark>,
    /// The whole entry as JSON, for kinds of tools that this struct does not model; when set, only this
    /// is sent.
    pub raw: Option<RawJson>,
}

impl ToolSpec {
    /// A function with a JSON Schema for its arguments, as text (kept byte for byte) or as a
    /// `serde_json::Value` (keys then come in the map's order).
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the schema is not JSON.
    pub fn new<S>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: S,
    ) -> Result<Self>
    where
        S: TryInto<RawJson>,
        Error: From<S::Error>,
    {
        let mut spec = Self::custom(name, description);
        let schema = schema.try_into().map_err(|error| {
            Error::from(error).with_context(format!("the schema of the tool `{}`", spec.name))
        })?;
        spec.parameters = Some(schema);
        Ok(spec)
    }

    /// A custom tool, whose input is free text.
    #[must_use]
    pub fn custom(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            description: Some(description.into()),
            parameters: None,
            strict: None,
            cache: None,
            raw: None,
        }
    }

    /// Any other entry of the `tools` list, sent as it is.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the entry is not JSON.
    pub fn raw<S>(name: impl Into<String>, entry: S) -> Result<Self>
    where
        S: TryInto<RawJson>,
        Error: From<S::Error>,
    {
        let mut spec = Self::custom(name, "");
        spec.raw = Some(entry.try_into()?);
        Ok(spec)
    }

    /// Sets whether the provider shall hold the model to the schema.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }

    /// Asks the provider to cache the prompt up to the end of this tool.
    #[must_use]
    pub fn with_cache(mut self, mark: CacheMark) -> Self {
        self.cache = Some(mark);
        self
    }
}

/// The inner object of a tool.
struct Inner<'a>(&'a ToolSpec);

impl Serialize for Inner<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.0.name)?;
        if let Some(description) = &self.0.description {
            map.serialize_entry("description", description)?;
        }
        if let Some(parameters) = &self.0.parameters {
            map.serialize_entry("parameters", parameters)?;
        }
        if let Some(strict) = &self.0.strict {
            map.serialize_entry("strict", strict)?;
        }
        map.end()
    }
}

impl Serialize for ToolSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.raw, &self.parameters) {
            (Some(raw), _) => raw.serialize(serializer),
            (None, Some(_)) => Tagged("function", Inner(self)).serialize(serializer),
            (None, None) => Tagged("custom", Inner(self)).serialize(serializer),
        }
    }
}

impl fmt::Debug for ToolSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Whether and which tool the model has to call.
///
/// ```
/// use ek_core::{ChatRequest, ToolChoice, ToolSpec};
///
/// let tide = ToolSpec::new("tide", "The next high tide", r#"{"type":"object"}"#)?;
/// let request = ChatRequest::user("When can I sail?")
///     .with_tools([tide])
///     .with_tool_choice(ToolChoice::Function("tide".to_owned()));
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// Some tool.
    Required,
    /// The function of this name.
    Function(String),
    /// Anything else, sent as it is.
    Raw(RawJson),
}

struct Named<'a>(&'a str);

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("name", self.0)?;
        map.end()
    }
}

impl Serialize for ToolChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::None => serializer.serialize_str("none"),
            Self::Required => serializer.serialize_str("required"),
            Self::Raw(raw) => raw.serialize(serializer),
            Self::Function(name) => Tagged("function", Named(name)).serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl Serialize) -> String {
        serde_json::to_string(&value).expect("serialises")
    }

    #[test]
    fn a_schema_is_sent_byte_for_byte() {
        let spec =
            ToolSpec::new("t", "d", r#"{"z": 1,  "a": 2}"#).expect("sound").with_strict(true);
        let sent = r#"{"type":"function","function":{"name":"t","description":"d","parameters":{"z": 1,  "a": 2},"strict":true}}"#;
        assert_eq!(json(spec), sent);
    }

    #[test]
    fn a_schema_that_is_no_json_is_an_error_that_names_the_tool() {
        let error = ToolSpec::new("tide", "d", "{").expect_err("no JSON").to_string();
        assert!(error.starts_with("the schema of the tool `tide`: not a JSON document"), "{error}");
    }

    #[test]
    fn a_custom_tool_and_a_raw_entry_have_their_own_shapes() {
        let custom = r#"{"type":"custom","custom":{"name":"shell","description":"d"}}"#;
        assert_eq!(json(ToolSpec::custom("shell", "d")), custom);
        let raw = ToolSpec::raw("search", r#"{"type":"web_search"}"#).expect("sound");
        assert_eq!(json(raw), r#"{"type":"web_search"}"#);
    }

    #[test]
    fn a_choice_is_a_word_or_names_a_function() {
        assert_eq!(json(ToolChoice::Required), r#""required""#);
        let named = r#"{"type":"function","function":{"name":"tide"}}"#;
        assert_eq!(json(ToolChoice::Function("tide".into())), named);
    }
}
