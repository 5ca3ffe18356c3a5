//! The timer of a pool: closes what was idle for too long, without another call having to come.
//!
//! A task in each runtime that has idle connections, which holds nothing: it ends when there is nothing to
//! close, and is ended when the pool is.

use std::sync::{Arc, Weak};

use tokio::runtime::Id;
use tokio::time::{Instant, sleep_until};

use super::local::Local;
use super::state::Shared;

/// Sees to it that the timer runs in the runtime whose connection rests: another may stand still.
pub(super) fn ensure(local: &mut Local, shared: &Arc<Shared>) {
    if local.reaper.as_ref().is_some_and(|reaper| !reaper.is_finished()) {
        return;
    }
    let task = local.runtime.spawn(reap(Arc::downgrade(shared), local.runtime.id()));
    local.reaper = Some(task.abort_handle());
}

async fn reap(shared: Weak<Shared>, runtime: Id) {
    while let Some(next) = close_expired(&shared, runtime) {
        sleep_until(next).await;
    }
}

/// Tells when the next one of this runtime expires; none if none is idle. What is due anywhere is closed.
fn close_expired(shared: &Weak<Shared>, runtime: Id) -> Option<Instant> {
    let shared = shared.upgrade()?;
    let now = Instant::now();
    let mut state = shared.lock();
    let expired: Vec<_> = state.locals.iter_mut().map(|local| local.expired(now)).collect();
    let local = state.find(runtime);
    let next = local.and_then(|local| {
        let next = local.next_expiry();
        if next.is_none() {
            local.reaper = None;
        }
        next
    });
    drop(state);
    drop(expired);
    next
}
