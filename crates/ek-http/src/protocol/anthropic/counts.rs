//! Token counts as Anthropic reports them: what was read from and written to a cache stands beside the
//! input and is no part of it.
//!
//! They are kept as sent until all of them have come, since each event may correct any of them: the last
//! one that is a number wins, and nothing is added up over the events. An input of nothing at all is no
//! correction: no prompt is empty, and some gateways write zeros into the last event.

use ek_core::{Cost, Usage};

use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Unreadable};

/// The counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
    /// The same by how long it is kept, added up.
    written_by_ttl: Option<u64>,
    /// All that went in, under its name in chat completions.
    prompt: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
    total: Option<u64>,
    cost: Option<Cost>,
}

impl Counts {
    /// Takes over each count that `later` knows.
    pub(super) fn update(&mut self, later: &Self) {
        if later.has_input() || !self.has_input() {
            self.input = later.input.or(self.input);
            self.read = later.read.or(self.read);
            self.written = later.written.or(self.written);
            self.written_by_ttl = later.written_by_ttl.or(self.written_by_ttl);
            self.prompt = later.prompt.or(self.prompt);
        }
        self.output = later.output.or(self.output);
        self.thinking = later.thinking.or(self.thinking);
        self.total = later.total.or(self.total);
        self.cost = later.cost.or(self.cost);
    }

    /// Whether any count of the input is above zero.
    fn has_input(&self) -> bool {
        let counts = [self.input, self.read, self.written, self.written_by_ttl, self.prompt];
        counts.into_iter().flatten().any(|count| count > 0)
    }

    /// Whether anything came out.
    pub(super) fn has_output(&self) -> bool {
        self.output > Some(0)
    }

    /// The counts by the rule of all protocols: the input is everything that went in.
    pub(super) fn usage(&self) -> Usage {
        let written = self.written.or(self.written_by_ttl);
        let beside = self.read.unwrap_or(0).saturating_add(written.unwrap_or(0));
        let mut usage = Usage::default();
        let input = self.input.map(|input| input.saturating_add(beside));
        usage.input_tokens = input.or(self.prompt);
        usage.cached_input_tokens = self.read;
        usage.cache_write_tokens = written;
        usage.output_tokens = self.output;
        usage.reasoning_tokens = self.thinking;
        usage.total_tokens = self.total;
        usage.cost = self.cost;
        usage
    }
}

impl<'a> Fields<'a> for Counts {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "input_tokens" => self.input = count(value)?,
            "cache_read_input_tokens" => self.read = count(value)?,
            "cache_creation_input_tokens" => self.written = count(value)?,
            "output_tokens" => self.output = count(value)?.or(self.output),
            // The names of chat completions, which some gateways keep here.
            "prompt_tokens" => self.prompt = count(value)?,
            "completion_tokens" => {
                let count = count(value)?;
                self.output = self.output.or(count);
            }
            "total_tokens" => self.total = count(value)?,
            "cache_creation" => self.written_by_ttl = value.value::<ByTtl>()?.0,
            "output_tokens_details" => self.thinking = value.value::<Details>()?.thinking,
            // Gateways that bill in money, such as OpenRouter.
            "cost" => {
                let amount = value.value::<Raw<'_>>()?.get().parse();
                self.cost = amount.ok().and_then(Cost::new);
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}

fn count(value: &mut Scanner<'_>) -> Result<Option<u64>, Unreadable> {
    value.count()
}

/// `ephemeral_5m_input_tokens` and its like.
#[derive(Default)]
struct ByTtl(Option<u64>);

impl<'a> Fields<'a> for ByTtl {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let count = value.count()?.filter(|_| key.ends_with("_input_tokens"));
        if let Some(count) = count {
            self.0 = Some(self.0.unwrap_or(0).saturating_add(count));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Details {
    thinking: Option<u64>,
}

impl<'a> Fields<'a> for Details {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "thinking_tokens" => self.thinking = count(value)?,
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan;

    fn usage(events: &[&str]) -> Usage {
        let mut counts = Counts::default();
        for json in events {
            counts.update(&scan::read(json).expect(json));
        }
        counts.usage()
    }

    #[test]
    fn what_a_cache_was_read_for_and_written_to_is_added_to_the_input() {
        let found = usage(&[
            r#"{"input_tokens":4,"cache_read_input_tokens":100,"cache_creation_input_tokens":20}"#,
        ]);
        assert_eq!(found.input_tokens, Some(124));
        assert_eq!((found.cached_input_tokens, found.cache_write_tokens), (Some(100), Some(20)));
        assert_eq!(found.total_tokens, None);
    }

    #[test]
    fn each_count_is_the_last_number_and_a_null_undoes_none() {
        let start = r#"{"input_tokens":43,"output_tokens":1,"cache_read_input_tokens":7}"#;
        for (delta, input, output) in [
            (r#"{"output_tokens":5}"#, 50, 5),
            (r#"{"input_tokens":61,"output_tokens":9}"#, 68, 9),
            (r#"{"cache_read_input_tokens":100,"output_tokens":null}"#, 143, 1),
            (r#"{"input_tokens":"12","iterations":[{"input_tokens":9}]}"#, 19, 1),
            (r#"{"input_tokens":-1,"output_tokens":{}}"#, 50, 1),
            (r#"{"input_tokens":0,"output_tokens":4}"#, 50, 4),
            (r#"{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}"#, 50, 0),
            (r#"{"input_tokens":0,"cache_read_input_tokens":9}"#, 9, 1),
        ] {
            let found = usage(&[start, delta]);
            assert_eq!((found.input_tokens, found.output_tokens), (Some(input), Some(output)));
        }
    }

    #[test]
    fn a_cache_counted_by_its_time_to_live_alone_is_added_up() {
        let by_ttl = r#"{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4}"#;
        let found = usage(&[&format!(r#"{{"input_tokens":1,"cache_creation":{by_ttl}}}"#)]);
        assert_eq!((found.input_tokens, found.cache_write_tokens), (Some(8), Some(7)));
    }

    #[test]
    fn the_names_of_chat_completions_count_where_the_own_ones_are_missing() {
        let chat = r#"{"prompt_tokens":12,"completion_tokens":7,"cache_read_input_tokens":4}"#;
        let found = usage(&[chat]);
        assert_eq!((found.input_tokens, found.output_tokens), (Some(12), Some(7)));
        assert_eq!(found.cached_input_tokens, Some(4));
        let both =
            r#"{"output_tokens":1,"input_tokens":5,"prompt_tokens":9,"completion_tokens":3}"#;
        let found = usage(&[both]);
        assert_eq!((found.input_tokens, found.output_tokens), (Some(5), Some(1)));
    }

    #[test]
    fn unknown_is_not_zero() {
        for json in ["{}", "null", "[1]", r#"{"cache_creation":null,"input_tokens":null}"#] {
            assert_eq!(usage(&[json]), Usage::default(), "{json}");
        }
    }
}
