//! The store in memory: what the scripts do in Redis, for tests and for trying things out.
//!
//! Each method is the script of the same name; the property test asks both the same questions.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use super::{
    Answer, Counts, LeaseAnswer, LeaseQuestion, OpenCircuit, RateAnswer, RateQuestion, Store,
};

/// How many expired leases one question settles at most.
const SWEEP: usize = 16;

#[cfg(test)]
const DAY: Duration = Duration::from_secs(86_400);

/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// A store in this process: clones share it, other processes do not see it.
///
/// ```
/// use ek_fleet::{Fleet, FleetOptions, MemoryStore, Window};
/// use ek_patterns::{Budget, Estimate};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let store = MemoryStore::default();
/// let fleet = Fleet::new(store, FleetOptions::default())?;
/// let ledger = fleet.ledger("team", Budget::default().with_calls(1), Window::Day)?;
/// ledger.acquire(Estimate::new(20, 100)).await?.mark_sent();
/// assert!(ledger.acquire(Estimate::new(20, 100)).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    begun: (Instant, Duration),
    /// Windows of a day that a test has skipped.
    #[cfg(test)]
    skipped: Arc<std::sync::atomic::AtomicU32>,
}

#[derive(Debug, Default)]
struct State {
    budgets: BTreeMap<(String, u64), Budget>,
    rates: BTreeMap<String, Rate>,
    /// By scope and provider: until when, and why.
    circuits: BTreeMap<(String, String), (u64, OpenCircuit)>,
}

#[derive(Debug, Default)]
struct Budget {
    spent: Counts,
    reserved: Counts,
    busy: u64,
    leases: BTreeMap<String, Lease>,
}

#[derive(Debug, Default, Clone)]
struct Lease {
    expires: u64,
    granted: Counts,
    spent: Counts,
    returned: Counts,
    under_way: Counts,
    held: Counts,
}

#[derive(Debug, Default)]
struct Rate {
    requests: i64,
    tokens: i64,
    cool: i64,
    /// Who asks, and until when it counts.
    askers: BTreeMap<String, i64>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            state: Arc::default(),
            begun: (Instant::now(), since_1970),
            #[cfg(test)]
            skipped: Arc::default(),
        }
    }
}

impl MemoryStore {
    /// The time since 1970.
    fn now(&self) -> Duration {
        let now = self.begun.1 + self.begun.0.elapsed();
        #[cfg(test)]
        let now = now + DAY * self.skipped.load(std::sync::atomic::Ordering::Relaxed);
        now
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is spent and reserved, and the names of the leases, in the window that began then.
    #[cfg(test)]
    pub(crate) fn budget(&self, scope: &str, start: u64) -> (Counts, Counts, Vec<String>) {
        let state = self.lock();
        state.budgets.get(&(scope.to_owned(), start)).map_or_else(Default::default, |budget| {
            (budget.spent, budget.reserved, budget.leases.keys().cloned().collect())
        })
    }

    /// Lets a lease expire, in each window.
    #[cfg(test)]
    pub(crate) fn expire(&self, scope: &str, id: &str) {
        let mut state = self.lock();
        let budgets = state.budgets.iter_mut().filter(|((other, _), _)| other == scope);
        for lease in budgets.filter_map(|(_, budget)| budget.leases.get_mut(id)) {
            lease.expires = 1;
        }
    }

    /// Lets the day end.
    #[cfg(test)]
    pub(crate) fn skip_day(&self) {
        self.skipped.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Budget {
    /// A process that was not heard of for the lifetime of its lease may have spent all of it.
    fn sweep(&mut self, now: u64, id: &str) {
        let expired =
            self.leases.iter().filter(|(other, lease)| lease.expires <= now && *other != id);
        let mut expired: Vec<_> = expired.map(|(other, l)| (l.expires, other.clone())).collect();
        expired.sort_unstable();
        for (_, other) in expired.into_iter().take(SWEEP) {
            let Some(lease) = self.leases.remove(&other) else { continue };
            for i in 0..4 {
                self.spent[i] += lease.held[i];
                self.reserved[i] -= lease.held[i];
            }
            self.busy -= lease.under_way[0];
        }
    }

    fn left(&self, limits: &[Option<u64>; 4], i: usize) -> u64 {
        limits[i].map_or(0, |limit| limit.saturating_sub(self.spent[i] + self.reserved[i]))
    }

    fn hold(&mut self, lease: &mut Lease, limits: &[Option<u64>; 4], i: usize) {
        let open = lease.granted[i].saturating_sub(lease.spent[i] + lease.returned[i]);
        let held = if limits[i].is_some() { open } else { 0 };
        self.reserved[i] = self.reserved[i] + held - lease.held[i];
        lease.held[i] = held;
    }

    /// Takes the report into the lease, and reserves a slice for it where it is asked for and there is enough.
    fn renew(&mut self, lease: &mut Lease, asked: &LeaseQuestion) {
        let mut short = false;
        let mut grant = [0; 4];
        self.busy = self.busy + asked.under_way[0] - lease.under_way[0];
        lease.under_way = asked.under_way;
        for (i, grant) in grant.iter_mut().enumerate() {
            let spent = lease.spent[i].max(asked.spent[i]);
            self.spent[i] += spent - lease.spent[i];
            lease.spent[i] = spent;
            lease.returned[i] = lease.returned[i].max(asked.returned[i]);
            self.hold(lease, &asked.limits, i);
            if asked.limits[i].is_none() {
                continue;
            }
            let (left, need) = (i128::from(self.left(&asked.limits, i)), i128::from(asked.need[i]));
            let gone = lease.spent[i] + lease.returned[i];
            let open = i128::from(lease.granted[i]) - i128::from(gone);
            let (held, under_way) = (open.max(0), i128::from(lease.under_way[i]));
            // A twentieth of what is left or some calls, whichever is less, but one call at least.
            let slice = (left / 20).max(need).min(i128::from(asked.calls) * need);
            let more = (under_way + slice - held).max(0).min(left);
            short |= held + more - under_way < need;
            // What was spent beyond the grant, without the store, is counted already.
            *grant = u64::try_from(held + more - open).unwrap_or(0);
        }
        if asked.need != [0; 4] && !short {
            for (i, grant) in grant.into_iter().enumerate() {
                lease.granted[i] += grant;
                self.hold(lease, &asked.limits, i);
            }
        }
    }
}

impl Store for MemoryStore {
    fn lease<'a>(&'a self, asked: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer> {
        let now = self.now_ms();
        let (start, end) = asked.window.around(now);
        let mut state = self.lock();
        let budget = state.budgets.entry((asked.scope.clone(), start)).or_default();
        budget.sweep(now, &asked.id);
        let found = budget.leases.remove(&asked.id);
        let known = found.is_some() || !asked.begun;
        let mut lease = found.unwrap_or_default();
        if known {
            budget.renew(&mut lease, asked);
            let ttl = u64::try_from(asked.ttl.as_millis()).unwrap_or(u64::MAX);
            lease.expires = now.saturating_add(ttl);
            budget.leases.insert(asked.id.clone(), lease.clone());
        }
        let mut answer = LeaseAnswer {
            known,
            granted: lease.granted,
            left: [0; 4],
            others: [0; 4],
            holders: budget.leases.len() as u64,
            window: (start, end.map(|end| Duration::from_millis(end - now))),
        };
        for i in 0..4 {
            answer.left[i] = budget.left(&asked.limits, i);
            answer.others[i] = budget.reserved[i] - lease.held[i];
        }
        // Calls that are under way do not come back.
        let busy = budget.busy - lease.under_way[0];
        answer.others[0] = answer.others[0].saturating_sub(busy);
        Box::pin(async move { Ok(answer) })
    }

    fn rate<'a>(&'a self, asked: &'a RateQuestion) -> Answer<'a, RateAnswer> {
        let now = i64::try_from(self.now().as_micros()).unwrap_or(i64::MAX);
        let mut state = self.lock();
        let rate = state.rates.entry(asked.scope.clone()).or_default();
        let cool_down = micros(asked.cool_down);
        if cool_down > 0 {
            rate.cool = rate.cool.max(now.saturating_add(cool_down));
            rate.requests = rate.requests.max(rate.cool);
            rate.tokens = rate.tokens.max(now);
        }
        let back = span(asked.burst.saturating_sub(1), asked.requests_per_minute, false);
        let requests_at = rate.requests.max(now - back);
        let tokens_at = rate.tokens.max(now - MINUTE);
        if asked.requests > 0 {
            rate.requests = requests_at + span(asked.requests, asked.requests_per_minute, true);
        }
        if asked.tokens > 0 {
            rate.tokens = tokens_at + span(asked.tokens, asked.tokens_per_minute, true);
        }
        let cooling = u64::try_from(rate.cool - now).map_or(Duration::ZERO, Duration::from_micros);
        let (requests_at, tokens_at) = (requests_at - now, tokens_at - now);
        rate.askers.retain(|_, until| *until > now);
        rate.askers.insert(asked.process.clone(), now.saturating_add(micros(asked.ttl)));
        let holders = rate.askers.len() as u64;
        Box::pin(async move { Ok(RateAnswer { requests_at, tokens_at, cooling, holders }) })
    }

    fn circuits<'a>(
        &'a self,
        scope: &'a str,
        publish: Option<OpenCircuit>,
    ) -> Answer<'a, Vec<OpenCircuit>> {
        let now = self.now_ms();
        let mut state = self.lock();
        state.circuits.retain(|_, (until, _)| *until > now);
        if let Some(circuit) = publish {
            let open_for = u64::try_from(circuit.open_for.as_millis()).unwrap_or(u64::MAX);
            let until = now.saturating_add(open_for);
            let key = (scope.to_owned(), circuit.member.clone());
            let old = state.circuits.get(&key).map_or(now, |(until, _)| *until);
            if until > old {
                state.circuits.insert(key, (until, circuit));
            }
        }
        let here = state.circuits.iter().filter(|((other, _), _)| other == scope);
        let open = here.map(|(_, (until, circuit))| OpenCircuit {
            open_for: Duration::from_millis(until - now),
            ..circuit.clone()
        });
        let open = open.collect();
        Box::pin(async move { Ok(open) })
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX / 4)
}

/// The microseconds that this many places of a rate take.
fn span(places: u64, per_minute: u64, up: bool) -> i64 {
    let micros = u128::from(places) * 60_000_000;
    let per_minute = u128::from(per_minute.max(1));
    let span = if up { micros.div_ceil(per_minute) } else { micros / per_minute };
    i64::try_from(span).unwrap_or(i64::MAX / 4)
}
