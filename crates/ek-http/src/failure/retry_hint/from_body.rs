//! The fields of a body that say when to retry.

use std::time::{Duration, SystemTime};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::name::{Name, What};
use super::{bucket, direct, preferred, value};
use crate::failure::{durations, names};

/// The most fields that are kept.
const MAX_FIELDS: usize = 32;

/// These fields, from anywhere in the body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyHints {
    fields: Vec<(Name, String)>,
    /// The fields under `headers`: the upstream's headers, which a gateway passes on.
    headers: HeaderMap,
}

impl BodyHints {
    /// Adds the fields of an object, but not those of the objects in it.
    pub(in crate::failure) fn take(&mut self, object: &Map<String, Value>) {
        let mut limits = object
            .iter()
            .filter(|(key, _)| names::words(key).last().is_some_and(|word| word == "remaining"));
        let number = |value: &Value| durations::number(&scalar(value)?);
        let has_left = limits.any(|(_, value)| number(value).is_some_and(|left| left > 0.0));
        for (key, value) in object {
            if let Value::Object(headers) = value
                && names::words(key).last().is_some_and(|word| word == "headers")
            {
                self.take_headers(headers);
            }
            let Some(text) = scalar(value).or_else(|| length(value)) else { continue };
            let name = Name::of(key).filter(|name| name.what == What::Retry || !has_left);
            if let Some(name) = name.filter(|_| self.fields.len() < MAX_FIELDS) {
                self.fields.push((name, text));
            }
        }
    }

    fn take_headers(&mut self, headers: &Map<String, Value>) {
        for (name, value) in headers {
            let value = value.as_array().and_then(|values| values.first()).unwrap_or(value);
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = scalar(value).and_then(|value| HeaderValue::try_from(value).ok());
            if let (Ok(name), Some(value)) = (name, value)
                && self.headers.len() < MAX_FIELDS
            {
                self.headers.append(name, value);
            }
        }
    }

    /// Adds the fields of another body.
    pub(in crate::failure) fn extend(&mut self, other: Self) {
        self.fields.extend(other.fields);
        self.headers.extend(other.headers);
    }

    /// How long to wait, by the fields or else by the headers among them.
    pub(super) fn wait(&self, now: SystemTime) -> Option<Duration> {
        let first = |what, is_millis: &dyn Fn(u32) -> bool| {
            let mut fields =
                self.fields.iter().filter(|(n, _)| n.what == what && is_millis(n.unit));
            fields.find_map(|(name, text)| value::wait(*name, text, now))
        };
        preferred(first(What::Retry, &|unit| unit == 1), first(What::Retry, &|unit| unit != 1))
            .or_else(|| first(What::Reset, &|_| true))
            .or_else(|| direct(&self.headers, now))
            .or_else(|| bucket::reset_of_exhausted(&self.headers, now))
    }
}

/// A duration of protocol buffers: `{"seconds": 34, "nanos": 500000000}`.
fn length(value: &Value) -> Option<String> {
    let seconds = value.get("seconds").and_then(scalar)?;
    let nanos = value.get("nanos").and_then(Value::as_u64).filter(|nanos| *nanos < 1_000_000_000);
    let seconds: u32 = seconds.parse().ok()?;
    Some(format!("{seconds}.{:09}s", nanos.unwrap_or(0)))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
