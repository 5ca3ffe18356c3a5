//! One part of a candidate's content, as far as it matters.

use super::call::CallFields;
use crate::json::fields::Fields;
use crate::json::scan::{Raw, Scanner, Unreadable};

/// The fields of a part. Keys given twice: the last one counts.
#[derive(Default)]
pub(super) struct PartFields<'a> {
    /// A text, of the answer or of a thought.
    pub(super) text: Option<Raw<'a>>,
    pub(super) thought: bool,
    pub(super) call: Option<CallFields<'a>>,
    /// All other keys, such as the signature.
    pub(super) more: Vec<(String, Raw<'a>)>,
}

impl<'a> PartFields<'a> {
    /// The text of a part that holds nothing else.
    pub(super) fn plain_text(&self) -> Option<Raw<'a>> {
        self.text.filter(|_| self.more.is_empty())
    }
}

impl<'a> Fields<'a> for PartFields<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let first = value.peek()?;
        match key {
            "text" if first == b'"' => self.text = Some(value.value()?),
            "thought" => {
                self.thought = matches!(value.value::<Raw<'_>>()?.get(), "true" | "\"true\"");
            }
            "functionCall" | "function_call" if first == b'{' => self.call = Some(value.value()?),
            _ if first == b'n' => value.skip()?,
            key => {
                let raw = value.value()?;
                self.more.push((key.to_owned(), raw));
            }
        }
        Ok(())
    }
}
