//! The state of a pool under its lock, and what has to follow each change of it.
//!
//! Every change that may let a waiting call go on ends in [`Shared::hand_out`]. Nothing is awaited under
//! the lock; what wakes a task or closes a socket happens after it is free.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::local::Local;
use super::parts::{Parts, Recipient as _};
use super::reaper;
use super::state::{Phase, State};

pub(super) struct Shared<P: Parts> {
    state: Mutex<State<P>>,
    /// Notified when the pool has closed.
    pub(super) closed: Notify,
    on_cold: Option<OnCold>,
}

/// What to do where the last connection of a runtime was closed because it was idle. Returns the task
/// that does it.
pub(super) type OnCold = Box<dyn Fn(&Handle) -> AbortHandle + Send + Sync>;

impl<P: Parts> Shared<P> {
    pub(super) fn new(state: State<P>, on_cold: Option<OnCold>) -> Self {
        Self { state: Mutex::new(state), closed: Notify::new(), on_cold }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands out what is free, in the order in which callers came.
    ///
    /// One thread does it at a time. What others give back meanwhile it hands out too, as well as what
    /// comes back because the call that it was given to is being dropped.
    pub(super) fn hand_out<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State<P>>) {
        if std::mem::replace(&mut state.handing_out, true) {
            return;
        }
        // A waker and a socket may be of another crate, and panic.
        let mut panicked = Panicked(Some(self));
        loop {
            if let Some((recipient, lease)) = state.grant_next() {
                drop(state);
                recipient.give(lease);
            } else if let Some(evicted) = state.evict() {
                drop(state);
                evicted.close();
            } else {
                state.handing_out = false;
                panicked.0 = None;
                self.start_reapers(&mut state);
                let is_news = state.is_starved() && !state.has_starved;
                state.has_starved |= is_news;
                let max = state.sockets.max();
                drop(state);
                if is_news {
                    warn_of_bound(max);
                }
                return;
            }
            state = self.lock();
        }
    }

    /// The same after a call has ended.
    pub(super) fn call_ended<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State<P>>) {
        state.calls -= 1;
        if state.calls == 0 && state.phase == Phase::Closing {
            self.shut(state);
        } else {
            self.hand_out(state);
        }
    }

    /// Closes what is idle, and keeps nothing from now on.
    pub(super) fn shut(&self, mut state: MutexGuard<'_, State<P>>) {
        state.phase = Phase::Closed;
        let idle: Vec<_> = state.locals.iter_mut().map(Local::clear).collect();
        drop(state);
        drop(idle);
        self.closed.notify_waiters();
    }

    /// A connection is free: it serves the next waiting call, or is kept, or is closed.
    pub(super) fn rest<'a>(
        self: &'a Arc<Self>,
        connection: P::Exclusive,
        mut state: MutexGuard<'a, State<P>>,
    ) {
        let spare = state.rest(connection);
        self.hand_out(state);
        drop(spare);
    }

    /// A socket has a task from now on.
    pub(super) fn set_task(&self, socket: u64, task: AbortHandle) {
        if let Some(open) = self.lock().sockets.get_mut(socket) {
            open.task = Some(task);
        }
    }

    /// A timer runs in the runtime whose connection is idle: another runtime may stand still.
    fn start_reapers(self: &Arc<Self>, state: &mut State<P>) {
        for local in state.locals.iter_mut().filter(|local| local.lacks_reaper()) {
            let (shared, runtime) = (Arc::downgrade(self), local.runtime.id());
            let close_expired = move || shared.upgrade()?.close_expired(runtime);
            local.reaper = Some(local.runtime.spawn(reaper::run(close_expired)).abort_handle());
        }
    }

    /// Closes what is due in any runtime. Returns when to look again; none if no
    /// connection of this runtime is idle or in use.
    fn close_expired(&self, runtime: Id) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.lock();
        let idle = state.find(runtime).map_or(0, |local| local.idle());
        let expired: Vec<_> = state.locals.iter_mut().map(|local| local.expired(now)).collect();
        let is_unused = state.calls == 0 && state.phase == Phase::Open;
        let are_in_use = state.sockets.are_in_use(runtime);
        // What falls idle from now on is due no earlier.
        let later = now + state.idle_limit;
        let next = state.find(runtime).and_then(|local| {
            let next = local.next_expiry();
            if next.is_none() && is_unused && idle > 0 {
                local.warming = self.on_cold.as_ref().map(|warm| warm(&local.runtime));
            }
            let next = next.or(are_in_use.then_some(later));
            if next.is_none() {
                local.reaper = None;
            }
            next
        });
        drop(state);
        drop(expired);
        next
    }
}

/// Lets others hand out what is free after a panic.
struct Panicked<'a, P: Parts>(Option<&'a Shared<P>>);

impl<P: Parts> Drop for Panicked<'_, P> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.lock().handing_out = false;
        }
    }
}

/// Calls that wait are slow, and nothing else shows why.
fn warn_of_bound(max: usize) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        "calls wait because all {max} connections are in use (max_connections); this is said once"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = max;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::runtime::Builder;

    use super::super::parts::Lease;
    use super::super::socket_limit::{HttpVersion, Sockets};
    use super::super::state::tests::{Number, Numbers};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn calls_that_follow_each_other_share_one_timer() {
        let limit = Duration::from_secs(50);
        let state = State::new(Sockets::new(9, HttpVersion::Http1), limit, 9);
        let shared = Arc::new(Shared::<Numbers>::new(state, None));
        let runtime = Handle::current();
        let first = |state: &mut State<Numbers>| {
            state.grant_at_once(&runtime).expect("a place");
            Number(state.sockets.opened(runtime.clone(), Number(0)))
        };
        let again = |state: &mut State<Numbers>| match state.grant_at_once(&runtime) {
            Some(Lease::Exclusive { connection, .. }) => connection,
            _ => panic!("the connection is idle"),
        };
        let give_back = |connection: Number| {
            let mut state = shared.lock();
            state.remove_call(connection.0);
            shared.rest(connection, state);
            shared.lock().local(&runtime).reaper.as_ref().expect("a timer").id()
        };
        let connection = first(&mut shared.lock());
        let timer = give_back(connection);
        for _ in 0..3 {
            let connection = again(&mut shared.lock());
            tokio::task::yield_now().await;
            // The first call of another runtime looks for what can be forgotten.
            let another = Builder::new_current_thread().build().expect("a runtime");
            shared.lock().local(another.handle());
            another.shutdown_background();
            assert_eq!(give_back(connection), timer);
        }
        tokio::time::sleep(limit + Duration::from_millis(1)).await;
        let mut state = shared.lock();
        let local = state.local(&runtime);
        assert_eq!((local.idle(), local.reaper.is_none()), (0, true));
    }
}
