//! Tools: what the model reads about a tool, and the code that runs when it calls the tool.

mod arguments;
mod error;
mod output;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Arguments, Error, ErrorKind, RawJson, Result, ToolSpec};
use serde_json::Value;

use crate::schema::{Strict, is_plain_name};
use arguments::Reader;
pub use error::ToolError;
pub use output::ToolOutput;

/// The work of one call, which begins when it is polled.
pub(crate) type ToolFuture = Pin<Box<dyn Future<Output = Result<ToolOutput, ToolError>> + Send>>;

/// What runs when a tool is called.
#[derive(Clone)]
enum Code {
    /// A function takes a JSON object; the error is for the model.
    Function(Arc<Reader>, Arc<dyn Fn(Value) -> Result<ToolFuture, String> + Send + Sync>),
    /// A custom tool takes a text.
    Custom(Arc<dyn Fn(String) -> ToolFuture + Send + Sync>),
}

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
/// A tool answers with a text, or with parts such as images ([`ToolOutput`]).
///
/// The code runs in the caller's task: code that blocks its thread (a query without `await`, a long
/// computation) blocks the loop, and no time limit can end it. Run such code by tokio's `spawn_blocking`. A
/// future that is dropped, because its time has ended or the caller is gone, must stop its work.
///
/// Cheap to clone. `Debug` shows the name only.
#[doc(alias = "function calling")]
#[derive(Clone)]
pub struct Tool {
    spec: Arc<ToolSpec>,
    code: Code,
    strict: Option<Arc<Strict>>,
    /// Why the tool cannot be used, where a setter has found that.
    defect: Option<Arc<str>>,
    timeout: Option<Duration>,
}

impl Tool {
    /// A tool with a JSON Schema for its arguments, as text (kept byte for byte: the order of keys
    /// changes what models write) or as a `serde_json::Value`.
    ///
    /// The code gets the arguments as a JSON object that the schema allows, and answers with a text or
    /// with parts ([`ToolOutput`]). References to other documents in the schema are not fetched.
    ///
    /// The built-in check knows the keywords for plain data: types, properties, items and tuples, ranges,
    /// lengths, patterns without look-around, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `not`, and `$ref`
    /// within the schema. It ignores annotations, and refuses a schema with other keywords; the feature
    /// `jsonschema` knows all of them.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the name is not 1 to 64 letters, digits, `_` or `-`, or if the schema is
    /// no valid JSON Schema or has keywords that cannot be checked: the error names each with its path.
    /// [`unchecked`](Self::unchecked) takes those.
    pub fn new<R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: impl TryInto<RawJson, Error: Into<Error>>,
        code: impl Fn(Value) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        R: Into<ToolOutput>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let name = name.into();
        let schema = schema_of(&name, schema)?;
        let reader = Reader::new(&name, &schema, false)?;
        Self::function(name, description, schema, reader, Ok, code)
    }

    /// A tool whose schema the model reads, but whose arguments are not checked against it: for an MCP server,
    /// for example, which checks its arguments itself.
    ///
    /// The code gets any JSON object that the model wrote, of up to
    /// [`MAX_JSON_VALUES`](ek_core::MAX_JSON_VALUES) values.
    ///
    /// ```
    /// use ek_patterns::Tool;
    ///
    /// // The built-in check does not know this keyword.
    /// let schema = r#"{"type":"object","unevaluatedProperties":false}"#;
    /// let tool = Tool::unchecked("lookup", "Looks it up", schema, |arguments| async move {
    ///     Ok(format!("asked for {arguments}"))
    /// })?;
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the name is not 1 to 64 letters, digits, `_` or `-`, or the schema is no
    /// JSON.
    pub fn unchecked<R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        schema: impl TryInto<RawJson, Error: Into<Error>>,
        code: impl Fn(Value) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        R: Into<ToolOutput>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let name = name.into();
        let schema = schema_of(&name, schema)?;
        Self::function(name, description, schema, Reader::default(), Ok, code)
    }

    /// A tool whose arguments are a type of yours; the schema is derived from it (feature `schemars`;
    /// the type derives `JsonSchema` of schemars 1).
    ///
    /// The properties stand in the schema in the order of the fields: models write them in that order.
    /// (There is one exception: in a struct with flattened fields, and in a variant with a tag beside its
    /// fields, a field that is both optional and `skip_serializing_if` comes last.)
    ///
    /// Arguments are checked as a [`serde_json::Value`], which holds an integer above [`u64::MAX`] or below
    /// [`i64::MIN`] as a float: `u128` and `i128` do not take that, so let such a field be a text.
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
        R: Into<ToolOutput>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let (name, schema) = (name.into(), crate::schema::schema_of::<Args>());
        let reader = Reader::new(&name, &schema, true)?;
        let read =
            |tree: Value| crate::schema::read_tree(&tree).map_err(|misread| misread.for_model);
        Self::function(name, description, schema, reader, read, code)
    }

    /// A custom tool, whose input is free text and no JSON. Not every provider supports them.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the name is not 1 to 64 letters, digits, `_` or `-`.
    pub fn custom<R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        code: impl Fn(String) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        R: Into<ToolOutput>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let code = Arc::new(code);
        let run = move |input| {
            let code = Arc::clone(&code);
            later(move || code(input))
        };
        Self::with_code(ToolSpec::custom(name, description), Code::Custom(Arc::new(run)))
    }

    fn function<A, R, Fut>(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: RawJson,
        reader: Reader,
        read: impl Fn(Value) -> Result<A, String> + Send + Sync + 'static,
        code: impl Fn(A) -> Fut + Send + Sync + 'static,
    ) -> Result<Self>
    where
        A: Send + 'static,
        R: Into<ToolOutput>,
        Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
    {
        let spec = ToolSpec::new(name, description, parameters)?;
        let code = Arc::new(code);
        let run = move |arguments| {
            let (arguments, code) = (read(arguments)?, Arc::clone(&code));
            Ok(later(move || code(arguments)))
        };
        Self::with_code(spec, Code::Function(Arc::new(reader), Arc::new(run)))
    }

    fn with_code(spec: ToolSpec, code: Code) -> Result<Self> {
        if is_plain_name(&spec.name) {
            return Ok(Self {
                spec: Arc::new(spec),
                code,
                strict: None,
                defect: None,
                timeout: None,
            });
        }
        let why = format!(
            "the name of a tool must be 1 to 64 letters, digits, `_` or `-`, not `{}`",
            spec.name
        );
        Err(Error::new(ErrorKind::Config, why))
    }

    /// Sets `strict`, by which a provider enforces the schema, where it supports that.
    ///
    /// The schema is sent in the form that OpenAI's strict mode takes: every object is closed and requires all
    /// its properties, optional ones may be null instead, and keywords that the mode does not know are left
    /// out. The code gets its arguments in the form of the original schema. A schema that already has the
    /// strict form is kept byte for byte.
    ///
    /// A loop refuses a tool whose schema has no such form (a map, any value, a tuple) with
    /// [`ErrorKind::Config`] and the path, before any call.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        let mut defect = None;
        let spec = Arc::make_mut(&mut self.spec);
        spec.strict = Some(strict);
        if let (true, None, Some(schema)) = (strict, &self.strict, &spec.parameters) {
            match Strict::new(schema) {
                Ok(strict) => {
                    spec.parameters = Some(strict.schema.clone());
                    self.strict = Some(Arc::new(strict));
                }
                Err(why) => defect = Some(format!("its schema has no strict form: {why}").into()),
            }
        } else if let (false, Some(strict)) = (strict, self.strict.take()) {
            spec.parameters = Some(strict.original.clone());
        }
        self.defect = defect;
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

    /// The name by which the model calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// What the model reads about it.
    #[must_use]
    pub fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    /// Runs the tool once: for its tests, and for loops of your own. There is no time limit, and panics are not
    /// caught.
    ///
    /// # Errors
    /// The tool's own, or a shown one that says what is wrong with the arguments.
    pub async fn call(&self, arguments: &Arguments) -> Result<ToolOutput, ToolError> {
        self.prepare(arguments).map_err(ToolError::shown)?.await
    }

    /// Checks the arguments and returns the work of this call, which has not begun; the error is for the model.
    pub(crate) fn prepare(&self, arguments: &Arguments) -> Result<ToolFuture, String> {
        match &self.code {
            Code::Function(reader, run) => run(reader.read(arguments, self.strict.as_deref())?),
            Code::Custom(run) => Ok(run(arguments.as_str().to_owned())),
        }
    }

    /// Why the tool cannot be used.
    pub(crate) fn defect(&self) -> Option<&str> {
        self.defect.as_deref()
    }
}

/// The schema as JSON; the error names the tool.
fn schema_of(tool: &str, schema: impl TryInto<RawJson, Error: Into<Error>>) -> Result<RawJson> {
    let named = |error: Error| error.with_context(format!("the schema of the tool `{tool}`"));
    schema.try_into().map_err(|error| named(error.into()))
}

/// The code begins when the future is polled: after the approval, and where its panics are caught.
fn later<R, Fut>(begin: impl FnOnce() -> Fut + Send + 'static) -> ToolFuture
where
    R: Into<ToolOutput>,
    Fut: Future<Output = Result<R, ToolError>> + Send + 'static,
{
    Box::pin(async move { begin().await.map(Into::into) })
}

impl fmt::Debug for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool").field("name", &self.spec.name).finish_non_exhaustive()
    }
}
