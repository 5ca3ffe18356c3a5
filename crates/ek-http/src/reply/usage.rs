//! Token counts under the keys of several APIs. A bad usage never costs the caller the reply.

use ek_core::Usage;

use super::fields::Fields;
use super::scalar;
use super::scan::{Raw, Readable, Scanner, Unreadable};

/// The keys, each borrowed raw. Unknown ones (costs, timings) are skipped.
#[derive(Default)]
struct Keys<'a> {
    prompt_tokens: Option<Raw<'a>>,
    input_tokens: Option<Raw<'a>>,
    completion_tokens: Option<Raw<'a>>,
    output_tokens: Option<Raw<'a>>,
    total_tokens: Option<Raw<'a>>,
    prompt_cache_hit_tokens: Option<Raw<'a>>,
    cache_read_input_tokens: Option<Raw<'a>>,
    cached_tokens: Option<Raw<'a>>,
    reasoning_tokens: Option<Raw<'a>>,
    input_details: Details<'a>,
    output_details: Details<'a>,
}

/// What is told apart of a count.
#[derive(Default)]
struct Details<'a> {
    cached_tokens: Option<Raw<'a>>,
    reasoning_tokens: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Details<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "cached_tokens" => self.cached_tokens = Some(value.value()?),
            "reasoning_tokens" => self.reasoning_tokens = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

impl<'a> Fields<'a> for Keys<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let slot = match key {
            "prompt_tokens" => &mut self.prompt_tokens,
            "input_tokens" => &mut self.input_tokens,
            "completion_tokens" => &mut self.completion_tokens,
            "output_tokens" => &mut self.output_tokens,
            "total_tokens" => &mut self.total_tokens,
            "prompt_cache_hit_tokens" => &mut self.prompt_cache_hit_tokens,
            "cache_read_input_tokens" => &mut self.cache_read_input_tokens,
            "cached_tokens" => &mut self.cached_tokens,
            "reasoning_tokens" => &mut self.reasoning_tokens,
            "prompt_tokens_details" | "input_tokens_details" => {
                self.input_details = value.value()?;
                return Ok(());
            }
            "completion_tokens_details" | "output_tokens_details" => {
                self.output_details = value.value()?;
                return Ok(());
            }
            _ => return value.skip(),
        };
        *slot = Some(value.value()?);
        Ok(())
    }
}

/// What stands where counts are due.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) usage: Usage,
    /// There is something, be it no object.
    pub(super) is_set: bool,
}

/// Reads a usage object; anything else is unknown.
impl<'a> Readable<'a> for Counts {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        if scanner.peek()? == b'{' {
            return Ok(Self { usage: scanner.value::<Keys<'a>>()?.usage(), is_set: true });
        }
        Ok(Self { usage: Usage::default(), is_set: scalar::is_set(scanner.value()?) })
    }
}

impl Keys<'_> {
    fn usage(&self) -> Usage {
        let first = |candidates: &[Option<Raw<'_>>]| {
            candidates.iter().copied().flatten().find_map(scalar::count)
        };
        let mut usage = Usage::default();
        usage.input_tokens = first(&[self.prompt_tokens, self.input_tokens]);
        usage.output_tokens = first(&[self.completion_tokens, self.output_tokens]);
        usage.total_tokens = first(&[self.total_tokens]);
        usage.cached_input_tokens = first(&[
            self.input_details.cached_tokens,
            self.prompt_cache_hit_tokens,
            self.cache_read_input_tokens,
            self.cached_tokens,
        ]);
        usage.reasoning_tokens =
            first(&[self.output_details.reasoning_tokens, self.reasoning_tokens]);
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::scan;

    fn usage(json: &str) -> [Option<u64>; 5] {
        let u = scan::read::<Counts>(json).expect(json).usage;
        [u.input_tokens, u.output_tokens, u.total_tokens, u.cached_input_tokens, u.reasoning_tokens]
    }

    #[test]
    fn the_keys_of_openai_anthropic_and_others_are_understood() {
        let openai = r#"{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11,
            "prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}"#;
        assert_eq!(usage(openai), [Some(9), Some(2), Some(11), Some(4), Some(1)]);
        let anthropic = r#"{"input_tokens":9,"output_tokens":2,"cache_read_input_tokens":4}"#;
        assert_eq!(usage(anthropic), [Some(9), Some(2), None, Some(4), None]);
        let deepseek = r#"{"prompt_tokens":9,"prompt_cache_hit_tokens":4}"#;
        assert_eq!(usage(deepseek), [Some(9), None, None, Some(4), None]);
    }

    /// Scenario 49 of the fault list: oddities become unknown and nothing else is touched.
    #[test]
    fn s49_odd_counts_are_unknown_and_leave_the_others_alone() {
        let odd =
            r#"{"prompt_tokens":-1,"completion_tokens":1e999,"total_tokens":7,"x":{"y":[1e999]}}"#;
        assert_eq!(usage(odd), [None, None, Some(7), None, None]);
        let duplicate = r#"{"prompt_tokens":1,"prompt_tokens":2}"#;
        assert_eq!(usage(duplicate)[0], Some(2));
        for nothing in ["null", "[]", "7", r#""x""#, r#"{"prompt_tokens_details":[]}"#] {
            assert_eq!(usage(nothing), [None; 5], "{nothing}");
        }
    }
}
