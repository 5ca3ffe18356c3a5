//! The model's turn as its protocol wrote it: what the flat fields of a reply cannot hold.

use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::debug_text;
use crate::{ProtocolName, RawJson, ToolCall};

/// The model's turn as its protocol wrote it: order of blocks, signatures, encrypted reasoning and
/// whatever else the fields of [`LlmResponse`](crate::LlmResponse) do not hold.
///
/// A reader puts it on the reply, [`Message::from`](crate::Message) takes it over, and the writer of the
/// same protocol sends its JSON back unchanged as long as the message still says what the reply said
/// ([`Message::native_for`](crate::Message::native_for)). It remembers that by a fingerprint of the text
/// and the calls. Cloning shares the JSON. `Debug` shows the protocol and the length.
///
/// ```
/// use ek_core::{LlmResponse, Message, NativeTurn, ProtocolName, RawJson};
///
/// let blocks = RawJson::new(r#"[{"type":"thinking","signature":"c2ln"},{"type":"text","text":"Ebb."}]"#)?;
/// let turn = NativeTurn::new(ProtocolName::AnthropicMessages, blocks, "Ebb.", &[]);
/// let mut message = Message::from(LlmResponse::text("Ebb.").with_native(turn));
/// assert!(message.native_for(&ProtocolName::AnthropicMessages).is_some());
/// message.content = Some("Flood.".into());
/// assert!(message.native_for(&ProtocolName::AnthropicMessages).is_none());
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct NativeTurn(Arc<Inner>);

#[derive(PartialEq, Eq)]
struct Inner {
    protocol: ProtocolName,
    json: RawJson,
    said: u64,
}

impl NativeTurn {
    /// The turn that a protocol wrote as `json`, and that says this text and these calls in the fields
    /// of the reply.
    #[must_use]
    pub fn new(protocol: ProtocolName, json: RawJson, content: &str, calls: &[ToolCall]) -> Self {
        Self::with_fingerprint(protocol, json, fingerprint(content, calls))
    }

    fn with_fingerprint(protocol: ProtocolName, json: RawJson, said: u64) -> Self {
        Self(Arc::new(Inner { protocol, json, said }))
    }

    /// The protocol that wrote it, and that alone can read it.
    #[must_use]
    pub fn protocol(&self) -> &ProtocolName {
        &self.0.protocol
    }

    /// The JSON, byte for byte; what it holds is the protocol's matter.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.json.as_str()
    }

    /// Whether the turn said this text and these calls (id, name and arguments of each).
    #[must_use]
    pub fn says(&self, content: &str, calls: &[ToolCall]) -> bool {
        fingerprint(content, calls) == self.0.said
    }

    /// Reads what [`Serialize`] wrote; `None` if it is anything else.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let object = value.as_object().filter(|object| object.len() == 3)?;
        let text = |key| object.get(key).and_then(Value::as_str);
        let said = u64::from_str_radix(text("said")?, 16).ok()?;
        let json = RawJson::new(text("json")?).ok()?;
        let turn = Self::with_fingerprint(text("protocol")?.into(), json, said);
        (turn.said() == text("said")?).then_some(turn)
    }

    fn said(&self) -> String {
        format!("{:016x}", self.0.said)
    }
}

/// FNV-1a over words of eight bytes, turned after each so that all bits count: transcripts keep it, so it is
/// the same for every build and machine. Lengths stand between the texts, so that no two turns share one by
/// where their texts are cut. Invalid arguments count in the form in which they can be sent, since putting
/// them into it is no edit.
fn fingerprint(content: &str, calls: &[ToolCall]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let word = |hash: u64, word: u64| (hash ^ word).wrapping_mul(PRIME).rotate_left(29);
    let add = |hash: u64, text: &str| {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        let words = words.iter().chain([&last]).map(|bytes| u64::from_le_bytes(*bytes));
        words.fold(word(hash, text.len() as u64), word)
    };
    calls.iter().fold(add(OFFSET, content), |hash, call| {
        let arguments = call.arguments.to_sendable();
        [call.id.as_str(), &call.name, arguments.as_str()].into_iter().fold(hash, add)
    })
}

/// For transcripts: the protocol, the JSON as a text (so that it stays byte for byte) and the
/// fingerprint.
impl Serialize for NativeTurn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("protocol", self.protocol().as_str())?;
        map.serialize_entry("json", self.json())?;
        map.serialize_entry("said", &self.said())?;
        map.end()
    }
}

impl fmt::Debug for NativeTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = debug_text::text(self.json());
        write!(f, "NativeTurn({}, {length:?})", self.protocol().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn turn(content: &str, calls: &[ToolCall]) -> NativeTurn {
        let json = RawJson::new(r#"{"z": "MARK",  "a":1e2}"#).expect("JSON");
        NativeTurn::new(ProtocolName::Other("own".into()), json, content, calls)
    }

    #[test]
    fn a_turn_says_its_text_and_calls_and_nothing_else() {
        let call = |id: &str, name: &str, text: &str| ToolCall::new(id, name, text);
        let said = turn("Ebb.", &[call("1", "tide", "{}")]);
        assert!(said.says("Ebb.", &[call("1", "tide", "{}")]));
        for (content, calls) in [
            ("Ebb", vec![call("1", "tide", "{}")]),
            ("Ebb.", vec![call("2", "tide", "{}")]),
            ("Ebb.", vec![call("1", "wind", "{}")]),
            ("Ebb.", vec![call("1", "tide", "{ }")]),
            ("Ebb.", vec![call("1t", "ide", "{}")]),
            ("Ebb.", vec![call("1", "tide", "{}"), call("1", "tide", "{}")]),
            ("Ebb.", vec![]),
        ] {
            assert!(!said.says(content, &calls), "{content} {calls:?}");
        }
    }

    #[test]
    fn debug_shows_the_protocol_and_the_length() {
        assert_eq!(format!("{:?}", turn("x", &[])), "NativeTurn(own, <23 bytes>)");
    }

    #[test]
    fn the_fingerprint_is_the_same_for_every_build() {
        // Worked out by another program.
        for (text, said) in [
            ("", "5c19ea857c62a2e4"),
            ("seven b", "c2b99f11cbafbf1d"),
            ("eight by", "569fcac3b4c6b4da"),
            ("nine byte", "12d7baaa7c13c6ed"),
        ] {
            assert_eq!(turn(text, &[]).said(), said, "{text}");
        }
    }

    #[test]
    fn what_is_no_turn_is_read_as_none() {
        let good = serde_json::to_value(turn("x", &[])).expect("writes");
        assert!(NativeTurn::from_value(&good).is_some());
        for (key, value) in
            [("json", "{"), ("said", "+5c19ea857c62a2e"), ("said", "1"), ("more", "1")]
        {
            let mut bad = good.clone();
            bad[key] = value.into();
            assert_eq!(NativeTurn::from_value(&bad), None, "{key}: {value}");
        }
    }

    proptest! {
        #[test]
        fn a_turn_is_read_as_it_was_written(
            protocol in ".{0,12}", content in any::<String>(), text in any::<String>(),
            calls in vec((".{0,4}", ".{0,4}", any::<String>()), 0..3),
        ) {
            let calls: Vec<_> = calls.into_iter().map(|(id, name, text)| ToolCall::new(id, name, text)).collect();
            let json = RawJson::new(format!(" [{} ]", Value::from(text))).expect("JSON");
            let turn = NativeTurn::new(protocol.as_str().into(), json, &content, &calls);
            let written = serde_json::to_value(&turn).expect("writes");
            let read = NativeTurn::from_value(&written).expect("a turn");
            prop_assert!(read.says(&content, &calls) && read == turn);
        }
    }
}
