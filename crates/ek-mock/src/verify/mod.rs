//! Whether what came is what was expected, and if not, in words that save a look into the debugger.
//! These messages show prompts: their reader is the test's author.

mod conversation;
mod diff;
mod nearest;

use std::fmt::Write as _;
use std::sync::Arc;

use ek_core::{Message, Result};

use crate::engine::{Engine, History, outline};
use crate::script::calls;
use crate::{CallOutcome, Expected, MockCall, When};

/// How many calls a message lists one by one.
const LISTED: usize = 10;

/// Checks the expectations when the last of a face's clones is dropped.
#[derive(Debug)]
pub(crate) struct OnDrop(pub(crate) Arc<Engine>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        // A second panic would abort, and hide the first.
        if std::thread::panicking() || !self.0.expects_calls() {
            return;
        }
        assert(verify(&self.0));
    }
}

/// Panics with the message, if there is one.
#[track_caller]
pub(crate) fn assert(checked: Result<(), String>) {
    if let Err(message) = checked {
        panic!("{message}");
    }
}

/// All expectations of a script, and calls that nobody expected.
pub(crate) fn verify(engine: &Engine) -> Result<(), String> {
    if let Some(error) = engine.broken() {
        return Err(format!("the script cannot be played: {error}"));
    }
    engine.call_log().read(|history| {
        let rules = engine.script().rules.iter().enumerate();
        let unmet = rules.filter_map(|(at, rule)| {
            let expected = rule.expected?;
            let got = history.queues[at].taken();
            let label = match &rule.name {
                Some(name) => format!("rule {name:?} ({})", rule.when),
                None => rule.label(at + 1),
            };
            (!expected.allows(got)).then(|| {
                let what = of_rule(at, &rule.when, got, expected, history);
                format!("{label} expected {expected} and got {}.\n{what}", calls(got))
            })
        });
        let mut parts: Vec<String> = unmet.collect();
        parts.extend(unanswered(history));
        parts.extend(unmatched(history));
        if parts.is_empty() { Ok(()) } else { Err(message(parts)) }
    })
}

fn message(parts: Vec<String>) -> String {
    let mut text = "the calls are not as expected\n".to_owned();
    for part in parts {
        let _ = write!(text, "\n{part}");
    }
    text.trim_end().to_owned()
}

/// What a rule got instead of what it expected.
fn of_rule(at: usize, when: &When, got: usize, expected: Expected, history: &History) -> String {
    if got > expected.least {
        let own = history.calls.iter().filter(|call| call.rule_at == Some(at));
        return format!("They were:\n{}", list(own));
    }
    let others = history.calls.iter().filter(|call| call.rule_at != Some(at));
    match nearest::to_conditions(when, others) {
        Some(text) => text,
        None if got == 0 => "No call came at all.\n".to_owned(),
        None => "No other call came.\n".to_owned(),
    }
}

/// Calls for which the script had nothing.
fn unanswered(history: &History) -> Option<String> {
    let lost: Vec<&MockCall> = history.calls.iter().filter(|call| is_unanswered(call)).collect();
    let count = lost.len();
    (count > 0).then(|| format!("{} fitted no rule:\n{}", calls(count), list(lost.into_iter())))
}

/// A request for embeddings needs no rule.
fn is_unanswered(call: &MockCall) -> bool {
    call.rule_at.is_none() && (call.embedding.is_none() || call.problem.is_some())
}

/// Requests that were no call.
fn unmatched(history: &History) -> Option<String> {
    let lines: String = history.unmatched.iter().map(|line| format!("  {line}\n")).collect();
    (!lines.is_empty()).then(|| format!("Besides, this came and was no call:\n{lines}"))
}

fn list<'a>(calls: impl Iterator<Item = &'a MockCall>) -> String {
    let calls: Vec<&MockCall> = calls.collect();
    let mut text = String::new();
    for call in calls.iter().take(LISTED) {
        let what = match &call.problem {
            Some(problem) => problem.clone(),
            None => outline(&call.asked()),
        };
        let outcome = match call.outcome {
            CallOutcome::Pending => "under way",
            CallOutcome::Finished => "finished",
            CallOutcome::Failed => "failed",
            CallOutcome::Dropped => "dropped by its caller",
        };
        let _ = writeln!(text, "  call {} ({outcome}): {what}", call.number);
    }
    if calls.len() > LISTED {
        let _ = writeln!(text, "  ... and {} more", calls.len() - LISTED);
    }
    text
}

/// Checks the number of calls.
pub(crate) fn called(history: &History, expected: Expected) -> Result<(), String> {
    let got = history.calls.len();
    if expected.allows(got) {
        return Ok(());
    }
    let mut parts = Vec::new();
    if got > 0 {
        parts.push(format!("They were:\n{}", list(history.calls.iter())));
    }
    parts.extend(unmatched(history));
    let head = format!("expected {expected} and got {}", calls(got));
    Err(format!("{head}\n{}", parts.join("\n")).trim_end().to_owned())
}

/// Checks the number of calls to the rule of this name.
pub(crate) fn rule_called(engine: &Engine, name: &str, expected: Expected) -> Result<(), String> {
    let rules = &engine.script().rules;
    let Some(at) = rules.iter().position(|rule| rule.name.as_deref() == Some(name)) else {
        let names: Vec<String> =
            rules.iter().filter_map(|rule| rule.name.as_ref()).map(|n| format!("{n:?}")).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        return Err(format!("no rule is named {name:?}; the names are: {names}"));
    };
    engine.call_log().read(|history| {
        let got = history.queues[at].taken();
        if expected.allows(got) {
            return Ok(());
        }
        let when = &rules[at].when;
        let head = format!("rule {name:?} ({when}) expected {expected} and got {}.", calls(got));
        let text = format!("{head}\n{}", of_rule(at, when, got, expected, history));
        Err(text.trim_end().to_owned())
    })
}

/// Checks that a call fits.
pub(crate) fn called_with(history: &History, when: &When) -> Result<(), String> {
    if history.calls.iter().any(|call| nearest::fits(when, call)) {
        return Ok(());
    }
    let near = nearest::to_conditions(when, history.calls.iter());
    let near = near.unwrap_or_else(|| "No call came at all.".to_owned());
    Err(format!("expected a call with: {when}\n{near}").trim_end().to_owned())
}

/// Checks that a call had exactly this conversation.
pub(crate) fn asked(history: &History, conversation: &[Message]) -> Result<(), String> {
    if history.calls.iter().any(|call| call.request.messages == conversation) {
        return Ok(());
    }
    let near = nearest::to_conversation(conversation, &history.calls);
    let near = near.unwrap_or_else(|| "No call came at all.".to_owned());
    Err(format!("expected a call with a certain conversation\n{near}").trim_end().to_owned())
}
