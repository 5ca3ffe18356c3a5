//! The settings of a structured call.

use std::fmt::{self, Display};
use std::sync::Arc;

use ek_core::{ChatRequest, RawJson, Result};

use super::schema::{NamedSchema, SchemaPlace};
use crate::run::common_options;
use crate::{Budget, Ledger, Observer, RetryConfig};

/// Says what is wrong with a value, to the model.
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
    /// Where the schema is sent. Default: [`SchemaPlace::ResponseFormat`], unless the request has a
    /// format of its own.
    pub schema_place: SchemaPlace,
    /// Whether the server shall hold the model to the schema. Many servers then take only schemas in
    /// which every object has `additionalProperties: false` and requires all its properties. Default:
    /// false.
    pub strict: bool,
    /// Looks at a value that fits the type. What it says goes to the model. Default: none.
    pub check: Option<ValueCheck<T>>,
    /// How to retry each call. Default: [`RetryConfig::default`].
    pub retry: RetryConfig,
    /// The limits of one run. Default: none.
    pub budget: Budget,
    /// A ledger shared with other runs; its limits bind as well. Default: none.
    pub ledger: Option<Ledger>,
    /// Is told of each repair. Default: none.
    pub observer: Option<Arc<dyn Observer>>,
    /// Whether spans may hold prompts and replies. Default: false.
    pub capture_content: bool,
}

impl<T> Default for StructuredOptions<T> {
    fn default() -> Self {
        Self {
            repairs: 3,
            schema: None,
            schema_place: SchemaPlace::default(),
            strict: false,
            check: None,
            retry: RetryConfig::default(),
            budget: Budget::default(),
            ledger: None,
            observer: None,
            capture_content: false,
        }
    }
}

common_options!(StructuredOptions<T>);

impl<T> StructuredOptions<T> {
    /// The default, with the schema of the type (feature `schemars`).
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
        T: schemars::JsonSchema,
    {
        Self { schema: Some(NamedSchema::of::<T>()), ..Self::default() }
    }

    /// Sets how often the model is asked to repair its reply.
    #[must_use]
    pub fn with_repairs(mut self, repairs: u32) -> Self {
        self.repairs = repairs;
        self
    }

    /// Sets the JSON schema of the type, with its name: 1 to 64 letters, digits, `_` or `-`.
    #[must_use]
    pub fn with_schema(mut self, name: impl Into<String>, schema: RawJson) -> Self {
        self.schema = Some(NamedSchema { name: name.into(), schema });
        self
    }

    /// Sets where the schema is sent.
    #[must_use]
    pub fn with_schema_place(mut self, place: SchemaPlace) -> Self {
        self.schema_place = place;
        self
    }

    /// Sets whether the server shall hold the model to the schema.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Sets what looks at a value that fits the type. What it says goes to the model.
    #[must_use]
    pub fn with_check<E: Display>(
        mut self,
        check: impl Fn(&T) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        self.check = Some(Arc::new(move |value| check(value).map_err(|why| why.to_string())));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        self.schema.as_ref().map_or(Ok(()), NamedSchema::check)
    }

    pub(super) fn request(&self, mut request: ChatRequest) -> ChatRequest {
        if let Some(schema) = &self.schema {
            schema.send(&mut request, self.schema_place, self.strict);
        }
        request
    }
}

impl<T> Clone for StructuredOptions<T> {
    fn clone(&self) -> Self {
        Self {
            repairs: self.repairs,
            schema: self.schema.clone(),
            schema_place: self.schema_place,
            strict: self.strict,
            check: self.check.clone(),
            retry: self.retry.clone(),
            budget: self.budget.clone(),
            ledger: self.ledger.clone(),
            observer: self.observer.clone(),
            capture_content: self.capture_content,
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
            .field("retry", &self.retry)
            .field("budget", &self.budget)
            .field("ledger", &self.ledger)
            .field("observer", &self.observer)
            .field("capture_content", &self.capture_content)
            .finish_non_exhaustive()
    }
}
