//! What is asked of an embedding model.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};

use super::EmbeddingInputs;
use crate::debug_text;

/// Inputs to be turned into vectors, and how.
///
/// Fields are public to read and assign; there are no struct literals outside this crate, so that
/// fields can be added. What is `None` or empty is the provider's default. `Debug` shows no texts.
///
/// ```
/// use ek_core::{EmbeddingInputType, EmbeddingRequest};
///
/// let request = EmbeddingRequest::new(["Kilns cool slowly.", "The lake is calm."])
///     .with_model("text-embedding-3-small")
///     .with_dimensions(512)
///     .with_input_type(EmbeddingInputType::Document);
/// assert_eq!(request.inputs.len(), 2);
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct EmbeddingRequest {
    /// The inputs, each of which becomes one vector.
    pub inputs: EmbeddingInputs,
    /// The model, instead of the provider's own.
    pub model: Option<String>,
    /// How many numbers each vector shall have, for models that can shorten theirs; others refuse it.
    pub dimensions: Option<u32>,
    /// What the vectors are for. A protocol without a word for it sends none.
    pub input_type: Option<EmbeddingInputType>,
    /// The longest time for one attempt, instead of the provider's own.
    pub timeout: Option<Duration>,
    /// Names this logical call for providers that have an idempotency header switched on; the same for
    /// every attempt of one call. Not part of the payload.
    pub idempotency_key: Option<String>,
    /// Headers to add, name and value; they replace the provider's own of the same name.
    pub headers: Vec<(String, String)>,
    /// Everything this struct does not model, merged last into the payload: it wins over every other
    /// field, `model` included.
    pub extra: Map<String, Value>,
}

impl EmbeddingRequest {
    /// A request to turn these inputs into vectors.
    #[must_use]
    pub fn new(inputs: impl Into<EmbeddingInputs>) -> Self {
        Self { inputs: inputs.into(), ..Self::default() }
    }

    /// Sets the inputs.
    #[must_use]
    pub fn with_inputs(mut self, inputs: impl Into<EmbeddingInputs>) -> Self {
        self.inputs = inputs.into();
        self
    }

    /// Sets the model.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets how many numbers each vector shall have.
    #[must_use]
    pub fn with_dimensions(mut self, dimensions: u32) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Sets what the vectors are for.
    #[must_use]
    pub fn with_input_type(mut self, input_type: EmbeddingInputType) -> Self {
        self.input_type = Some(input_type);
        self
    }

    /// Sets the longest time for one attempt.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Names the logical call for an idempotency header.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a key to the payload; it wins over every other field of that name.
    #[must_use]
    pub fn with_extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }
}

impl<T: Into<EmbeddingInputs>> From<T> for EmbeddingRequest {
    fn from(inputs: T) -> Self {
        Self::new(inputs)
    }
}

/// Settings and sizes; neither texts nor header values.
impl fmt::Debug for EmbeddingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header_names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("EmbeddingRequest")
            .field("inputs", &self.inputs)
            .field("model", &self.model)
            .field("dimensions", &self.dimensions)
            .field("input_type", &self.input_type)
            .field("timeout", &self.timeout)
            .field("headers", &header_names)
            .field("extra", &debug_text::Keys(&self.extra))
            .finish_non_exhaustive()
    }
}

/// What vectors are for. Models that tell a question from a document embed each in its own way.
///
/// ```
/// use ek_core::{EmbeddingInputType, EmbeddingRequest};
///
/// let question = EmbeddingRequest::from("How hot is a kiln?")
///     .with_input_type(EmbeddingInputType::Query);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbeddingInputType {
    /// A question, by which documents are searched.
    Query,
    /// A document that is to be found.
    Document,
    /// Input of a classifier.
    Classification,
    /// Texts that are to be put into groups.
    Clustering,
    /// Texts that are compared with each other.
    Similarity,
    /// The protocol's own word, sent as it is.
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_text_and_no_value_of_a_header_or_an_extra_key() {
        let request = EmbeddingRequest::from("MARK")
            .with_model("embed-small")
            .with_header("x-tenant", "MARK")
            .with_extra("user", "MARK");
        let shown = format!("{request:?}");
        assert!(!shown.contains("MARK"), "{shown}");
        assert!(shown.contains("<1 texts>") && shown.contains("x-tenant"), "{shown}");
    }
}
