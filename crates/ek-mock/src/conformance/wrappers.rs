//! Clauses on providers that stand in front of another: what they do not change they pass on.
//!
//! A trait's default methods compile without being written, so that a wrapper forgets them unseen.

use ek_core::{LlmProvider, StreamingProvider, ToolCallingProvider};

use super::Violation;
use super::ask::{Clause, mark, question};

/// A wrapper has the model's name of what is inside, and its calls reach it.
///
/// ```
/// use ek_core::DynProvider;
/// use ek_mock::{MockProvider, conformance};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), conformance::Violation> {
/// let inner = MockProvider::new(["warm"]).with_model("mock-1");
/// conformance::a_wrapper_delegates(&DynProvider::new(inner.clone()), &inner).await
/// # }
/// ```
///
/// # Errors
/// What was seen instead.
pub async fn a_wrapper_delegates(
    wrapper: &impl LlmProvider,
    inner: &impl LlmProvider,
) -> Result<(), Violation> {
    let clause = Clause::new(
        "a_wrapper_delegates",
        "a wrapper passes on what it does not change, `model()` included",
    );
    let (outside, inside) = (wrapper.model(), inner.model());
    clause.require(outside == inside, || {
        format!("`model()` of the wrapper is {outside:?}, and inside it is {inside:?}")
    })?;
    let request = question(&mark(0));
    let inside = clause.outcome(inner, &request).await?;
    let outside = clause.outcome(wrapper, &request).await?;
    match (inside, outside) {
        (Ok(_), Err(error)) => {
            Err(clause.failed("the inner call succeeded, the wrapper's", &error))
        }
        (Err(error), Ok(_)) => {
            Err(clause.failed("the wrapper's call succeeded, the inner", &error))
        }
        (Err(inside), Err(outside)) => clause.require(inside.kind() == outside.kind(), || {
            let (inside, outside) = (inside.kind(), outside.kind());
            format!("the inner call fails with {inside:?}, the wrapper's with {outside:?}")
        }),
        (Ok(_), Ok(_)) => Ok(()),
    }
}

/// A wrapper supports tools if and only if what is inside does.
///
/// # Errors
/// What was seen instead.
pub async fn a_tool_wrapper_delegates(
    wrapper: &impl ToolCallingProvider,
    inner: &impl ToolCallingProvider,
) -> Result<(), Violation> {
    let clause = Clause::new(
        "a_tool_wrapper_delegates",
        "a wrapper supports tools if what is inside does: `supports_tools()` is passed on",
    );
    let (outside, inside) = (wrapper.supports_tools(), inner.supports_tools());
    clause.require(outside == inside, || {
        format!("`supports_tools()` of the wrapper is {outside}, and inside it is {inside}")
    })?;
    a_wrapper_delegates(wrapper, inner).await
}

/// A wrapper streams if and only if what is inside does.
///
/// # Errors
/// What was seen instead.
pub async fn a_streaming_wrapper_delegates(
    wrapper: &impl StreamingProvider,
    inner: &impl StreamingProvider,
) -> Result<(), Violation> {
    let clause = Clause::new(
        "a_streaming_wrapper_delegates",
        "a wrapper streams if what is inside does: `supports_streaming()` is passed on",
    );
    let (outside, inside) = (wrapper.supports_streaming(), inner.supports_streaming());
    clause.require(outside == inside, || {
        format!("`supports_streaming()` of the wrapper is {outside}, and inside it is {inside}")
    })?;
    a_wrapper_delegates(wrapper, inner).await
}
