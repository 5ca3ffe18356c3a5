//! Token counts as Gemini reports them: what the model thinks and what its tools read stand beside the
//! candidates and the prompt.
//!
//! They are kept as sent until all of them have come, since each chunk may correct any of them: the last
//! one that is a number wins, and nothing is added up over the chunks.

use ek_core::Usage;

use crate::json::fields::Fields;
use crate::json::scan::{Scanner, Unreadable};

/// The counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    prompt: Option<u64>,
    tool_use: Option<u64>,
    cached: Option<u64>,
    candidates: Option<u64>,
    thoughts: Option<u64>,
    total: Option<u64>,
}

impl Counts {
    /// Takes over each count that `later` knows.
    pub(super) fn update(&mut self, later: &Self) {
        self.prompt = later.prompt.or(self.prompt);
        self.tool_use = later.tool_use.or(self.tool_use);
        self.cached = later.cached.or(self.cached);
        self.candidates = later.candidates.or(self.candidates);
        self.thoughts = later.thoughts.or(self.thoughts);
        self.total = later.total.or(self.total);
    }

    /// Whether the total says that the candidates hold the thoughts already, as at some models of Vertex AI.
    fn thoughts_are_in_candidates(&self) -> bool {
        let input = sum(self.prompt, self.tool_use);
        let all = input.zip(self.candidates).map(|(input, output)| input.saturating_add(output));
        all.is_some() && all == self.total && self.candidates >= self.thoughts
    }

    /// The counts by the rule of all protocols: input and output are all that went in and came out.
    pub(super) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        // A part is never above its whole: then the prompt is what stands beside the cached tokens.
        let beside =
            self.cached.filter(|cached| self.prompt.is_some_and(|prompt| *cached > prompt));
        usage.input_tokens = sum(sum(self.prompt, beside), self.tool_use);
        usage.cached_input_tokens = self.cached;
        usage.output_tokens = match self.thoughts_are_in_candidates() {
            true => self.candidates,
            false => sum(self.candidates, self.thoughts),
        };
        usage.reasoning_tokens = self.thoughts;
        usage.total_tokens = self.total;
        usage
    }
}

/// The sum; one that is missing is 0, two that are missing are unknown.
fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

impl<'a> Fields<'a> for Counts {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let count = match key {
            "promptTokenCount" | "prompt_token_count" => &mut self.prompt,
            "toolUsePromptTokenCount" | "tool_use_prompt_token_count" => &mut self.tool_use,
            "cachedContentTokenCount" | "cached_content_token_count" => &mut self.cached,
            "candidatesTokenCount" | "candidates_token_count" => &mut self.candidates,
            "thoughtsTokenCount" | "thoughts_token_count" => &mut self.thoughts,
            "totalTokenCount" | "total_token_count" => &mut self.total,
            _ => return value.skip(),
        };
        *count = value.count()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan;

    fn usage(chunks: &[&str]) -> Usage {
        let mut counts = Counts::default();
        for json in chunks {
            counts.update(&scan::read(json).expect(json));
        }
        counts.usage()
    }

    #[test]
    fn thoughts_belong_to_the_output_and_what_tools_read_to_the_input() {
        let found = usage(&[r#"{"promptTokenCount":100,"cachedContentTokenCount":60,
            "toolUsePromptTokenCount":15,"candidatesTokenCount":7,"thoughtsTokenCount":40}"#]);
        assert_eq!((found.input_tokens, found.output_tokens), (Some(115), Some(47)));
        assert_eq!((found.cached_input_tokens, found.reasoning_tokens), (Some(60), Some(40)));
        assert_eq!(found.total_tokens, None);
    }

    #[test]
    fn a_count_that_is_missing_is_zero_beside_another_and_unknown_alone() {
        for (json, input, output) in [
            (r#"{"thoughtsTokenCount":2}"#, None, Some(2)),
            (r#"{"toolUsePromptTokenCount":4,"candidatesTokenCount":0}"#, Some(4), Some(0)),
            (r#"{"promptTokenCount":null,"trafficType":"ON_DEMAND"}"#, None, None),
            ("[7]", None, None),
        ] {
            let found = usage(&[json]);
            assert_eq!((found.input_tokens, found.output_tokens), (input, output), "{json}");
        }
    }

    #[test]
    fn a_prompt_below_its_cached_tokens_does_not_hold_them() {
        for (json, input) in [
            (r#"{"promptTokenCount":10,"cachedContentTokenCount":100}"#, 110),
            (r#"{"promptTokenCount":100,"cachedContentTokenCount":100}"#, 100),
        ] {
            assert_eq!(usage(&[json]).input_tokens, Some(input), "{json}");
        }
    }

    #[test]
    fn thoughts_that_the_total_counts_among_the_candidates_are_not_added_again() {
        for (json, output) in [
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":25,"thoughtsTokenCount":20,"totalTokenCount":35}"#,
                25,
            ),
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":25,"thoughtsTokenCount":20,"totalTokenCount":55}"#,
                45,
            ),
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":20,"totalTokenCount":15}"#,
                25,
            ),
            (r#"{"promptTokenCount":10,"candidatesTokenCount":25,"thoughtsTokenCount":20}"#, 45),
        ] {
            assert_eq!(usage(&[json]).output_tokens, Some(output), "{json}");
        }
    }

    #[test]
    fn each_count_is_the_last_number_and_one_that_is_left_out_stays() {
        let found = usage(&[
            r#"{"promptTokenCount":55,"thoughtsTokenCount":30,"totalTokenCount":85}"#,
            r#"{"promptTokenCount":"257","candidatesTokenCount":4,"totalTokenCount":{}}"#,
        ]);
        assert_eq!((found.input_tokens, found.output_tokens), (Some(257), Some(34)));
        assert_eq!(found.total_tokens, Some(85));
    }
}
