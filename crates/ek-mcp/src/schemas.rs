//! The schemas of tools as the server wrote them: a parsed object would lose the order of its keys, which
//! changes what models write.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ek_core::RawJson;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::listing::MAX_TOOLS;

/// The texts of schemas, by the server's names of the tools. Kept only while a page of the list is awaited, and
/// of one message at a time.
#[derive(Default)]
pub(crate) struct Schemas(Mutex<Option<HashMap<String, RawJson>>>);

/// Keeps schemas until it is dropped.
pub(crate) struct Expected<'a>(&'a Schemas);

/// The parts of an answer to `tools/list` that are kept as text.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: Page<'a>,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    tools: Vec<Described<'a>>,
}

#[derive(Deserialize)]
struct Described<'a> {
    name: String,
    #[serde(borrow, rename = "inputSchema")]
    schema: &'a RawValue,
}

impl Schemas {
    /// Begins to keep them.
    pub(crate) fn expect(&self) -> Expected<'_> {
        *self.lock() = Some(HashMap::new());
        Expected(self)
    }

    /// Keeps the schemas of a message, if it has some and they are expected.
    pub(crate) fn note(&self, message: &[u8]) {
        let mut expected = self.lock();
        let Some(kept) = &mut *expected else { return };
        let Ok(answer) = serde_json::from_slice::<Answer<'_>>(message) else { return };
        kept.clear();
        for tool in answer.result.tools.into_iter().take(MAX_TOOLS) {
            if let Ok(schema) = RawJson::new(tool.schema.get()) {
                kept.insert(tool.name, schema);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<HashMap<String, RawJson>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expected<'_> {
    /// Takes what was kept, and ends the keeping.
    pub(crate) fn take(self) -> HashMap<String, RawJson> {
        self.0.lock().take().unwrap_or_default()
    }
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[u8] =
        br#"{"id":1,"result":{"tools":[{"name":"t","inputSchema":{"b":1, "a":2}}]}}"#;

    #[test]
    fn a_schema_is_kept_byte_for_byte_under_the_server_s_name() {
        let schemas = Schemas::default();
        let expected = schemas.expect();
        schemas.note(br#"{"id":0,"result":{"tools":[{"name":"old","inputSchema":{}}]}}"#);
        schemas.note(PAGE);
        schemas.note(br#"{"id":2,"result":{"content":[{"type":"text","text":"tools"}]}}"#);
        let kept = expected.take();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept["t"].as_str(), r#"{"b":1, "a":2}"#);
    }

    #[test]
    fn nothing_is_kept_that_is_not_expected() {
        let schemas = Schemas::default();
        schemas.note(PAGE);
        assert!(schemas.lock().is_none());
        drop(schemas.expect());
        schemas.note(PAGE);
        assert!(schemas.lock().is_none(), "the list was given up");
    }
}
