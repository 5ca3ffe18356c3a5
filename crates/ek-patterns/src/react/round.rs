//! The calls of one reply: they run concurrently, are answered in order, and no call can make another fail.

use ek_core::{Content, ToolCall};
use futures_util::{StreamExt as _, stream};
use tokio::time::Instant;

use super::tool_run::{Ended, Gate};
use super::toolbox::Toolbox;
use super::{ReactEvent, ReactOptions, ToolOutcome, ToolRun, observation};
use crate::Tool;
use crate::observe::Event;
use crate::run::Run;
use crate::sink::Sink;

/// Why the calls of a reply may not be whole.
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
    pub(super) sink: &'a Sink<ReactEvent>,
    /// When the time of the whole loop ends.
    pub(super) deadline: Option<Instant>,
}

/// The calls of a round with their results.
pub(super) struct Answers {
    pub(super) answered: Vec<Answered>,
    /// Whether the approval stopped the loop. Calls that had not begun by then have no answer.
    pub(super) stopped: bool,
}

/// A call with its result.
pub(super) struct Answered {
    pub(super) record: ToolRun,
    pub(super) observation: Content,
}

impl Round<'_> {
    /// Answers every call, in order.
    pub(super) async fn answer(&self, calls: &[ToolCall]) -> Answers {
        let gate = Gate::default();
        let mut work = Vec::with_capacity(calls.len());
        for (place, call) in calls.iter().enumerate() {
            let gate = &gate;
            work.push(async move { (place, self.one(place, call, gate).await) });
        }
        let work = stream::iter(work).buffer_unordered(self.options.tool_concurrency);
        let mut answered: Vec<_> = work.collect().await;
        answered.sort_unstable_by_key(|(place, _)| *place);
        let answered = answered.into_iter().filter_map(|(_, answered)| answered).collect();
        Answers { answered, stopped: gate.stopped.into_inner() }
    }

    /// Answers one call; `None` if the loop was stopped before it began.
    async fn one(&self, place: usize, call: &ToolCall, gate: &Gate) -> Option<Answered> {
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
            None => {
                let text = observation::unknown_tool(&call.name, self.tools.names());
                Ended::at_once(ToolOutcome::UnknownTool, text)
            }
            Some(tool) => self.run_tool(tool, call, gate).await?,
        };
        let Ended { outcome, content, elapsed, error } = ended;
        let (observation, truncated) =
            observation::shortened(content, self.options.max_observation_chars);
        // A name that no tool has is a text of the model, which observers do not get.
        let name = tool.map_or("", Tool::name);
        self.run.observe(&Event::ToolFinished { name, id: &call.id, outcome, elapsed });
        self.sink.push(|| ReactEvent::ToolFinished {
            id: call.id.clone(),
            name: call.name.clone(),
            outcome,
            observation: observation.text().into_owned(),
        });
        let (id, name, round) = (call.id.clone(), call.name.clone(), self.number);
        let record = ToolRun { round, id, name, outcome, elapsed, truncated, error };
        Some(Answered { record, observation })
    }
}
