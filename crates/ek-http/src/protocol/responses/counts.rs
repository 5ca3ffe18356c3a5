//! Token counts as the Responses API reports them: the input holds what a cache was read for and written
//! to, and the output holds the reasoning.

use ek_core::{Cost, Usage};

use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Unreadable};

/// The counts of a response.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts(pub(super) Usage);

impl Counts {
    /// Takes over each count that `later` knows.
    pub(super) fn update(&mut self, later: &Self) {
        let (old, new) = (&mut self.0, &later.0);
        old.input_tokens = new.input_tokens.or(old.input_tokens);
        old.cached_input_tokens = new.cached_input_tokens.or(old.cached_input_tokens);
        old.cache_write_tokens = new.cache_write_tokens.or(old.cache_write_tokens);
        old.output_tokens = new.output_tokens.or(old.output_tokens);
        old.reasoning_tokens = new.reasoning_tokens.or(old.reasoning_tokens);
        old.total_tokens = new.total_tokens.or(old.total_tokens);
        old.cost = new.cost.or(old.cost);
    }
}

impl<'a> Fields<'a> for Counts {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let usage = &mut self.0;
        match key {
            "input_tokens" => {
                usage.input_tokens = value.count()?.or(usage.input_tokens);
            }
            "output_tokens" => {
                usage.output_tokens = value.count()?.or(usage.output_tokens);
            }
            "total_tokens" => usage.total_tokens = value.count()?,
            // The names of chat completions, which some servers keep here.
            "prompt_tokens" => {
                let count = value.count()?;
                usage.input_tokens = usage.input_tokens.or(count);
            }
            "completion_tokens" => {
                let count = value.count()?;
                usage.output_tokens = usage.output_tokens.or(count);
            }
            "input_tokens_details"
            | "output_tokens_details"
            | "prompt_tokens_details"
            | "completion_tokens_details" => {
                let details: Details = value.value()?;
                usage.cached_input_tokens = details.cached.or(usage.cached_input_tokens);
                usage.cache_write_tokens = details.written.or(usage.cache_write_tokens);
                usage.reasoning_tokens = details.reasoning.or(usage.reasoning_tokens);
            }
            // Gateways that bill in money, such as OpenRouter; xAI counts it in its own unit.
            "cost" | "cost_in_usd_ticks" => {
                let unit = if key == "cost" { 1.0 } else { 1e-10 };
                let amount = value.value::<Raw<'_>>()?.get().parse::<f64>();
                usage.cost = amount.ok().and_then(|amount| Cost::new(amount * unit));
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Details {
    cached: Option<u64>,
    written: Option<u64>,
    reasoning: Option<u64>,
}

impl<'a> Fields<'a> for Details {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "cached_tokens" => self.cached = value.count()?,
            "cache_write_tokens" => self.written = value.count()?,
            "reasoning_tokens" => self.reasoning = value.count()?,
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan;

    fn usage(json: &str) -> Usage {
        scan::read::<Counts>(json).expect(json).0
    }

    #[test]
    fn parts_lie_within_the_counts_and_nothing_is_added() {
        let found = usage(
            r#"{"input_tokens":4000,"input_tokens_details":{"cached_tokens":1024,"cache_write_tokens":2048},
                "output_tokens":"9","output_tokens_details":{"reasoning_tokens":7.0},"total_tokens":4009}"#,
        );
        assert_eq!((found.input_tokens, found.output_tokens), (Some(4000), Some(9)));
        assert_eq!((found.cached_input_tokens, found.cache_write_tokens), (Some(1024), Some(2048)));
        assert_eq!((found.reasoning_tokens, found.total_tokens), (Some(7), Some(4009)));
    }

    #[test]
    fn the_names_of_chat_completions_count_where_the_own_ones_are_missing() {
        let chat = r#""prompt_tokens":12,"prompt_tokens_details":{"cached_tokens":4},
            "completion_tokens":7,"completion_tokens_details":{"reasoning_tokens":2}"#;
        let found = usage(&format!("{{{chat}}}"));
        assert_eq!((found.input_tokens, found.output_tokens), (Some(12), Some(7)));
        assert_eq!((found.cached_input_tokens, found.reasoning_tokens), (Some(4), Some(2)));
        for both in [
            format!(r#"{{{chat},"input_tokens":5,"output_tokens":1}}"#),
            format!(r#"{{"input_tokens":5,"output_tokens":1,{chat}}}"#),
        ] {
            let found = usage(&both);
            assert_eq!((found.input_tokens, found.output_tokens), (Some(5), Some(1)), "{both}");
        }
    }

    #[test]
    fn what_cannot_be_a_count_is_unknown_and_costs_nothing_else() {
        for json in ["null", "[1]", r#"{"input_tokens":-1,"input_tokens_details":[],"cost":"x"}"#] {
            assert_eq!(usage(json), Usage::default(), "{json}");
        }
    }

    #[test]
    fn each_count_is_the_last_one_that_is_known() {
        let mut counts = Counts(usage(r#"{"input_tokens":1,"output_tokens":2}"#));
        counts.update(&Counts(usage(r#"{"output_tokens":5,"input_tokens":null}"#)));
        assert_eq!((counts.0.input_tokens, counts.0.output_tokens), (Some(1), Some(5)));
    }
}
