//! What became of each input, in their order.

use ek_core::{Error, ErrorKind, LlmResponse, Result};

/// What [`map_reduce`](crate::map_reduce()) knows about its value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapReduceDetail {
    /// What each input came to, in their order; an error is one that was tolerated.
    pub items: Vec<Result<LlmResponse>>,
    /// The reply of the reduce.
    pub reply: LlmResponse,
}

/// How far [`map_reduce`](crate::map_reduce()) came: in [`Error::detail`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MapReduceFailure {
    /// What each input came to, in their order; `None` if it was not done.
    pub items: Vec<Option<Result<LlmResponse>>>,
}

/// The inputs as they are done.
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

    /// Takes an input's reply.
    ///
    /// # Errors
    /// What ends the whole: the first failure once there are more than tolerated, or an exhausted
    /// budget, which no other input can do without.
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
