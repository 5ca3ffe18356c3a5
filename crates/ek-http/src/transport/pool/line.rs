//! A FIFO queue of those who wait; one may leave at any time without holding up the others.
//!
//! Numbers are given once and kept: a call that has to wait again stands where it stood.

use std::collections::BTreeMap;

/// The waiting, by their numbers.
pub(super) struct Line<T>(BTreeMap<u64, T>);

impl<T> Line<T> {
    pub(super) fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn join(&mut self, number: u64, who: T) {
        self.0.insert(number, who);
    }

    /// Takes one out of the line; none if its turn has come.
    pub(super) fn leave(&mut self, number: u64) -> Option<T> {
        self.0.remove(&number)
    }

    /// The number of the first.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.first_key_value().map(|(number, _)| *number)
    }

    /// Whose turn it is.
    pub(super) fn call(&mut self) -> Option<(u64, T)> {
        self.0.pop_first()
    }

    /// Everybody, in order. The line is then empty.
    pub(super) fn send_away(&mut self) -> impl Iterator<Item = T> + use<T> {
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
    fn whoever_came_first_is_called_first() {
        let mut line = Line::new();
        for (number, name) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
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
        line.join(2, "second");
        line.join(1, "first again");
        assert_eq!(line.first(), Some(1));
        assert_eq!(line.call(), Some((1, "first again")));
        assert_eq!(line.send_away().collect::<Vec<_>>(), ["second"]);
        assert!(line.is_empty());
    }
}
