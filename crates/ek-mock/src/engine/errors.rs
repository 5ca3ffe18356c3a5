//! The errors of the script itself: a request that no rule fits, a call that was one too many.

use ek_core::{ChatRequest, Error, ErrorKind, Role};

use crate::excerpt::excerpt;
use crate::script::{Asked, Script, model_of};
use crate::{Rule, When};

/// No rule fits: what was asked, the nearest rule and what keeps it from fitting, and all rules.
pub(super) fn no_rule_fits(script: &Script, number: usize, asked: &Asked<'_>) -> Error {
    let what = outline(asked);
    let message = match nearest(script, asked) {
        None => format!("no rule fits call {number} ({what}): the script has no rules"),
        Some((near, rule)) => {
            let missing = missing(&rule.when, asked);
            let labels: Vec<String> =
                (1..).zip(&script.rules).map(|(number, rule)| rule.label(number)).collect();
            format!(
                "no rule fits call {number} ({what}). The nearest is {}, which wants: {missing}. \
                 The rules are: {}",
                rule.label(near),
                labels.join("; ")
            )
        }
    };
    Error::new(ErrorKind::Config, message)
}

/// The rule of which the fewest conditions fail; among those the one of which most hold.
fn nearest<'a>(script: &'a Script, asked: &Asked<'_>) -> Option<(usize, &'a Rule)> {
    let distance = |rule: &Rule| {
        let holding = rule.when.conditions.iter().filter(|c| c.holds(asked)).count();
        (rule.when.conditions.len() - holding, std::cmp::Reverse(holding))
    };
    (1..).zip(&script.rules).min_by_key(|(_, rule)| distance(rule))
}

fn missing(when: &When, asked: &Asked<'_>) -> String {
    let missing = when.conditions.iter().filter(|condition| !condition.holds(asked));
    missing.map(ToString::to_string).collect::<Vec<_>>().join(", and ")
}

/// What a request is about, in a few words.
pub(crate) fn outline(asked: &Asked<'_>) -> String {
    let request = asked.request;
    if let Some(embedding) = asked.embedding {
        let first = embedding.inputs.texts().and_then(|texts| texts.first());
        let first =
            first.map_or_else(String::new, |text| format!(", the first {:?}", excerpt(text)));
        let model =
            model_of(request).map_or_else(String::new, |model| format!(", model {model:?}"));
        return format!("for embeddings of {} inputs{first}{model}", embedding.inputs.len());
    }
    let mut words = vec![match request.last_user_text() {
        Some(text) => format!("user text {:?}", excerpt(&text)),
        None => "no user text".to_owned(),
    }];
    if let Some(model) = model_of(request) {
        words.push(format!("model {model:?}"));
    }
    words.push(match request.messages.len() {
        1 => "1 message".to_owned(),
        many => format!("{many} messages"),
    });
    if last_role(request) == Some(&Role::Tool) {
        words.push("the last a tool result".to_owned());
    }
    if !request.tools.is_empty() {
        let names: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
        words.push(format!("tools {}", names.join(", ")));
    }
    if asked.streamed {
        words.push("as a stream".to_owned());
    }
    words.join(", ")
}

fn last_role(request: &ChatRequest) -> Option<&Role> {
    request.messages.last().map(|message| &message.role)
}

/// A strict rule has no reply left.
pub(super) fn one_too_many(script: &Script, at: usize, replies: usize, number: usize) -> Error {
    let replies = match replies {
        0 => "no replies".to_owned(),
        1 => "1 reply".to_owned(),
        many => format!("{many} replies"),
    };
    let whose =
        if script.is_plain() { "the script".to_owned() } else { script.rules[at].label(at + 1) };
    let message = format!("call {number} is one too many: {whose} is strict and has {replies}");
    Error::new(ErrorKind::Config, message)
}
