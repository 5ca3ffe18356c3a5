//! Reads a typed value from a model's reply: finds the JSON in it, checks it, and asks the model to correct it
//! where it does not fit.

mod extract;
mod mend;
mod options;
#[cfg(test)]
mod properties;
mod reading;
mod schema;

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmProvider, LlmResponse, Message, Result,
};
use serde::de::DeserializeOwned;

use crate::Outcome;
use crate::observe::Event;
use crate::run::Run;
use crate::schema::{Schema, WrongValue};
use crate::sent_back::sent_back;
pub use options::{StructuredOptions, ValueCheck};
pub use reading::Misfit;
use reading::{Problem, Reader};
pub use schema::{NamedSchema, SchemaPlace};

/// What [`structured`] reports about its value.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{Misfit, StructuredOptions, structured};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["It is hot.", "1260"]);
/// let outcome = structured::<u16>(&llm, "How hot, in °C?", &StructuredOptions::default()).await?;
/// assert_eq!((outcome.value, outcome.detail.misfits), (1260, vec![Misfit::NotJson]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StructuredDetail {
    /// Why the replies before the last one could not be used; empty if the first one could.
    pub misfits: Vec<Misfit>,
    /// The reply with the value.
    pub reply: LlmResponse,
}

/// Why [`structured`] ended without a value: in [`Error::detail`].
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::StructuredFailure;
///
/// fn show(error: &Error) {
///     if let Some(failure) = error.detail::<StructuredFailure>() {
///         println!("{} replies did not fit", failure.misfits.len());
///         for value in &failure.wrong_values {
///             println!("{value}"); // /days/0: expected integer, found string
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StructuredFailure {
    /// Why each reply could not be used.
    pub misfits: Vec<Misfit>,
    /// The places where the last reply had the wrong form, and what is expected there: up to 10 where the
    /// options have a schema, else the first one. Empty for other misfits.
    pub wrong_values: Vec<WrongValue>,
}

/// Completes a request, and reads a value from the JSON in the reply.
///
/// The JSON may be the whole reply, the content of a code fence, or a block in braces or brackets. Of several
/// that fit, the last one counts; JSON within the model's thoughts (`<think>` and similar tags) is ignored. It
/// has to fit the type by serde, and [`check`](field@StructuredOptions::check) if there is one. A reply that
/// does not fit is sent back to the model with what is wrong: each place, what is expected, and what was
/// found. This is repeated up to [`repairs`](StructuredOptions::repairs) times; each repair has the request
/// and the newest reply, as its protocol wrote it. The schema of the type is sent along where the options have one
/// ([`StructuredOptions::typed`](StructuredOptions#method.typed) derives it); without it the prompt must
/// describe the JSON.
///
/// It runs no tools. To use tools, run [`react_loop`](crate::react_loop) first, and pass its transcript here.
///
/// # Errors
/// - `Config` before any call if an option cannot be used, the schema has no strict form, or the request
///   offers tools that this program would have to run.
/// - `Malformed`, not to be retried, if no reply could be used: a [`StructuredFailure`] is in its
///   [`detail`](Error::detail), the last reply in [`partial`](Error::partial), and the conversation in
///   [`transcript`](Error::transcript). Its text says nothing of the reply.
/// - `Rejected` if the model refused, or a content filter cut its reply.
/// - A call's own error.
///
/// Each has the spend of all calls.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{StructuredOptions, structured};
///
/// #[derive(serde::Deserialize)]
/// struct Glaze {
///     name: String,
///     firing_celsius: u16,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new([
///     r#"Sure! {"name": "tenmoku", "firing_celsius": "hot"}"#,
///     r#"{"name": "tenmoku", "firing_celsius": 1260}"#,
/// ]);
/// let prompt = "Describe tenmoku as JSON with `name` and `firing_celsius`.";
/// let outcome = structured::<Glaze>(&llm, prompt, &StructuredOptions::default()).await?;
/// assert_eq!((outcome.value.name.as_str(), outcome.value.firing_celsius), ("tenmoku", 1260));
/// assert_eq!(outcome.spend.calls, 2);
/// # Ok(())
/// # }
/// ```
#[doc(alias("json", "extract"))]
pub async fn structured<T: DeserializeOwned>(
    provider: &impl LlmProvider,
    input: impl Into<ChatRequest>,
    options: &StructuredOptions<T>,
) -> Result<Outcome<T, StructuredDetail>> {
    let mut request = input.into();
    let strict = options.check()?;
    refuse_tools(&request)?;
    // A schema that cannot be checked is still one for the model.
    let schema = options.schema.as_ref().and_then(|s| Schema::compile(&s.schema).ok());
    let sent = options.schema.as_ref().map(|named| NamedSchema {
        name: named.name.clone(),
        schema: strict.as_ref().map_or(&named.schema, |strict| &strict.schema).clone(),
    });
    if let Some(sent) = &sent {
        sent.send(&mut request, options.schema_place, options.strict);
    }
    let run = Run::begin("structured", &options.run)?;
    let reader = Reader {
        schema: schema.as_ref(),
        strict: strict.as_ref(),
        lenient: options.lenient,
        check: options.check.as_ref(),
    };
    let asked = ask(&run, provider, request, options.repairs, &reader, sent.as_ref());
    match run.span().run(asked).await {
        Ok((value, detail)) => Ok(run.outcome(value, None, detail)),
        Err(error) => Err(run.fail(error)),
    }
}

/// Refuses tools that this program would have to run, since their calls would get no result. Tools that the
/// provider runs are allowed.
fn refuse_tools(request: &ChatRequest) -> Result<()> {
    let Some(tool) = request.tools.iter().find(|tool| tool.raw.is_none()) else { return Ok(()) };
    let why = format!(
        "structured runs no tools, and the request offers `{}`: let react_loop run them, and pass its \
         transcript to structured",
        tool.name
    );
    Err(Error::new(ErrorKind::Config, why))
}

/// Asks until a reply can be used.
async fn ask<T: DeserializeOwned>(
    run: &Run,
    provider: &impl LlmProvider,
    mut request: ChatRequest,
    repairs: u32,
    reader: &Reader<'_, T>,
    schema: Option<&NamedSchema>,
) -> Result<(T, StructuredDetail)> {
    let asked = request.messages.len();
    let mut misfits = Vec::new();
    let mut last: Option<LlmResponse> = None;
    loop {
        let reply = match run.complete(provider, &request).await {
            Ok(reply) => reply,
            Err(error) => return Err(with_partial(error, last)),
        };
        let problem = match reader.read(&reply) {
            Ok(value) => return Ok((value, StructuredDetail { misfits, reply })),
            Err(problem) => problem,
        };
        misfits.push(problem.misfit);
        let repair = u32::try_from(misfits.len()).unwrap_or(u32::MAX);
        let hopeless = refusal(&reply);
        if hopeless.is_some() || repair > repairs {
            let error = hopeless.unwrap_or_else(|| unusable(repair, problem.misfit));
            request.messages.truncate(asked);
            request.messages.push(Message::from(&reply));
            let error = error.with_transcript(request.messages).with_partial(reply);
            return Err(
                error.with_detail(StructuredFailure { misfits, wrong_values: problem.wrong })
            );
        }
        let (max, misfit) = (repairs, problem.misfit);
        run.observe(&Event::RepairStarted { repair, max, misfit });
        request.messages.truncate(asked);
        request.messages.extend(repair_messages(&reply, &problem, schema));
        last = Some(reply);
    }
}

/// The messages that a repair adds to the request: the reply, and what is wrong with it.
fn repair_messages(
    reply: &LlmResponse,
    problem: &Problem,
    schema: Option<&NamedSchema>,
) -> impl Iterator<Item = Message> {
    let mut text = format!("Your last reply cannot be used. {}\n", problem.for_model);
    text.push_str(&schema.map_or_else(
        || "Answer again with the corrected JSON alone.".to_owned(),
        NamedSchema::instruction,
    ));
    sent_back(reply).into_iter().chain([Message::user(text)])
}

/// The error of a reply that no repair can improve.
fn refusal(reply: &LlmResponse) -> Option<Error> {
    let why = if reply.refusal.is_some() {
        "the model refused to answer"
    } else if reply.finish_reason == Some(FinishReason::ContentFilter) {
        "a content filter cut the reply"
    } else {
        return None;
    };
    Some(Error::new(ErrorKind::Rejected, why))
}

fn unusable(replies: u32, last: Misfit) -> Error {
    let last = last.label();
    let why = match replies {
        1 => format!("the reply {last}"),
        _ => format!("none of {replies} replies could be used: the last one {last}"),
    };
    Error::new(ErrorKind::Malformed, why).with_retryable(false)
}

fn with_partial(error: Error, last: Option<LlmResponse>) -> Error {
    match last {
        Some(reply) if error.partial().is_none() => error.with_partial(reply),
        _ => error,
    }
}
