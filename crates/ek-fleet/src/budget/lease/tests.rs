//! What a lease gives, keeps and reports.

use super::*;

const CALL: Sums = [1, 0, 0, 0];

fn answer(granted: u64, left: u64, others: u64) -> LeaseAnswer {
    LeaseAnswer {
        known: true,
        granted: [granted, 0, 0, 0],
        left: [left, 0, 0, 0],
        others: [others, 0, 0, 0],
        holders: 4,
        window: (0, None),
    }
}

/// A lease of this many calls.
fn lease(calls: u64) -> Lease {
    let mut lease = Lease::new([Some(1_000), None, None, None]);
    let (_, report) = lease.report();
    assert!(lease.answered(report, &answer(calls, 100, 0)));
    lease
}

fn taken(lease: &mut Lease) -> usize {
    std::iter::from_fn(|| lease.take(CALL)).take(10_000).count()
}

#[test]
fn what_is_granted_can_be_taken_and_no_more_until_a_call_comes_back() {
    let mut lease = lease(3);
    let number = lease.take(CALL).expect("three are free");
    assert_eq!(taken(&mut lease), 2);
    lease.settle(number, CALL, [0; 4]);
    assert_eq!(taken(&mut lease), 1);
}

#[test]
fn the_next_slice_is_due_when_a_quarter_is_left() {
    let mut lease = lease(8);
    let low: Vec<bool> = (0..7).map(|_| (lease.take(CALL), lease.is_low()).1).collect();
    assert_eq!(low, [false, false, false, false, false, true, true]);
}

#[test]
fn a_call_of_a_lease_that_is_gone_changes_nothing_in_the_next() {
    let mut lease = lease(5);
    let number = lease.take(CALL).expect("five are free");
    let (_, report) = lease.report();
    let gone = LeaseAnswer { known: false, ..answer(0, 90, 0) };
    assert!(!lease.answered(report, &gone));
    lease.settle(number, CALL, CALL);
    assert_eq!(lease.report().0, [[0; 4]; 3]);
    // Five were counted as spent, and one of them was.
    assert_eq!(taken(&mut lease), 4);
}

/// A lease that is gone, of which these calls are paid for.
fn paid(limits: [Option<u64>; 4], granted: Counts) -> Lease {
    let mut lease = Lease::new(limits);
    let (_, report) = lease.report();
    assert!(lease.answered(report, &LeaseAnswer { granted, ..answer(0, 100, 0) }));
    let (_, report) = lease.report();
    assert!(!lease.answered(report, &LeaseAnswer { known: false, ..answer(0, 90, 0) }));
    lease
}

#[test]
fn a_paid_call_that_ends_in_the_next_window_gives_nothing_back_to_it() {
    let mut lease = paid([Some(1_000), None, None, None], [5, 0, 0, 0]);
    let number = lease.take(CALL).expect("five are paid for");
    lease.roll_over();
    lease.settle(number, CALL, [0; 4]);
    assert_eq!(taken(&mut lease), 0, "nothing is granted in this window");
}

#[test]
fn what_a_paid_call_took_beyond_what_was_paid_for_is_reported() {
    let mut lease = paid([Some(9), None, Some(900), None], [2, 0, 200, 0]);
    let (one, other) = ([1, 7, 100, 0], [1, 7, 100, 0]);
    let first = lease.take(one).expect("two are paid for");
    let second = lease.take(other).expect("two are paid for");
    lease.settle(first, one, [1, 9, 130, 0]);
    lease.settle(second, other, [1, 5, 80, 0]);
    let (sums, _) = lease.report();
    assert_eq!(sums[0], [0, 14, 30, 0], "input has no limit, and nothing was paid for");
    assert_eq!(lease.take([0, 0, 21, 0]), None);
    assert!(lease.take([0, 0, 20, 0]).is_some());
}

#[test]
fn what_was_overdrawn_while_the_store_was_away_is_reported_also_where_the_lease_is_gone() {
    let mut lease = lease(2);
    lease.lost(Some(0.05));
    assert_eq!(taken(&mut lease), 2 + 5);
    let (sums, report) = lease.report();
    assert_eq!(sums[2], [7, 0, 0, 0]);
    assert!(!lease.answered(report, &LeaseAnswer { known: false, ..answer(0, 90, 0) }));
    assert_eq!(lease.report().0[0], [5, 0, 0, 0]);
    assert_eq!(taken(&mut lease), 0);
}

#[test]
fn a_window_that_is_over_takes_its_lease_with_it() {
    let mut lease = lease(5);
    let (_, report) = lease.report();
    let next = LeaseAnswer { window: (86_400_000, None), ..answer(0, 90, 0) };
    assert!(!lease.answered(report, &next));
    assert_eq!(taken(&mut lease), 0);
    let (_, report) = lease.report();
    assert!(lease.answered(report, &LeaseAnswer { granted: [5, 0, 0, 0], ..next }));
    assert_eq!(taken(&mut lease), 5);
}

#[test]
fn what_is_given_back_cannot_be_taken() {
    let mut lease = lease(5);
    lease.take(CALL).expect("five are free");
    lease.give_back();
    assert_eq!((lease.report().0[1], taken(&mut lease)), ([4, 0, 0, 0], 0));
}

#[test]
fn it_is_never_covered_when_neither_the_rest_nor_what_others_hold_is_enough() {
    let mut lease = lease(0);
    let (_, report) = lease.report();
    lease.answered(report, &answer(0, 0, 2));
    assert_eq!(lease.never_covers(CALL, true), None);
    assert_eq!(lease.never_covers(CALL, false), Some((0, 0)));
    assert_eq!(lease.never_covers([3, 0, 0, 0], true), Some((0, 2)));
}

#[test]
fn money_is_reported_in_millionths_rounded_up_and_given_back_rounded_down() {
    let mut lease = Lease::new([None, None, None, Some(10)]);
    let (_, report) = lease.report();
    let granted = LeaseAnswer { granted: [0, 0, 0, 10], ..answer(0, 0, 0) };
    lease.answered(report, &granted);
    let number = lease.take([1, 0, 0, 2_500_000]).expect("ten millionths are free");
    lease.settle(number, [1, 0, 0, 2_500_000], [1, 0, 0, 1_500_000]);
    lease.give_back();
    let (sums, _) = lease.report();
    assert_eq!((sums[0], sums[1]), ([1, 0, 0, 2], [0, 0, 0, 8]));
}
