//! Token counts under the keys of several APIs, by a table. A bad usage never costs the caller the reply.

use ek_core::{Cost, Usage};

use crate::json::scalar;
use crate::json::scan::{Raw, Readable, Scanner, Unreadable};

/// What a key counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// All that went in.
    Prompt,
    /// What went in; Anthropic's and Bedrock's leave out what a cache was read for and written to.
    Input,
    Output,
    Total,
    Cached,
    Written,
    Reasoning,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    InputDetails,
    OutputDetails,
}

use Count::{Cached, Input, Output, Prompt, Reasoning, Total, Written};
use Place::{InputDetails, OutputDetails, Top};

/// The keys, in snake case; [`Key`] knows their other forms.
/// Of two that count the same the earlier one wins. `true`: the count stands beside `input_tokens` and
/// is no part of it (Anthropic, Bedrock).
const KEYS: &[(Place, &str, Count, bool)] = &[
    (Top, "prompt_tokens", Prompt, false),
    (Top, "input_tokens", Input, false),
    (Top, "completion_tokens", Output, false),
    (Top, "output_tokens", Output, false),
    (Top, "total_tokens", Total, false),
    (InputDetails, "cached_tokens", Cached, false), // OpenAI
    (InputDetails, "cache_read_tokens", Cached, false), // Vercel's AI SDK
    (InputDetails, "cache_read", Cached, false),    // LangChain
    (Top, "prompt_cache_hit_tokens", Cached, false), // DeepSeek
    (Top, "cache_read_input_tokens", Cached, true), // Anthropic, Bedrock
    (Top, "cached_tokens", Cached, false),          // Moonshot
    (Top, "num_cached_tokens", Cached, false),      // Mistral
    (Top, "cached_input_tokens", Cached, false),    // Vercel's AI SDK
    (InputDetails, "cache_write_tokens", Written, false), // OpenRouter
    (InputDetails, "cache_creation_tokens", Written, false), // LiteLLM
    (InputDetails, "cache_creation", Written, false), // LangChain
    (Top, "cache_creation_input_tokens", Written, true), // Anthropic
    (Top, "cache_write_input_tokens", Written, true), // Bedrock
    (Top, "cache_write_tokens", Written, false),
    (OutputDetails, "reasoning_tokens", Reasoning, false),
    (Top, "reasoning_tokens", Reasoning, false),
];

/// Where parts of a count stand.
const DETAILS: &[(&str, Place)] = &[
    ("prompt_tokens_details", InputDetails),
    ("input_tokens_details", InputDetails),
    ("input_token_details", InputDetails),
    ("completion_tokens_details", OutputDetails),
    ("output_tokens_details", OutputDetails),
    ("output_token_details", OutputDetails),
];

/// The keys of money, and how much of a unit they count in.
const COSTS: &[(&str, f64)] = &[
    ("cost", 1.0),                // OpenRouter, Vercel; Perplexity has an object there
    ("cost_in_usd_ticks", 1e-10), // xAI
    ("estimated_cost", 1.0),      // DeepInfra
];

/// The best that was found of each count: its place in the table, and the number.
#[derive(Default)]
struct Found {
    counts: [Option<(usize, u64)>; 7],
    cost: Option<(usize, f64)>,
    /// OpenRouter: another account pays the model's provider, this much, and `cost` is the fee alone.
    upstream: Option<f64>,
    is_byok: bool,
}

impl Found {
    fn top(&mut self, key: &str, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let key = Key::of(key);
        if let Some((_, place)) = DETAILS.iter().find(|(name, _)| key.is(name)) {
            return within(value, |key, value| self.count(*place, &Key::of(key), value));
        }
        if let Some(rank) = COSTS.iter().position(|(name, _)| key.is(name)) {
            return self.cost(rank, value);
        }
        if key.is("cost_details") {
            return within(value, |key, value| {
                if !Key::of(key).is("upstream_inference_cost") {
                    return value.skip();
                }
                self.upstream = amount(value.value()?);
                Ok(())
            });
        }
        if key.is("is_byok") {
            self.is_byok = value.value::<Raw<'_>>()?.get() == "true";
            return Ok(());
        }
        self.count(Top, &key, value)
    }

    /// A null, a zero or an oddity under one key never takes away what stands under another; of a key
    /// that is given twice the later one counts.
    fn count(
        &mut self,
        at: Place,
        key: &Key<'_>,
        value: &mut Scanner<'_>,
    ) -> Result<(), Unreadable> {
        let is_key = |(place, name, ..): &(Place, &str, _, _)| *place == at && key.is(name);
        let Some(rank) = KEYS.iter().position(is_key) else { return value.skip() };
        let Some(count) = scalar::count(value.value()?) else { return Ok(()) };
        let best = &mut self.counts[KEYS[rank].2 as usize];
        if best.is_none_or(|(old, known)| count > 0 && (known == 0 || rank <= old)) {
            *best = Some((rank, count));
        }
        Ok(())
    }

    fn cost(&mut self, rank: usize, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let mut cost = None;
        if value.peek()? == b'{' {
            within(value, |key, value| {
                if !Key::of(key).is("total_cost") {
                    return value.skip();
                }
                cost = amount(value.value()?);
                Ok(())
            })?;
        } else {
            cost = amount(value.value()?);
        }
        let Some(cost) = cost else { return Ok(()) };
        if self.cost.is_none_or(|(old, known)| cost > 0.0 && (known == 0.0 || rank <= old)) {
            self.cost = Some((rank, cost));
        }
        Ok(())
    }

    fn of(&self, count: Count) -> Option<u64> {
        Some(self.counts[count as usize]?.1)
    }

    /// What stands beside `input_tokens`.
    fn beside(&self, count: Count) -> u64 {
        let beside = self.counts[count as usize].filter(|(rank, _)| KEYS[*rank].3);
        beside.map_or(0, |(_, count)| count)
    }

    fn usage(&self) -> Usage {
        let beside = self.beside(Cached).saturating_add(self.beside(Written));
        let input = self.of(Input).map(|input| input.saturating_add(beside));
        let upstream = self.upstream.filter(|_| self.is_byok);
        let cost = self.cost.map(|(rank, cost)| cost * COSTS[rank].1);
        let mut usage = Usage::default();
        usage.input_tokens = self.of(Prompt).filter(|p| *p > 0).or(input).or(self.of(Prompt));
        usage.output_tokens = self.of(Output);
        usage.total_tokens = self.of(Total);
        usage.cached_input_tokens = self.of(Cached);
        usage.cache_write_tokens = self.of(Written);
        usage.reasoning_tokens = self.of(Reasoning);
        usage.cost = cost.map(|cost| cost + upstream.unwrap_or(0.0)).and_then(Cost::new);
        usage
    }
}

/// Goes through an object; anything else is passed over.
fn within<'a>(
    value: &mut Scanner<'a>,
    each: impl FnMut(&str, &mut Scanner<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    if value.peek()? == b'{' { value.entries(each) } else { value.skip() }
}

/// A key as it came. Snake case is compared as it is; with a capital in it, `promptTokens` and
/// `PromptTokens` are `prompt_tokens`.
struct Key<'a> {
    text: &'a str,
    has_capitals: bool,
}

impl<'a> Key<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, has_capitals: text.bytes().any(|byte| byte.is_ascii_uppercase()) }
    }

    fn is(&self, name: &str) -> bool {
        self.text == name || (self.has_capitals && folded(self.text).eq(folded(name)))
    }
}

/// A name in lower case and without underscores.
fn folded(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
}

/// An amount of money: a number, or one as a string. Negative and endless ones are unknown.
fn amount(raw: Raw<'_>) -> Option<f64> {
    let amount: f64 = raw.get().trim_matches('"').trim().parse().ok()?;
    (amount.is_finite() && amount >= 0.0).then_some(amount)
}

/// What stands where counts are due.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) usage: Usage,
    /// There is something, which may be no object.
    pub(crate) is_set: bool,
}

/// Reads a usage object; anything else is unknown.
impl<'a> Readable<'a> for Counts {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        if scanner.peek()? != b'{' {
            let is_set = scalar::is_set(scanner.value()?);
            return Ok(Self { usage: Usage::default(), is_set });
        }
        let mut found = Found::default();
        scanner.entries(|key, value| found.top(key, value))?;
        Ok(Self { usage: found.usage(), is_set: true })
    }
}

#[cfg(test)]
mod tests;
