//! The line of those who wait: first come, first served, and nobody's leaving holds up the others.
//!
//! Numbers are given once and kept: a call that has to wait again stands where it stood.

use std::collections::BTreeMap;

/// The waiting, by their numbers.
pub(super) struct Line<T> {
    next: u64,
    waiting: BTreeMap<u64, T>,
}

impl<T> Line<T> {
    pub(super) fn new() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }

    /// A number behind all that were given.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn join(&mut self, number: u64, who: T) {
        self.waiting.insert(number, who);
    }

    /// Takes one out of the line; none if its turn has come.
    pub(super) fn leave(&mut self, number: u64) -> Option<T> {
        self.waiting.remove(&number)
    }

    /// Whose turn it is.
    pub(super) fn call(&mut self) -> Option<(u64, T)> {
        self.waiting.pop_first()
    }

    /// Everybody, in order. The line is then empty.
    pub(super) fn send_away(&mut self) -> impl Iterator<Item = T> + use<T> {
        std::mem::take(&mut self.waiting).into_values()
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_came_first_is_called_first() {
        let mut line = Line::new();
        for name in ["a", "b", "c", "d"] {
            let number = line.number();
            line.join(number, name);
        }
        assert_eq!(line.leave(2), Some("b"));
        assert_eq!(line.leave(2), None);
        let called: Vec<_> = std::iter::from_fn(|| line.call()).collect();
        assert_eq!(called, [(1, "a"), (3, "c"), (4, "d")]);
    }

    #[test]
    fn whoever_waits_again_stands_before_those_who_came_later() {
        let mut line = Line::new();
        let (first, second) = (line.number(), line.number());
        line.join(second, "second");
        line.join(first, "first again");
        assert_eq!(line.call(), Some((first, "first again")));
        assert_eq!(line.send_away().collect::<Vec<_>>(), ["second"]);
        assert!(line.is_empty());
    }
}
