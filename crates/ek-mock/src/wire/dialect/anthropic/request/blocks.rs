//! The blocks of a message: a list of objects, or a mere text, which is one block.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::wire::dialect::json;
use crate::wire::dialect::written::Written;

/// A block without the keys that are `null`.
pub(super) struct Block<'a> {
    pub(super) object: Map<String, Value>,
    /// The input of a call, as it is written.
    pub(super) input: Option<&'a RawValue>,
}

impl Block<'_> {
    pub(super) fn kind(&self) -> &str {
        self.object.get("type").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn text(&self, key: &str) -> String {
        json::text_of(&self.object, key)
    }
}

/// Reads a content as blocks.
///
/// # Errors
///
/// What of it is no block.
pub(super) fn blocks(raw: &RawValue) -> Result<Vec<Block<'_>>, String> {
    if let Ok(text) = serde_json::from_str::<String>(raw.get()) {
        let texts = [("type", "text".to_owned()), ("text", text)];
        let object = texts.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
        return Ok(vec![Block { object, input: None }]);
    }
    let why = "a content is neither a text nor a list of blocks, each with a type";
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| why)?;
    list.into_iter().map(|raw| block(raw).ok_or_else(|| why.to_owned())).collect()
}

fn block(raw: &RawValue) -> Option<Block<'_>> {
    let keys = Written::of(raw)?.without_nulls();
    keys.text("type")?;
    Some(Block { input: keys.raw("input"), object: keys.into_map().ok()? })
}
