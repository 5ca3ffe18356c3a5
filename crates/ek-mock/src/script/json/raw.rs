//! Raw responses as JSON: bytes as a text, as any JSON, or in base64, at once or in pieces of their own.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::error::{Headers, bytes_of, grouped, listed};
use super::period::Period;
use super::shorthand::{FromText, text_or_object};
use crate::RawReply;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawForm {
    status: u16,
    #[serde(default, skip_serializing_if = "Headers::is_empty")]
    headers: Headers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pieces: Vec<Piece>,
}

/// Bytes, and how long they come after what is before them.
struct Piece {
    wait: Duration,
    bytes: Vec<u8>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PieceForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
}

impl FromText for PieceForm {
    const EXPECTED: &'static str = "a piece of a body: a text or an object";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self { body: Some(text.into()), ..Self::default() })
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form: PieceForm = text_or_object(deserializer)?;
        let bytes = read(form.body, form.body_base64).map_err(serde::de::Error::custom)?;
        Ok(Self { wait: form.wait.map(|period| period.0).unwrap_or_default(), bytes })
    }
}

impl Serialize for Piece {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (body, body_base64) = written(&self.bytes);
        match body {
            Some(text) if self.wait.is_zero() => text.serialize(serializer),
            body => {
                let wait = Some(Period(self.wait)).filter(|period| !period.0.is_zero());
                PieceForm { wait, body, body_base64 }.serialize(serializer)
            }
        }
    }
}

/// The bytes that these keys say; none if neither is there.
fn read(body: Option<Value>, body_base64: Option<String>) -> Result<Vec<u8>, String> {
    match (body, body_base64) {
        (Some(_), Some(_)) => Err("`body` and `body_base64` exclude each other".to_owned()),
        (Some(body), None) => Ok(bytes_of(body)),
        (None, Some(text)) => {
            BASE64.decode(&text).map_err(|error| format!("`body_base64` is none: {error}"))
        }
        (None, None) => Ok(Vec::new()),
    }
}

/// The keys that say these bytes: `body` if they are a text, else `body_base64`.
fn written(bytes: &[u8]) -> (Option<Value>, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Some(text.into()), None),
        Err(_) => (None, Some(BASE64.encode(bytes))),
    }
}

impl TryFrom<RawForm> for RawReply {
    type Error = String;

    fn try_from(form: RawForm) -> Result<Self, String> {
        let body = read(form.body, form.body_base64)?;
        let reply = Self { body, headers: listed(form.headers), ..Self::new(form.status) };
        let pieces = form.pieces.into_iter();
        Ok(pieces.fold(reply, |reply, piece| reply.with_piece(piece.wait, piece.bytes)))
    }
}

impl From<&RawReply> for RawForm {
    fn from(reply: &RawReply) -> Self {
        let ends = reply.pieces.iter().map(|(at, _)| *at).skip(1).chain([reply.body.len()]);
        let pieces = reply
            .pieces
            .iter()
            .zip(ends)
            .map(|((at, wait), end)| Piece { wait: *wait, bytes: reply.body[*at..end].to_vec() });
        let before = reply.pieces.first().map_or(reply.body.len(), |(at, _)| *at);
        let (body, body_base64) = match &reply.body[..before] {
            [] => (None, None),
            bytes => written(bytes),
        };
        let headers = grouped(&reply.headers);
        Self { status: reply.status, headers, body, body_base64, pieces: pieces.collect() }
    }
}
