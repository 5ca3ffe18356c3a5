//! Reads a parsed error document.

use serde_json::{Map, Value};

use super::echo::{before_echo, is_echo};
use super::{ErrorBody, MAX_DEPTH, html, http_status, parse};
use crate::failure::names::{self, field, is_exception};
use crate::failure::signs::fails_within;

/// The names of a message, best first.
const MESSAGES: [&str; 15] = [
    "message",
    "msg",
    "detail",
    "errormessage",
    "errormsg",
    "errmsg",
    "statusmsg",
    "statusmessage",
    "faultstring",
    "errordescription",
    "description",
    "reason",
    "title",
    "statustext",
    "details",
];

/// The names of an error within an object.
const ERRORS: [&str; 7] = ["error", "errors", "err", "fault", "exception", "baseresp", "xgroq"];

/// The names of an object that may hold the whole answer.
const WRAPPERS: [&str; 4] = ["response", "responsemetadata", "result", "data"];

const CODES: [&str; 8] =
    ["code", "errorcode", "errcode", "errno", "retcode", "resultcode", "returncode", "statuscode"];
const CLASSES: [&str; 3] = ["type", "errortype", "status"];
const STATUSES: [&str; 6] =
    ["httpstatuscode", "httpcode", "httpstatus", "statuscode", "rawstatuscode", "status"];

/// Names whose values may classify an error anywhere in the document.
const WORDS: [&str; 11] = [
    "code",
    "errorcode",
    "errcode",
    "errno",
    "statuscode",
    "type",
    "errortype",
    "status",
    "reason",
    "quotaid", // Google
    "__type",
];

/// The most words that are kept, and the length of the longest in bytes.
const MAX_WORDS: usize = 16;
const MAX_WORD_BYTES: usize = 128;

/// Whether a name is that of a message.
pub(super) fn is_message(name: &str) -> bool {
    names::is_any(name, &MESSAGES) || names::is(name, "error")
}

impl ErrorBody {
    /// Reads a document.
    pub(super) fn take_document(&mut self, document: &Value, depth: u8) {
        self.gather(document, 0);
        self.take(document, depth);
    }

    fn take(&mut self, value: &Value, depth: u8) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::String(text) => self.take_text(text, depth),
            Value::Array(items) => {
                for item in items {
                    if self.message.is_some() {
                        break;
                    }
                    self.take(item, depth + 1);
                }
            }
            Value::Object(object) => self.take_object(object, depth),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Reads a message, which may itself be a document.
    fn take_text(&mut self, text: &str, depth: u8) {
        let text = text.trim();
        if self.message.is_some() {
            return;
        }
        if text.starts_with(['{', '[']) {
            match parse(text) {
                Some(inner) => self.take_document(&inner, depth + 1),
                None => self.message = Self::of_unreadable(text).message,
            }
            if self.message.is_some() {
                return;
            }
        }
        let said = match html::is_html(text) {
            true => html::title(text),
            false => Some(before_echo(text).to_owned()),
        };
        self.message = said.filter(|said| !said.is_empty());
    }

    fn take_object(&mut self, object: &Map<String, Value>, depth: u8) {
        let word = |names: &[&str]| first_word(object, names);

        // The innermost object says most, so it is read before the outer fields.
        for name in ERRORS {
            let inner = field(object, name);
            if let Some(inner) = inner.filter(|inner| name != "baseresp" || fails_within(inner)) {
                self.take(inner, depth + 1);
            }
        }
        for (key, inner) in object.iter().filter(|(key, _)| is_exception(key)) {
            if inner.is_object() {
                self.class.get_or_insert_with(|| key.clone());
                self.take(inner, depth + 1);
            }
        }
        let headline = self.take_headline(object);
        if self.message.is_none()
            && let Some(Value::Object(fields)) = field(object, "errors")
        {
            self.message = of_fields(fields);
        }
        for name in WRAPPERS {
            if let Some(Value::Object(inner)) = field(object, name)
                && ERRORS.iter().any(|name| field(inner, name).is_some())
            {
                self.take_object(inner, depth + 1);
            }
        }
        for name in MESSAGES {
            if self.message.is_none()
                && let Some(inner) = field(object, name)
            {
                self.take(inner, depth + 1);
            }
        }
        if let Some(headline) = headline {
            self.message = Some(match self.message.take() {
                Some(said) if said != headline => format!("{headline}: {said}"),
                _ => headline,
            });
        }
        let place = object.get("loc").and_then(location);
        if let (Some(message), Some(place)) = (self.message.as_mut(), place) {
            *message = format!("{message} ({place})");
        }
        let error = || word(&["error"]).filter(|error| error.parse::<f64>().is_ok());
        self.code =
            self.code.take().or_else(error).or_else(|| word(&CODES)).or_else(|| word(&["status"]));
        self.class = self.class.take().or_else(|| {
            let class = CLASSES.iter().filter_map(|name| word(&[name]));
            class.chain(word(&["__type"])).find(|class| class.parse::<f64>().is_err())
        });
        let status = || STATUSES.iter().find_map(|name| http_status(&word(&[name])?));
        self.status = self.status.or_else(status);
        if let Some(metadata) = field(object, "metadata").and_then(Value::as_object) {
            self.take_metadata(metadata, depth);
        }
    }

    /// Reads an `error` that is a text beside a message: it becomes the headline of the message, and the
    /// class if it is one word.
    fn take_headline(&mut self, object: &Map<String, Value>) -> Option<String> {
        let error = field(object, "error").and_then(Value::as_str)?;
        let has_message = MESSAGES.iter().any(|name| field(object, name).is_some_and(is_text));
        if !has_message || self.message.as_deref() != Some(error) {
            return None;
        }
        if !error.contains(char::is_whitespace) {
            self.class = self.class.take().or_else(|| Some(error.to_owned()));
        }
        self.message.take()
    }

    /// Reads the upstream's error, which OpenRouter sends under `metadata.raw`.
    fn take_metadata(&mut self, metadata: &Map<String, Value>, depth: u8) {
        let mut upstream = Self::default();
        if let Some(raw) = metadata.get("raw") {
            upstream.take(raw, depth + 1);
        }
        self.words.extend(upstream.words);
        self.hints.extend(upstream.hints);
        if let Some(words) = upstream.message {
            self.message = Some(match self.message.take() {
                Some(outer) if outer != words => format!("{outer}: {words}"),
                _ => words,
            });
        }
    }

    /// Collects the words that classify the error and the fields that say when to retry.
    fn gather(&mut self, value: &Value, depth: u8) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.gather(item, depth + 1)),
            Value::Object(object) => {
                self.hints.take(object);
                for (name, value) in object.iter().filter(|(name, _)| !is_echo(name)) {
                    if names::is_any(name, &WORDS)
                        && let Some(word) = scalar(value).filter(|w| w.len() <= MAX_WORD_BYTES)
                        && self.words.len() < MAX_WORDS
                    {
                        self.words.push(word);
                    }
                    self.gather(value, depth + 1);
                }
            }
            _ => {}
        }
    }
}

/// Whether a value is a text or a list of texts, and not blank.
fn is_text(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_text),
        other => other.as_str().is_some_and(|text| !text.trim().is_empty()),
    }
}

#[inline(never)]
fn first_word(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| field(object, name).and_then(scalar))
}

/// A text or a number. A text that says nothing, such as `none`, is no text.
fn scalar(value: &Value) -> Option<String> {
    const NOTHING: [&str; 10] = [
        "none",
        "null",
        "error",
        "fail",
        "failed",
        "failure",
        "ok",
        "success",
        "completed",
        "undefined",
    ];
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let nothing = text.is_empty() || NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word));
    Some(text).filter(|_| !nothing)
}

/// The first message of a list by fields, as ASP.NET sends it.
fn of_fields(fields: &Map<String, Value>) -> Option<String> {
    fields.iter().find_map(|(field, faults)| {
        let first = faults.as_array()?.first()?.as_str()?;
        Some(format!("{} ({field})", before_echo(first)))
    })
}

/// The place of a fault in the request, as FastAPI sends it. The faulty input is not shown.
fn location(place: &Value) -> Option<String> {
    let steps: Vec<String> = place.as_array()?.iter().filter_map(scalar).collect();
    Some(steps.join(".")).filter(|place| !place.is_empty())
}
