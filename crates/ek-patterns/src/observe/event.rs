//! The events that observers get: numbers, names and kinds, never a prompt or a reply.

use std::time::Duration;

use ek_core::{ErrorKind, Usage};

use crate::{Misfit, StopReason, ToolOutcome};

/// Something that happened in a pattern.
///
/// Calls are numbered from 1 in the order in which they begin; all attempts of a call have its number. Later
/// versions may add events and fields: match with `..` and a wildcard.
///
/// ```
/// use ek_patterns::{ConsensusOptions, Event};
///
/// let options = ConsensusOptions::default().with_observer(|event: &Event<'_>| match event {
///     Event::RetryScheduled { attempt, delay, kind, .. } => {
///         println!("attempt {attempt} failed ({kind}), the next one in {delay:?}");
///     }
///     Event::SampleDone { done, total, .. } => println!("{done} of {total}"),
///     _ => {}
/// });
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call begins.
    #[non_exhaustive]
    CallStarted {
        /// Its number.
        call: u64,
        /// The model asked, where one is named.
        model: Option<&'a str>,
    },
    /// An attempt failed, and another one will follow.
    #[non_exhaustive]
    RetryScheduled {
        /// The call's number.
        call: u64,
        /// The attempt that failed, counted from 1.
        attempt: u32,
        /// The wait before the next one.
        delay: Duration,
        /// Why it failed.
        kind: ErrorKind,
    },
    /// A call ended with a reply.
    #[non_exhaustive]
    CallFinished {
        /// Its number.
        call: u64,
        /// How many attempts it took.
        attempts: u32,
        /// Its tokens, as reported for the last attempt.
        usage: Usage,
        /// How long it took, waits included.
        elapsed: Duration,
    },
    /// A call ended with an error.
    #[non_exhaustive]
    CallFailed {
        /// Its number.
        call: u64,
        /// How many attempts were sent.
        attempts: u32,
        /// Why it failed; [`ErrorKind::BudgetExhausted`] where the budget did not cover it.
        kind: ErrorKind,
        /// How long it took, waits included.
        elapsed: Duration,
    },
    /// A sample of a consensus is done, with a reply or an error.
    #[non_exhaustive]
    SampleDone {
        /// How many samples are done by now.
        done: usize,
        /// How many there are at most.
        total: usize,
        /// Whether it is a reply, and not an error.
        ok: bool,
    },
    /// A loop asks the model.
    #[non_exhaustive]
    RoundStarted {
        /// How often it has asked by now, this time included.
        round: u32,
        /// How often it asks at most; a final answer without tools takes one call more.
        max: u32,
    },
    /// A tool begins to run. A call that is answered without running its tool has no such event.
    #[non_exhaustive]
    ToolStarted {
        /// The tool's name.
        name: &'a str,
        /// The call's id.
        id: &'a str,
    },
    /// A call of a tool is answered.
    #[non_exhaustive]
    ToolFinished {
        /// The tool's name; empty where no tool has the name that the model wrote.
        name: &'a str,
        /// The call's id.
        id: &'a str,
        /// How the call ended.
        outcome: ToolOutcome,
        /// How long the tool ran; 0 where it did not run.
        elapsed: Duration,
    },
    /// A request leaves out a part of a long conversation.
    #[non_exhaustive]
    HistoryTrimmed {
        /// How many messages are sent.
        sent: usize,
        /// How many there are.
        all: usize,
    },
    /// A loop has come to a limit.
    #[non_exhaustive]
    LimitReached {
        /// How often the model was asked by then.
        round: u32,
        /// Which limit.
        reason: StopReason,
    },
    /// A failover goes on to another provider.
    #[non_exhaustive]
    FailedOver {
        /// The provider that failed, counted from 0.
        from: usize,
        /// The one that is asked next.
        to: usize,
        /// Why the first one failed.
        kind: ErrorKind,
    },
    /// A failover stops using a provider for a while.
    #[non_exhaustive]
    CircuitOpened {
        /// The provider, counted from 0.
        member: usize,
        /// For how long.
        open_for: Duration,
    },
    /// A provider of a failover answers again.
    #[non_exhaustive]
    CircuitClosed {
        /// The provider, counted from 0.
        member: usize,
    },
    /// A structured reply could not be used, and the model is asked to repair it.
    #[non_exhaustive]
    RepairStarted {
        /// Which repair, counted from 1.
        repair: u32,
        /// How many there are at most.
        max: u32,
        /// What was wrong with the reply.
        misfit: Misfit,
    },
    /// An answer of a refinement has its score.
    #[non_exhaustive]
    IterationScored {
        /// Which answer, counted from 1.
        iteration: u32,
        /// Its score, 0 to 1.
        score: f64,
        /// The best score so far.
        best: f64,
    },
    /// An input of a map is done.
    #[non_exhaustive]
    ItemDone {
        /// How many inputs are done by now.
        done: usize,
        /// How many there are.
        total: usize,
        /// Whether this one succeeded.
        ok: bool,
    },
    /// Inputs are embedded, or have failed.
    #[non_exhaustive]
    InputsEmbedded {
        /// How many inputs these are.
        inputs: usize,
        /// How many are done by now.
        done: usize,
        /// How many there are, where that is known before the last has come.
        total: Option<usize>,
        /// Whether all of these have a vector.
        ok: bool,
    },
    /// All inputs of a map are done, and their replies are reduced.
    #[non_exhaustive]
    ReduceStarted {
        /// How many replies are reduced.
        parts: usize,
    },
    /// A step of a pipe begins.
    #[non_exhaustive]
    StepStarted {
        /// Which step, counted from 1 in the order in which they begin.
        step: usize,
        /// Its name.
        name: &'a str,
    },
    /// A step of a pipe is over.
    #[non_exhaustive]
    StepFinished {
        /// Which step.
        step: usize,
        /// Its name.
        name: &'a str,
        /// Whether it succeeded.
        ok: bool,
    },
}
