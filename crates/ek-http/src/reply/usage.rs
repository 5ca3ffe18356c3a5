//! Token counts under the keys of several APIs. A bad usage never costs the caller the reply.

use ek_core::Usage;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess};

use super::fields::{self, Fields};
use super::scalar;
use super::scan::Raw;

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

impl<'de: 'a, 'a> Fields<'de> for Details<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
        match key {
            "cached_tokens" => self.cached_tokens = Some(map.next_value()?),
            "reasoning_tokens" => self.reasoning_tokens = Some(map.next_value()?),
            _ => fields::skip(map)?,
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Details<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fields::read(deserializer)
    }
}

impl<'de: 'a, 'a> Fields<'de> for Keys<'a> {
    fn field<M: MapAccess<'de>>(&mut self, key: &str, map: &mut M) -> Result<(), M::Error> {
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
                self.input_details = map.next_value()?;
                return Ok(());
            }
            "completion_tokens_details" | "output_tokens_details" => {
                self.output_details = map.next_value()?;
                return Ok(());
            }
            _ => return fields::skip(map),
        };
        *slot = Some(map.next_value()?);
        Ok(())
    }
}

/// Reads a usage object; anything else is unknown.
pub(super) fn read(raw: Raw<'_>) -> Usage {
    let top: Keys<'_> = fields::of(raw.get()).unwrap_or_default();
    let first = |candidates: &[Option<Raw<'_>>]| {
        candidates.iter().copied().flatten().find_map(scalar::count)
    };
    let mut usage = Usage::default();
    usage.input_tokens = first(&[top.prompt_tokens, top.input_tokens]);
    usage.output_tokens = first(&[top.completion_tokens, top.output_tokens]);
    usage.total_tokens = first(&[top.total_tokens]);
    usage.cached_input_tokens = first(&[
        top.input_details.cached_tokens,
        top.prompt_cache_hit_tokens,
        top.cache_read_input_tokens,
        top.cached_tokens,
    ]);
    usage.reasoning_tokens = first(&[top.output_details.reasoning_tokens, top.reasoning_tokens]);
    usage
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(json: &str) -> [Option<u64>; 5] {
        let u = read(Raw::of(json));
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
