//! The one timer of a pool: closes what was idle for too long, without another call having to come.
//!
//! A task that runs only while something is idle, and holds nothing: it ends when there is nothing to
//! close, and is ended when the pool is.

use std::sync::{Arc, Weak};

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until};

use super::state::{Shared, State};

/// Sees to it that the timer runs. The task of a runtime that is gone has ended, and is replaced.
pub(super) fn ensure(state: &mut State, shared: &Arc<Shared>) {
    if state.reaper.as_ref().is_some_and(|reaper| !reaper.is_finished()) {
        return;
    }
    // A stream may be dropped outside of any runtime.
    let runtime = Handle::try_current().ok().or_else(|| state.runtime.clone());
    state.reaper = runtime.map(|runtime| {
        let task = runtime.spawn(reap(Arc::downgrade(shared)));
        task.abort_handle()
    });
}

async fn reap(shared: Weak<Shared>) {
    while let Some(next) = close_expired(&shared) {
        sleep_until(next).await;
    }
}

/// Tells when the next one expires; none if nothing is idle.
fn close_expired(shared: &Weak<Shared>) -> Option<Instant> {
    let shared = shared.upgrade()?;
    let now = Instant::now();
    let mut state = shared.lock();
    let expired = state.idle.expired(now);
    #[cfg(feature = "http2")]
    let expired = (expired, state.http2.expired(now));
    let next = state.idle.next_expiry();
    #[cfg(feature = "http2")]
    let next = next.into_iter().chain(state.http2.next_expiry()).min();
    if next.is_none() {
        state.reaper = None;
    }
    drop(state);
    drop(expired);
    next
}
