//! What the suite reports: which clause, what was seen, what is owed.

use std::fmt;

/// A clause that a provider breaks.
///
/// `Display` names the clause, says what was seen, and then what is owed. `Debug` says the same, so
/// that a test which returns a `Result` shows it.
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
/// use ek_mock::conformance::parallel_calls_do_not_mix;
///
/// struct Deaf;
///
/// impl LlmProvider for Deaf {
///     async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
///         Ok(LlmResponse::text("What?"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// if let Err(violation) = parallel_calls_do_not_mix(&Deaf).await {
///     println!("{violation}"); // the clause, what was seen, and what is owed
/// }
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The clause: the name of its function.
    pub clause: &'static str,
    /// What the provider did.
    pub seen: String,
    /// What it owes instead.
    pub owed: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, seen, owed } = self;
        write!(f, "`{clause}` is broken: {seen}\n  owed: {owed}")
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Violation {}
