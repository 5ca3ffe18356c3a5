//! One exchange as it stands in a file.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of these files. A file of another version is refused, not guessed at.
pub(super) const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) version: u32,
    pub(super) request: Request,
    pub(super) response: Response,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) path: String,
    /// The JSON that was sent. Order of keys does not matter, so it is not kept.
    pub(super) body: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Response {
    pub(super) status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// When the head came, in milliseconds since the request was sent.
    pub(super) at_ms: u64,
    pub(super) frames: Vec<Frame>,
}

/// Bytes of the body, and when they came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Frame {
    /// Milliseconds since the request was sent.
    pub(super) at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<String>,
    /// What is no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) base64: Option<String>,
}

impl Frame {
    #[cfg(any(test, feature = "record"))]
    pub(super) fn new(at: Duration, bytes: &[u8]) -> Self {
        let at_ms = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        match std::str::from_utf8(bytes) {
            Ok(text) => Self { at_ms, text: Some(text.to_owned()), base64: None },
            Err(_) => Self { at_ms, text: None, base64: Some(STANDARD.encode(bytes)) },
        }
    }

    pub(super) fn at(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }

    /// The bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with the frame, in words.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(coded)) => {
                STANDARD.decode(coded).map_err(|_| "its `base64` cannot be decoded".to_owned())
            }
            _ => Err("it has to have `text` or `base64`, and not both".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_keeps_any_bytes() {
        for bytes in [&b"data: \xc3\xb8\n\n"[..], b"\xff\xfe", b""] {
            let frame = Frame::new(Duration::from_millis(7), bytes);
            assert_eq!(frame.bytes().as_deref(), Ok(bytes));
            assert_eq!(frame.at(), Duration::from_millis(7));
        }
    }

    #[test]
    fn a_frame_of_neither_or_both_forms_is_refused() {
        let both = Frame { at_ms: 0, text: Some(String::new()), base64: Some(String::new()) };
        let neither = Frame { at_ms: 0, text: None, base64: None };
        let coded = Frame { base64: Some("?".to_owned()), ..neither.clone() };
        assert!(both.bytes().is_err() && neither.bytes().is_err() && coded.bytes().is_err());
    }
}
