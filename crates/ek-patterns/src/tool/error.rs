//! The failure of a tool, and what the model may read of it.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The failure of a [`Tool`](crate::Tool).
///
/// A tool's errors contain what a model should not read: paths, hosts, rows of a database. So the model
/// reads only the kind, unless the tool makes the error with [`shown`](Self::shown). The operator `?` makes
/// a hidden error of any Rust error.
///
/// ```
/// use ek_patterns::ToolError;
///
/// fn depth(text: &str) -> Result<u32, ToolError> {
///     let metres: u32 = text.parse()?; // hidden: the model reads "ParseIntError"
///     if metres > 11_000 {
///         return Err(ToolError::shown("no sea is that deep"));
///     }
///     Ok(metres)
/// }
/// assert_eq!(depth("deep").unwrap_err().for_model(), "ParseIntError");
/// assert_eq!(depth("12000").unwrap_err().for_model(), "no sea is that deep");
/// ```
///
/// `Debug` shows no text either; [`source`](Self::source) gives the error itself.
#[derive(Clone)]
pub struct ToolError {
    for_model: Cow<'static, str>,
    shown: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl ToolError {
    /// An error whose text the model reads.
    #[must_use]
    pub fn shown(text: impl Into<String>) -> Self {
        Self { for_model: Cow::Owned(text.into()), shown: true, source: None }
    }

    /// An error of which the model reads only the kind, a word or two such as `NotFound`.
    #[must_use]
    pub fn hidden(
        kind: &'static str,
        error: impl Into<Box<dyn StdError + Send + Sync + 'static>>,
    ) -> Self {
        let source = Arc::from(error.into());
        Self { for_model: Cow::Borrowed(kind), shown: false, source: Some(source) }
    }

    /// Adds the error behind a shown text, for the program. It changes nothing of what the model reads.
    ///
    /// ```
    /// use ek_patterns::ToolError;
    ///
    /// let error = ToolError::shown("the harbour does not answer").with_source(std::fmt::Error);
    /// assert_eq!(error.for_model(), "the harbour does not answer");
    /// assert!(error.source().is_some());
    /// ```
    #[must_use]
    pub fn with_source(
        mut self,
        error: impl Into<Box<dyn StdError + Send + Sync + 'static>>,
    ) -> Self {
        self.source = Some(Arc::from(error.into()));
        self
    }

    /// What the model reads: the text of a shown error, the kind of a hidden one.
    #[must_use]
    pub fn for_model(&self) -> &str {
        &self.for_model
    }

    /// Whether the tool chose to show the text.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.shown
    }

    /// The error that is hidden from the model, or that is behind what it reads.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.source.as_deref()
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for ToolError {
    fn from(error: E) -> Self {
        let for_model = kind_of(&error);
        Self { for_model, shown: false, source: Some(Arc::new(error)) }
    }
}

/// The kind of an error, without anything of its content.
fn kind_of<E: Any>(error: &E) -> Cow<'static, str> {
    let error: &dyn Any = error;
    if let Some(error) = error.downcast_ref::<ek_core::Error>() {
        return Cow::Owned(error.kind().to_string());
    }
    if let Some(error) = error.downcast_ref::<std::io::Error>() {
        return Cow::Owned(error.kind().to_string());
    }
    let name = std::any::type_name::<E>();
    let name = name.split('<').next().unwrap_or_default();
    Cow::Borrowed(name.rsplit("::").next().unwrap_or_default())
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ToolError");
        out.field("shown", &self.shown);
        if !self.shown {
            out.field("kind", &self.for_model);
        }
        out.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_error_shows_its_kind_and_keeps_its_text() {
        let missing = std::io::Error::new(std::io::ErrorKind::NotFound, "MARKER");
        let rejected = ek_core::Error::new(ek_core::ErrorKind::Rejected, "MARKER");
        for (error, kind) in [
            (ToolError::from(missing), "entity not found"),
            (ToolError::from(rejected), "request rejected"),
            (ToolError::from("x".parse::<u8>().unwrap_err()), "ParseIntError"),
            (ToolError::hidden("Quota", "MARKER"), "Quota"),
        ] {
            assert_eq!((error.for_model(), error.is_shown()), (kind, false));
            assert!(error.source().is_some());
            assert!(!format!("{error:?}").contains("MARKER"), "{error:?}");
        }
    }

    #[test]
    fn a_shown_error_shows_its_text_to_the_model_and_not_to_logs() {
        let error = ToolError::shown("MARKER");
        assert_eq!(error.for_model(), "MARKER");
        assert_eq!(format!("{error:?}"), "ToolError { shown: true, .. }");
    }

    #[test]
    fn a_shown_error_may_have_another_behind_it_that_the_model_does_not_read() {
        let error = ToolError::shown("no answer").with_source("MARKER");
        assert_eq!((error.for_model(), error.is_shown()), ("no answer", true));
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("MARKER"));
        assert!(!format!("{error:?}").contains("MARKER"), "{error:?}");
    }
}
