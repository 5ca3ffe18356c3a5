//! A shared budget of this process: spends a lease, and asks for the next slice before it is used up.
//!
//! It stands apart from the lease's arithmetic because it has the lock, the clock and the task. No call waits
//! for the store while the lease has room.

mod lease;
#[cfg(test)]
mod properties;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use ek_patterns::{Amounts, Change, SharedBudget, Shortage};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::link::{Link, RETRY};
use crate::store::LeaseQuestion;
use crate::{OnLoss, Window};
use lease::{Lease, Report, Sums, UNITS, sums, up};

/// How often the store is asked again while only others could give back what is missing.
const POLL: Duration = Duration::from_millis(250);

/// How long a refusal of the store holds.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// How often a lease may turn out to be gone in a row.
const NEW_LEASES: usize = 3;

#[derive(Debug)]
pub(crate) struct LeasedBudget {
    link: Arc<Link>,
    name: String,
    window: Window,
    limits: [Option<u64>; 4],
    /// The beginning of the names of its leases.
    id: String,
    state: Mutex<State>,
    /// Wakes the task that asks the store.
    work: Arc<Notify>,
    /// Wakes callers, after each answer.
    changed: Arc<Notify>,
    /// Held while the store is asked: a lease has one question at a time.
    asking: tokio::sync::Mutex<()>,
    /// The task that asks it.
    task: OnceLock<AbortHandle>,
}

#[derive(Debug)]
struct State {
    lease: Lease,
    /// What the last call needed, where more is to be asked for.
    wanted: Option<Sums>,
    /// Whether a call was taken since the last beat.
    used: bool,
    /// Since when only others could give back what is missing.
    short_since: Option<Instant>,
    /// Until when a need of at least this is refused, and why.
    refused: Option<(Instant, Sums, String)>,
    window_ends: Option<Instant>,
}

impl LeasedBudget {
    pub(crate) fn start(
        link: Arc<Link>,
        name: &str,
        window: Window,
        limits: [Option<u64>; 4],
    ) -> Arc<Self> {
        let id = format!("{}.{:08x}", link.process, fastrand::u32(..));
        let state = State {
            lease: Lease::new(limits),
            wanted: None,
            used: false,
            short_since: None,
            refused: None,
            window_ends: None,
        };
        let name = name.to_owned();
        let budget = Arc::new(Self {
            link,
            name,
            window,
            limits,
            id,
            state: Mutex::new(state),
            work: Arc::default(),
            changed: Arc::default(),
            asking: tokio::sync::Mutex::default(),
            task: OnceLock::new(),
        });
        let task = budget.link.runtime.spawn(keep(Arc::downgrade(&budget)));
        budget.task.get_or_init(|| task.abort_handle());
        budget
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives back what is free, and waits until the store knows it.
    pub(crate) async fn give_back(&self) {
        self.lock().lease.give_back();
        self.ask(true).await;
    }

    /// Reports, and gets more where it is wanted. Returns after how long to ask again, where something is still
    /// wanted that others may give back.
    async fn ask(&self, is_last: bool) -> Option<Duration> {
        let _one_at_a_time = self.asking.lock().await;
        for _ in 0..NEW_LEASES {
            let (question, report, need) = {
                let mut state = self.lock();
                let need = state.wanted.take().unwrap_or_default();
                let (question, report) = self.question(&state.lease, need);
                (question, report, need)
            };
            let answer = self.link.store.lease(&question);
            let answer = if is_last {
                self.link.ask_last(answer).await
            } else {
                self.link.ask(answer).await
            };
            let mut state = self.lock();
            let Some(answer) = answer else {
                self.lost(&mut state);
                break;
            };
            state.window_ends = answer.window.1.and_then(|left| Instant::now().checked_add(left));
            if !state.lease.answered(report, &answer) {
                state.wanted = state.wanted.or(Some(need));
                continue;
            }
            let again = self.judge(&mut state, need);
            drop(state);
            self.changed.notify_waiters();
            return again;
        }
        self.changed.notify_waiters();
        None
    }

    fn question(&self, lease: &Lease, need: Sums) -> (LeaseQuestion, Report) {
        let ([spent, returned, under_way], report) = lease.report();
        let question = LeaseQuestion {
            scope: self.link.scope(&self.name),
            window: self.window,
            limits: self.limits,
            id: format!("{}.{}", self.id, lease.number),
            begun: lease.begun,
            spent,
            returned,
            under_way,
            need: up(need),
            calls: self.link.options.slice.into(),
            ttl: self.link.options.lease,
        };
        (question, report)
    }

    /// What an answer means for those who wait: refused, or to be asked again.
    fn judge(&self, state: &mut State, need: Sums) -> Option<Duration> {
        if need == [0; 4] || state.lease.never_covers(need, false).is_none() {
            state.short_since = None;
            return None;
        }
        let since = *state.short_since.get_or_insert_with(Instant::now);
        let patience = self.link.options.lease;
        // What others hold comes back within the life of a lease, or is spent.
        let others_may_help = since.elapsed() < patience;
        let Some((i, left)) = state.lease.never_covers(need, others_may_help) else {
            return Some(POLL);
        };
        state.short_since = None;
        let why = self.explain(i, left, need[i]);
        state.refused = Some((Instant::now() + REFUSED_FOR, need, why));
        None
    }

    fn explain(&self, i: usize, left: i128, needed: i128) -> String {
        let what = ["calls", "input tokens", "output tokens", "millionths in money"][i];
        let limit = self.limits[i].unwrap_or_default();
        let (left, needed) = (left / UNITS[i], (needed + UNITS[i] - 1) / UNITS[i]);
        format!(
            "the shared budget of {limit} {what} of {} does not cover another call: {left} are left, \
             and the call needs {needed}",
            self.name
        )
    }

    /// The store is away: from now on the lease may be overdrawn as the options say.
    fn lost(&self, state: &mut State) {
        match self.link.options.on_loss {
            OnLoss::Refuse => {}
            OnLoss::Allow => state.lease.lost(None),
            OnLoss::Local(Some(share)) => state.lease.lost(Some(share)),
            OnLoss::Local(None) => {
                let share = state.lease.seen.map(|seen| 1.0 / share_of(seen.holders));
                state.lease.lost(Some(share.unwrap_or(0.0)));
            }
        }
    }

    /// Completes after the next answer.
    fn change(&self) -> Change {
        let changed = Arc::clone(&self.changed).notified_owned();
        let longest = self.link.options.lease + RETRY;
        Box::pin(async move { drop(timeout(longest, changed).await) })
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of processes")]
fn share_of(holders: u64) -> f64 {
    holders.max(1) as f64
}

impl SharedBudget for LeasedBudget {
    fn take(&self, needed: Amounts) -> Result<u64, Shortage> {
        let needed = sums(needed);
        let mut state = self.lock();
        if state.window_ends.is_some_and(|end| end <= Instant::now()) {
            state.window_ends = None;
            state.refused = None;
            state.lease.roll_over();
        }
        let mut taken = state.lease.take(needed);
        let away = self.link.is_away();
        if taken.is_none() && away {
            self.lost(&mut state);
            taken = state.lease.take(needed);
        }
        if let Some(number) = taken {
            state.used = true;
            if state.lease.is_low() && !away && state.wanted.is_none() {
                state.wanted = Some(needed);
                self.work.notify_one();
            }
            return Ok(number);
        }
        if away {
            let why = format!(
                "the store of the shared budget {} is away ({}), and this process has nothing left of it",
                self.name,
                self.link.why_away().unwrap_or_default()
            );
            return Err(Shortage { why, change: None });
        }
        if let Some((until, least, why)) = &state.refused
            && *until > Instant::now()
            && (0..4).all(|i| needed[i] >= least[i])
        {
            return Err(Shortage { why: why.clone(), change: None });
        }
        if self.task.get().is_some_and(AbortHandle::is_finished) {
            let why = format!("the shared budget {} has ended with its runtime", self.name);
            return Err(Shortage { why, change: None });
        }
        let change = self.change();
        state.wanted = Some(needed);
        self.work.notify_one();
        let why = format!("this process has nothing left of the shared budget {}", self.name);
        Err(Shortage { why, change: Some(change) })
    }

    fn settle(&self, ticket: u64, took: Amounts, cost: Amounts) {
        let (took, cost) = (sums(took), sums(cost));
        self.lock().lease.settle(ticket, took, cost);
        if took != cost {
            self.changed.notify_waiters();
        }
    }

    fn left(&self) -> Amounts {
        let most = self.lock().lease.most();
        let count = |i: usize| most[i].map_or(u64::MAX, |n| u64::try_from(n).unwrap_or(u64::MAX));
        let mut left = Amounts::default();
        (left.calls, left.input, left.output) = (count(0), count(1), count(2));
        left.cost = most[3].map_or(u128::MAX, |n| u128::try_from(n).unwrap_or(0));
        left
    }
}

/// Asks the store: when more is wanted, and three times in the life of a lease.
async fn keep(budget: Weak<LeasedBudget>) {
    let mut again = None;
    loop {
        let Some(this) = budget.upgrade() else { return };
        let (work, retry) = (Arc::clone(&this.work), this.link.retry_in());
        let (beat, away) = (this.link.options.lease / 3, retry.is_some());
        drop(this);
        let beaten = match again {
            Some(wait) => {
                sleep(wait).await;
                false
            }
            None => {
                let wait = retry.map_or(beat, |retry| retry.min(beat));
                timeout(wait, work.notified()).await.is_err()
            }
        };
        let Some(this) = budget.upgrade() else { return };
        if beaten {
            let mut state = this.lock();
            // Nothing was taken since the last beat, so what is free may serve others.
            if !std::mem::take(&mut state.used) && !away {
                state.lease.give_back();
            }
            if !state.lease.has_news() && !away {
                continue;
            }
        } else if this.lock().wanted.is_none() {
            // An earlier answer brought what was needed, or the call that waited is gone.
            again = None;
            continue;
        }
        again = this.ask(false).await;
    }
}

/// Gives back what is free, and reports what was spent.
impl Drop for LeasedBudget {
    fn drop(&mut self) {
        self.work.notify_one();
        let mut state = self.lock();
        if !state.lease.has_news() {
            return;
        }
        state.lease.give_back();
        let (question, _) = self.question(&state.lease, [0; 4]);
        self.link.send_last(question);
    }
}
