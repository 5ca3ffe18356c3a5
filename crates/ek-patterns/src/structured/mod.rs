//! Reads a typed value from a model's reply: finds the JSON in it, checks it, and asks the model to correct it
//! where it does not fit.

mod extract;
mod mend;
mod options;
#[cfg(test)]
mod properties;
mod question;
mod reading;
mod schema;
mod stream;

use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
use serde::de::DeserializeOwned;

use crate::Outcome;
use crate::ask::Whole;
use crate::schema::WrongValue;
use crate::sink::Sink;
pub use options::{StructuredOptions, ValueCheck};
use question::Question;
pub use reading::Misfit;
pub use schema::{NamedSchema, SchemaPlace};
pub use stream::{StructuredEvent, StructuredStream, structured_stream};

/// What [`structured`] reports about its value.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{Misfit, StructuredOptions, structured};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["It is hot.", "1260"]);
/// let outcome = structured::<u16>(&llm, "How hot, in °C?", &StructuredOptions::default()).await?;
/// assert_eq!((outcome.value, outcome.detail.misfits), (1260, vec![Misfit::NotJson]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StructuredDetail {
    /// Why the replies before the last one could not be used; empty if the first one could.
    pub misfits: Vec<Misfit>,
    /// The reply with the value.
    pub reply: LlmResponse,
}

/// Why [`structured`] ended without a value: in [`Error::detail`](ek_core::Error::detail).
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::StructuredFailure;
///
/// fn show(error: &Error) {
///     if let Some(failure) = error.detail::<StructuredFailure>() {
///         println!("{} replies did not fit", failure.misfits.len());
///         for value in &failure.wrong_values {
///             println!("{value}"); // /days/0: expected integer, found string
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StructuredFailure {
    /// Why each reply could not be used.
    pub misfits: Vec<Misfit>,
    /// The places where the last reply had the wrong form, and what is expected there: up to 10 where the
    /// options have a schema, else the first one. Empty for other misfits.
    pub wrong_values: Vec<WrongValue>,
}

/// Completes a request, and reads a value from the JSON in the reply.
///
/// The JSON may be the whole reply, the content of a code fence, or a block in braces or brackets. Of several
/// that fit, the last one counts, and one that fits the schema too before one that does not; JSON within the
/// model's thoughts (`<think>` and similar tags) is ignored. It has to fit the type by serde, and
/// [`check`](field@StructuredOptions::check) if there is one. A reply that does not fit is sent back to the
/// model with what is wrong: each place, what is expected, and what was found. This is repeated up to [`repairs`](StructuredOptions::repairs) times; each repair has the request
/// and the newest reply, as its protocol wrote it. The schema of the type is sent along where the options have one
/// ([`StructuredOptions::typed`](StructuredOptions#method.typed) derives it); without it the prompt must
/// describe the JSON.
///
/// [`structured_stream`] shows what is known of the value while the reply comes.
///
/// It runs no tools. To use tools, run [`react_loop`](crate::react_loop) first, and pass its transcript here.
/// A turn that the provider pauses, because its own tools take long, is sent back as it is and goes on, up to
/// 8 times; that is no repair.
///
/// # Errors
/// - `Config` before any call if an option cannot be used, the schema has no strict form, or the request
///   offers tools that this program would have to run.
/// - `Malformed`, not to be retried, if the provider paused its turn too often, or no reply could be used: a [`StructuredFailure`] is in its
///   [`detail`](ek_core::Error::detail), the last reply in [`partial`](ek_core::Error::partial), and the conversation in
///   [`transcript`](ek_core::Error::transcript). Its text says nothing of the reply.
/// - `Rejected` if the model refused, or a content filter cut its reply.
/// - A call's own error.
///
/// Each has the spend of all calls.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{StructuredOptions, structured};
///
/// #[derive(serde::Deserialize)]
/// struct Glaze {
///     name: String,
///     firing_celsius: u16,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new([
///     r#"Sure! {"name": "tenmoku", "firing_celsius": "hot"}"#,
///     r#"{"name": "tenmoku", "firing_celsius": 1260}"#,
/// ]);
/// let prompt = "Describe tenmoku as JSON with `name` and `firing_celsius`.";
/// let outcome = structured::<Glaze>(&llm, prompt, &StructuredOptions::default()).await?;
/// assert_eq!((outcome.value.name.as_str(), outcome.value.firing_celsius), ("tenmoku", 1260));
/// assert_eq!(outcome.spend.calls, 2);
/// # Ok(())
/// # }
/// ```
#[doc(alias("json", "extract"))]
pub async fn structured<T: DeserializeOwned>(
    provider: &impl LlmProvider,
    input: impl Into<ChatRequest>,
    options: &StructuredOptions<T>,
) -> Result<Outcome<T, StructuredDetail>> {
    let question = Question::new(input.into(), options)?;
    question.answer(Whole(provider), &Sink::default()).await
}
