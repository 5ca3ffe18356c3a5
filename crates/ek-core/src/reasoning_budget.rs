//! How many tokens a reasoning model may think.

/// How many tokens a reasoning model may think, for protocols that take a number rather than a word
/// ([`reasoning_effort`](crate::ChatRequest::reasoning_effort) is the word).
///
/// Anthropic and Gemini take one. Chat completions and OpenAI's responses have no word for it and leave
/// it out.
///
/// ```
/// use ek_core::{ChatRequest, ReasoningBudget};
///
/// let request = ChatRequest::user("How hot is a kiln of this size?")
///     .with_reasoning_budget(ReasoningBudget::Tokens(4_000));
/// ```
#[doc(alias = "thinking")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasoningBudget {
    /// The model does not think.
    Off,
    /// The model decides how much it thinks.
    Adaptive,
    /// At most this many tokens; fewer where the limit of the reply leaves no room for them and the protocol
    /// counts both together, as Anthropic's does.
    Tokens(u32),
}
