//! The usage of a reply as JSON: counts, or a word.

use ek_core::Usage;
use serde::{Deserialize, Serialize, Serializer};

use super::shorthand::FromText;

/// Token counts, or the wish for made-up ones.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UsageForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<u64>,
    #[serde(skip)]
    pub(super) counted: bool,
}

impl FromText for UsageForm {
    const EXPECTED: &'static str = "an object of token counts, or `counted` or `none`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "counted" => Ok(Self { counted: true, ..Self::default() }),
            "none" => Ok(Self::default()),
            other => Err(format!("unknown usage `{other}`, expected {}", Self::EXPECTED)),
        }
    }
}

/// Writes the counts, or the word for made-up ones.
pub(super) fn usage_or_word<S: Serializer>(
    usage: &Option<UsageForm>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match usage {
        Some(UsageForm { counted: true, .. }) => serializer.serialize_str("counted"),
        usage => usage.serialize(serializer),
    }
}

impl From<&UsageForm> for Usage {
    fn from(form: &UsageForm) -> Self {
        let mut usage = Self::default();
        usage.input_tokens = form.input;
        usage.output_tokens = form.output;
        usage.total_tokens = form.total;
        usage.cached_input_tokens = form.cached_input;
        usage.cache_write_tokens = form.cache_write;
        usage.reasoning_tokens = form.reasoning;
        usage
    }
}

impl UsageForm {
    /// `None` where there is nothing to say.
    pub(super) fn of(counted: bool, usage: &Usage) -> Option<Self> {
        let is_said = counted || *usage != Usage::default();
        is_said.then_some(Self {
            input: usage.input_tokens,
            output: usage.output_tokens,
            total: usage.total_tokens,
            cached_input: usage.cached_input_tokens,
            cache_write: usage.cache_write_tokens,
            reasoning: usage.reasoning_tokens,
            counted,
        })
    }
}
