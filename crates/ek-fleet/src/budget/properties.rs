//! Any interleaving of reserve, settle, give back, expire, crash and the end of a day: no more is spent than the
//! budget of each window, nothing is lost and nothing counted twice. The store in memory and the one in Redis have to
//! answer alike.

#[cfg(feature = "redis")]
mod in_redis;

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::lease::{Lease, Report, Sums, UNITS, up};
use crate::Window;
use crate::store::{Counts, LeaseAnswer, LeaseQuestion, MemoryStore, Store};

/// A store that a test can look into.
trait Inspect {
    fn ask(&self, question: &LeaseQuestion) -> LeaseAnswer;
    fn spent_and_reserved(&self, scope: &str, start: u64) -> (Counts, Counts);
    fn expire(&self, scope: &str, id: &str);
    /// Lets the day end, where the clock is ours.
    fn skip_day(&self) {}
}

impl Inspect for MemoryStore {
    fn ask(&self, question: &LeaseQuestion) -> LeaseAnswer {
        let answer = pin!(self.lease(question)).poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Ok(answer)) = answer else { panic!("it answers at once") };
        answer
    }

    fn spent_and_reserved(&self, scope: &str, start: u64) -> (Counts, Counts) {
        let (spent, reserved, _) = self.budget(scope, start);
        (spent, reserved)
    }

    fn expire(&self, scope: &str, id: &str) {
        MemoryStore::expire(self, scope, id);
    }

    fn skip_day(&self) {
        MemoryStore::skip_day(self);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Take(usize, [u8; 3]),
    Settle(usize, u8),
    NeverSent(usize),
    /// Whether more is asked for, whether the answer is lost, and whether the question arrives twice.
    Report(usize, bool, bool, bool),
    GiveBack(usize),
    Expire(usize),
    Crash(usize),
    /// Where the window is a day.
    DayEnds,
}

const HOLDERS: usize = 3;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = || 0..HOLDERS;
    let flag = || any::<bool>();
    let step = prop_oneof![
        8 => (who(), any::<[u8; 3]>()).prop_map(|(who, size)| Step::Take(who, size)),
        6 => (who(), 0..=100u8).prop_map(|(who, percent)| Step::Settle(who, percent)),
        1 => who().prop_map(Step::NeverSent),
        8 => (who(), flag(), flag(), flag()).prop_map(|(w, more, lost, twice)| {
            Step::Report(w, more, lost && twice, twice)
        }),
        2 => who().prop_map(Step::GiveBack),
        1 => who().prop_map(Step::Expire),
        1 => who().prop_map(Step::Crash),
        1 => Just(Step::DayEnds),
    ];
    vec(step, 1..80)
}

fn limits() -> impl Strategy<Value = [Option<u64>; 4]> {
    let limit = |range| proptest::option::weighted(0.7, range);
    (limit(0..40u64), limit(0..3_000), limit(0..3_000), limit(0..3_000)).prop_map(Into::into)
}

/// A process: its lease, and the calls that are under way.
struct Holder {
    lease: Lease,
    name: String,
    calls: Vec<Call>,
}

/// A call that is under way: by which number, in which window, and what it has taken.
struct Call {
    number: u64,
    window: Option<u64>,
    took: Sums,
}

/// What was used of one window.
#[derive(Default)]
struct Used {
    /// What calls that are over came to, and what those that were under way in a crash had taken.
    spent: Sums,
    /// The same for calls that are under way.
    under_way: Sums,
}

impl Holder {
    fn new(limits: [Option<u64>; 4], name: usize) -> Self {
        Self { lease: Lease::new(limits), name: format!("p{name}"), calls: Vec::new() }
    }

    fn id(&self) -> String {
        format!("{}.{}", self.name, self.lease.number)
    }

    /// Where its calls count, as far as it knows.
    fn window(&self) -> Option<u64> {
        self.lease.seen.map(|seen| seen.window.0)
    }
}

struct Fleet<'a> {
    stores: &'a [&'a dyn Inspect],
    scope: String,
    window: Window,
    limits: [Option<u64>; 4],
    holders: Vec<Holder>,
    names: usize,
    /// By the start of the window; `None` for calls of a holder that has not heard of one.
    used: BTreeMap<Option<u64>, Used>,
    /// The start of this window, once the store has said it.
    now: Option<u64>,
    /// Whether something was counted as spent in this window without being used.
    lossy: bool,
    /// Whether a window has ended.
    has_turned: bool,
}

impl<'a> Fleet<'a> {
    fn new(
        stores: &'a [&'a dyn Inspect],
        scope: &str,
        window: Window,
        limits: [Option<u64>; 4],
        names: usize,
    ) -> Self {
        let holders = (0..names).map(|name| Holder::new(limits, name)).collect();
        let (used, scope) = (BTreeMap::new(), scope.to_owned());
        let (now, lossy, has_turned) = (None, false, false);
        Self { stores, scope, window, limits, holders, names, used, now, lossy, has_turned }
    }

    fn question(&self, who: usize, need: Sums) -> (LeaseQuestion, Report) {
        let holder = &self.holders[who];
        let ([spent, returned, under_way], report) = holder.lease.report();
        let question = LeaseQuestion {
            scope: self.scope.clone(),
            window: self.window,
            limits: self.limits,
            id: holder.id(),
            begun: holder.lease.begun,
            spent,
            returned,
            under_way,
            need: up(need),
            calls: 5,
            ttl: Duration::from_secs(3_600),
        };
        (question, report)
    }

    /// All stores give the same answer, which keeps to the limits.
    fn ask(&mut self, question: &LeaseQuestion) -> LeaseAnswer {
        let mut answers = self.stores.iter().map(|store| store.ask(question));
        let answer = answers.next().expect("a store");
        assert!(answers.all(|other| other == answer), "{question:?}: {answer:?}");
        self.now = Some(answer.window.0);
        for store in self.stores {
            let (spent, reserved) = store.spent_and_reserved(&self.scope, answer.window.0);
            for (i, limit) in self.limits.iter().enumerate() {
                let sum = spent[i] + reserved[i];
                assert!(limit.is_none_or(|limit| sum <= limit), "{sum} of {limit:?}");
            }
        }
        answer
    }

    fn report(&mut self, who: usize, need: Sums, lost: bool, twice: bool) {
        let (question, report) = self.question(who, need);
        let first = self.ask(&question);
        let answer = if twice { self.ask(&question) } else { first };
        if !lost {
            let before = (self.holders[who].lease.number, self.holders[who].window());
            self.holders[who].lease.answered(report, &answer);
            let is_new = self.holders[who].lease.number != before.0;
            // A lease that is gone; that of a window that is over is no loss to the next.
            self.lossy |= is_new && before.1 == self.now;
        }
    }

    fn settle(&mut self, who: usize, percent: u8, sent: bool) {
        let Some(call) = self.holders[who].calls.pop() else { return };
        let Call { number, window, took } = call;
        // Whole units of the store, so that nothing is rounded.
        let part = |i: usize| took[i] * i128::from(percent) / 100 / UNITS[i] * UNITS[i];
        let cost = [1, part(1), part(2), part(3)];
        let cost = if sent { cost } else { [0; 4] };
        self.holders[who].lease.settle(number, took, cost);
        let used = self.used.entry(window).or_default();
        for i in 0..4 {
            used.under_way[i] -= took[i];
            used.spent[i] += cost[i];
        }
        // The store has counted a call of a lease that is gone as it was reserved.
        self.lossy |= window == self.now && !self.holders[who].lease.counts(number);
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Take(who, size) => {
                let need = need(size);
                if let Some(number) = self.holders[who].lease.take(need) {
                    let window = self.holders[who].window();
                    self.holders[who].calls.push(Call { number, window, took: need });
                    let used = self.used.entry(window).or_default();
                    (0..4).for_each(|i| used.under_way[i] += need[i]);
                } else {
                    self.report(who, need, false, false);
                }
            }
            Step::Settle(who, percent) => self.settle(who, percent, true),
            Step::NeverSent(who) => self.settle(who, 0, false),
            Step::Report(who, more, lost, twice) => {
                let need = if more { need([9, 9, 9]) } else { [0; 4] };
                self.report(who, need, lost, twice);
            }
            Step::GiveBack(who) => self.holders[who].lease.give_back(),
            Step::Expire(who) => {
                // A lease whose first answers were all lost is not missed by its holder.
                self.lossy |= !self.holders[who].lease.begun;
                self.expire(&self.holders[who].id());
            }
            Step::Crash(who) => {
                self.names += 1;
                let new = Holder::new(self.limits, self.names);
                let old = std::mem::replace(&mut self.holders[who], new);
                // Its calls were sent, and cost up to what they had taken.
                for Call { window, took, .. } in old.calls {
                    let used = self.used.entry(window).or_default();
                    (0..4).for_each(|i| used.under_way[i] -= took[i]);
                    (0..4).for_each(|i| used.spent[i] += took[i]);
                }
                self.lossy = true;
                self.expire(&old.name.clone());
                self.expire(&format!("{}.{}", old.name, old.lease.number));
            }
            Step::DayEnds if self.window == Window::Day => {
                self.stores.iter().for_each(|store| store.skip_day());
                (self.now, self.lossy, self.has_turned) = (None, false, true);
            }
            Step::DayEnds => {}
        }
        for (i, limit) in self.limits.iter().enumerate() {
            for used in self.used.values().map(|used| used.spent[i] + used.under_way[i]) {
                let limit = limit.map_or(i128::MAX, |limit| i128::from(limit) * UNITS[i]);
                assert!(used <= limit, "{used} of {limit} are used by {step:?}");
            }
        }
    }

    fn expire(&self, id: &str) {
        self.stores.iter().for_each(|store| store.expire(&self.scope, id));
    }

    /// Ends all calls and leases; what is left can then be spent to the last call, and no more.
    fn end(&mut self) {
        for who in 0..HOLDERS {
            while !self.holders[who].calls.is_empty() {
                self.settle(who, 50, true);
            }
            self.holders[who].lease.give_back();
            self.report(who, [0; 4], false, false);
            // Where the lease was gone, the new one has to report what is left over.
            self.report(who, [0; 4], false, false);
        }
        // What has no limit is not reserved, so a crash or the end of a day may lose what was not reported of it.
        let limited = || (0..4).filter(|i| self.limits[*i].is_some());
        for (start, used) in &self.used {
            let Some(start) = *start else { continue };
            let (counted, reserved) = self.stores[0].spent_and_reserved(&self.scope, start);
            let (used, is_over) = (up(used.spent), Some(start) != self.now);
            for i in limited() {
                // What a window that is over has not heard of any more is still reserved in it.
                let counted = counted[i] + if is_over { reserved[i] } else { 0 };
                assert!(counted >= used[i], "{counted} were counted of {used:?}");
            }
        }
        let start = self.now.expect("it was asked");
        let counted = self.stores[0].spent_and_reserved(&self.scope, start).0;
        // Calls that need nothing of what is limited are taken before the window is known.
        let unknown = self.used.remove(&None).unwrap_or_default().spent;
        let known = self.used.entry(self.now).or_default().spent;
        let used = up(std::array::from_fn(|i| known[i] + unknown[i]));
        for i in (0..4).filter(|i| !self.lossy && (self.limits[*i].is_some() || !self.has_turned)) {
            assert_eq!(counted[i], used[i], "nothing is lost, and nothing counted twice");
        }
        for who in 0..HOLDERS {
            self.expire(&self.holders[who].id());
        }
        self.names += 1;
        self.holders[0] = Holder::new(self.limits, self.names);
        self.report(0, [0; 4], false, false);
        let (counted, reserved) = self.stores[0].spent_and_reserved(&self.scope, start);
        assert_eq!(reserved, [0; 4], "all leases have expired");
        if let Some(limit) = self.limits[0] {
            let mut more = 0;
            self.report(0, [1, 0, 0, 0], false, false);
            while self.holders[0].lease.take([1, 0, 0, 0]).is_some() {
                more += 1;
                self.report(0, [1, 0, 0, 0], false, false);
            }
            assert_eq!(counted[0] + more, limit, "what is left can be spent");
        }
    }
}

/// A call of up to 25 tokens and 255 millionths.
fn need([input, output, cost]: [u8; 3]) -> Sums {
    [1, i128::from(input / 10), i128::from(output / 10), i128::from(cost) * UNITS[3]]
}

fn holds(
    stores: &[&dyn Inspect],
    scope: &str,
    window: Window,
    limits: [Option<u64>; 4],
    steps: &[Step],
) {
    let mut fleet = Fleet::new(stores, scope, window, limits, HOLDERS);
    for step in steps {
        fleet.step(step);
    }
    fleet.end();
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// What was overdrawn without the store is counted once: a process whose debt is as large as the rest can still
/// take the rest.
#[test]
fn a_debt_is_not_taken_from_the_rest_a_second_time() {
    let store = MemoryStore::default();
    let limits = [Some(20), None, None, None];
    let stores: [&dyn Inspect; 1] = [&store];
    let mut fleet = Fleet::new(&stores, "s", Window::Forever, limits, 1);
    fleet.report(0, [1, 0, 0, 0], false, false);
    fleet.holders[0].lease.lost(Some(0.9));
    while let Some(number) = fleet.holders[0].lease.take([1, 0, 0, 0]) {
        fleet.holders[0].lease.settle(number, [1, 0, 0, 0], [1, 0, 0, 0]);
    }
    assert_eq!(fleet.holders[0].lease.report().0[0], [18, 0, 0, 0]);
    for left in [1, 0] {
        fleet.report(0, [1, 0, 0, 0], false, false);
        let number = fleet.holders[0].lease.take([1, 0, 0, 0]).expect("two are left");
        fleet.holders[0].lease.settle(number, [1, 0, 0, 0], [1, 0, 0, 0]);
        assert_eq!(fleet.holders[0].lease.seen.map(|seen| seen.left[0]), Some(left));
    }
    fleet.report(0, [1, 0, 0, 0], false, false);
    assert_eq!(fleet.holders[0].lease.take([1, 0, 0, 0]), None);
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn no_interleaving_overspends_loses_or_counts_twice(limits in limits(), steps in steps()) {
        holds(&[&MemoryStore::default()], "s", Window::Day, limits, &steps);
    }
}
