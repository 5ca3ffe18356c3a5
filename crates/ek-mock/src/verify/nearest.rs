//! The call that comes nearest to what was wanted, and how it differs.

use std::fmt::Write as _;

use ek_core::{Message, Role};

use super::{conversation, diff};
use crate::script::Condition;
use crate::{MockCall, When};

pub(super) fn fits(when: &When, call: &MockCall) -> bool {
    call.problem.is_none() && when.holds(&call.asked())
}

/// Of these calls the one of which the fewest conditions fail, with what holds and what does not.
pub(super) fn to_conditions<'a>(
    when: &When,
    calls: impl Iterator<Item = &'a MockCall>,
) -> Option<String> {
    let failing =
        |call: &MockCall| when.conditions.iter().filter(|c| !c.holds(&call.asked())).count();
    let text_distance = |call: &MockCall| {
        let wanted = conversation::lines(&as_wanted(when, &call.request.messages));
        diff::distance(&wanted, &conversation::lines(&call.request.messages))
    };
    let call = calls.min_by_key(|call| {
        (call.problem.is_some(), failing(call), text_distance(call), call.number)
    })?;

    let mut text = format!("The nearest is {}\n", headline(call));
    for condition in &when.conditions {
        let word = if condition.holds(&call.asked()) { "holds" } else { "fails" };
        let _ = writeln!(text, "  {word}: {condition}");
    }
    let came = conversation::lines(&call.request.messages);
    let wanted = conversation::lines(&as_wanted(when, &call.request.messages));
    if wanted == came {
        let _ = writeln!(text, "Its conversation:");
        let _ = came.iter().try_for_each(|line| writeln!(text, "    {line}"));
    } else {
        let _ = writeln!(text, "Its conversation, - as it was wanted, + as it came:");
        text.push_str(&diff::show(&wanted, &came));
    }
    Some(text)
}

/// Of these calls the one whose conversation differs in the fewest lines.
pub(super) fn to_conversation(wanted: &[Message], calls: &[MockCall]) -> Option<String> {
    let wanted = conversation::lines(wanted);
    let came = |call: &MockCall| conversation::lines(&call.request.messages);
    let call = calls.iter().min_by_key(|call| diff::distance(&wanted, &came(call)))?;
    let mut text = format!("The nearest is {}\n", headline(call));
    let came = came(call);
    if wanted == came {
        // What differs is nothing that a line shows: names, parts that are no text, unknown keys.
        let _ = writeln!(text, "Its texts are the same; it differs in names, parts or extra keys.");
    } else {
        let _ = writeln!(text, "Its conversation, - as it was wanted, + as it came:");
        text.push_str(&diff::show(&wanted, &came));
    }
    Some(text)
}

fn headline(call: &MockCall) -> String {
    let by = call.rule.as_deref().unwrap_or("no rule");
    format!("call {}, answered by {by}.", call.number)
}

/// The conversation with the newest message of the user as the conditions want it.
fn as_wanted(when: &When, messages: &[Message]) -> Vec<Message> {
    let mut wanted = messages.to_vec();
    let newest = wanted.iter_mut().rfind(|message| message.role == Role::User);
    let Some(newest) = newest else { return wanted };
    for condition in &when.conditions {
        match condition {
            Condition::UserText(text) => newest.content = Some(text.as_str().into()),
            Condition::UserTextContains(part) if !newest.text().contains(part.as_str()) => {
                newest.content = Some(format!("...{part}...").into());
            }
            _ => {}
        }
    }
    wanted
}
