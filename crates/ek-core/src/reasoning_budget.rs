//! How many tokens a reasoning model may think.

/// How many tokens a reasoning model may think, for protocols that take a number rather than a word
/// ([`reasoning_effort`](crate::ChatRequest::reasoning_effort) is the word).
///
/// Anthropic and Gemini take one. Chat completions and OpenAI's responses have no word for it and leave
/// it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasoningBudget {
    /// The model does not think.
    Off,
    /// The model decides how much it thinks.
    Adaptive,
    /// At most this many tokens.
    Tokens(u32),
}
