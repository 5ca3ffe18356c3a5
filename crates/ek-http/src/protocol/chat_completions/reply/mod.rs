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
pub(crate) mod documents;
mod envelope;
mod message;
mod think;
mod usage;
mod varying;

use std::borrow::Cow;

use bytes::Bytes;
use ek_core::{LlmResponse, ReasoningForm};
use serde::de::IgnoredAny;

use crate::failure::body::ErrorBody;
use crate::failure::html;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::{self, Unreadable};
use crate::json::{mend, scalar, string};
use crate::protocol::ReadOptions;
pub(crate) use choice::Choice;
use documents::Framed;
pub(crate) use envelope::Envelope;
pub(crate) use message::{Halves, Message, Texts};
pub(crate) use think::split as split_think;
pub(crate) use varying::VaryingKind;

/// How often a reply may be wrapped: in an array, under a key, in a string.
const MAX_WRAPPERS: u8 = 3;

/// Reads a unary reply. Of it, no more than `cap` bytes are kept.
pub(crate) fn read(
    body: &[u8],
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    if body.trim_ascii().is_empty() {
        return Err(ReadFault::malformed("the reply is empty"));
    }
    // Judged as UTF-8 once and as a whole, not string by string.
    let Ok(text) = std::str::from_utf8(body) else {
        return read_again(body, None, options, cap);
    };
    match scan::read::<Envelope<'_>>(text) {
        Ok(envelope) if envelope.is_reply() => settle(envelope, options, cap),
        Ok(_) => read_again(body, None, options, cap),
        Err(Unreadable) => {
            let fault = serde_json::from_str::<IgnoredAny>(text).err();
            read_again(body, fault, options, cap)
        }
    }
}

/// The second pass: mends and unwraps.
fn read_again(
    body: &[u8],
    first: Option<serde_json::Error>,
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    let mended = mend::mend(body);
    let mut document: Cow<'_, [u8]> = Cow::Borrowed(mended.trim_ascii());
    for _ in 0..=MAX_WRAPPERS {
        // Mended, it is UTF-8.
        let text = std::str::from_utf8(&document).unwrap_or_default();
        match scan::read::<Envelope<'_>>(text) {
            Ok(envelope) if envelope.is_reply() => return settle(envelope, options, cap),
            Ok(_) | Err(_) => {}
        }
        match mend::unwrap(&document) {
            Some(inner) => document = Cow::Owned(inner),
            None => break,
        }
    }
    match std::str::from_utf8(&document).ok().and_then(several) {
        Some(lines) => Err(ReadFault::Events(lines)),
        None => Err(diagnose(&mended, first)),
    }
}

/// The documents of a body that holds several, or one and the mark of a stream's end, as the events of
/// a stream.
fn several(text: &str) -> Option<Bytes> {
    let (mut events, mut count) = (String::with_capacity(text.len() + 64), 0_usize);
    let mut push = |data: &str| {
        for line in data.lines() {
            events.push_str("data: ");
            events.push_str(line);
            events.push('\n');
        }
        events.push('\n');
        count += 1;
        count
    };
    if let Some(items) = documents::items(text) {
        for item in items {
            push(item.get());
        }
        return Some(events.into());
    }
    let mut known = 0;
    for framed in documents::documents(text) {
        known = match framed {
            Framed::Document(raw) => push(raw.get()),
            Framed::Done => push("[DONE]"),
            // One document and rubbish is no list of them; else the stream's reader says what is wrong.
            Framed::Unreadable(_) if known <= 1 => return None,
            Framed::Unreadable(rest) => push(rest),
        };
    }
    (known > 1).then(|| events.into())
}

/// Why a body is no reply, after all.
fn diagnose(body: &[u8], first: Option<serde_json::Error>) -> ReadFault {
    let text = String::from_utf8_lossy(body);
    if html::is_html(&text) {
        return ReadFault::Core(html::error(&text));
    }
    match serde_json::from_slice::<&serde_json::value::RawValue>(body) {
        Ok(document) if document.get().starts_with(['{', '[']) => {
            match ErrorBody::of_document(document.get()).filter(ErrorBody::says_something) {
                Some(read) => ReadFault::ErrorObject(Box::new(read)),
                None => ReadFault::malformed("the reply has no choices"),
            }
        }
        Ok(_) => ReadFault::malformed("the reply is JSON, but no object"),
        Err(now) if now.is_eof() => ReadFault::CutOff,
        Err(now) => {
            // The first error speaks of the bytes as they came.
            let e = first.filter(serde_json::Error::is_syntax).unwrap_or(now);
            let place = format!("line {}, column {}", e.line(), e.column());
            ReadFault::Malformed(format!("the reply is not JSON: fault at {place}"))
        }
    }
}

/// Chooses among the choices and builds the response.
fn settle(
    envelope: Envelope<'_>,
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    if let Some(error) = envelope.error() {
        return Err(ReadFault::ErrorObject(Box::new(error)));
    }
    let usage = envelope.usage();
    let Envelope { id, model, choices, .. } = envelope;
    let Some(mut choice) = choices.best else {
        return Err(ReadFault::malformed("the reply has no choices"));
    };
    if options.one_choice {
        choice.complete_from(choices.other_with_calls, choices.other_with_text);
    }
    // What stands in a whole reply is the model's, and no words of the failure.
    if let Some(error) = choice.error_object().or_else(|| choice.failure("")) {
        return Err(ReadFault::ErrorObject(Box::new(error)));
    }
    let mut response = build(choice, options, cap)?;
    response.id = id.and_then(scalar::text);
    response.model = model.and_then(scalar::text);
    response.usage = usage;
    Ok(response)
}

fn build(
    mut choice: Choice<'_>,
    options: ReadOptions,
    cap: usize,
) -> Result<LlmResponse, ReadFault> {
    let word = choice.finish_word();
    let explained = choice.explains_silence();
    let Some(mut message) = choice.take_message().or_else(|| explained.then(Message::default))
    else {
        return Err(ReadFault::malformed("the reply's choice has no message"));
    };
    let mut halves = Halves::default();
    let mut texts = message.texts(&mut halves);
    if texts.unreadable {
        return Err(ReadFault::malformed(
            "the reply's message is no object, or its content is nested too deep",
        ));
    }
    if message.kept_bytes(&texts) > cap {
        let why = format!("what the reply has besides its text takes more than {cap} bytes");
        return Err(ReadFault::TooLarge(why));
    }
    let Some(tool_calls) = calls::settle(&message.tool_calls) else {
        return Err(ReadFault::malformed("the reply has a tool call without a name"));
    };
    string::flush(&mut texts.text, &mut halves.text);
    string::flush(&mut texts.reasoning, &mut halves.reasoning);

    let mut response = LlmResponse::default();
    let returned = message.to_return(&texts).map(|(key, value)| (key.to_owned(), value));
    response.extra.extend(returned);
    if !texts.reasoning.is_empty() {
        response = response.with_reasoning_form(texts.form).with_reasoning(texts.reasoning);
    }
    response.content = texts.text;
    response.refusal = Some(texts.refusal).filter(|refusal| !refusal.is_empty());
    response.tool_calls = tool_calls;
    if options.split_think_tags
        && response.reasoning.is_none()
        && let Some((reasoning, content)) = think::split(&response.content)
    {
        response = response.with_reasoning_form(ReasoningForm::SplitOff);
        response.reasoning = reasoning;
        response.content = content;
    }
    Ok(match word {
        Some(word) => response.with_finish_reason_word(&word),
        None => response,
    })
}
