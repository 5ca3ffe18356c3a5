//! How much one request for embeddings may hold.

/// The limits of one request for embeddings. What is not known, or not limited, is `None`.
///
/// ```
/// use ek_core::EmbeddingLimits;
/// let mut limits = EmbeddingLimits::default();
/// limits.max_inputs = Some(2_048);
/// assert_eq!(limits.max_tokens, None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmbeddingLimits {
    /// The most inputs in one request.
    pub max_inputs: Option<usize>,
    /// The most tokens in one request, all inputs together.
    pub max_tokens: Option<u64>,
    /// The most tokens in one input.
    pub max_input_tokens: Option<u64>,
}

impl EmbeddingLimits {
    /// No limit is known.
    pub const UNKNOWN: Self = Self { max_inputs: None, max_tokens: None, max_input_tokens: None };
}
