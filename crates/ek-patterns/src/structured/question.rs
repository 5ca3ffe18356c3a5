//! The question of a structured call: what is asked, again and again until a reply can be used.

use std::sync::Arc;

use ek_core::{ChatRequest, Error, ErrorKind, FinishReason, LlmResponse, Message, Result};
use serde::de::DeserializeOwned;

use super::reading::{Problem, Reader};
use super::stream::Part;
use super::{Misfit, NamedSchema, StructuredDetail, StructuredFailure, StructuredOptions};
use crate::Outcome;
use crate::ask::Ask;
use crate::no_answer::is_paused;
use crate::observe::Event;
use crate::run::Run;
use crate::schema::Schema;
use crate::sent_back::sent_back;
use crate::sink::Sink;

/// A request, and how its replies are read.
pub(super) struct Question<T> {
    request: ChatRequest,
    repairs: u32,
    /// The schema as the model reads it.
    schema: Option<NamedSchema>,
    pub(super) reader: Arc<Reader<T>>,
    run: Run,
}

impl<T: DeserializeOwned> Question<T> {
    /// Makes all checks that need no call.
    pub(super) fn new(mut request: ChatRequest, options: &StructuredOptions<T>) -> Result<Self> {
        let strict = options.check()?;
        refuse_tools(&request)?;
        let sent = options.schema.as_ref().map(|named| NamedSchema {
            name: named.name.clone(),
            schema: strict.as_ref().map_or(&named.schema, |strict| &strict.schema).clone(),
        });
        if let Some(sent) = &sent {
            sent.send(&mut request, options.schema_place, options.strict);
        }
        let reader = Reader {
            // A schema that cannot be checked is still one for the model.
            schema: options.schema.as_ref().and_then(|s| Schema::compile(&s.schema).ok()),
            strict,
            lenient: options.lenient,
            check: options.check.clone(),
        };
        Ok(Self {
            request,
            repairs: options.repairs,
            schema: sent,
            reader: Arc::new(reader),
            run: Run::begin("structured", &options.run)?,
        })
    }

    /// Asks until a reply can be used.
    pub(super) async fn answer(
        mut self,
        ask: impl Ask<Part>,
        sink: &Sink<Part>,
    ) -> Result<Outcome<T, StructuredDetail>> {
        let request = std::mem::take(&mut self.request);
        match self.run.span().run(self.ask(request, &ask, sink)).await {
            Ok((value, detail)) => Ok(self.run.outcome(value, None, detail)),
            Err(error) => Err(self.run.fail(error)),
        }
    }

    async fn ask(
        &self,
        mut request: ChatRequest,
        ask: &impl Ask<Part>,
        sink: &Sink<Part>,
    ) -> Result<(T, StructuredDetail)> {
        let (mut asked, mut pauses) = (request.messages.len(), 0);
        let mut misfits = Vec::new();
        let mut last: Option<LlmResponse> = None;
        loop {
            let reply = match ask.ask(&self.run, &request, sink).await {
                Ok(reply) => reply,
                Err(error) => return Err(with_partial(error, last)),
            };
            if is_paused(&reply) {
                request.messages.push(Message::from(&reply));
                if pauses == MOST_PAUSES {
                    let why = format!("the provider paused its turn more than {pauses} times");
                    let error = Error::new(ErrorKind::Malformed, why).with_retryable(false);
                    return Err(error.with_transcript(request.messages).with_partial(reply));
                }
                pauses += 1;
                asked = request.messages.len();
                continue;
            }
            let problem = match self.reader.read(&reply) {
                Ok(value) => return Ok((value, StructuredDetail { misfits, reply })),
                Err(problem) => problem,
            };
            misfits.push(problem.misfit);
            let repair = u32::try_from(misfits.len()).unwrap_or(u32::MAX);
            let hopeless = refusal(&reply);
            if hopeless.is_some() || repair > self.repairs {
                let error = hopeless.unwrap_or_else(|| unusable(repair, problem.misfit));
                request.messages.truncate(asked);
                request.messages.push(Message::from(&reply));
                let error = error.with_transcript(request.messages).with_partial(reply);
                let failure = StructuredFailure { misfits, wrong_values: problem.wrong };
                return Err(error.with_detail(failure));
            }
            let (max, misfit) = (self.repairs, problem.misfit);
            self.run.observe(&Event::RepairStarted { repair, max, misfit });
            sink.push(|| Part::Repairing { repair, max, misfit });
            request.messages.truncate(asked);
            request.messages.extend(repair_messages(&reply, &problem, self.schema.as_ref()));
            last = Some(reply);
        }
    }
}

/// How often the provider may pause its turn in one structured call: each time costs a call.
const MOST_PAUSES: u32 = 8;

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
