//! A FIFO queue of the calls that wait; each may leave at any time.
//!
//! It orders by numbers that are given once and kept, so that a call that has to wait again gets its
//! old place. A semaphore's queue has no such door.

use std::collections::BTreeMap;

/// What waits, by number.
pub(super) struct WaitQueue<T>(BTreeMap<u64, T>);

impl<T> WaitQueue<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn push(&mut self, number: u64, who: T) {
        self.0.insert(number, who);
    }

    /// Takes one out of the queue; none if it has left already.
    pub(super) fn remove(&mut self, number: u64) -> Option<T> {
        self.0.remove(&number)
    }

    /// The number of the first.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.first_key_value().map(|(number, _)| *number)
    }

    /// Takes the first one out.
    pub(super) fn pop(&mut self) -> Option<(u64, T)> {
        self.0.pop_first()
    }

    /// All of them, in order. The queue is then empty.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.0).into_values()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_come_is_the_first_to_leave() {
        let mut queue = WaitQueue::new();
        for (number, name) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
            queue.push(number, name);
        }
        assert_eq!(queue.remove(2), Some("b"));
        assert_eq!(queue.remove(2), None);
        let called: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(called, [(1, "a"), (3, "c"), (4, "d")]);
    }

    #[test]
    fn a_call_that_waits_again_stands_before_those_that_came_later() {
        let mut queue = WaitQueue::new();
        queue.push(2, "second");
        queue.push(1, "first again");
        assert_eq!(queue.first(), Some(1));
        assert_eq!(queue.pop(), Some((1, "first again")));
        assert_eq!(queue.drain().collect::<Vec<_>>(), ["second"]);
        assert!(queue.is_empty());
    }
}
