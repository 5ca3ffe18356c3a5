//! A reply's bytes become an [`LlmResponse`], whatever dialect they are in.
//!
//! The first pass reads the document once into owned fields, without a tree in between. Odd fields
//! (ids, usage, arguments, errors) are borrowed as raw text and read apart, so that none of them can
//! cost the reply: not `1e999`, not a float where a count belongs, not `arbitrary_precision` switched
//! on by another crate. Only when that pass fails are the bytes mended (invalid UTF-8, lone
//! surrogates, `NaN`) and unwrapped (a wrapper key, an array, a document in a string), and read again.

mod calls;
mod choice;
mod content;
mod envelope;
mod fields;
pub(crate) mod repair;
mod scalar;
mod think;
mod usage;

use std::borrow::Cow;

use bytes::Bytes;
use ek_core::LlmResponse;
use serde_json::Value;

use crate::failure::body::ErrorBody;
pub(crate) use calls::generated_id;
use choice::Choice;
use envelope::Envelope;

/// How a reply is to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadOptions {
    /// Whether one choice was asked for, so that several are pieces of it and no candidates.
    pub(crate) one_choice: bool,
    /// Whether `<think>` in the text is split off as reasoning.
    pub(crate) split_think_tags: bool,
}

/// Why bytes are no reply.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An error object in place of a reply, or beside it.
    ErrorObject(Box<ErrorBody>),
    /// The document ends too early.
    CutOff,
    /// Anything else; the text is ours and quotes nothing of the body.
    Malformed(String),
}

impl Fault {
    fn malformed(why: &str) -> Self {
        Self::Malformed(why.to_owned())
    }
}

/// How often a reply may be wrapped: in an array, under a key, in a string.
const MAX_WRAPPERS: u8 = 3;

/// Reads a unary reply.
pub(crate) fn read(body: Bytes, options: ReadOptions) -> Result<LlmResponse, Fault> {
    let response = read_bytes(strip_bom(&body), options)?;
    Ok(response.with_raw(body))
}

fn read_bytes(body: &[u8], options: ReadOptions) -> Result<LlmResponse, Fault> {
    if body.trim_ascii().is_empty() {
        return Err(Fault::malformed("the reply is empty"));
    }
    match serde_json::from_slice::<Envelope<'_>>(body) {
        Ok(envelope) if envelope.is_reply() => settle(envelope, options),
        first => read_again(body, first.err(), options),
    }
}

/// The second pass: mends and unwraps.
fn read_again(
    body: &[u8],
    first: Option<serde_json::Error>,
    options: ReadOptions,
) -> Result<LlmResponse, Fault> {
    let mended = repair::mend(body);
    let mut document: Cow<'_, [u8]> = Cow::Borrowed(mended.trim_ascii());
    for _ in 0..=MAX_WRAPPERS {
        match serde_json::from_slice::<Envelope<'_>>(&document) {
            Ok(envelope) if envelope.is_reply() => return settle(envelope, options),
            Ok(_) | Err(_) => {}
        }
        match repair::unwrap(&document) {
            Some(inner) => document = Cow::Owned(inner),
            None => break,
        }
    }
    Err(diagnose(&mended, first))
}

/// Why a body is no reply, after all.
fn diagnose(body: &[u8], first: Option<serde_json::Error>) -> Fault {
    let read = ErrorBody::read(body);
    if read.is_html {
        let title = read
            .message
            .map_or_else(String::new, |title| format!(" titled \"{title}\""));
        return Fault::Malformed(format!(
            "an HTML page{title} instead of JSON; does the base URL lead to the API (often .../v1)?"
        ));
    }
    match serde_json::from_slice::<&serde_json::value::RawValue>(body) {
        Ok(document) if document.get().starts_with(['{', '[']) => {
            if read.says_something() {
                Fault::ErrorObject(Box::new(read))
            } else {
                Fault::malformed("the reply has no choices")
            }
        }
        Ok(_) => Fault::malformed("the reply is JSON, but no object"),
        Err(now) if now.is_eof() => Fault::CutOff,
        Err(now) => {
            // The first error speaks of the bytes as they came.
            let e = first.filter(serde_json::Error::is_syntax).unwrap_or(now);
            let place = format!("line {}, column {}", e.line(), e.column());
            Fault::Malformed(format!("the reply is not JSON: fault at {place}"))
        }
    }
}

/// Chooses among the choices and builds the response.
fn settle(envelope: Envelope<'_>, options: ReadOptions) -> Result<LlmResponse, Fault> {
    if let Some(error) = envelope.error() {
        return Err(Fault::ErrorObject(Box::new(error)));
    }
    let usage = envelope.usage();
    let Envelope {
        id, model, choices, ..
    } = envelope;
    let Some(mut choice) = choices.best else {
        return Err(Fault::malformed("the reply has no choices"));
    };
    if options.one_choice {
        choice.complete_from(choices.other_with_calls, choices.other_with_text);
    }
    if let Some(error) = choice.error() {
        return Err(Fault::ErrorObject(Box::new(error)));
    }
    let mut response = build(choice, options)?;
    response.id = id.and_then(scalar::text);
    response.model = model.and_then(scalar::text);
    response.usage = usage;
    Ok(response)
}

fn build(choice: Choice<'_>, options: ReadOptions) -> Result<LlmResponse, Fault> {
    let Some(message) = choice.message else {
        return Err(Fault::malformed("the reply's choice has no message"));
    };
    let Some(tool_calls) = calls::settle(message.tool_calls) else {
        return Err(Fault::malformed("a tool call without a name"));
    };
    if message.content.unreadable {
        return Err(Fault::malformed("the reply's content is nested too deep"));
    }
    let word = choice
        .finish_reason
        .and_then(scalar::text)
        .unwrap_or_default();
    let failed = ["error", "network_error"]
        .iter()
        .any(|w| w.eq_ignore_ascii_case(&word));
    if failed {
        let said = format!("the generation failed (finish reason {word})");
        let error = ErrorBody {
            message: Some(said),
            ..ErrorBody::default()
        };
        return Err(Fault::ErrorObject(Box::new(error)));
    }

    let mut response = LlmResponse::default();
    let (reasoning, form) = message.reasoning.settle(message.content.reasoning);
    response = response.with_reasoning_form(form);
    response.content = message.content.text;
    response.reasoning = reasoning;
    let refusal = message.refusal.unwrap_or(message.content.refusal);
    response.refusal = Some(refusal).filter(|refusal| !refusal.is_empty());
    response.tool_calls = tool_calls;
    for (key, value) in message.to_return {
        if let Ok(value) = serde_json::from_str::<Value>(value.get())
            && !value.is_null()
            && value.as_array().is_none_or(|a| !a.is_empty())
        {
            response.extra.insert(key.to_owned(), value);
        }
    }
    if options.split_think_tags
        && response.reasoning.is_none()
        && let Some((reasoning, content)) = think::split(&response.content)
    {
        response.reasoning = Some(reasoning);
        response.content = content;
    }
    Ok(response.with_finish_reason_word(&word))
}

fn strip_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}
