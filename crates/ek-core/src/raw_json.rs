//! JSON kept as text: schemas whose key order matters, and payloads nobody has asked to parse yet.

use std::fmt;

use bytes::Bytes;
use serde::{Serialize, Serializer, ser};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::debug_text;
use crate::{Error, ErrorKind, Result};

/// A JSON document kept as its text, byte for byte.
///
/// Used for tool schemas: the order of keys changes what models write, and a parsed map would lose it.
///
/// ```
/// use ek_core::RawJson;
/// let schema = RawJson::new(r#"{"type":"object","properties":{"b":{},"a":{}}}"#)?;
/// assert!(schema.as_str().contains(r#"{"b":{},"a":{}}"#));
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone)]
pub struct RawJson(Box<str>);

impl RawJson {
    /// Checks that the text is one JSON document and keeps it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the place of the fault if it is not JSON.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        RawValue::from_string(text.into()).map(|json| Self(json.into())).map_err(|e| {
            let place = format!("line {}, column {}", e.line(), e.column());
            Error::new(ErrorKind::Config, format!("not a JSON document: fault at {place}"))
        })
    }

    /// Keeps a text that was read as one JSON document before, without checking it again.
    ///
    /// For an adapter whose own reader has seen all of it: the check of [`new`](Self::new) costs as much as the
    /// reading. If the text is not JSON after all, it is refused when it is serialized.
    ///
    /// ```
    /// use ek_core::RawJson;
    /// assert_eq!(RawJson::from_checked("[1]").as_str(), "[1]");
    /// assert!(serde_json::to_string(&RawJson::from_checked("[1")).is_err());
    /// ```
    #[must_use]
    pub fn from_checked(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The document as a tree.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the text holds what a [`Value`] cannot (a number out of range, or more
    /// than 127 levels).
    pub fn to_value(&self) -> Result<Value> {
        serde_json::from_str(self.as_str())
            .map_err(|_| Error::new(ErrorKind::Config, "the JSON cannot be held as a value"))
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = serde_json::from_str::<&RawValue>(&self.0);
        json.map_err(|_| ser::Error::custom("not a JSON document"))?.serialize(serializer)
    }
}

impl From<&Value> for RawJson {
    fn from(value: &Value) -> Self {
        Self::from_checked(value.to_string())
    }
}

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self::from(&value)
    }
}

impl TryFrom<&str> for RawJson {
    type Error = Error;
    fn try_from(text: &str) -> Result<Self> {
        Self::new(text)
    }
}

impl TryFrom<String> for RawJson {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::new(text)
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawJson").field(&debug_text::text(self.as_str())).finish()
    }
}

/// The bytes of a provider's answer as they came, parsed only when asked.
///
/// Unredacted: it holds whatever the provider sent, and is the caller's to guard. `Debug` shows the
/// length only. Cloning shares the bytes.
///
/// ```
/// use ek_core::{LlmResponse, RawBody};
///
/// let payload = br#"{"choices":[{"logprobs":{"content":[]}}]}"#.to_vec();
/// let reply = LlmResponse::text("Slowly.").with_raw(RawBody::from(payload));
/// assert!(reply.raw.to_value()?["choices"][0]["logprobs"].is_object());
/// # Ok::<(), ek_core::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawBody(Bytes);

impl RawBody {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether nothing was kept (after a stream, or from an adapter that keeps no payload).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Parses the payload into a tree; logprobs and further choices are read there.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if it is not plain JSON: the tolerant reader that made the reply
    /// understands more than this.
    pub fn to_value(&self) -> Result<Value> {
        serde_json::from_slice(&self.0)
            .map_err(|_| Error::new(ErrorKind::Malformed, "the payload is not plain JSON"))
    }
}

impl From<Vec<u8>> for RawBody {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<Bytes> for RawBody {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawBody").field(&debug_text::Bytes(self.0.len())).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_not_json_is_refused_without_showing_it() {
        let error = RawJson::new("{\"secret\": nope}").expect_err("refused");
        assert_eq!(error.to_string(), "not a JSON document: fault at line 1, column 13");
    }

    #[test]
    fn debug_shows_lengths_and_no_text() {
        let shown = format!("{:?} {:?}", RawJson::from(Value::Null), RawBody::from(vec![65; 3]));
        assert_eq!(shown, "RawJson(<4 bytes>) RawBody(<3 bytes>)");
    }
}
