//! Finds an error in an answer whose status is a success.
//!
//! Vendors have their own envelopes: `base_resp`, `error_code`, `success: false`. A sign is a key with a
//! failing value. Its weight says when a sign makes the answer an error.

use serde_json::Value;

use super::body::ErrorBody;
use super::names::{self, is_exception};

/// When a sign makes the answer an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Always.
    Certain,
    /// If the answer has no choice.
    Likely,
    /// If the answer has neither a choice nor a count of tokens.
    Words,
    /// Never, but it belongs to the error that another sign makes.
    Beside,
}

/// A key in small letters, its weight, and when its value fails.
type Sign = (&'static str, Weight, fn(&Value) -> bool);

const SIGNS: &[Sign] = &[
    ("baseresp", Weight::Certain, fails_within), // MiniMax
    ("errorcode", Weight::Certain, is_failing_code), // Baidu
    ("errcode", Weight::Certain, is_failing_code),
    ("errno", Weight::Certain, is_failing_code),
    ("errormsg", Weight::Certain, says_something),
    ("errmsg", Weight::Certain, says_something),
    ("errormessage", Weight::Certain, says_something),
    ("success", Weight::Certain, is_false), // Cloudflare
    ("succeeded", Weight::Certain, is_false),
    ("ok", Weight::Certain, is_false),
    ("iserror", Weight::Certain, is_true),
    ("haserror", Weight::Certain, is_true),
    ("failed", Weight::Certain, is_true),
    ("status", Weight::Certain, is_failing_word), // Portkey
    ("state", Weight::Certain, is_failing_word),
    ("status", Weight::Likely, is_failing_status),
    ("statuscode", Weight::Likely, is_failing_status),
    ("httpcode", Weight::Likely, is_failing_status),
    ("httpstatus", Weight::Likely, is_failing_status),
    ("httpstatuscode", Weight::Likely, is_failing_status),
    ("rawstatuscode", Weight::Likely, is_failing_status),
    ("code", Weight::Likely, is_failing_code), // SiliconFlow
    ("retcode", Weight::Likely, is_failing_code),
    ("resultcode", Weight::Likely, is_failing_code),
    ("returncode", Weight::Likely, is_failing_code),
    ("response", Weight::Likely, holds_error), // Tencent
    ("responsemetadata", Weight::Likely, holds_error), // Volcengine
    ("result", Weight::Likely, holds_error),
    ("data", Weight::Likely, holds_error),
    ("errors", Weight::Likely, says_something),
    ("err", Weight::Likely, says_something),
    ("fault", Weight::Likely, says_something),
    ("exception", Weight::Likely, says_something),
    ("message", Weight::Words, says_something),
    ("msg", Weight::Words, says_something),
    ("detail", Weight::Words, says_something),
    ("reason", Weight::Beside, says_something),
    ("title", Weight::Beside, says_something),
    ("details", Weight::Beside, says_something),
    ("description", Weight::Beside, says_something),
    ("errordescription", Weight::Beside, says_something),
    ("statusmsg", Weight::Beside, says_something),
    ("type", Weight::Beside, says_something),
    ("errortype", Weight::Beside, says_something),
];

/// The most signs that are kept from an answer.
const MAX_SIGNS: usize = 16;

/// The longest value that is parsed, in bytes. A longer one is not a code, and counts as text.
const MAX_VALUE_BYTES: usize = 4 * 1024;

/// The signs of one answer.
#[derive(Debug, Default)]
pub(crate) struct Signs<'a> {
    seen: Vec<(String, &'a str)>,
    is_certain: bool,
    is_likely: bool,
    has_words: bool,
    /// The answer says that it succeeded.
    is_fine: bool,
}

/// Whether a key may be a sign or belong to one.
pub(crate) fn is_sign(key: &str) -> bool {
    SIGNS.iter().any(|(name, ..)| names::is(key, name)) || is_wait(key) || is_exception(key)
}

/// Whether a key says when to retry.
fn is_wait(key: &str) -> bool {
    let head = key.get(..5).unwrap_or_default();
    ["retry", "reset"].iter().any(|word| head.eq_ignore_ascii_case(word))
}

impl<'a> Signs<'a> {
    /// Adds such a key and its value as JSON.
    #[cold]
    pub(crate) fn take(&mut self, key: &str, json: &'a str) {
        let value = match json.len() {
            0..=MAX_VALUE_BYTES => serde_json::from_str(json).unwrap_or_default(),
            _ => Value::from(json),
        };
        self.is_fine |= is_fine(key, &value);
        let is_exception = is_exception(key) && value.is_object();
        self.is_likely |= is_exception;
        let mut fails = is_exception || (is_wait(key) && !value.is_null());
        for (_, weight, is_failing) in SIGNS.iter().filter(|(name, ..)| names::is(key, name)) {
            if is_failing(&value) {
                fails = true;
                match weight {
                    Weight::Certain => self.is_certain = true,
                    Weight::Likely => self.is_likely = true,
                    Weight::Words => self.has_words = true,
                    Weight::Beside => {}
                }
            }
        }
        if fails && self.seen.len() < MAX_SIGNS {
            self.seen.push((key.to_owned(), json));
        }
    }

    /// Whether the answer is an error, whatever else it holds.
    pub(crate) fn is_certain(&self) -> bool {
        self.is_certain
    }

    /// Whether an answer without a choice is an error.
    pub(crate) fn is_likely(&self, has_counts: bool) -> bool {
        self.is_certain || !self.is_fine && (self.is_likely || (self.has_words && !has_counts))
    }

    /// The error body that the signs and the error object make together.
    pub(crate) fn error_body(&self, error: Option<&str>) -> ErrorBody {
        let error = error.map(|json| ("error".to_owned(), json));
        let fields = self.seen.iter().chain(&error);
        let fields = fields.map(|(key, json)| format!("{}:{json}", Value::from(key.as_str())));
        let document = format!("{{{}}}", fields.collect::<Vec<_>>().join(","));
        ErrorBody::read(document.as_bytes())
    }
}

/// Whether an error object says nothing: all its members are null, zero, false or empty.
pub(crate) fn is_hollow(json: &str) -> bool {
    json.len() <= MAX_VALUE_BYTES
        && serde_json::from_str(json).is_ok_and(|value: Value| is_hollow_value(&value))
}

pub(super) fn is_hollow_value(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => is_fine_word(text),
        Value::Array(items) => items.iter().all(is_hollow_value),
        Value::Object(members) => members.values().all(is_hollow_value),
    }
}

/// Whether a text says that there is no error.
fn is_fine_word(text: &str) -> bool {
    const FINE: [&str; 8] =
        ["none", "null", "ok", "success", "succeed", "succeeded", "successful", "completed"];
    let text = text.trim();
    text.bytes().all(|byte| byte == b'0') || FINE.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether the value says that the answer succeeded.
fn is_fine(key: &str, value: &Value) -> bool {
    match value {
        Value::Bool(true) => names::is_any(key, &["success", "succeeded", "ok"]),
        Value::String(text) => !text.is_empty() && is_fine_word(text),
        _ => false,
    }
}

fn says_something(value: &Value) -> bool {
    !is_hollow_value(value)
}

fn is_false(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.eq_ignore_ascii_case("false"),
        other => *other == Value::Bool(false),
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        other => *other == Value::Bool(true),
    }
}

/// Whether an object has an error.
fn holds_error(value: &Value) -> bool {
    let mut members = value.as_object().into_iter().flatten();
    members.any(|(key, value)| names::is_any(key, &["error", "errors"]) && says_something(value))
}

/// Whether a code fails: it is not zero, a status of success or a word for success.
fn is_failing_code(value: &Value) -> bool {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => return false,
    };
    let is_success = number.is_some_and(|number| (200.0..300.0).contains(&number));
    !is_success && says_something(value)
}

fn is_failing_status(value: &Value) -> bool {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.is_some_and(|number| number >= 400.0)
}

fn is_failing_word(value: &Value) -> bool {
    const FAILED: [&str; 4] = ["error", "failed", "failure", "fail"];
    let text = value.as_str().unwrap_or_default().trim();
    FAILED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

pub(super) fn fails_within(value: &Value) -> bool {
    let code = ["status_code", "statusCode", "code"].iter().find_map(|name| value.get(name));
    code.is_some_and(is_failing_code)
}

#[cfg(test)]
mod tests;
