//! One call of a tool: its arguments, its approval, its time limits, its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ek_core::{Arguments, Content, ToolCall};
use tokio::sync::Mutex;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use super::approval::Decision;
use super::contained::Contained;
use super::round::Round;
use super::{ReactEvent, ToolOutcome, observation};
use crate::observe::{Event, ToolSpan};
use crate::tool::ToolFuture;
use crate::{Tool, ToolError};

/// After the check of arguments longer than this, in bytes, the task yields to others.
const LONG_ARGUMENTS: usize = 4_096;

/// Asks the approval about one call at a time, and knows whether it has stopped the loop.
#[derive(Default)]
pub(super) struct Gate {
    /// tokio's lock is fair, so calls come in the model's order.
    turn: Mutex<()>,
    pub(super) stopped: AtomicBool,
}

/// The approval's decision on a call.
enum Passed {
    /// The call, with other arguments where they were changed.
    Run(Option<Arguments>),
    Denied(String),
    Stopped,
}

impl Round<'_> {
    /// Answers a call of a known tool, within the time of the whole loop.
    pub(super) async fn run_tool(
        &self,
        tool: &Tool,
        call: &ToolCall,
        gate: &Gate,
    ) -> Option<Ended> {
        let Some(deadline) = self.deadline else { return self.known(tool, call, gate).await };
        let late = || Ended::at_once(ToolOutcome::TimedOut, observation::out_of_time(&call.name));
        if Instant::now() >= deadline {
            return Some(late());
        }
        timeout_at(deadline, self.known(tool, call, gate)).await.unwrap_or_else(|_| Some(late()))
    }

    async fn known(&self, tool: &Tool, call: &ToolCall, gate: &Gate) -> Option<Ended> {
        let limit = tool.timeout().unwrap_or(self.options.tool_timeout);
        let (mut work, mut spent) = match prepare(tool, call, &call.arguments).await {
            Ok(prepared) => prepared,
            Err(ended) => return Some(ended),
        };
        let mut changed = None;
        match self.pass(call, gate).await {
            Passed::Run(None) => {}
            Passed::Run(Some(arguments)) => {
                (work, spent) = match prepare(tool, call, &arguments).await {
                    Ok(prepared) => prepared,
                    Err(ended) => return Some(ended),
                };
                changed = Some(arguments);
            }
            Passed::Denied(reason) => {
                let text = observation::denied(&call.name, &reason);
                return Some(Ended::at_once(ToolOutcome::Denied, text));
            }
            Passed::Stopped => return None,
        }
        // The check of the arguments counts against the tool's time limit.
        let ended = self.run(tool, call, changed.as_ref(), work, (limit, spent)).await;
        Some(match changed {
            Some(arguments) => {
                let content = observation::changed(&arguments, ended.content);
                Ended { content, ..ended }
            }
            None => ended,
        })
    }

    async fn pass(&self, call: &ToolCall, gate: &Gate) -> Passed {
        let Some(approval) = &self.options.approval else { return Passed::Run(None) };
        let _turn = gate.turn.lock().await;
        if gate.stopped.load(Ordering::Relaxed) {
            return Passed::Stopped;
        }
        match approval.decide(call.clone()).await {
            Decision::Allow => Passed::Run(None),
            Decision::AllowWith(arguments) => Passed::Run(Some(arguments)),
            Decision::Deny(reason) => Passed::Denied(reason),
            Decision::Stop => {
                gate.stopped.store(true, Ordering::Relaxed);
                Passed::Stopped
            }
        }
    }

    async fn run(
        &self,
        tool: &Tool,
        call: &ToolCall,
        changed: Option<&Arguments>,
        work: ToolFuture,
        (limit, spent): (Duration, Duration),
    ) -> Ended {
        let span = ToolSpan::new(self.run.span(), call, self.run.captures_content());
        self.run.observe(&Event::ToolStarted { name: tool.name(), id: &call.id });
        self.sink.push(|| ReactEvent::ToolStarted {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: changed.unwrap_or(&call.arguments).clone(),
        });
        let begun = Instant::now();
        let left = limit.saturating_sub(spent);
        let in_all = self.deadline.map(|deadline| deadline.saturating_duration_since(begun));
        let in_all = in_all.filter(|in_all| *in_all < left);
        let work = timeout(in_all.unwrap_or(left), Contained::new(work));
        let ended = match span.run(work).await {
            Ok(Ok(Ok(output))) => {
                Ended::new(ToolOutcome::Answered, output.content, begun.elapsed())
            }
            Ok(Ok(Err(error))) => {
                let text = observation::failed(&call.name, error.for_model());
                let ended = Ended::new(ToolOutcome::Failed, text, begun.elapsed());
                Ended { error: Some(error), ..ended }
            }
            Ok(Err(_)) => Ended::panicked(call, begun.elapsed()),
            Err(_) => {
                let text = match in_all {
                    Some(_) => observation::out_of_time(&call.name),
                    None => observation::timed_out(limit),
                };
                Ended::new(ToolOutcome::TimedOut, text, begun.elapsed())
            }
        };
        span.record(ended.outcome, &ended.content.text());
        ended
    }
}

/// Checks the arguments. Returns the work, which has not begun yet, and how long the check took.
async fn prepare(
    tool: &Tool,
    call: &ToolCall,
    arguments: &Arguments,
) -> Result<(ToolFuture, Duration), Ended> {
    let begun = Instant::now();
    let prepared = catch_unwind(AssertUnwindSafe(|| tool.prepare(arguments)));
    let spent = begun.elapsed();
    if arguments.as_str().len() > LONG_ARGUMENTS {
        yield_now().await;
    }
    match prepared {
        Ok(Ok(work)) => Ok((work, spent)),
        Ok(Err(why)) => {
            let text = observation::argument_error(&call.name, &why);
            Err(Ended::at_once(ToolOutcome::InvalidArguments, text))
        }
        Err(_) => Err(Ended::panicked(call, Duration::ZERO)),
    }
}

/// How a call ended.
pub(super) struct Ended {
    pub(super) outcome: ToolOutcome,
    pub(super) content: Content,
    pub(super) elapsed: Duration,
    pub(super) error: Option<ToolError>,
}

impl Ended {
    fn new(outcome: ToolOutcome, content: impl Into<Content>, elapsed: Duration) -> Self {
        Self { outcome, content: content.into(), elapsed, error: None }
    }

    pub(super) fn at_once(outcome: ToolOutcome, text: String) -> Self {
        Self::new(outcome, text, Duration::ZERO)
    }

    fn panicked(call: &ToolCall, elapsed: Duration) -> Self {
        Self::new(ToolOutcome::Panicked, observation::failed(&call.name, "panic"), elapsed)
    }
}
