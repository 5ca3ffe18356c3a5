//! Tools: what a model is told of one, and what runs when it calls it.

mod error;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Arguments, Error, ErrorKind, RawJson, Result, ToolSpec};
use serde_json::Value;

use crate::schema::Schema;
pub use error::ToolError;

/// The work of one call, not begun before it is polled.
pub(crate) type ToolFuture = Pin<Box<dyn Future<Output = Result<String, ToolError>> + Send>>;

/// Reads the arguments of a call; the error is for the model.
type Prepare = dyn Fn(&Arguments) -> Result<ToolFuture, String> + Send + Sync;

/// A tool that a model may call, and the code behind it.
///
/// ```
/// use ek_patterns::{Tool, ToolError};
///
/// let tide = Tool::new(
///     "tide",
///     "The next high tide of a harbour town",
///     r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#,
///     |arguments| async move {
///         match arguments["city"].as_str() {
///             Some("Bergen") => Ok("04:12"),
///             _ => Err(ToolError::shown("only Bergen is known")),
///         }
///     },
/// )?;
/// assert_eq!(tide.name(), "tide");
/// # Ok::<(), ek_core::Error>(())
/// ```
///
/// A tool answers with text: what a model reads of a tool is text, with most providers.
///
/// The code runs on the caller's task: what blocks a thread (a query without `await`, a long
/// computation) blocks the loop and cannot be timed out. Put it on tokio's `spawn_blocking`. A future
/// that is dropped, because its time is up or the caller is gone, has to stop its work.
///
/// Cheap to clone. `Debug` shows the name only.
#[derive(Clone)]
pub struct Tool {
    spec: Arc<ToolSpec>,
    prepare: Arc<Prepare>,
    timeout: Option<Duration>,
}

impl Tool {
    /// A tool with a JSON Schema for its arguments, as text (kept byte for byte: the order of keys
    /// changes what models write) or as a `serde_json::Value`.
    ///
    /// The code gets the arguments as a JSON object that the schema allows, and answers with text.
    /// References to other documents in the schema are not fetched. Without the feature `jsonschema`
    /// a built-in check takes the keywords that describe plain data (types, properties, items, ranges,
    /// lengths, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `not` and `$ref` within the schema), and
    /// refuses a schema with others, `pattern` for example.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the name is empty, or the schema is no valid JSON Schema or needs the
    /// feature `jsonschema`.
    pub fn new<S, R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: S,
        code: impl Fn(Value) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        S: TryInto<RawJson>,
        Error: From<S::Error>,
        R: Into<String>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        Self::checked(name.into(), description.into(), schema.try_into()?, Ok, code)
    }

    /// A tool whose arguments are a type of yours; the schema is derived from it (feature `schemars`;
    /// the type derives `JsonSchema` of schemars 1).
    ///
    /// The properties stand in the schema in alphabetical order, unless something in the build turns
    /// on `serde_json/preserve_order`. Where their order matters write the schema yourself, for
    /// [`new`](Self::new).
    ///
    /// ```
    /// use ek_patterns::{Tool, ToolError};
    ///
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Place {
    ///     /// A harbour town
    ///     city: String,
    /// }
    ///
    /// async fn tide(place: Place) -> Result<String, ToolError> {
    ///     Ok(format!("high tide in {} is at 04:12", place.city))
    /// }
    ///
    /// let tide = Tool::typed("tide", "The next high tide of a harbour town", tide)?;
    /// assert!(tide.spec().parameters.is_some());
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] as for [`new`](Self::new).
    #[cfg(feature = "schemars")]
    pub fn typed<Args, R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        code: impl Fn(Args) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        Args: serde::de::DeserializeOwned + schemars::JsonSchema + Send + 'static,
        R: Into<String>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let mut schema = schemars::schema_for!(Args);
        // Tokens that tell the model nothing: which draft it is, and the name of a Rust type.
        schema.remove("$schema");
        schema.remove("title");
        // The message goes to the model, which wrote what it may quote.
        let read = |value| serde_json::from_value(value).map_err(|misfit| misfit.to_string());
        Self::checked(name.into(), description.into(), schema.to_value().into(), read, code)
    }

    /// A custom tool, whose input is free text and no JSON. Not every provider knows them.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the name is empty.
    pub fn custom<R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        code: impl Fn(String) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        R: Into<String>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let spec = ToolSpec::custom(name, description);
        check_name(&spec.name)?;
        let code = Arc::new(code);
        let prepare = move |arguments: &Arguments| {
            let (code, input) = (Arc::clone(&code), arguments.as_str().to_owned());
            Ok(later(move || code(input)))
        };
        Ok(Self { spec: Arc::new(spec), prepare: Arc::new(prepare), timeout: None })
    }

    fn checked<A, R, Fut>(
        name: String,
        description: String,
        parameters: RawJson,
        read: impl Fn(Value) -> Result<A, String> + Send + Sync + 'static,
        code: impl Fn(A) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        A: Send + 'static,
        R: Into<String>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        check_name(&name)?;
        let schema = Schema::compile(&parameters).map_err(|why| {
            Error::new(ErrorKind::Config, format!("the schema of the tool `{name}`: {why}"))
        })?;
        let spec = ToolSpec::new(name, description, parameters)?;
        let code = Arc::new(code);
        let prepare = move |arguments: &Arguments| {
            let arguments = read(schema.read(arguments)?)?;
            let code = Arc::clone(&code);
            Ok(later(move || code(arguments)))
        };
        Ok(Self { spec: Arc::new(spec), prepare: Arc::new(prepare), timeout: None })
    }

    /// Lets the provider hold the model to the schema, where it can (`strict`).
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        Arc::make_mut(&mut self.spec).strict = Some(strict);
        self
    }

    /// Sets the longest time for one run, in place of the loop's own
    /// ([`tool_timeout`](crate::ReactOptions::tool_timeout)); more than 0.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The longest time for one run, where the tool has one of its own.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The name the model calls it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// What the model is told of it.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    /// Runs the tool once: for tests of it, and for loops of your own. No limit in time, and panics
    /// pass through.
    ///
    /// # Errors
    /// The tool's own, or a shown one that says what is wrong with the arguments.
    pub async fn call(&self, arguments: &Arguments) -> Result<String, ToolError> {
        self.prepare(arguments).map_err(ToolError::shown)?.await
    }

    /// Checks the arguments and makes the work of this call, without beginning it; the error is for
    /// the model.
    pub(crate) fn prepare(&self, arguments: &Arguments) -> Result<ToolFuture, String> {
        (self.prepare)(arguments)
    }
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::new(ErrorKind::Config, "a tool needs a name; this one's is empty"));
    }
    Ok(())
}

/// The code begins when the future is polled: approval comes before it, and a panic in it is caught.
fn later<R, Fut>(begin: impl FnOnce() -> Fut + Send + 'static) -> ToolFuture
where
    R: Into<String>,
    Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
{
    Box::pin(async move { begin().await.map(Into::into) })
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.spec.name).finish_non_exhaustive()
    }
}
