//! Token counts as a provider reported them; unknown is not zero.

/// Token counts of one call. A count that was not reported, or was no usable number, is `None`.
///
/// Counts are as sent: parts need not add up to the total (some servers leave reasoning out of the
/// output, others count it twice).
///
/// ```
/// use ek_core::Usage;
/// let usage = Usage::new(11, 4);
/// assert_eq!(usage.total(), Some(15));
/// assert_eq!(Usage::default().total(), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt (`prompt_tokens`, `input_tokens`).
    pub input_tokens: Option<u64>,
    /// Tokens of the reply (`completion_tokens`, `output_tokens`).
    pub output_tokens: Option<u64>,
    /// The sum as the server reported it (`total_tokens`).
    pub total_tokens: Option<u64>,
    /// Tokens of the prompt that came from the provider's cache.
    pub cached_input_tokens: Option<u64>,
    /// Tokens spent on hidden reasoning.
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Known counts of prompt and reply.
    #[must_use]
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens: Some(input_tokens),
            output_tokens: Some(output_tokens),
            total_tokens: None,
            cached_input_tokens: None,
            reasoning_tokens: None,
        }
    }

    /// The reported total, else the sum of input and output where both are known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total_tokens.or_else(|| Some(self.input_tokens?.saturating_add(self.output_tokens?)))
    }

    /// Takes over every count that `later` knows: the last known value of each field wins, as streams
    /// report them.
    pub fn update(&mut self, later: &Self) {
        let newer = |mine: &mut Option<u64>, theirs: Option<u64>| *mine = theirs.or(*mine);
        newer(&mut self.input_tokens, later.input_tokens);
        newer(&mut self.output_tokens, later.output_tokens);
        newer(&mut self.total_tokens, later.total_tokens);
        newer(&mut self.cached_input_tokens, later.cached_input_tokens);
        newer(&mut self.reasoning_tokens, later.reasoning_tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_unknown_never_undoes_a_known_count() {
        let mut usage = Usage::new(11, 2);
        usage.update(&Usage { output_tokens: Some(4), ..Usage::default() });
        assert_eq!(usage, Usage::new(11, 4));
    }
}
