//! The timer of a pool: closes what was idle for too long, without another call having to come.
//!
//! A task in each runtime that has connections. It keeps nothing alive: it ends when none is left, and is
//! ended when the pool is. It sleeps on while all of them are in use, so that calls one after the other do
//! not start a task each.

use tokio::time::{Instant, sleep_until};

/// Runs until nothing is left that could be due. `close_expired` closes what is, and returns the time at
/// which to look again.
pub(super) async fn run(mut close_expired: impl FnMut() -> Option<Instant> + Send) {
    while let Some(next) = close_expired() {
        sleep_until(next).await;
    }
}
