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
mod message;
mod spelling;
mod think;
mod usage;

use ek_core::LlmResponse;

use crate::failure::read_fault::ReadFault;
use crate::json::{scalar, scan, string};
use crate::protocol::ReadOptions;
use crate::protocol::body::{self, Found};
pub(crate) use calls::CallFields;
pub(crate) use choice::Choice;
pub(crate) use content::value;
pub(crate) use envelope::Envelope;
pub(crate) use message::{Halves, Message, REASONING, Texts};
pub(crate) use think::split as split_think;
pub(crate) use usage::Counts;

/// Reads a unary reply. Of it, no more than `cap` bytes are kept.
pub(crate) fn read(
    body: &[u8],
    options: ReadOptions,
    cap: usize,
) -> Result<Box<LlmResponse>, ReadFault> {
    let found = Found { missing: "the reply has no choices", wrapped: "choices" };
    body::read(body, found, |text| {
        let envelope = scan::read::<Envelope<'_>>(text).ok().filter(Envelope::is_reply)?;
        Some(settle(envelope, options, cap))
    })
}

/// Chooses among the choices and builds the response.
fn settle(
    envelope: Envelope<'_>,
    options: ReadOptions,
    cap: usize,
) -> Result<Box<LlmResponse>, ReadFault> {
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
) -> Result<Box<LlmResponse>, ReadFault> {
    let word = choice.finish_word();
    let mut message = choice.take_message();
    if message.is_none() && choice.explains_silence() {
        message = Some(Message::default());
    }
    let Some(mut message) = message else {
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

    let keys = message.further_keys(&texts);
    let mut response = Box::<LlmResponse>::default();
    response.tool_calls = tool_calls;
    if let Some(word) = word {
        *response = response.with_finish_reason_word(&word);
    }
    response.reasoning = Some(texts.reasoning).filter(|reasoning| !reasoning.is_empty());
    response.content = texts.text;
    response.refusal = Some(texts.refusal).filter(|refusal| !refusal.is_empty());
    if options.split_think_tags
        && response.reasoning.is_none()
        && let Some((reasoning, content)) = think::split(&response.content)
    {
        // The server knows no key for it, so it does not go back.
        response.reasoning = reasoning;
        response.content = content;
    }
    response.native = keys.into_turn(&response);
    Ok(response)
}
