//! The calls of one reply: run at once, answered in order, and none of them able to harm the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use ek_core::ToolCall;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::sink::Sink;
use super::toolbox::Toolbox;
use super::{ReactEvent, ReactOptions, ToolOutcome, ToolRun, observation};
use crate::observe::{Event, ToolSpan};
use crate::run::Run;
use crate::{Tool, ToolError};

/// Why the calls of a reply are not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    ByLength,
    ByFilter,
}

/// What all calls of a round share.
pub(super) struct Round<'a> {
    pub(super) number: u32,
    pub(super) cut: Option<Cut>,
    pub(super) tools: &'a Toolbox,
    pub(super) options: &'a ReactOptions,
    pub(super) run: &'a Run,
    pub(super) sink: &'a Sink,
}

/// A call with its result.
pub(super) struct Answered {
    pub(super) record: ToolRun,
    pub(super) observation: String,
}

impl Round<'_> {
    /// Answers every call, in order.
    pub(super) async fn answer(&self, calls: &[ToolCall]) -> Vec<Answered> {
        // Whoever approves is asked one thing at a time; tokio's lock is fair, so in the model's order.
        let turn = Mutex::new(());
        let mut work = Vec::with_capacity(calls.len());
        for (place, call) in calls.iter().enumerate() {
            let turn = &turn;
            work.push(async move { (place, self.one(place, call, turn).await) });
        }
        let mut answered: Vec<_> =
            stream::iter(work).buffer_unordered(self.options.tool_concurrency).collect().await;
        answered.sort_unstable_by_key(|(place, _)| *place);
        answered.into_iter().map(|(_, answered)| answered).collect()
    }

    async fn one(&self, place: usize, call: &ToolCall, turn: &Mutex<()>) -> Answered {
        let tool = self.tools.get(&call.name);
        let ended = match tool {
            _ if self.cut == Some(Cut::ByLength) => {
                Ended::at_once(ToolOutcome::Cut, observation::cut(&call.name))
            }
            _ if self.cut == Some(Cut::ByFilter) => {
                Ended::at_once(ToolOutcome::Cut, observation::filtered(&call.name))
            }
            _ if place >= self.options.max_tool_calls_per_round => {
                let limit = self.options.max_tool_calls_per_round;
                Ended::at_once(ToolOutcome::Surplus, observation::surplus(&call.name, limit))
            }
            None => Ended::at_once(ToolOutcome::UnknownTool, observation::unknown_tool(&call.name)),
            Some(tool) => self.known(tool, call, turn).await,
        };
        let Ended { outcome, text, elapsed, error } = ended;
        let (observation, truncated) =
            observation::truncated(text, self.options.max_observation_chars);
        // A name that no tool has is the model's text, and no observer's business.
        let name = tool.map_or("", Tool::name);
        self.run.observe(&Event::ToolFinished { name, id: &call.id, outcome, elapsed });
        self.sink.push(|| ReactEvent::ToolFinished {
            id: call.id.clone(),
            name: call.name.clone(),
            outcome,
            observation: observation.clone(),
        });
        let (id, name, round) = (call.id.clone(), call.name.clone(), self.number);
        let record = ToolRun { round, id, name, outcome, elapsed, truncated, error };
        Answered { record, observation }
    }

    async fn known(&self, tool: &Tool, call: &ToolCall, turn: &Mutex<()>) -> Ended {
        let prepared = catch_unwind(AssertUnwindSafe(|| tool.prepare(&call.arguments)));
        let work = match prepared {
            Ok(Ok(work)) => work,
            Ok(Err(why)) => {
                let text = observation::argument_error(&call.name, &why);
                return Ended::at_once(ToolOutcome::InvalidArguments, text);
            }
            Err(_) => return Ended::panicked(call, Duration::ZERO),
        };
        if let Some(approval) = &self.options.approval {
            let _turn = turn.lock().await;
            if !approval.allows(call.clone()).await {
                return Ended::at_once(ToolOutcome::Denied, observation::denied(&call.name));
            }
        }

        let span = ToolSpan::new(self.run.span(), call, self.run.captures_content());
        self.run.observe(&Event::ToolStarted { name: tool.name(), id: &call.id });
        self.sink.push(|| ReactEvent::ToolStarted {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        });
        let begun = Instant::now();
        let limit = tool.timeout().unwrap_or(self.options.tool_timeout);
        let work = timeout(limit, AssertUnwindSafe(work).catch_unwind());
        let ended = match span.run(work).await {
            Ok(Ok(Ok(text))) => Ended::new(ToolOutcome::Answered, text, begun.elapsed()),
            Ok(Ok(Err(error))) => {
                let text = observation::failed(&call.name, error.for_model());
                let ended = Ended::new(ToolOutcome::Failed, text, begun.elapsed());
                Ended { error: Some(error), ..ended }
            }
            Ok(Err(_)) => Ended::panicked(call, begun.elapsed()),
            Err(_) => {
                let text = observation::timed_out(limit);
                Ended::new(ToolOutcome::TimedOut, text, begun.elapsed())
            }
        };
        span.record(ended.outcome, &ended.text);
        ended
    }
}

/// How a call ended.
struct Ended {
    outcome: ToolOutcome,
    text: String,
    elapsed: Duration,
    error: Option<ToolError>,
}

impl Ended {
    fn new(outcome: ToolOutcome, text: String, elapsed: Duration) -> Self {
        Self { outcome, text, elapsed, error: None }
    }

    fn at_once(outcome: ToolOutcome, text: String) -> Self {
        Self::new(outcome, text, Duration::ZERO)
    }

    fn panicked(call: &ToolCall, elapsed: Duration) -> Self {
        Self::new(ToolOutcome::Panicked, observation::failed(&call.name, "panic"), elapsed)
    }
}
