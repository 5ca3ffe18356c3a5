//! The places in the schedule of a rate that this process has reserved: arithmetic without a clock.
//!
//! Times are microseconds of the process. A place is for one request, or for one token.

use std::collections::VecDeque;

/// A minute in microseconds.
pub(super) const MINUTE: i64 = 60_000_000;

/// Places in order.
#[derive(Debug)]
pub(super) struct Places {
    blocks: VecDeque<Block>,
    /// How long after its time a place may be used.
    grace: i64,
    /// Whether the first place is one interval after the beginning, and not at it.
    fills: bool,
}

/// Places in a row.
#[derive(Debug)]
struct Block {
    start: i64,
    per_minute: f64,
    next: u64,
    end: u64,
}

impl Block {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a day is 9e10"
    )]
    fn time(&self, place: u64) -> i64 {
        self.start.saturating_add((place as f64 * MINUTE as f64 / self.per_minute) as i64)
    }
}

impl Places {
    /// Places of requests: the first one is at the beginning.
    pub(super) fn of_requests(grace: i64) -> Self {
        Self { blocks: VecDeque::new(), grace, fills: false }
    }

    /// Places of tokens: they fill up from the beginning on.
    pub(super) fn of_tokens(grace: i64) -> Self {
        Self { blocks: VecDeque::new(), grace, fills: true }
    }

    pub(super) fn add(&mut self, start: i64, per_minute: f64, count: u64) {
        let first = u64::from(self.fills);
        self.blocks.push_back(Block { start, per_minute, next: first, end: first + count });
    }

    pub(super) fn remaining(&self) -> u64 {
        self.blocks.iter().map(|block| block.end - block.next).sum()
    }

    /// Drops the places whose time is before this.
    pub(super) fn drop_before(&mut self, time: i64) {
        while let Some(front) = self.blocks.front_mut() {
            // The places are in order, so the first that is late enough ends the search.
            let (mut low, mut high) = (front.next, front.end);
            while low < high {
                let middle = low + (high - low) / 2;
                if front.time(middle) < time { low = middle + 1 } else { high = middle }
            }
            front.next = low;
            if front.next < front.end {
                return;
            }
            self.blocks.pop_front();
        }
    }

    /// Drops the places that are too late to be used.
    pub(super) fn prune(&mut self, now: i64) {
        self.drop_before(now.saturating_sub(self.grace));
    }

    /// The time from which this many can be used; `None` if there are fewer.
    pub(super) fn ready(&self, mut count: u64) -> Option<i64> {
        let mut at = i64::MIN;
        for block in &self.blocks {
            if count == 0 {
                break;
            }
            let some = count.min(block.end - block.next);
            at = at.max(block.time(block.next + some - 1));
            count -= some;
        }
        (count == 0).then_some(at)
    }

    /// Uses this many.
    pub(super) fn take(&mut self, mut count: u64) {
        while let Some(front) = self.blocks.front_mut().filter(|_| count > 0) {
            let some = count.min(front.end - front.next);
            front.next += some;
            count -= some;
            if front.next == front.end {
                self.blocks.pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn places_of_requests_are_an_interval_apart_and_the_first_is_at_the_beginning() {
        let mut places = Places::of_requests(SECOND);
        places.add(5 * SECOND, 60.0, 3);
        let mut times = Vec::new();
        while let Some(time) = places.ready(1) {
            times.push(time / SECOND);
            places.take(1);
        }
        assert_eq!((times, places.remaining()), (vec![5, 6, 7], 0));
    }

    #[test]
    fn tokens_are_ready_when_the_last_of_them_is_also_over_two_blocks() {
        let mut places = Places::of_tokens(MINUTE);
        places.add(0, 600.0, 10);
        places.add(20 * SECOND, 600.0, 10);
        assert_eq!(places.ready(10), Some(SECOND));
        assert_eq!(places.ready(11), Some(20 * SECOND + SECOND / 10));
        assert_eq!(places.ready(21), None);
        places.take(15);
        assert_eq!((places.remaining(), places.ready(5)), (5, Some(21 * SECOND)));
    }

    #[test]
    fn a_place_is_lost_when_its_time_and_its_grace_are_over() {
        let mut places = Places::of_requests(2 * SECOND);
        places.add(0, 60.0, 5);
        places.prune(2 * SECOND);
        assert_eq!(places.remaining(), 5);
        places.prune(4 * SECOND + 1);
        assert_eq!((places.remaining(), places.ready(1)), (2, Some(3 * SECOND)));
        places.drop_before(100 * SECOND);
        assert_eq!(places.remaining(), 0);
    }
}
