//! A provider that knows how many calls it has got, and how many of them are under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result, ToolCallingProvider};

/// Answers each call alike, after a few turns of the scheduler. Clones share the counts.
#[derive(Clone)]
pub(crate) struct Backend {
    counts: Arc<Counts>,
    answer: Result<LlmResponse>,
}

#[derive(Default)]
struct Counts {
    dispatched: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Backend {
    pub(crate) fn new(answer: Result<LlmResponse>) -> Self {
        Self { counts: Arc::default(), answer }
    }

    /// How many calls were begun.
    pub(crate) fn dispatched(&self) -> usize {
        self.counts.dispatched.load(Ordering::SeqCst)
    }

    /// How many calls are under way.
    pub(crate) fn in_flight(&self) -> usize {
        self.counts.in_flight.load(Ordering::SeqCst)
    }

    /// How many calls were under way at once, at most.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.counts.most_in_flight.load(Ordering::SeqCst)
    }
}

/// Counts the call out, however it ends.
struct UnderWay<'a>(&'a Counts);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}

impl LlmProvider for Backend {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        self.counts.dispatched.fetch_add(1, Ordering::SeqCst);
        let now = self.counts.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.counts.most_in_flight.fetch_max(now, Ordering::SeqCst);
        let _under_way = UnderWay(&self.counts);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.answer.clone()
    }
}

impl ToolCallingProvider for Backend {}

/// Answers each call at once, without a turn of the scheduler. Clones share the count.
#[derive(Clone, Default)]
pub(crate) struct Answers(Arc<AtomicUsize>);

impl Answers {
    /// How many calls were answered.
    pub(crate) fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl LlmProvider for Answers {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok("yes".into())
    }
}
