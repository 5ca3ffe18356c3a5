//! Any order of reservations and their ends, in a tree of ledgers whose root spends from a shared budget: each ledger
//! counts what is within it, no more and no less, and a call is admitted where every budget above covers it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use ek_core::Usage;
use ek_patterns::{Amounts, Budget, Estimate, Ledger, Rates, Reservation, SharedBudget, Shortage};
use proptest::collection::vec;
use proptest::prelude::*;

/// The ledger above each one, which comes before it.
const ABOVE: [Option<usize>; 5] = [None, Some(0), Some(0), Some(1), Some(3)];

/// A millionth of the currency for each token in, and two for each token out.
const PRICES: Rates = Rates::per_million(1.0, 2.0);

#[derive(Debug, Clone)]
enum Step {
    Reserve { ledger: usize, input: u64, output: u64 },
    Send(usize),
    Settle(usize, u64, u64),
    Refund(usize),
    Drop(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (which, tokens) = (|| 0..20usize, || 0..40u64);
    let step = prop_oneof![
        5 => (0..ABOVE.len(), tokens(), tokens())
            .prop_map(|(ledger, input, output)| Step::Reserve { ledger, input, output }),
        2 => which().prop_map(Step::Send),
        3 => (which(), tokens(), tokens()).prop_map(|(n, input, output)| Step::Settle(n, input, output)),
        1 => which().prop_map(Step::Refund),
        2 => which().prop_map(Step::Drop),
    ];
    vec(step, 1..60)
}

/// The limits of a ledger: calls, tokens in, tokens out and millionths.
fn limits() -> impl Strategy<Value = [Option<u64>; 4]> {
    let limit = |most: u64| proptest::option::weighted(0.5, 0..most);
    (limit(12), limit(200), limit(200), limit(500)).prop_map(Into::into)
}

fn budget([calls, input, output, cost]: [Option<u64>; 4]) -> Budget {
    let mut budget = Budget::default().with_prices(PRICES);
    (budget.calls, budget.input_tokens, budget.output_tokens) = (calls, input, output);
    budget.cost = cost.map(money);
    budget
}

fn money(millionths: u64) -> f64 {
    f64::from(u32::try_from(millionths).expect("small")) / 1e6
}

/// What a call of these tokens comes to, in the order of the limits.
fn sums(input: u64, output: u64) -> [u64; 4] {
    [1, input, output, input + 2 * output]
}

/// Takes calls and tokens from a limit, and expects each call to be settled once, by what it took.
#[derive(Debug, Default)]
struct Shared(Mutex<(BTreeMap<u64, Amounts>, u64, [u64; 4])>);

fn of(amounts: Amounts) -> [u64; 4] {
    let cost = u64::try_from(amounts.cost / 1_000_000).expect("small");
    [amounts.calls, amounts.input, amounts.output, cost]
}

impl SharedBudget for Shared {
    fn take(&self, needed: Amounts) -> Result<u64, Shortage> {
        let mut state = self.0.lock().expect("no panic");
        let held: u64 = state.0.values().map(|taken| taken.calls).sum();
        if held + state.2[0] >= 15 {
            return Err(Shortage { why: "no calls".to_owned(), change: None });
        }
        state.1 += 1;
        let ticket = state.1;
        state.0.insert(ticket, needed);
        Ok(ticket)
    }

    fn settle(&self, ticket: u64, took: Amounts, cost: Amounts) {
        let mut state = self.0.lock().expect("no panic");
        assert_eq!(state.0.remove(&ticket), Some(took), "settled once, by what it took");
        let cost = of(cost);
        (0..4).for_each(|i| state.2[i] += cost[i]);
    }

    fn left(&self) -> Amounts {
        let mut left = Amounts::default();
        (left.calls, left.input, left.output, left.cost) = (15, u64::MAX, u64::MAX, u128::MAX);
        left
    }
}

/// A call as the test counts it.
struct Call {
    ledger: usize,
    charged: [u64; 4],
    /// `None` once it is over.
    open: Option<Reservation>,
    is_sent: bool,
}

/// The ledger and those above it.
fn chain(ledger: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(ledger), |ledger| ABOVE[*ledger])
}

fn charged(calls: &[Call], ledger: usize, only_over: bool) -> [u64; 4] {
    let within = calls.iter().filter(|call| chain(call.ledger).any(|above| above == ledger));
    let counted = within.filter(|call| !only_over || call.open.is_none());
    counted.fold([0; 4], |sum, call| std::array::from_fn(|i| sum[i] + call.charged[i]))
}

fn holds(limits: &[[Option<u64>; 4]], steps: Vec<Step>) {
    let shared = Arc::new(Shared::default());
    let mut ledgers: Vec<Ledger> = Vec::new();
    for (above, limits) in ABOVE.iter().zip(limits) {
        let budget = budget(*limits);
        ledgers.push(match above {
            Some(above) => ledgers[*above].child(budget).expect("a budget"),
            None => Ledger::shared(budget, Arc::clone(&shared) as _).expect("a budget"),
        });
    }
    let mut calls: Vec<Call> = Vec::new();
    for step in steps {
        let number = match step {
            Step::Reserve { ledger, input, output } => {
                let needed = sums(input, output);
                let is_covered = chain(ledger).all(|ledger| {
                    let charged = charged(&calls, ledger, false);
                    (0..4).all(|i| {
                        limits[ledger][i].is_none_or(|limit| charged[i] + needed[i] <= limit)
                    })
                }) && charged(&calls, 0, false)[0] < 15;
                let open = ledgers[ledger].reserve(Estimate::new(input, output)).ok();
                assert_eq!(open.is_some(), is_covered, "{ledger} {needed:?}");
                if open.is_some() {
                    calls.push(Call { ledger, charged: needed, open, is_sent: false });
                }
                continue;
            }
            Step::Send(number)
            | Step::Settle(number, ..)
            | Step::Refund(number)
            | Step::Drop(number) => number,
        };
        let Some(call) = calls.get_mut(number).filter(|call| call.open.is_some()) else { continue };
        let Some(mut open) = call.open.take() else { continue };
        match step {
            Step::Send(_) => {
                open.mark_sent();
                (call.open, call.is_sent) = (Some(open), true);
            }
            Step::Settle(_, input, output) => {
                open.settle(Usage::new(input, output));
                call.charged = sums(input, output);
            }
            Step::Refund(_) => {
                open.refund();
                call.charged = [0; 4];
            }
            Step::Drop(_) | Step::Reserve { .. } => {
                drop(open);
                // As it was reserved, if it was sent.
                if !call.is_sent {
                    call.charged = [0; 4];
                }
            }
        }
        for (number, ledger) in ledgers.iter().enumerate() {
            let over = charged(&calls, number, true);
            assert_eq!(ledger.spend().calls, over[0]);
            assert!((ledger.cost() - money(over[3])).abs() < 1e-12, "{over:?}");
        }
    }
    calls.iter_mut().for_each(|call| drop(call.open.take()));
    let state = shared.0.lock().expect("no panic");
    assert!(state.0.is_empty(), "each call is settled in the end");
    assert_eq!(state.2[0], ledgers[0].spend().calls);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_ledger_counts_what_is_within_it_and_admits_what_all_above_cover(
        limits in vec(limits(), ABOVE.len()), steps in steps(),
    ) {
        holds(&limits, steps);
    }
}
