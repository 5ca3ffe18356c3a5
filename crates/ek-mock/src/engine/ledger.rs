//! What has happened: every call with its instants and its end, and how far the queues are. Faces write
//! it, tests read it. It does not hold the script, so that a stream keeps alive no more than it needs.

use std::sync::Arc;

use ek_core::ChatRequest;
use tokio::sync::watch;
use tokio::time::Instant;

use super::fingerprint::Fingerprint;
use super::queue::Queue;
use super::requests::{Attempt, Requests};
use crate::{CallOutcome, MockCall};

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) calls: Vec<MockCall>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) requests: Requests,
    /// What came on the wire and was no call: one line each.
    pub(crate) strays: Vec<String>,
}

/// Shared by the faces and by calls that are under way. A watch channel: whoever waits for a call is
/// woken by every change and by nothing else.
#[derive(Debug)]
pub(crate) struct Ledger {
    state: watch::Sender<State>,
}

impl Ledger {
    pub(crate) fn new(rules: usize) -> Self {
        let mut state = State::default();
        state.queues.resize_with(rules, Queue::default);
        Self { state: watch::Sender::new(state) }
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }

    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.state.send_modify(|state| result = Some(change(state)));
        match result {
            Some(result) => result,
            None => unreachable!("`send_modify` runs its closure"),
        }
    }

    /// Notes what came and was no call.
    #[cfg(feature = "wire")]
    pub(crate) fn stray(&self, line: String) {
        self.update(|state| state.strays.push(line));
    }

    /// Waits until the state is as wished.
    pub(crate) async fn wait_until(&self, mut wished: impl FnMut(&State) -> bool) {
        let mut changes = self.state.subscribe();
        // An error would mean that the sender is gone, and `self` holds it.
        let _ = changes.wait_for(|state| wished(state)).await.map(drop);
    }
}

/// One call that is under way. Dropping it without an end says that its caller dropped it.
#[derive(Debug)]
pub(crate) struct Turn {
    ledger: Arc<Ledger>,
    /// The place of the call in the list.
    index: usize,
    attempt: Attempt,
    fingerprint: Fingerprint,
    outcome: CallOutcome,
    /// Whether the next call that asks the same is a retry already.
    given_up: bool,
}

impl Turn {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        index: usize,
        attempt: Attempt,
        fingerprint: Fingerprint,
    ) -> Self {
        let outcome = CallOutcome::Dropped;
        Self { ledger, index, attempt, fingerprint, outcome, given_up: false }
    }

    /// The first of the reply is on its way.
    pub(crate) fn begins(&self) {
        self.ledger.update(|state| {
            let call = &mut state.calls[self.index];
            call.first_byte.get_or_insert_with(Instant::now);
        });
    }

    /// The number of the call.
    #[cfg(feature = "wire")]
    pub(crate) fn number(&self) -> usize {
        self.index + 1
    }

    /// Nothing more will come, so that the caller can only give up. A retry may be faster than the
    /// news that it has.
    #[cfg(feature = "wire")]
    pub(crate) fn hangs(&mut self) {
        self.given_up = true;
        let request = self.attempt.request;
        self.ledger.update(|state| state.requests.failed(&self.fingerprint, request));
    }

    /// The reply was given whole.
    pub(crate) fn finish(mut self) {
        self.outcome = CallOutcome::Finished;
    }

    /// The script's error or fault was given.
    pub(crate) fn fail(mut self) {
        self.outcome = CallOutcome::Failed;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (index, request, outcome) = (self.index, self.attempt.request, self.outcome);
        self.ledger.update(|state| {
            let call = &mut state.calls[index];
            call.ended = Some(Instant::now());
            call.outcome = outcome;
            if outcome != CallOutcome::Finished && !self.given_up {
                state.requests.failed(&self.fingerprint, request);
            }
        });
    }
}

/// A call as a face has it, before it is recorded. It has no `Debug`: it holds credentials.
#[derive(Default)]
pub(crate) struct Question {
    pub(crate) request: ChatRequest,
    pub(crate) streamed: bool,
    /// Of the request on the wire; none at the trait.
    pub(crate) headers: Vec<(String, String)>,
    /// What the headers had where the credentials were.
    pub(crate) credentials: Vec<String>,
    /// Why it is no call that a rule could answer.
    pub(crate) problem: Option<String>,
}
