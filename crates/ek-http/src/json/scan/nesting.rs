//! The open brackets, with one bit for each, so that ordinary documents need no memory for them.

/// The bits of a word.
const WORD: usize = 64;

#[derive(Default)]
pub(crate) struct Nesting {
    depth: usize,
    /// The innermost levels. The lowest bit is the last one.
    levels: u64,
    /// Full words of outer levels.
    outer: Vec<u64>,
}

impl Nesting {
    /// Opens an object or a list.
    pub(crate) fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(WORD) {
            self.outer.push(self.levels);
        }
        self.levels = self.levels << 1 | u64::from(object);
        self.depth += 1;
    }

    /// Whether the innermost level is an object. `None` outside of all brackets.
    pub(crate) fn innermost(&self) -> Option<bool> {
        (self.depth > 0).then_some(self.levels & 1 == 1)
    }

    pub(crate) fn pop(&mut self) {
        self.depth -= 1;
        self.levels >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(WORD) {
            self.levels = self.outer.pop().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_back_in_reverse_order_at_any_depth() {
        let kind = |level: usize| level.is_multiple_of(3) || level.is_multiple_of(7);
        let mut nesting = Nesting::default();
        for round in [5, 64, 65, 128, 300] {
            (0..round).for_each(|level| nesting.push(kind(level)));
            for level in (0..round).rev() {
                assert_eq!(nesting.innermost(), Some(kind(level)), "{level} of {round}");
                nesting.pop();
            }
            assert_eq!(nesting.innermost(), None);
        }
    }
}
