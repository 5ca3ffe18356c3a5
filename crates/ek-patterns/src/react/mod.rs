//! A loop in which a model calls tools until it has an answer.

mod agent;
mod approval;
mod contained;
mod conversation;
mod detail;
mod history;
mod observation;
mod options;
mod progress;
mod round;
mod stream;
mod tool_run;
mod toolbox;

use ek_core::{
    ChatRequest, Error, ErrorKind, LlmProvider, Result, StreamingProvider, ToolCallingProvider,
};

use agent::Agent;
pub use approval::{Approval, Decision};
pub use detail::{ReactDetail, StopReason, ToolOutcome, ToolRun};
pub use options::{OnLimit, ReactOptions};
pub use stream::{ReactEvent, ReactStream};

use crate::ask::{Streamed, Whole};
use crate::sink::Sink;
use crate::{Outcome, Tool};

/// Asks the model, runs the tools that it calls, sends it the results, and repeats this until the model
/// answers with text.
///
/// The conversation is anything that makes a [`ChatRequest`]: a text, messages, or a request with settings
/// of its own, which win over the options'. It may end with calls without results (a transcript that was
/// saved between a reply and its results): these are run first. A `tool_choice` that forces a call holds for
/// the first round.
///
/// - The calls of a reply run concurrently, in this task, and are answered in the model's order. Where a tool
///   fails, panics or takes too long, the model reads that, and the other calls go on.
/// - Arguments are checked first. The model reads what is wrong with them, or with the name of a tool. Of a
///   tool's error it reads the kind, or the text that the tool chose to show
///   ([`ToolError`](crate::ToolError)).
/// - The calls of a reply that was cut, by its token limit or a content filter, are never run.
/// - A turn that the provider has [paused](ek_core::FinishReason::Paused) is sent back as it is, and goes on in
///   the next round.
/// - The result of a call whose tool did not answer is marked as an error
///   ([`is_error`](ek_core::Message::is_error)).
/// - Dropping the future cancels the call or the tools under way, and settles the ledger. The future needs a
///   tokio runtime with timers.
///
/// Each round is one call, and there are at most `max_rounds` (one more with
/// [`OnLimit::FinalAnswerWithoutTools`]), retries not counted. Each call sends the whole conversation so far,
/// or [`max_history_messages`](ReactOptions::max_history_messages) of it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// use ek_core::{LlmResponse, ToolCall};
/// use ek_mock::MockProvider;
/// use ek_patterns::{ReactOptions, Tool, react_loop};
///
/// let schema = r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
/// let tide = Tool::new("tide", "The next high tide of a harbour town", schema, |place| async move {
///     Ok(format!("high tide in {} is at 04:12", place["city"]))
/// })?;
///
/// let call = ToolCall::new("call_1", "tide", r#"{"city":"Bergen"}"#);
/// let model = MockProvider::new([
///     LlmResponse::default().with_tool_calls([call]),
///     LlmResponse::text("The water is highest at 04:12."),
/// ]);
///
/// let question = "When is high tide in Bergen?";
/// let outcome = react_loop(&model, question, &[tide], &ReactOptions::default()).await?;
/// assert_eq!(outcome.value, "The water is highest at 04:12.");
/// assert_eq!((outcome.detail.rounds, outcome.detail.tool_calls.len()), (2, 1));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Each error after the first call carries the spend, the
/// [transcript](ek_core::Error::transcript) and a [`ReactDetail`].
///
/// - [`ErrorKind::Unsupported`] before any call if the provider cannot call tools.
/// - [`ErrorKind::Config`] before any call if two tools have one name, the request offers a tool that is none
///   of these and that no provider hosts, a tool cannot be strict, an option cannot be used, the conversation is
///   empty, or a call before its end has no result.
/// - [`ErrorKind::MaxIterations`] at a limit, by [`OnLimit`], and [`ErrorKind::Timeout`], not to be
///   retried, at the [`deadline`](ReactOptions::deadline). Give the transcript back to go on.
/// - [`ErrorKind::Malformed`], not to be retried, if the last reply has reasoning and no answer, or was cut by
///   the token limit before its answer began: the limit counts reasoning too.
/// - [`ErrorKind::BudgetExhausted`] if the budget does not cover another call. Its transcript can be given
///   back too.
/// - The provider's own, when all retries have failed.
#[doc(alias("agent", "tools"))]
pub async fn react_loop<P: ToolCallingProvider>(
    provider: &P,
    conversation: impl Into<ChatRequest>,
    tools: &[Tool],
    options: &ReactOptions,
) -> Result<Outcome<String, ReactDetail>> {
    check_tools(provider)?;
    let agent = Agent::new(conversation.into(), tools, options, Sink::default())?;
    agent.run(Whole(provider)).await
}

/// [`react_loop`] as a stream of events: the model's text as it comes, the beginning and end of each tool, and
/// the outcome.
///
/// It takes the provider by reference, or by value: with a clone of a handle, or an `Arc`, the stream borrows
/// nothing and can be the body of an HTTP response.
///
/// It makes the same calls, costs the same and ends in the same ways. Nothing is retried once a reply has
/// begun: a stream that breaks after that ends the loop with its error.
///
/// ```
/// use ek_core::{StreamingProvider, ToolCallingProvider};
/// use ek_patterns::{ReactEvent, ReactOptions, Tool, react_loop_stream};
///
/// async fn show<P>(model: &P, tools: &[Tool]) -> ek_core::Result<()>
/// where
///     P: ToolCallingProvider + StreamingProvider,
/// {
///     let options = ReactOptions::default();
///     let mut events = react_loop_stream(model, "When is high tide?", tools, &options)?;
///     while let Some(event) = events.next().await {
///         match event? {
///             ReactEvent::Text(piece) => print!("{piece}"),
///             ReactEvent::ToolStarted { name, .. } => println!("[{name} ...]"),
///             ReactEvent::Done(outcome) => println!("\n{} calls", outcome.spend.calls),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// ```
///
/// # Errors
/// As [`react_loop`]. Errors before any call are returned at once, the others are the stream's last item.
/// [`ErrorKind::Unsupported`] also where the provider cannot stream.
pub fn react_loop_stream<'a, P: ToolCallingProvider + StreamingProvider + 'a>(
    provider: P,
    conversation: impl Into<ChatRequest>,
    tools: &[Tool],
    options: &ReactOptions,
) -> Result<ReactStream<'a>> {
    check_tools(&provider)?;
    if !provider.supports_streaming() {
        return Err(unsupported(&provider, "stream; react_loop asks it for whole replies"));
    }
    let sink = Sink::open();
    let agent = Agent::new(conversation.into(), tools, options, sink.clone())?;
    Ok(ReactStream::new(agent.run(Streamed(provider)), sink))
}

fn check_tools<P: ToolCallingProvider>(provider: &P) -> Result<()> {
    if provider.supports_tools() {
        return Ok(());
    }
    Err(unsupported(provider, "call tools"))
}

fn unsupported(provider: &impl LlmProvider, what: &str) -> Error {
    let model = provider.model().map(|model| format!(" (model {model})")).unwrap_or_default();
    Error::new(ErrorKind::Unsupported, format!("the provider{model} cannot {what}"))
}
