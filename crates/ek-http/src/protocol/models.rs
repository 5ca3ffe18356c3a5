//! Lists of models: one shape with small differences, whatever is spoken.
//!
//! OpenAI, Anthropic and most gateways answer `{"data": [{"id": ...}]}`, Together a bare list, Gemini
//! `{"models": [{"name": "models/..."}]}`.

use std::time::SystemTime;

use ek_core::{ModelInfo, RawJson};

use crate::failure::moment;
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Readable, Scanner, Unreadable};

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) models: Vec<ModelInfo>,
    /// What names the next page.
    pub(crate) next: Option<String>,
}

/// Reads a page; `None` if the document is no list. An entry without an id is passed over.
pub(crate) fn read(document: &str) -> Option<Page> {
    if let Ok(Models(models)) = scan::read(document) {
        return Some(Page { models, next: None });
    }
    let list = scan::read::<List>(document).ok()?;
    let next = list.next_token.or_else(|| list.last_id.filter(|_| list.has_more));
    Some(Page { models: list.models?, next })
}

#[derive(Default)]
struct List {
    models: Option<Vec<ModelInfo>>,
    has_more: bool,
    last_id: Option<String>,
    next_token: Option<String>,
}

impl<'a> Fields<'a> for List {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "data" | "models" if value.peek()? == b'[' => {
                self.models = Some(value.value::<Models>()?.0);
            }
            "has_more" => self.has_more = value.value::<Raw<'_>>()?.get() == "true",
            "last_id" => self.last_id = scalar::text(value.value()?),
            "nextPageToken" => self.next_token = scalar::text(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

struct Models(Vec<ModelInfo>);

impl<'a> Readable<'a> for Models {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut models = Vec::new();
        if scanner.peek()? != b'[' {
            return Err(Unreadable);
        }
        scanner.items(|scanner| {
            let raw: Raw<'a> = scanner.value()?;
            models.extend(scan::read::<Entry>(raw.get()).ok().and_then(|entry| entry.model(raw)));
            Ok(())
        })?;
        Ok(Self(models))
    }
}

#[derive(Default)]
struct Entry {
    id: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    created: Option<SystemTime>,
    lifecycle: Option<String>,
    input: Option<u64>,
    output: Option<u64>,
}

impl<'a> Fields<'a> for Entry {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let value: Raw<'a> = value.value()?;
        match key {
            "id" => self.id = scalar::text(value),
            "name" => self.name = scalar::text(value),
            "display_name" | "displayName" => self.display_name = scalar::text(value),
            "created" | "created_at" => {
                self.created = scalar::text(value).and_then(|text| moment(&text));
            }
            "lifecycle" => self.lifecycle = scalar::text(value),
            "max_input_tokens" | "inputTokenLimit" | "context_length" | "context_window" => {
                self.input = scalar::count(value).or(self.input);
            }
            "max_tokens" | "max_output_tokens" | "outputTokenLimit" | "max_completion_tokens" => {
                self.output = scalar::count(value).or(self.output);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Entry {
    fn model(self, raw: Raw<'_>) -> Option<ModelInfo> {
        let (id, name) = match (self.id, self.name) {
            (Some(id), name) => (id, name),
            (None, name) => (name?, None),
        };
        let mut model = ModelInfo::new(id);
        model.display_name = self.display_name.or(name);
        model.created = self.created;
        model.lifecycle = self.lifecycle;
        model.max_input_tokens = self.input;
        model.max_output_tokens = self.output;
        model.raw = RawJson::new(raw.get()).ok();
        Some(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn lists_of_several_servers_are_read() {
        for (document, id, name) in [
            (r#"{"object":"list","data":[{"id":"m","object":"model"}]}"#, "m", None),
            (r#"[{"id":"m","display_name":"M"}]"#, "m", Some("M")),
            (r#"{"models":[{"name":"models/m","displayName":"M"}]}"#, "models/m", Some("M")),
            (r#"{"data":[7,{},{"id":"m","name":"M"}]}"#, "m", Some("M")),
        ] {
            let page = read(document).expect(document);
            assert_eq!(page.models.len(), 1, "{document}");
            let model = &page.models[0];
            assert_eq!((model.id.as_str(), model.display_name.as_deref()), (id, name));
            assert_eq!(page.next, None);
        }
        for document in ["{}", r#"{"data":null}"#, "7", r#"{"error":{"message":"x"}}"#] {
            assert!(read(document).is_none(), "{document}");
        }
    }

    #[test]
    fn what_is_said_of_a_model_is_kept() {
        let entry = r#"{"type":"model","id":"claude-sonnet-5","display_name":"Claude Sonnet 5","created_at":"2026-02-19T00:00:00Z","lifecycle":"active","max_input_tokens":1000000,"max_tokens":128000}"#;
        let page = read(&format!(r#"{{"data":[{entry}],"has_more":true,"last_id":"x"}}"#));
        let page = page.expect("a list");
        assert_eq!(page.next.as_deref(), Some("x"));
        let model = &page.models[0];
        let days = (56 * 365 + 14 + 31 + 18) * 86_400;
        assert_eq!(model.created, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(days)));
        assert_eq!(model.lifecycle.as_deref(), Some("active"));
        assert_eq!(model.max_input_tokens, Some(1_000_000));
        assert_eq!(model.max_output_tokens, Some(128_000));
        assert_eq!(model.raw.as_ref().map(RawJson::as_str), Some(entry));
    }

    #[test]
    fn a_page_without_more_behind_it_is_the_last() {
        let page = read(r#"{"data":[],"has_more":false,"last_id":"x"}"#).expect("a list");
        assert!(page.models.is_empty() && page.next.is_none());
        let page = read(r#"{"models":[],"nextPageToken":"t"}"#).expect("a list");
        assert_eq!(page.next.as_deref(), Some("t"));
    }
}
