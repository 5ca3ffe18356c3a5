//! Dropping a future after each number of polls, from none to all that it takes.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use ek_core::LlmResponse;
use ek_patterns::{Budget, Ledger};

use super::Backend;

/// Runs a pattern under a ledger of this many calls, over a provider that always answers `reply`, and drops
/// it after each number of polls: every call that was begun is counted, and none goes on. `run` returns
/// whether the pattern ended as it has to. Returns how many polls it took.
pub(crate) async fn settled_at_every_drop<Fut: Future<Output = bool>>(
    (calls, reply): (u64, &str),
    mut run: impl FnMut(Backend, Ledger) -> Fut,
) -> usize {
    let start = || {
        let ledger = Ledger::new(Budget::default().with_calls(calls)).expect("a budget");
        let backend = Backend::new(Ok(LlmResponse::text(reply)));
        let run = run(backend.clone(), ledger.clone());
        ((ledger, backend), run)
    };
    drop_at_every_poll(start, |(ledger, backend), polls, ended_well| {
        assert_eq!(ledger.spend().calls, backend.dispatched() as u64, "{polls}");
        assert_eq!(backend.in_flight(), 0, "{polls}");
        assert!(ended_well.is_none_or(|ended_well| *ended_well));
    })
    .await
}

/// Starts the future anew for each number of polls, polls it so often by the runtime's own waker (paused
/// time goes on), and drops it. `check` gets what `start` gave along with the future, how often it was
/// polled, and its output if it ended by then; that ends the walk. Returns how many polls it took.
pub(crate) async fn drop_at_every_poll<X, Fut: Future>(
    mut start: impl FnMut() -> (X, Fut),
    mut check: impl FnMut(X, usize, Option<&Fut::Output>),
) -> usize {
    for polls in 0.. {
        let (context, future) = start();
        let output = poll_times(future, polls).await;
        check(context, polls, output.as_ref());
        if output.is_some() {
            return polls;
        }
    }
    unreachable!("a future that is polled often enough ends")
}

async fn poll_times<Fut: Future>(future: Fut, polls: usize) -> Option<Fut::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            // Nothing would wake this after the last poll.
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
