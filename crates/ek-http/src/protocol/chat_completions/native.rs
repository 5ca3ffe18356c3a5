//! What a reply's message has beyond its text and its calls, kept so that the next request sends it back:
//! reasoning under the key in which it came, signed details, parts of the content, audio.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ek_core::{LlmResponse, NativeTurn, RawJson};
use serde_json::json;

use super::PROTOCOL;
use super::reply::value;
use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Scanner, Unreadable};

/// The further keys of a message in the making, each with its JSON.
#[derive(Debug, Default)]
pub(crate) struct FurtherKeys<'a> {
    keys: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    /// Parts of the content that stand before its text.
    parts: Vec<Cow<'a, str>>,
}

impl<'a> FurtherKeys<'a> {
    /// Sets a key; a later value replaces an earlier one.
    pub(crate) fn set(&mut self, key: impl Into<Cow<'a, str>>, json: impl Into<Cow<'a, str>>) {
        self.keys.insert(key.into(), json.into());
    }

    /// Adds a part of the content.
    pub(crate) fn push_part(&mut self, json: impl Into<Cow<'a, str>>) {
        self.parts.push(json.into());
    }

    /// The turn of this reply: an object of the keys, and with the content if it has such parts. `None`
    /// for a plain reply, which the flat fields hold.
    pub(crate) fn into_turn(mut self, reply: &LlmResponse) -> Option<NativeTurn> {
        if !self.parts.is_empty() {
            let content = self.content(&reply.content);
            self.set("content", content);
        }
        if self.keys.is_empty() {
            return None;
        }
        let keys = self.keys.iter().map(|(key, json)| (key, json.as_ref()));
        let json = RawJson::new(object(keys)).or_else(|_| {
            // The server's JSON is read tolerantly, and what it holds may be none for others.
            let mended =
                self.keys.iter().filter_map(|(key, json)| Some((key, value(json)?.to_string())));
            let mended: Vec<_> = mended.collect();
            RawJson::new(object(mended.iter().map(|(key, json)| (*key, json.as_str()))))
        });
        // Mended, it is JSON.
        let json = json.ok()?;
        Some(NativeTurn::new(PROTOCOL, json, &reply.content, &reply.tool_calls))
    }

    fn content(&mut self, text: &str) -> String {
        let mut parts = std::mem::take(&mut self.parts);
        if !text.is_empty() {
            parts.push(json!({"type": "text", "text": text}).to_string().into());
        }
        format!("[{}]", parts.join(","))
    }
}

/// An object of these keys.
fn object<'k>(keys: impl Iterator<Item = (&'k Cow<'k, str>, &'k str)>) -> String {
    let entries: Vec<_> = keys.map(|(key, json)| format!("{}:{json}", json!(key))).collect();
    format!("{{{}}}", entries.join(","))
}

/// The further keys of a turn, to be written into its message.
#[derive(Default)]
pub(crate) struct SentBack<'a> {
    pub(crate) keys: Vec<(String, Raw<'a>)>,
    pub(crate) content: Option<Raw<'a>>,
}

impl<'a> SentBack<'a> {
    /// Reads the JSON of a turn; without a key if it is none of this reader.
    pub(crate) fn of(json: &'a str) -> Self {
        scan::read(json).unwrap_or_default()
    }
}

impl<'a> Fields<'a> for SentBack<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        let raw: Raw<'a> = value.value()?;
        match key {
            "content" => self.content = Some(raw),
            _ => self.keys.push((key.to_owned(), raw)),
        }
        Ok(())
    }
}

/// The id of an audio: the API wants it back in place of the data.
pub(crate) fn audio_id(json: &str) -> Option<Raw<'_>> {
    #[derive(Default)]
    struct Audio<'a>(Option<Raw<'a>>);

    impl<'a> Fields<'a> for Audio<'a> {
        fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
            match key {
                "id" => self.0 = Some(value.value()?),
                _ => value.skip()?,
            }
            Ok(())
        }
    }

    scan::read::<Audio<'_>>(json).ok()?.0.filter(|id| scalar::is_set(*id))
}
