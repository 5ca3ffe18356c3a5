//! The options of a structured call.

use std::fmt::{self, Display};
use std::sync::Arc;

use ek_core::{RawJson, Result};

use super::schema::{NamedSchema, SchemaPlace};
use crate::RunOptions;
use crate::schema::Strict;
use crate::setters::{run_setters, setters};

/// Checks a value; the error is for the model.
pub type ValueCheck<T> = Arc<dyn Fn(&T) -> Result<(), String> + Send + Sync>;

/// How [`structured`](crate::structured()) asks, checks and repairs.
///
/// ```
/// use ek_core::RawJson;
/// use ek_patterns::StructuredOptions;
///
/// # fn main() -> ek_core::Result<()> {
/// let schema = RawJson::new(r#"{"type":"array","items":{"type":"integer"}}"#)?;
/// let options = StructuredOptions::<Vec<u32>>::default()
///     .with_schema("numbers", schema)
///     .with_check(|numbers| if numbers.is_empty() { Err("name at least one") } else { Ok(()) });
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
pub struct StructuredOptions<T> {
    /// How often the model is asked to repair its reply. Default: 3.
    pub repairs: u32,
    /// The JSON schema of the type. Default: none.
    pub schema: Option<NamedSchema>,
    /// Where the schema is sent. Default: [`SchemaPlace::ResponseFormat`]; a request with a format of its own
    /// keeps that.
    pub schema_place: SchemaPlace,
    /// Whether the server enforces the schema. The schema is then sent in the form that OpenAI's strict mode
    /// takes: an object whose properties are all required, closed at every level; optional properties may be
    /// null, and a root of another kind is the property `value` of an object. The value is read in the form of
    /// the original schema. A schema that already has the strict form is kept byte for byte. Only for a schema
    /// in the response format. To be converted, a value is read as a [`serde_json::Value`], which holds an integer
    /// above [`u64::MAX`] or below [`i64::MIN`] as a float: `u128` and `i128` do not take that, so let such a field be
    /// a text. Default: false.
    pub strict: bool,
    /// Whether a reply that is nearly JSON is read too: with line breaks or unknown escapes in texts, texts
    /// in single quotes, commas before a closing sign, or an open bracket before the JSON. Default: false, so
    /// the model repairs such a reply.
    pub lenient: bool,
    /// Checks a value that fits the type. The model reads its error. Default: none.
    pub check: Option<ValueCheck<T>>,
    /// How calls are retried, limited and watched. Default: [`RunOptions::default`].
    pub run: RunOptions,
}

impl<T> Default for StructuredOptions<T> {
    fn default() -> Self {
        Self {
            repairs: 3,
            schema: None,
            schema_place: SchemaPlace::default(),
            strict: false,
            lenient: false,
            check: None,
            run: RunOptions::default(),
        }
    }
}

impl<T> StructuredOptions<T> {
    run_setters!(run);

    /// The default, with the schema of the type (feature `schemars`). Its properties have the order of the
    /// fields: a model writes them in that order, so put the reasons before the answer.
    ///
    /// ```
    /// # #[cfg(feature = "schemars")] {
    /// use ek_patterns::StructuredOptions;
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Glaze {
    ///     name: String,
    ///     firing_celsius: u16,
    /// }
    /// let options = StructuredOptions::<Glaze>::typed();
    /// assert_eq!(options.schema.expect("a schema").name, "Glaze");
    /// # }
    /// ```
    #[cfg(feature = "schemars")]
    #[must_use]
    pub fn typed() -> Self
    where
        T: serde::de::DeserializeOwned + schemars::JsonSchema,
    {
        Self { schema: Some(NamedSchema::of::<T>()), ..Self::default() }
    }

    setters! {
        /// Sets how often the model is asked to repair its reply.
        with_repairs(repairs: u32);
    }

    /// Sets the JSON schema of the type, with its name: 1 to 64 letters, digits, `_` or `-`.
    #[must_use]
    pub fn with_schema(mut self, name: impl Into<String>, schema: RawJson) -> Self {
        self.schema = Some(NamedSchema { name: name.into(), schema });
        self
    }

    setters! {
        /// Sets where the schema is sent.
        with_schema_place(schema_place: SchemaPlace);
        /// Sets whether the server enforces the schema.
        with_strict(strict: bool);
        /// Sets whether a reply that is nearly JSON is read too.
        with_lenient(lenient: bool);
    }

    /// Sets the check of a value that fits the type. The model reads its error.
    #[must_use]
    pub fn with_check<E: Display>(
        mut self,
        check: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(move |value| check(value).map_err(|why| why.to_string())));
        self
    }

    /// The strict form of the schema, where it is sent so.
    ///
    /// # Errors
    /// `Config` if the schema's name cannot be used, or it has no strict form.
    pub(super) fn check(&self) -> Result<Option<Strict>> {
        let Some(schema) = &self.schema else { return Ok(None) };
        schema.check()?;
        let is_strict = self.strict && self.schema_place != SchemaPlace::Prompt;
        is_strict.then(|| schema.strict()).transpose()
    }
}

impl<T> Clone for StructuredOptions<T> {
    fn clone(&self) -> Self {
        Self {
            repairs: self.repairs,
            schema: self.schema.clone(),
            schema_place: self.schema_place,
            strict: self.strict,
            lenient: self.lenient,
            check: self.check.clone(),
            run: self.run.clone(),
        }
    }
}

impl<T> fmt::Debug for StructuredOptions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructuredOptions")
            .field("repairs", &self.repairs)
            .field("schema", &self.schema)
            .field("schema_place", &self.schema_place)
            .field("strict", &self.strict)
            .field("lenient", &self.lenient)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
