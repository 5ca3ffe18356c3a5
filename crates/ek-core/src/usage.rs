//! Token counts as a provider reported them, and what of them is billed. Unknown is not zero.

use crate::Cost;

/// Token counts of one call. A count that was not reported, or was no usable number, is `None`.
///
/// Counts are as sent: parts need not add up to the total (some servers leave reasoning out of the
/// output, others count it twice). What is paid for is [`billed`](Self::billed).
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
    /// Tokens of the prompt (`prompt_tokens`, `input_tokens`), those read from and written to a cache
    /// among them.
    pub input_tokens: Option<u64>,
    /// Tokens of the reply (`completion_tokens`, `output_tokens`).
    pub output_tokens: Option<u64>,
    /// The sum as the server reported it (`total_tokens`).
    pub total_tokens: Option<u64>,
    /// Tokens of the prompt that came from the provider's cache.
    pub cached_input_tokens: Option<u64>,
    /// Tokens of the prompt that were written to the provider's cache, which some bill at a price of
    /// its own.
    pub cache_write_tokens: Option<u64>,
    /// Tokens spent on hidden reasoning.
    pub reasoning_tokens: Option<u64>,
    /// What the provider says the call cost, in its own currency; few say so (OpenRouter, Vercel, xAI,
    /// Perplexity). 0 is what some say of a call that another account pays for.
    pub cost: Option<Cost>,
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
            cache_write_tokens: None,
            reasoning_tokens: None,
            cost: None,
        }
    }

    /// The reported total, else the sum of input and output where both are known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total_tokens.or_else(|| Some(self.input_tokens?.saturating_add(self.output_tokens?)))
    }

    /// The counts by which the call is paid for. Budgets, limits and prices all go by these.
    ///
    /// - Output is what the total has beyond the input, where that is more than the reported output.
    ///   Reasoning that is larger than the output stands beside it, and is added: xAI, Gemini and
    ///   gateways to them report it so.
    /// - Of the input no more is cached, and no more of the rest is written to a cache, than there is.
    /// - The total is the sum of both.
    ///
    /// An unknown count stays unknown.
    ///
    /// ```
    /// use ek_core::Usage;
    /// let mut usage = Usage::new(32, 9);
    /// usage.reasoning_tokens = Some(1_494);
    /// usage.total_tokens = Some(1_535);
    /// assert_eq!(usage.billed().output_tokens, Some(1_503));
    /// ```
    #[must_use]
    pub fn billed(&self) -> Self {
        let mut billed = *self;
        let beside = |output: u64| {
            let reasoning = self.reasoning_tokens.filter(|reasoning| *reasoning > output);
            output.saturating_add(reasoning.unwrap_or(0))
        };
        let beyond_input = || Some(self.total_tokens?.saturating_sub(self.input_tokens?));
        billed.output_tokens = self.output_tokens.map(beside).max(beyond_input());
        if let Some(input) = self.input_tokens {
            billed.cached_input_tokens = self.cached_input_tokens.map(|cached| cached.min(input));
            let rest = input - billed.cached_input_tokens.unwrap_or(0);
            billed.cache_write_tokens = self.cache_write_tokens.map(|written| written.min(rest));
            if let Some(output) = billed.output_tokens {
                billed.total_tokens = Some(input.saturating_add(output));
            }
        }
        billed
    }

    /// Takes over every count that `later` knows: the last known value of each field wins, as streams
    /// report them.
    pub fn update(&mut self, later: &Self) {
        fn newer<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if theirs.is_some() {
                *mine = theirs;
            }
        }
        newer(&mut self.input_tokens, later.input_tokens);
        newer(&mut self.output_tokens, later.output_tokens);
        newer(&mut self.total_tokens, later.total_tokens);
        newer(&mut self.cached_input_tokens, later.cached_input_tokens);
        newer(&mut self.cache_write_tokens, later.cache_write_tokens);
        newer(&mut self.reasoning_tokens, later.reasoning_tokens);
        newer(&mut self.cost, later.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, output: u64, total: u64, reasoning: u64) -> Usage {
        let (total_tokens, reasoning_tokens) = (Some(total), Some(reasoning));
        Usage { total_tokens, reasoning_tokens, ..Usage::new(input, output) }
    }

    #[test]
    fn a_later_unknown_never_undoes_a_known_count() {
        let cost = Cost::new(0.5);
        let mut usage = Usage { cost, cache_write_tokens: Some(3), ..Usage::new(11, 2) };
        let all = usage;
        usage.update(&Usage { output_tokens: Some(4), ..Usage::default() });
        assert_eq!(usage, Usage { output_tokens: Some(4), ..all });
    }

    #[test]
    fn reasoning_that_stands_beside_the_output_is_billed_and_within_it_is_not_counted_twice() {
        for (reported, output) in [
            (usage(32, 9, 1_535, 1_494), 1_503), // xAI, Gemini: beside
            (usage(61, 18, 79, 137), 155), // Vercel's gateway: beside, and left out of the total
            (usage(14, 90, 104, 64), 90),  // OpenAI: within
            (usage(80, 21, 161, 60), 81),  // xAI: beside, as the total tells
            (usage(9, 100, 50, 0), 100),   // a total that is too small
            (usage(9, 100, 0, 0), 100),    // no total at all
        ] {
            assert_eq!(reported.billed().output_tokens, Some(output), "{reported:?}");
        }
    }

    #[test]
    fn an_unknown_output_is_billed_by_the_total_or_stays_unknown() {
        let mut usage = Usage { input_tokens: Some(5), ..Usage::default() };
        usage.reasoning_tokens = Some(3);
        assert_eq!(usage.billed(), usage);
        usage.total_tokens = Some(9);
        assert_eq!(usage.billed().output_tokens, Some(4));
        assert_eq!(Usage::default().billed(), Usage::default());
    }

    #[test]
    fn no_more_of_the_input_is_cached_or_written_than_there_is() {
        let mut usage = Usage::new(10, 1);
        (usage.cached_input_tokens, usage.cache_write_tokens) = (Some(7), Some(9));
        let billed = usage.billed();
        assert_eq!((billed.cached_input_tokens, billed.cache_write_tokens), (Some(7), Some(3)));
        usage.cached_input_tokens = Some(4_000);
        let billed = usage.billed();
        assert_eq!((billed.cached_input_tokens, billed.cache_write_tokens), (Some(10), Some(0)));
    }

    #[test]
    fn what_is_billed_is_billed_the_same_once_more() {
        for reported in [usage(32, 9, 1_535, 1_494), usage(9, 0, 0, 7), usage(u64::MAX, 9, 1, 99)] {
            assert_eq!(reported.billed().billed(), reported.billed());
        }
    }
}
