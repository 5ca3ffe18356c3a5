//! What a server says about the room that is left.

use std::time::Duration;

/// The state of a server's rate limits when it answered, from the `x-ratelimit-*` headers. What was
/// not reported is `None`.
///
/// ```
/// use ek_core::LlmResponse;
///
/// fn is_nearly_full(reply: &LlmResponse) -> bool {
///     let left = reply.rate_limit.and_then(|limit| limit.remaining_tokens);
///     left.is_some_and(|tokens| tokens < 10_000)
/// }
/// assert!(!is_nearly_full(&LlmResponse::text("no headers, so nothing is known")));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed in the window.
    pub limit_requests: Option<u64>,
    /// Requests left in the window.
    pub remaining_requests: Option<u64>,
    /// Time until the window of requests starts anew.
    pub reset_requests: Option<Duration>,
    /// Tokens allowed in the window.
    pub limit_tokens: Option<u64>,
    /// Tokens left in the window.
    pub remaining_tokens: Option<u64>,
    /// Time until the window of tokens starts anew.
    pub reset_tokens: Option<Duration>,
}
