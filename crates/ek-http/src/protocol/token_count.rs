//! The number of tokens in a prompt, as Anthropic and OpenAI answer the question for it.

use crate::json::fields::Fields;
use crate::json::scan::{self, Scanner, Unreadable};

/// Reads `{"input_tokens": 403}`, whatever stands beside it.
pub(super) fn read(document: &str) -> Option<u64> {
    scan::read::<Count>(document).ok()?.input_tokens
}

#[derive(Default)]
struct Count {
    input_tokens: Option<u64>,
}

impl<'a> Fields<'a> for Count {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "input_tokens" => self.input_tokens = value.count()?,
            _ => value.skip()?,
        }
        Ok(())
    }
}
