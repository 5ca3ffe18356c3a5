//! What a provider says of one of its models.

use std::time::SystemTime;

use crate::RawJson;

/// A model, as the provider lists it. What the provider does not say is `None`.
///
/// ```
/// use ek_core::ModelInfo;
/// let mut model = ModelInfo::new("claude-sonnet-5");
/// model.max_output_tokens = Some(128_000);
/// assert_eq!(model.id, "claude-sonnet-5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The id by which a request names it.
    pub id: String,
    /// A name to show.
    pub display_name: Option<String>,
    /// When it was published.
    pub created: Option<SystemTime>,
    /// Whether it may still be used, in the provider's word (`active`, `deprecated`, `retired`).
    pub lifecycle: Option<String>,
    /// The longest prompt, in tokens.
    pub max_input_tokens: Option<u64>,
    /// The longest reply, in tokens.
    pub max_output_tokens: Option<u64>,
    /// All that the provider says of it.
    pub raw: Option<RawJson>,
}

impl ModelInfo {
    /// A model of which only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            display_name: None,
            created: None,
            lifecycle: None,
            max_input_tokens: None,
            max_output_tokens: None,
            raw: None,
        }
    }
}
