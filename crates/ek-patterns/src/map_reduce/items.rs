//! The result of each input, in their order.

use ek_core::{Error, ErrorKind, LlmResponse, Result};

/// What [`map_reduce`](crate::map_reduce()) reports about its value.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{MapReduceOptions, map_reduce};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["clay dries", "glaze melts", "Clay dries, then glaze melts."]);
/// let ask = |page| format!("In three words: {page}");
/// let options = MapReduceOptions::default().with_tolerate_failures(1);
/// let outcome = map_reduce(&llm, ["one", "two"], ask, |parts| parts.join("\n"), &options).await?;
/// assert!(outcome.detail.items.iter().all(Result::is_ok));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapReduceDetail {
    /// The result of each input, in their order; an error is one that was tolerated.
    pub items: Vec<Result<LlmResponse>>,
    /// The reply of the last call.
    pub reply: LlmResponse,
}

/// How far [`map_reduce`](crate::map_reduce()) has come: in [`Error::detail`].
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::MapReduceFailure;
///
/// fn done(error: &Error) -> usize {
///     let failure = error.detail::<MapReduceFailure>();
///     failure.map_or(0, |failure| failure.items.iter().flatten().filter(|item| item.is_ok()).count())
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapReduceFailure {
    /// The result of each input, in their order; `None` if it was not done.
    pub items: Vec<Option<Result<LlmResponse>>>,
}

/// The results by now.
pub(super) struct Items {
    items: Vec<Option<Result<LlmResponse>>>,
    done: usize,
    failed: usize,
    /// The first in time.
    first_error: Option<Error>,
}

impl Items {
    pub(super) fn new(total: usize) -> Self {
        Self { items: vec![None; total], done: 0, failed: 0, first_error: None }
    }

    pub(super) fn total(&self) -> usize {
        self.items.len()
    }

    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Takes the result of an input.
    ///
    /// # Errors
    /// The error that ends the run: the first failure, once more have failed than tolerated; or an exhausted
    /// budget, since it fails all other inputs too.
    pub(super) fn add(
        &mut self,
        index: usize,
        reply: Result<LlmResponse>,
        tolerated: usize,
    ) -> Result<()> {
        self.done += 1;
        let error = reply.as_ref().err().cloned();
        self.items[index] = Some(reply);
        let Some(error) = error else { return Ok(()) };
        self.failed += 1;
        if error.kind() == ErrorKind::BudgetExhausted {
            return Err(error);
        }
        let first = self.first_error.get_or_insert(error);
        if self.failed > tolerated { Err(first.clone()) } else { Ok(()) }
    }

    /// The texts of those that did not fail, in order.
    ///
    /// # Errors
    /// The first failure, if all failed.
    pub(super) fn texts(&self) -> Result<Vec<String>> {
        let replies = self.items.iter().flatten().filter_map(|reply| reply.as_ref().ok());
        let texts: Vec<String> = replies.map(|reply| reply.content.clone()).collect();
        match &self.first_error {
            Some(error) if texts.is_empty() => Err(error.clone()),
            _ => Ok(texts),
        }
    }

    pub(super) fn finish(self, reply: LlmResponse) -> MapReduceDetail {
        MapReduceDetail { items: self.items.into_iter().flatten().collect(), reply }
    }

    pub(super) fn fail(self, error: Error) -> Error {
        error.with_detail(MapReduceFailure { items: self.items })
    }
}
