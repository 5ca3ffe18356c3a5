//! What this process holds of a shared budget, as arithmetic: no clock, no lock, no store.
//!
//! All sums count from the beginning of the lease, so a report that comes twice changes nothing. When a lease is
//! gone, a new one begins, and calls of the old one no longer count: the store has counted them as they were
//! reserved.

use ek_patterns::Amounts;

use crate::store::{Counts, LeaseAnswer, MAX_COUNT};

/// Calls, tokens of prompts, tokens of replies, and money in trillionths.
pub(super) type Sums = [i128; 4];

/// How many of these are one of the store.
pub(super) const UNITS: Sums = [1, 1, 1, 1_000_000];

#[derive(Debug)]
pub(super) struct Lease {
    limits: [Option<u64>; 4],
    /// Counted from 1; calls remember in which lease they were taken.
    pub(super) number: u64,
    /// Whether an answer has confirmed it.
    pub(super) begun: bool,
    granted: Sums,
    spent: Sums,
    returned: Sums,
    under_way: Sums,
    /// What was spent, and what was given back, in the last report that was answered.
    confirmed: Sums,
    confirmed_returned: Sums,
    /// Counted as spent by the store when the last lease was gone, and not used yet.
    paid: Sums,
    /// The number of calls that are paid for by that, in this window: counted down from the last.
    paid_number: u64,
    /// How far the lease may be overdrawn while the store is away.
    allowance: Option<Sums>,
    /// What was free after the last grant.
    full: Sums,
    /// The budget as the last answer had it.
    pub(super) seen: Option<LeaseAnswer>,
}

/// What a report said, to be confirmed by its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    number: u64,
    spent: Sums,
    returned: Sums,
}

impl Lease {
    pub(super) fn new(limits: [Option<u64>; 4]) -> Self {
        Self {
            limits,
            number: 1,
            begun: false,
            granted: [0; 4],
            spent: [0; 4],
            returned: [0; 4],
            under_way: [0; 4],
            confirmed: [0; 4],
            confirmed_returned: [0; 4],
            paid: [0; 4],
            paid_number: u64::MAX,
            allowance: None,
            full: [0; 4],
            seen: None,
        }
    }

    /// The numbers of the limited amounts.
    fn limited(&self) -> impl Iterator<Item = usize> + use<> {
        let limits = self.limits;
        (0..4).filter(move |i| limits[*i].is_some())
    }

    /// What can be taken at once; below 0 where calls took more than they had reserved.
    fn free(&self, i: usize) -> i128 {
        self.granted[i] - self.spent[i] - self.returned[i] - self.under_way[i]
    }

    /// What is free by the store's count, where what was overdrawn counts as spent.
    fn covered(&self, i: usize) -> i128 {
        (self.granted[i] - self.spent[i] - self.returned[i]).max(0) - self.under_way[i]
    }

    /// Takes what a call needs, all of it or nothing. Returns the number to settle it with.
    pub(super) fn take(&mut self, needed: Sums) -> Option<u64> {
        if self.limited().all(|i| self.paid[i] >= needed[i])
            && self.limited().any(|i| self.paid[i] > 0)
        {
            self.limited().for_each(|i| self.paid[i] -= needed[i]);
            return Some(self.paid_number);
        }
        let allowance = self.allowance.unwrap_or_default();
        if self.limited().any(|i| self.free(i).saturating_add(allowance[i]) < needed[i]) {
            return None;
        }
        (0..4).for_each(|i| self.under_way[i] += needed[i]);
        Some(self.number)
    }

    /// A call is over. One of another window, or of a lease that is gone, changes nothing.
    pub(super) fn settle(&mut self, number: u64, took: Sums, cost: Sums) {
        if number == self.number {
            for i in 0..4 {
                self.under_way[i] -= took[i];
                self.spent[i] += cost[i];
            }
        } else if number == self.paid_number {
            for i in 0..4 {
                let paid = self.limits[i].map_or(0, |_| self.paid[i] + took[i]);
                // What was used beyond it is still to be reported.
                self.spent[i] += (cost[i] - paid).max(0);
                self.paid[i] = (paid - cost[i]).max(0);
            }
        }
    }

    /// Whether a call with this number is settled here.
    #[cfg(test)]
    pub(super) fn counts(&self, number: u64) -> bool {
        number == self.number || number == self.paid_number
    }

    /// Whether it is time to ask for the next slice: a quarter of the last one is left.
    pub(super) fn is_low(&self) -> bool {
        self.limited().any(|i| self.free(i) * 4 <= self.full[i])
    }

    /// Whether the store counts something as held, or does not know yet what was spent.
    pub(super) fn has_news(&self) -> bool {
        self.spent != self.confirmed
            || self.returned != self.confirmed_returned
            || self.under_way != [0; 4]
            || self.limited().any(|i| self.free(i) > 0)
    }

    /// Gives back what is free, in whole units of the store.
    pub(super) fn give_back(&mut self) {
        for i in self.limited() {
            self.returned[i] += self.free(i).max(0) / UNITS[i] * UNITS[i];
        }
    }

    /// What the store is to know: spent, given back and under way; and what its answer confirms.
    pub(super) fn report(&self) -> ([Counts; 3], Report) {
        let sums = [up(self.spent), up(self.returned), up(self.under_way)];
        (sums, Report { number: self.number, spent: self.spent, returned: self.returned })
    }

    /// Takes in an answer. Returns whether the lease goes on; if not, a new one has begun.
    pub(super) fn answered(&mut self, report: Report, answer: &LeaseAnswer) -> bool {
        let same_window = self.seen.is_none_or(|seen| seen.window.0 == answer.window.0);
        self.seen = Some(*answer);
        if report.number != self.number {
            return true;
        }
        if !same_window && self.begun {
            self.roll_over();
            return false;
        }
        if !same_window {
            // The store has begun it in the new window; what is paid for belongs to the last.
            self.paid = [0; 4];
            self.paid_number -= 1;
        }
        if !answer.known {
            self.gone();
            return false;
        }
        self.begun = true;
        (self.confirmed, self.confirmed_returned) = (report.spent, report.returned);
        self.allowance = None;
        for i in self.limited() {
            let granted = i128::from(answer.granted[i]) * UNITS[i];
            if granted > self.granted[i] {
                self.granted[i] = granted;
                self.full[i] = self.free(i);
            }
        }
        true
    }

    /// The store has counted all that the lease held as spent. What was not used of it is paid for, and what
    /// was used beyond it is still to be reported.
    fn gone(&mut self) {
        let old = self.begin_anew();
        for i in 0..4 {
            let counted = (old.granted[i] - old.returned[i]).max(old.confirmed[i]);
            let used = old.spent[i] + old.under_way[i];
            self.spent[i] = (used - counted).max(0);
            self.paid[i] = old.paid[i] + (counted - used).max(0);
        }
    }

    /// The window is over, and what was held of it with it.
    pub(super) fn roll_over(&mut self) {
        self.begin_anew();
        self.paid_number -= 1;
        // Nothing is known of the next window.
        self.seen = None;
    }

    fn begin_anew(&mut self) -> Self {
        let next = Self {
            number: self.number + 1,
            paid_number: self.paid_number,
            seen: self.seen,
            ..Self::new(self.limits)
        };
        std::mem::replace(self, next)
    }

    /// The store is away: the lease may be overdrawn by this share of what was left, or without a limit.
    pub(super) fn lost(&mut self, share: Option<f64>) {
        if self.allowance.is_some() {
            return;
        }
        let share_of = |i: usize| {
            let left = self.seen.map_or(self.limits[i], |seen| Some(seen.left[i])).unwrap_or(0);
            match share {
                Some(share) => part(left, share) * UNITS[i],
                None => i128::MAX / 4,
            }
        };
        self.allowance = Some(std::array::from_fn(share_of));
    }

    /// The first limit that keeps a call of this need waiting for ever, if the store was right; with what is
    /// left of it. `others` says whether to count on what others hold.
    pub(super) fn never_covers(&self, needed: Sums, others: bool) -> Option<(usize, i128)> {
        let seen = self.seen?;
        self.limited().find_map(|i| {
            let mut possible = self.covered(i) + i128::from(seen.left[i]) * UNITS[i];
            if others {
                possible += i128::from(seen.others[i]) * UNITS[i];
                // Calls that were sent do not come back, their tokens may.
                possible += if i == 0 { 0 } else { self.under_way[i] };
            }
            (possible < needed[i]).then_some((i, possible.max(0)))
        })
    }

    /// The most that one call could get now.
    pub(super) fn most(&self) -> [Option<i128>; 4] {
        std::array::from_fn(|i| {
            let limit = i128::from(self.limits[i]?) * UNITS[i];
            let known = self.seen.map_or(limit, |seen| i128::from(seen.left[i]) * UNITS[i]);
            let most = match self.allowance {
                Some(allowance) => self.free(i).saturating_add(allowance[i]),
                None => self.covered(i) + known,
            };
            Some(most.max(self.paid[i]).max(0))
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a share of a count below 2^53, rounded down"
)]
fn part(left: u64, share: f64) -> i128 {
    (left as f64 * share) as i128
}

/// The sums of a call.
pub(super) fn sums(amounts: Amounts) -> Sums {
    let cost = i128::try_from(amounts.cost).unwrap_or(i128::MAX / 4);
    [amounts.calls.into(), amounts.input.into(), amounts.output.into(), cost]
}

/// In units of the store, rounded up.
pub(super) fn up(sums: Sums) -> Counts {
    std::array::from_fn(|i| {
        let units = (sums[i].max(0) + UNITS[i] - 1) / UNITS[i];
        u64::try_from(units).unwrap_or(MAX_COUNT).min(MAX_COUNT)
    })
}

#[cfg(test)]
mod tests;
