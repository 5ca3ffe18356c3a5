//! Idle connections: the one used last is used next, and those that are idle for too long go.
//!
//! Pure but for the type of a time: the caller says what time it is.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

pub(super) struct Idle<T> {
    /// Since when, and what; the oldest first.
    all: VecDeque<(Instant, T)>,
    limit: Duration,
}

impl<T> Idle<T> {
    pub(super) fn new(limit: Duration) -> Self {
        Self { all: VecDeque::new(), limit }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn keep(&mut self, what: T, now: Instant) {
        self.all.push_back((now, what));
    }

    /// The one that was used last: the others may then grow old together.
    pub(super) fn take(&mut self) -> Option<T> {
        self.all.pop_back().map(|(_, what)| what)
    }

    /// Takes out the first one that matches.
    pub(super) fn remove(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let at = self.all.iter().position(|(_, what)| matches(what))?;
        self.all.remove(at).map(|(_, what)| what)
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.all.retain(|(_, what)| keeps(what));
    }

    /// Takes out those that have been idle for long enough.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<T> {
        let due = self.all.partition_point(|(since, _)| *since + self.limit <= now);
        self.all.drain(..due).map(|(_, what)| what).collect()
    }

    /// When the next one will have been.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.all.front().map(|(since, _)| *since + self.limit)
    }

    pub(super) fn clear(&mut self) -> VecDeque<(Instant, T)> {
        std::mem::take(&mut self.all)
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
    fn one_that_matches_is_taken_from_among_the_others() {
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
