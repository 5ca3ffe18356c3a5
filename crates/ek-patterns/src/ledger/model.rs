//! The accounts under a model checker, which tries every order in which threads can take the locks.
//!
//! The same two source files are compiled here once more, with loom's lock in place of the standard
//! library's. So the checked code is the code that runs, and no flag is needed to check it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::duplicate_mod,
    reason = "files that were written for another place"
)]

use std::sync::Arc;

use ek_core::{Spend, Usage};

use super::{Budget, amounts, budget, estimate};
use account::Account;
use amounts::Need;
use estimate::Estimate;
use reservation::Reservation;

#[path = "account.rs"]
mod account;
#[path = "reservation.rs"]
mod reservation;

mod lock {
    //! Loom's lock, with the interface of ours.

    pub(super) use loom::sync::{Mutex, MutexGuard};

    pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().expect("loom poisons nothing")
    }

    /// There are no waiters here: the model checks what is under the lock.
    #[derive(Debug, Default)]
    pub(super) struct Freed;

    impl Freed {
        #[expect(clippy::unused_self, reason = "the same shape as the real one")]
        pub(super) fn wake(&self) {}
    }
}

fn account(budget: Budget, parent: Option<&Arc<Account>>) -> Arc<Account> {
    Arc::new(Account::new(budget, parent.cloned()))
}

/// A call of one token in and `output` tokens out at most, if it is covered.
fn reserve(account: &Arc<Account>, output: u64) -> Option<Reservation> {
    let need = Need { estimate: Estimate::new(1, output), rates: None };
    let ticket = account.charge(need.amounts()).ok()?;
    Some(Reservation::new(Arc::clone(account), need, ticket))
}

fn sent(account: &Arc<Account>, output: u64) -> Option<Reservation> {
    let mut reservation = reserve(account, output)?;
    reservation.mark_sent();
    Some(reservation)
}

/// Whether exactly this much output is left.
fn has_left(account: &Arc<Account>, output: u64) -> bool {
    reserve(account, output + 1).is_none() && reserve(account, output).is_some()
}

#[test]
fn three_threads_under_a_budget_of_two_calls_send_two() {
    loom::model(|| {
        let account = account(Budget::default().with_calls(2), None);
        let callers = [Some(5), None].map(|output| {
            let account = Arc::clone(&account);
            loom::thread::spawn(move || {
                let Some(call) = sent(&account, 10) else { return 0 };
                match output {
                    Some(output) => call.settle(Usage::new(1, output)),
                    None => drop(call), // its caller gave up
                }
                1
            })
        });
        let own = u64::from(sent(&account, 10).map(drop).is_some());
        let others = callers.map(|caller| caller.join().expect("no panic"));
        assert_eq!(own + others.iter().sum::<u64>(), 2);
        assert_eq!(account.spend().calls, 2);
        assert!(reserve(&account, 0).is_none());
    });
}

#[test]
fn output_never_passes_its_budget_and_what_is_left_over_can_be_spent() {
    loom::model(|| {
        let account = account(Budget::default().with_output_tokens(20), None);
        let other = Arc::clone(&account);
        let caller = loom::thread::spawn(move || {
            let Some(call) = sent(&other, 15) else { return 0 };
            call.settle(Usage::new(1, 4));
            4
        });
        // Covered before the other has reserved, or after it has settled; never in between.
        let own = sent(&account, 15).map_or(0, |call| {
            call.settle(Usage::new(1, 6));
            6
        });
        let spent = own + caller.join().expect("no panic");
        assert!(spent > 0, "one of them came first");
        assert_eq!(account.spend().usage.output_tokens, Some(spent));
        assert!(has_left(&account, 20 - spent));
    });
}

#[test]
fn a_call_that_was_never_sent_leaves_nothing_behind_in_any_account() {
    loom::model(|| {
        let parent = account(Budget::default().with_calls(2), None);
        let child = account(Budget::default().with_calls(1), Some(&parent));
        let (a, b) = (Arc::clone(&child), Arc::clone(&parent));
        let unsent =
            loom::thread::spawn(move || reserve(&a, 10).map(Reservation::refund).is_some());
        let dropped = loom::thread::spawn(move || reserve(&b, 10).is_some());
        assert!(unsent.join().expect("no panic") && dropped.join().expect("no panic"));
        assert_eq!((child.spend(), parent.spend()), (Spend::default(), Spend::default()));
        let first = reserve(&child, 10).expect("one in the child");
        assert!(reserve(&child, 10).is_none() && reserve(&parent, 10).is_some());
        drop(first);
    });
}

#[test]
fn the_budget_above_binds_the_parts_together() {
    loom::model(|| {
        let parent = account(Budget::default().with_calls(1), None);
        let parts = [(); 2].map(|()| account(Budget::default().with_calls(1), Some(&parent)));
        let callers = parts.clone().map(|part| {
            loom::thread::spawn(move || {
                sent(&part, 10).map(|call| call.settle(Usage::new(1, 1))).is_some()
            })
        });
        let granted = callers.map(|caller| u64::from(caller.join().expect("no panic")));
        assert_eq!(granted.iter().sum::<u64>(), 1);
        assert_eq!(parent.spend().calls, 1);
        for (part, granted) in parts.iter().zip(granted) {
            assert_eq!(part.spend().calls, granted);
        }
    });
}

#[test]
fn no_call_is_refused_because_of_one_that_is_itself_refused_further_up() {
    loom::model(|| {
        let parent = account(Budget::default().with_output_tokens(60), None);
        let child = account(Budget::default().with_output_tokens(100), Some(&parent));
        let other = Arc::clone(&child);
        let too_large = loom::thread::spawn(move || sent(&other, 80).is_some());
        assert!(sent(&child, 50).is_some(), "both budgets cover it");
        assert!(!too_large.join().expect("no panic"), "the parent never covers 80");
        assert!(has_left(&child, 10) && has_left(&parent, 10));
    });
}
