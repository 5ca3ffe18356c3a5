//! Idle connections: the one used last is used next, and those that rest too long go.
//!
//! Pure but for the clock's type: what time it is, the caller says.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

pub(super) struct Idle<T> {
    /// Since when, and what; the oldest first.
    resting: VecDeque<(Instant, T)>,
    limit: Duration,
}

impl<T> Idle<T> {
    pub(super) fn new(limit: Duration) -> Self {
        Self { resting: VecDeque::new(), limit }
    }

    pub(super) fn len(&self) -> usize {
        self.resting.len()
    }

    pub(super) fn keep(&mut self, what: T, now: Instant) {
        self.resting.push_back((now, what));
    }

    /// The one that was used last: the others may then grow old together.
    pub(super) fn take(&mut self) -> Option<T> {
        self.resting.pop_back().map(|(_, what)| what)
    }

    /// Takes the one that is meant, wherever it is.
    pub(super) fn remove(&mut self, is_meant: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.resting.iter().position(|(_, what)| is_meant(what))?;
        self.resting.remove(at).map(|(_, what)| what)
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.resting.retain(|(_, what)| keeps(what));
    }

    /// Those that have rested long enough.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<T> {
        let due = self.resting.partition_point(|(since, _)| *since + self.limit <= now);
        self.resting.drain(..due).map(|(_, what)| what).collect()
    }

    /// When the next one will have.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.resting.front().map(|(since, _)| *since + self.limit)
    }

    pub(super) fn clear(&mut self) -> VecDeque<(Instant, T)> {
        std::mem::take(&mut self.resting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_one_used_last_is_used_next_and_the_oldest_goes_first() {
        let (mut idle, start) = (Idle::new(10 * SECOND), Instant::now());
        for (seconds, name) in [(0, "a"), (1, "b"), (2, "c")] {
            idle.keep(name, start + seconds * SECOND);
        }
        assert_eq!(idle.take(), Some("c"));
        assert_eq!(idle.next_expiry(), Some(start + 10 * SECOND));
        assert!(idle.expired(start + 9 * SECOND).is_empty());
        assert_eq!(idle.expired(start + 10 * SECOND), ["a"]);
        assert_eq!(idle.next_expiry(), Some(start + 11 * SECOND));
        assert_eq!(idle.expired(start + 99 * SECOND), ["b"]);
        assert_eq!((idle.take(), idle.next_expiry()), (None, None));
    }

    #[test]
    fn one_that_is_meant_is_taken_from_among_the_others() {
        let mut idle = Idle::new(SECOND);
        for name in ["a", "b", "c", "d"] {
            idle.keep(name, Instant::now());
        }
        assert_eq!(idle.remove(|name| *name == "b"), Some("b"));
        assert_eq!(idle.remove(|name| *name == "b"), None);
        idle.retain(|name| *name != "c");
        assert_eq!((idle.len(), idle.take(), idle.take()), (2, Some("d"), Some("a")));
    }
}
