//! Token counts under the keys of several APIs, by a table. A bad usage never costs the caller the reply.

use ek_core::{Cost, Usage};

use crate::json::scalar;
use crate::json::scan::{Raw, Readable, Scanner, Unreadable};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
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

/// Where a key stands. Of two keys that hold the same, the one in an earlier place wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    InputDetails,
    OutputDetails,
    Cost,
    CostDetails,
    Top,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
enum Holds {
    Count(What),
    /// A count that stands beside `input_tokens` and is no part of it (Anthropic, Bedrock).
    Beside(What),
    /// An object of further keys.
    More(Place),
    /// Money, and how much of a unit it counts in; in an object it is the total.
    Money(f64),
    /// OpenRouter: another account pays the model's provider, this much, and `cost` is the fee alone.
    Upstream,
    IsByok,
}

use Holds::{Beside, Count, IsByok, Money, More, Upstream};
use What::{Cached, Input, Output, Prompt, Reasoning, Total, Written};

impl Place {
    /// Its keys, in snake case. Of two that hold the same the earlier one wins.
    const fn keys(self) -> &'static [(&'static str, Holds)] {
        match self {
            Self::Top => &[
                ("prompt_tokens", Count(Prompt)),
                ("completion_tokens", Count(Output)),
                ("total_tokens", Count(Total)),
                ("prompt_tokens_details", More(Self::InputDetails)),
                ("completion_tokens_details", More(Self::OutputDetails)),
                ("input_tokens", Count(Input)),
                ("output_tokens", Count(Output)),
                ("input_tokens_details", More(Self::InputDetails)),
                ("output_tokens_details", More(Self::OutputDetails)),
                ("input_token_details", More(Self::InputDetails)),
                ("output_token_details", More(Self::OutputDetails)),
                ("reasoning_tokens", Count(Reasoning)),
                ("prompt_cache_hit_tokens", Count(Cached)), // DeepSeek
                ("cache_read_input_tokens", Beside(Cached)), // Anthropic, Bedrock
                ("cached_tokens", Count(Cached)),           // Moonshot
                ("num_cached_tokens", Count(Cached)),       // Mistral
                ("cached_input_tokens", Count(Cached)),     // Vercel's AI SDK
                ("cache_creation_input_tokens", Beside(Written)), // Anthropic
                ("cache_write_input_tokens", Beside(Written)), // Bedrock
                ("cache_write_tokens", Count(Written)),
                ("cost", Money(1.0)),                // OpenRouter, Vercel
                ("cost_in_usd_ticks", Money(1e-10)), // xAI
                ("estimated_cost", Money(1.0)),      // DeepInfra
                ("cost_details", More(Self::CostDetails)),
                ("is_byok", IsByok),
            ],
            Self::InputDetails => &[
                ("cached_tokens", Count(Cached)),     // OpenAI
                ("cache_read_tokens", Count(Cached)), // Vercel's AI SDK
                ("cache_read", Count(Cached)),        // LangChain
                ("cache_read_input_tokens", Count(Cached)),
                ("cache_write_tokens", Count(Written)), // OpenRouter
                ("cache_creation_tokens", Count(Written)), // LiteLLM
                ("cache_creation_input_tokens", Count(Written)), // DashScope
                ("cache_creation", Count(Written)),     // LangChain
            ],
            Self::OutputDetails => &[
                ("reasoning_tokens", Count(Reasoning)),
                ("reasoning", Count(Reasoning)), // LangChain
            ],
            Self::Cost => &[("total_cost", Money(1.0))], // Perplexity
            Self::CostDetails => &[("upstream_inference_cost", Upstream)],
        }
    }

    /// The number of a key as it came. With a capital in it, `promptTokens` and `PromptTokens` are
    /// `prompt_tokens`.
    fn find(self, key: &str) -> Option<usize> {
        let exact = self.keys().iter().position(|(name, _)| *name == key);
        exact.or_else(|| {
            let has_capitals = key.bytes().any(|byte| byte.is_ascii_uppercase());
            let is_key = |(name, _): &(&str, _)| folded(key).eq(folded(name));
            has_capitals.then(|| self.keys().iter().position(is_key))?
        })
    }
}

/// A name in lower case and without underscores.
fn folded(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
}

/// Where a number was found: a place, and the number of the key in it.
type Rank = (Place, usize);

/// The best that was found of each: where, and the number.
#[derive(Default)]
struct Found {
    counts: [Option<(Rank, u64)>; 7],
    cost: Option<(Rank, f64)>,
    upstream: Option<f64>,
    is_byok: bool,
}

impl Found {
    /// A null, a zero or an oddity under one key never takes away what stands under another; of a key
    /// that is given twice the later one counts.
    fn read(&mut self, at: Place, key: &str, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let Some(number) = at.find(key) else { return value.skip() };
        let rank = (at, number);
        match at.keys()[number].1 {
            Count(what) | Beside(what) => {
                let Some(count) = value.count()? else { return Ok(()) };
                let best = &mut self.counts[what as usize];
                if best.is_none_or(|(old, known)| count > 0 && (known == 0 || rank <= old)) {
                    *best = Some((rank, count));
                }
            }
            More(place) => self.within(place, value)?,
            Money(_) if at == Place::Top && value.peek()? == b'{' => {
                self.within(Place::Cost, value)?;
            }
            Money(unit) => {
                let Some(cost) = amount(value.value()?) else { return Ok(()) };
                let best = &mut self.cost;
                if best.is_none_or(|(old, known)| cost > 0.0 && (known == 0.0 || rank <= old)) {
                    *best = Some((rank, cost * unit));
                }
            }
            Upstream => self.upstream = amount(value.value()?),
            IsByok => self.is_byok = value.value::<Raw<'_>>()?.get() == "true",
        }
        Ok(())
    }

    /// Goes through an object; anything else is passed over.
    fn within(&mut self, place: Place, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        match value.peek()? {
            b'{' => value.entries(|key, value| self.read(place, key, value)),
            _ => value.skip(),
        }
    }

    fn of(&self, what: What) -> Option<u64> {
        Some(self.counts[what as usize]?.1)
    }

    /// What stands beside `input_tokens`.
    fn beside(&self, what: What) -> u64 {
        let is_beside = |(place, number): Rank| matches!(place.keys()[number].1, Beside(_));
        let beside = self.counts[what as usize].filter(|(rank, _)| is_beside(*rank));
        beside.map_or(0, |(_, count)| count)
    }

    fn usage(&self) -> Usage {
        let beside = self.beside(Cached).saturating_add(self.beside(Written));
        let input = self.of(Input).map(|input| input.saturating_add(beside));
        let upstream = self.upstream.filter(|_| self.is_byok);
        let cost = self.cost.map(|(_, cost)| cost);
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
        found.within(Place::Top, scanner)?;
        Ok(Self { usage: found.usage(), is_set: true })
    }
}

#[cfg(test)]
mod tests;
