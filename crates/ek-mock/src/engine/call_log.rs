//! The log of calls: when each came, began and ended, and how much of each queue is used up. The faces
//! write it, tests read it. It does not hold the script, so that a stream does not keep the script alive.

use std::sync::Arc;

use tokio::time::Instant;

use super::fingerprint::Fingerprint;
use super::queue::Queue;
use super::requests::{Attempt, Requests};
use crate::watched::Watched;
use crate::{CallOutcome, MockCall};

#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) calls: Vec<MockCall>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) requests: Requests,
    /// One line for each request on the wire that is not a call.
    pub(crate) unmatched: Vec<String>,
}

/// Shared by the faces and by the calls under way.
pub(crate) type CallLog = Watched<History>;

impl CallLog {
    pub(crate) fn new(rules: usize) -> Self {
        let log = Self::default();
        log.update(|history| history.queues.resize_with(rules, Queue::default));
        log
    }

    /// Notes a request that is not a call.
    #[cfg(feature = "wire")]
    pub(crate) fn unmatched(&self, line: String) {
        self.update(|history| history.unmatched.push(line));
    }
}

/// Holds one call open. Dropped without an end, it records that the caller dropped the call.
#[derive(Debug)]
pub(crate) struct CallGuard {
    call_log: Arc<CallLog>,
    /// The place of the call in the list.
    index: usize,
    attempt: Attempt,
    fingerprint: Fingerprint,
    outcome: CallOutcome,
    /// Whether the attempt counts as failed already, before its end.
    failed_early: bool,
}

impl CallGuard {
    pub(crate) fn new(
        call_log: Arc<CallLog>,
        index: usize,
        attempt: Attempt,
        fingerprint: Fingerprint,
    ) -> Self {
        let outcome = CallOutcome::Dropped;
        Self { call_log, index, attempt, fingerprint, outcome, failed_early: false }
    }

    /// Records that the reply begins.
    pub(crate) fn begins(&self) {
        self.call_log.update(|history| {
            let call = &mut history.calls[self.index];
            call.first_byte.get_or_insert_with(Instant::now);
        });
    }

    /// The number of the call.
    #[cfg(feature = "wire")]
    pub(crate) fn number(&self) -> usize {
        self.index + 1
    }

    /// Counts the attempt as failed: nothing more will come, and the caller's retry may arrive before the
    /// end of this connection is seen.
    #[cfg(feature = "wire")]
    pub(crate) fn hangs(&mut self) {
        self.failed_early = true;
        let request = self.attempt.request;
        self.call_log.update(|history| history.requests.failed(&self.fingerprint, request));
    }

    /// Ends the call with its whole reply.
    pub(crate) fn finish(mut self) {
        self.outcome = CallOutcome::Finished;
    }

    /// Ends the call with the script's error or fault.
    pub(crate) fn fail(mut self) {
        self.outcome = CallOutcome::Failed;
    }
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        let (index, request, outcome) = (self.index, self.attempt.request, self.outcome);
        self.call_log.update(|history| {
            let call = &mut history.calls[index];
            call.ended = Some(Instant::now());
            call.outcome = outcome;
            if outcome != CallOutcome::Finished && !self.failed_early {
                history.requests.failed(&self.fingerprint, request);
            }
        });
    }
}
