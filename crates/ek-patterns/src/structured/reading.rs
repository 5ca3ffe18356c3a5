//! Reads one reply: the value in it, or why there is none.

use ek_core::{LlmResponse, MAX_JSON_VALUES, count_json_values};
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};

use super::extract::{Reading, candidates};
use super::mend::mended;
use super::options::ValueCheck;
use crate::schema::{MAX_MISFITS, Misread, Schema, Strict, Unfit, WrongValue, read_tree};
use crate::thoughts::without_thoughts;

/// Why a reply could not be used.
///
/// ```
/// use ek_core::Error;
/// use ek_patterns::{Misfit, StructuredFailure};
///
/// fn needs_more_tokens(error: &Error) -> bool {
///     let failure = error.detail::<StructuredFailure>();
///     failure.is_some_and(|failure| failure.misfits.last() == Some(&Misfit::Truncated))
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misfit {
    /// There was no text.
    Empty,
    /// It was cut by the token limit before the JSON was whole.
    Truncated,
    /// There was a text without JSON.
    NotJson,
    /// There was JSON that does not fit the type.
    WrongShape,
    /// There was JSON, of more than [`MAX_JSON_VALUES`] values or too complex to read.
    TooLarge,
    /// The value fits the type, and [`check`](field@super::StructuredOptions::check) refused it.
    Refused,
}

impl Misfit {
    /// For errors, without anything of the reply's text.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Empty => "was empty",
            Self::Truncated => "was cut by the token limit",
            Self::NotJson => "held no JSON",
            Self::WrongShape => "did not fit the type",
            Self::TooLarge => "held JSON that is too large or too complex",
            Self::Refused => "was refused by the check",
        }
    }
}

/// A misfit, and what the model reads about it. That text may quote the reply, so only the model gets it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) misfit: Misfit,
    /// Where the reply has the wrong form.
    pub(super) wrong: Vec<WrongValue>,
    pub(super) for_model: String,
}

impl Problem {
    fn new(misfit: Misfit, for_model: impl Into<String>) -> Self {
        Self { misfit, wrong: Vec::new(), for_model: for_model.into() }
    }
}

/// How replies are read.
pub(super) struct Reader<T> {
    /// Says what is wrong with JSON that does not fit the type, and which of several texts is meant.
    pub(super) schema: Option<Schema>,
    pub(super) strict: Option<Strict>,
    /// Whether a text that is nearly JSON is read too.
    pub(super) lenient: bool,
    pub(super) check: Option<ValueCheck<T>>,
}

impl<T: DeserializeOwned> Reader<T> {
    /// The value in the reply.
    pub(super) fn read(&self, reply: &LlmResponse) -> Result<T, Problem> {
        let text = without_thoughts(&reply.content);
        let cut = reply.was_truncated();
        if text.trim().is_empty() && !cut {
            return Err(Problem::new(Misfit::Empty, empty(reply)));
        }
        let value = self.find(&text, cut).map_err(|problem| match problem {
            _ if cut => Problem::new(
                Misfit::Truncated,
                "It was cut off, because it was longer than the limit on its tokens. Be shorter.",
            ),
            problem => problem,
        })?;
        match self.check.as_ref().map_or(Ok(()), |check| check(&value)) {
            Ok(()) => Ok(value),
            Err(why) => Err(Problem::new(Misfit::Refused, format!("Its values are wrong: {why}"))),
        }
    }

    /// A value, or a part of it, in the form of the original schema.
    pub(super) fn original(&self, value: Value) -> Value {
        match &self.strict {
            Some(strict) => strict.undo(value),
            None => value,
        }
    }

    /// A part of a value as a type, if it fits.
    pub(super) fn partial_as<P: DeserializeOwned>(&self, value: Value) -> Option<P> {
        let value = self.original(value);
        let takes_long = self.schema.as_ref().is_some_and(|schema| schema.takes_long(&value));
        if takes_long { None } else { P::deserialize(value).ok() }
    }

    /// The value in the first candidate that fits the type and the schema, else in the first that fits the
    /// type.
    fn find(&self, text: &str, cut: bool) -> Result<T, Problem> {
        // In a reply that was cut, only JSON with a closing sign is whole: `12` may have been `123`.
        let is_whole = |text: &&str| !cut || text.starts_with(['{', '[']);
        let (mut by_type, mut worst) = (None, None);
        for text in candidates(text, Reading::Exact).into_iter().filter(is_whole) {
            match self.parse(text) {
                Ok((value, true)) => return Ok(value),
                Ok((value, false)) => by_type = by_type.or(Some(value)),
                Err(problem) => keep(&mut worst, problem),
            }
        }
        if let Some(value) = by_type {
            return Ok(value);
        }
        if self.lenient {
            for text in candidates(text, Reading::Lenient).into_iter().filter(is_whole) {
                match self.parse(&mended(text)) {
                    Ok((value, _)) => return Ok(value),
                    Err(problem) => keep(&mut worst, problem),
                }
            }
        }
        Err(worst.unwrap_or_else(|| Problem::new(Misfit::NotJson, "There was no JSON in it.")))
    }

    /// Reads one text that may be the JSON: the value, and whether it fits the schema. The error is `None` for
    /// a text that does not begin like JSON.
    fn parse(&self, text: &str) -> Result<(T, bool), Option<Problem>> {
        if count_json_values(text) > MAX_JSON_VALUES {
            // Prose has commas too, and is not reported.
            let for_model = format!("Its JSON has more than {MAX_JSON_VALUES} values. Be shorter.");
            let problem = Problem::new(Misfit::TooLarge, for_model);
            return Err(text.starts_with(['{', '[']).then_some(problem));
        }
        if self.strict.is_none() && self.schema.is_none() {
            return self.parse_text(text).map(|value| (value, true));
        }
        let tree: Value = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
        let tree = self.original(tree);
        if self.schema.as_ref().is_some_and(|schema| schema.takes_long(&tree)) {
            let for_model = "Its JSON is too complex to read. Nest it less.";
            return Err(Some(Problem::new(Misfit::TooLarge, for_model)));
        }
        let value = match self.strict {
            Some(_) => read_tree(&tree).map_err(|misread| Some(self.wrong(&tree, misread))),
            // In the text a number may have more digits than in the tree.
            None => self.parse_text(text),
        }?;
        Ok((value, self.schema.as_ref().is_none_or(|schema| schema.check(&tree).is_ok())))
    }

    fn parse_text(&self, text: &str) -> Result<T, Option<Problem>> {
        let mut json = Deserializer::from_str(text);
        let error = match serde_path_to_error::deserialize(&mut json) {
            Ok(value) => return json.end().map(|()| value).map_err(|e| syntax(text, &e)),
            Err(error) => error,
        };
        let tree = serde_json::from_str(text).map_err(|error| syntax(text, &error))?;
        Err(Some(self.wrong(&tree, Misread::new(&error, &tree))))
    }

    /// Every place that is wrong by the schema; where there is none, the place at which the type failed.
    fn wrong(&self, tree: &Value, misread: Misread) -> Problem {
        let place = self.strict.as_ref().map(Strict::place).unwrap_or_default();
        let (wrong, for_model) = match self.schema.as_ref().map(|schema| schema.check(tree)) {
            Some(Err(Unfit::Wrong(wrong))) => {
                let for_model =
                    wrong.iter().map(|wrong| wrong.within(&place).to_string()).collect();
                (wrong, for_model)
            }
            _ => (vec![misread.wrong], vec![misread.for_model]),
        };
        let more = if wrong.len() == MAX_MISFITS { "\nThere may be more." } else { "" };
        let for_model = format!("It has the wrong form:\n- {}{more}", for_model.join("\n- "));
        Problem { misfit: Misfit::WrongShape, wrong, for_model }
    }
}

/// What the model reads about a reply without a text.
fn empty(reply: &LlmResponse) -> &'static str {
    if reply.has_tool_calls() {
        "It calls a tool. Answer with the JSON as text, and call none."
    } else if reply.reasoning.is_some() || !reply.content.trim().is_empty() {
        "It holds reasoning and no answer. Write the JSON as the answer."
    } else {
        "It was empty."
    }
}

/// Keeps the problem of the first text that is JSON, else of the first that begins like JSON.
fn keep(worst: &mut Option<Problem>, problem: Option<Problem>) {
    let Some(problem) = problem else { return };
    let is_json = |problem: &Problem| problem.misfit != Misfit::NotJson;
    if worst.as_ref().is_none_or(|worst| !is_json(worst) && is_json(&problem)) {
        *worst = Some(problem);
    }
}

/// How many characters before and after a mistake the model reads, since it cannot count lines and columns.
const AROUND: usize = 20;

fn syntax(text: &str, error: &serde_json::Error) -> Option<Problem> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = line.char_indices().rev().map(|(place, _)| place);
    let start = before.filter(|place| *place < error.column()).nth(AROUND).unwrap_or(0);
    let near: String = line[start..].chars().take(2 * AROUND).collect();
    let for_model = format!("It is not valid JSON: {what}, near `{near}`.");
    Some(Problem::new(Misfit::NotJson, for_model))
}

#[cfg(test)]
mod tests;
