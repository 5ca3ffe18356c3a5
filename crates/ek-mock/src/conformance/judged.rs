//! What a clause comes to that is not broken: it is kept, or nothing came by which it could be judged.

use std::fmt;

/// What a clause found that is not broken.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_mock::conformance::{Judged, parallel_calls_do_not_mix};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ek_mock::conformance::Violation> {
/// // Answers that are all the same cannot be mixed up.
/// let fixed = MockProvider::new(["warm"]);
/// let Judged::SawNothing(unseen) = parallel_calls_do_not_mix(&fixed).await? else {
///     panic!("nothing could be seen");
/// };
/// assert_eq!(unseen.clause, "parallel_calls_do_not_mix");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Judged {
    /// The provider did what is owed.
    Kept,
    /// Nothing came by which the clause could be judged: it is neither kept nor broken.
    SawNothing(SawNothing),
}

/// A clause that could not be judged.
///
/// `Display` names the clause, and says what would let it see something.
///
/// ```
/// use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
/// use ek_mock::conformance::{Judged, a_passed_time_limit_is_a_timeout};
///
/// struct Quick;
///
/// impl LlmProvider for Quick {
///     async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
///         Ok(LlmResponse::text("done"))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::result::Result<(), ek_mock::conformance::Violation> {
/// if let Judged::SawNothing(unseen) = a_passed_time_limit_is_a_timeout(&Quick).await? {
///     println!("{unseen}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SawNothing {
    /// The clause: the name of its function.
    pub clause: &'static str,
    /// What would let it see something.
    pub wants: &'static str,
}

impl fmt::Display for SawNothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clause, wants } = self;
        write!(f, "`{clause}` saw nothing\n  wants: {wants}")
    }
}
