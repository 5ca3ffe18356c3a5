//! What the name of a model says: its family and version, behind the prefixes that gateways put before it.
//!
//! Facts by family and version hold for the models to come; a list of names would not.

use std::borrow::Cow;

/// The name of a model, in small letters and without its vendor.
pub(super) struct ModelName<'a> {
    name: Cow<'a, str>,
    /// The vendor is OpenAI or not named.
    may_be_openai: bool,
}

impl<'a> ModelName<'a> {
    pub(super) fn of(model: &'a str) -> Self {
        let (vendor, name) = model.rsplit_once('/').unwrap_or(("", model));
        let vendor = small(vendor);
        let may_be_openai =
            vendor.is_empty() || vendor.contains("openai") || vendor.contains("azure");
        // OpenAI's fine-tuned models.
        let name = name.strip_prefix("ft:").unwrap_or(name);
        Self { name: small(name), may_be_openai }
    }

    /// The o-series, and gpt-5 and later, but not their `-chat` variants.
    pub(super) fn is_openai_reasoning(&self) -> bool {
        let (family, rest) = match (self.name.strip_prefix("gpt-"), self.name.strip_prefix('o')) {
            (Some(rest), _) => (5, rest),
            (None, Some(rest)) if self.may_be_openai => (1, rest),
            _ => return false,
        };
        let (number, tail) = number(rest);
        let ends_a_word = tail.is_empty() || tail.starts_with(['-', '.', ':', '@']);
        // Model names never had four digits here; `gpt-4o` and `gpt-35-turbo` are none of these.
        let is_one = number.is_some_and(|number| number >= family && number < 35);
        is_one && ends_a_word && !tail.contains("-chat")
    }

    /// Models that OpenAI serves, not those it gives away (`gpt-oss`).
    pub(super) fn is_openai_s(&self) -> bool {
        let is_gpt = ["gpt-", "chatgpt-"].iter().any(|start| self.name.starts_with(start));
        let is_one = is_gpt && !self.name.starts_with("gpt-oss");
        (self.may_be_openai && is_one) || self.is_openai_reasoning()
    }

    /// Mistral's models, whose names end alike: `ministral`, `mixtral`, `codestral`.
    pub(super) fn is_mistral_s(&self) -> bool {
        let is_one = |word: &str| word.ends_with("stral") || word.ends_with("xtral");
        self.name.split(|c: char| !c.is_ascii_alphabetic()).any(is_one)
    }

    /// Whether the model refuses every temperature but its own.
    pub(super) fn has_fixed_temperature(&self) -> bool {
        let is_search = self.name.starts_with("gpt-") && self.name.contains("-search-");
        let claude = self.version_behind("claude-").is_some_and(|version| version >= (4, 7));
        let kimi = self.version_behind("kimi-k").is_some_and(|version| version >= (2, 5));
        is_search || claude || kimi
    }

    /// The first version behind a family's name, with words between them: `claude-opus-4-7` and
    /// `claude-3-5-sonnet` have one. `4-20250514` is 4.0: a version has two digits at most.
    fn version_behind(&self, family: &str) -> Option<(u32, u32)> {
        let (_, rest) = self.name.split_once(family)?;
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '-');
        let (major, rest) = number(rest);
        let minor = rest.strip_prefix(['-', '.', 'p']).and_then(|rest| number(rest).0);
        Some((major?, minor.unwrap_or(0)))
    }
}

/// The text in small letters, in which most names are written.
fn small(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// The number at the beginning of a text, of two digits at most, and what follows.
fn number(text: &str) -> (Option<u32>, &str) {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    (digits.parse().ok().filter(|_| digits.len() <= 2), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openai_s_reasoning_models_are_known_with_and_without_their_vendor() {
        for model in [
            "o1",
            "o1-mini",
            "o3",
            "o4-mini-2025-04-16",
            "gpt-5",
            "GPT-5.1",
            "gpt-5-mini",
            "gpt-6",
            "openai/gpt-5",
            "openrouter/openai/o3",
            "azure/o3-mini",
            "some-gateway/gpt-5.2",
            "ft:o4-mini-2025-04-16:org::id",
        ] {
            assert!(ModelName::of(model).is_openai_reasoning(), "{model}");
        }
        for model in [
            "gpt-4o",
            "gpt-4.1",
            "gpt-3.5-turbo",
            "gpt-35-turbo",
            "gpt-oss-120b",
            "gpt-5-chat-latest",
            "ft:gpt-4o-2024-08-06:org::id",
            "olmo-2",
            "o1x",
            "opus",
            "llama3",
            "",
            "qwen/o1",
            "cerebras-gpt-13b",
        ] {
            assert!(!ModelName::of(model).is_openai_reasoning(), "{model}");
        }
    }

    #[test]
    fn models_of_openai_and_of_mistral_are_known_by_their_names() {
        for (model, is_openai_s, is_mistral_s) in [
            ("gpt-4o", true, false),
            ("chatgpt-4o-latest", true, false),
            ("openrouter/openai/o3", true, false),
            ("ft:gpt-4o-2024-08-06:org::id", true, false),
            ("gpt-oss-120b", false, false),
            ("qwen/gpt-4o", false, false),
            ("open-mistral-nemo", false, true),
            ("mistralai/Ministral-8B-Instruct-2410-4bit", false, true),
            ("mixtral:8x7b", false, true),
            ("devstral2", false, true),
            ("acme-7b", false, false),
        ] {
            let name = ModelName::of(model);
            assert_eq!(
                (name.is_openai_s(), name.is_mistral_s()),
                (is_openai_s, is_mistral_s),
                "{model}"
            );
        }
    }

    #[test]
    fn a_fixed_temperature_is_known_by_family_and_version() {
        for model in [
            "claude-opus-4-7",
            "anthropic/claude-opus-4.8",
            "us.anthropic.claude-opus-4-7-v1:0",
            "claude-opus-4-7@20260416",
            "databricks-claude-opus-4-7",
            "claude-sonnet-5",
            "claude-haiku-12-20290101",
            "kimi-k2.5",
            "moonshotai/Kimi-K2.6",
            "accounts/fireworks/models/kimi-k2p5",
            "kimi-k3",
            "gpt-4o-search-preview",
            "gpt-4o-mini-search-preview-2025-03-11",
        ] {
            assert!(ModelName::of(model).has_fixed_temperature(), "{model}");
        }
        for model in [
            "claude-opus-4-6",
            "claude-sonnet-4-20250514",
            "claude-opus-4-1-20250805",
            "claude-3-5-sonnet-20241022",
            "claude-3.7-sonnet",
            "claude-2.1",
            "claude-instant",
            "kimi-k2",
            "kimi-k2-0905-preview",
            "kimi-k2-thinking",
            "kimi-latest",
            "gpt-4o",
            "search-preview",
        ] {
            assert!(!ModelName::of(model).has_fixed_temperature(), "{model}");
        }
    }
}
