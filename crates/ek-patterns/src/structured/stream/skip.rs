//! The rest of a block that is no JSON: it is passed over up to the sign that closes it, since a part of a block must
//! not be taken for the whole.

/// What is open in the block.
pub(super) struct Skip {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Skip {
    pub(super) fn new(depth: usize, in_text: bool, escaped: bool) -> Self {
        Self { depth, in_text, escaped }
    }

    /// Takes the next sign; true if it closes the block.
    pub(super) fn ends_with(&mut self, sign: char) -> bool {
        match sign {
            _ if self.escaped => self.escaped = false,
            '\\' if self.in_text => self.escaped = true,
            '"' => self.in_text = !self.in_text,
            '{' | '[' if !self.in_text => self.depth += 1,
            '}' | ']' if !self.in_text => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}
