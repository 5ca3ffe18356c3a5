//! Errors as JSON, and what raw responses have in common with them.

use std::collections::BTreeMap;

use ek_core::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::period::Period;
use super::shorthand::{FromText, OneOrMany};
use crate::ErrorReply;

/// The words for kinds.
const KINDS: [(&str, ErrorKind); 15] = [
    ("config", ErrorKind::Config),
    ("unsupported", ErrorKind::Unsupported),
    ("rejected", ErrorKind::Rejected),
    ("quota_exhausted", ErrorKind::QuotaExhausted),
    ("rate_limited", ErrorKind::RateLimited),
    ("server", ErrorKind::Server),
    ("timeout", ErrorKind::Timeout),
    ("connect", ErrorKind::Connect),
    ("tls", ErrorKind::Tls),
    ("interrupted", ErrorKind::Interrupted),
    ("malformed", ErrorKind::Malformed),
    ("too_large", ErrorKind::TooLarge),
    ("budget_exhausted", ErrorKind::BudgetExhausted),
    ("consensus_failed", ErrorKind::ConsensusFailed),
    ("max_iterations", ErrorKind::MaxIterations),
];

/// A kind by its word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind(ErrorKind);

impl Kind {
    fn from_word(word: &str) -> Result<Self, String> {
        let found = KINDS.iter().find(|(known, _)| *known == word);
        found.map(|(_, kind)| Self(*kind)).ok_or_else(|| {
            let words: Vec<String> = KINDS.iter().map(|(word, _)| format!("`{word}`")).collect();
            format!("unknown kind of error `{word}`, expected one of {}", words.join(", "))
        })
    }

    fn word(self) -> Result<&'static str, String> {
        let found = KINDS.iter().find(|(_, kind)| *kind == self.0);
        found.map(|(word, _)| *word).ok_or_else(|| format!("the kind {:?} has no word", self.0))
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::from_word(&word).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word().map_err(serde::ser::Error::custom)?)
    }
}

pub(super) type Headers = BTreeMap<String, OneOrMany<String>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorForm {
    kind: Kind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retryable: Option<bool>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: Headers,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
}

impl FromText for ErrorForm {
    const EXPECTED: &'static str = "the kind of an error, or an object with its kind";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self {
            kind: Kind::from_word(text)?,
            message: String::new(),
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            retryable: None,
            headers: Headers::new(),
            body: None,
        })
    }
}

impl From<ErrorForm> for ErrorReply {
    fn from(form: ErrorForm) -> Self {
        let mut error = Error::new(form.kind.0, &form.message);
        if let Some(status) = form.status {
            error = error.with_status(status);
        }
        if let Some(code) = &form.code {
            error = error.with_code(code);
        }
        if let Some(id) = &form.request_id {
            error = error.with_request_id(id);
        }
        if let Some(Period(delay)) = form.retry_after {
            error = error.with_retry_after(delay);
        }
        if let Some(retryable) = form.retryable {
            error = error.with_retryable(retryable);
        }
        Self { error, headers: listed(form.headers), body: form.body.map(bytes_of) }
    }
}

impl TryFrom<&ErrorReply> for ErrorForm {
    type Error = String;

    fn try_from(reply: &ErrorReply) -> Result<Self, String> {
        let error = &reply.error;
        if error.partial().is_some() || error.transcript().is_some() {
            return Err("an error with a partial reply or a transcript has no JSON form".to_owned());
        }
        let kind = Kind(error.kind());
        kind.word()?;
        let retryable = error.is_retryable();
        let body = reply.body.as_deref().map(text_of).transpose()?;
        Ok(Self {
            kind,
            // What `Display` shows without a message is the kind.
            message: Some(error.to_string())
                .filter(|text| *text != error.kind().to_string())
                .unwrap_or_default(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            retry_after: error.retry_after().map(Period),
            retryable: (retryable != error.kind().is_retryable()).then_some(retryable),
            headers: grouped(&reply.headers),
            body: body.map(Value::String),
        })
    }
}

/// A text as it is, anything else as compact JSON.
pub(super) fn bytes_of(body: Value) -> Vec<u8> {
    match body {
        Value::String(text) => text.into_bytes(),
        other => other.to_string().into_bytes(),
    }
}

fn text_of(body: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(body);
    text.map(str::to_owned).map_err(|_| "a body that is not UTF-8 has no JSON form".to_owned())
}

pub(super) fn listed(headers: Headers) -> Vec<(String, String)> {
    let pairs = headers
        .into_iter()
        .flat_map(|(name, values)| values.0.into_iter().map(move |value| (name.clone(), value)));
    pairs.collect()
}

pub(super) fn grouped(headers: &[(String, String)]) -> Headers {
    let mut grouped = Headers::new();
    for (name, value) in headers {
        grouped.entry(name.clone()).or_default().0.push(value.clone());
    }
    grouped
}
