//! One reply: the value in it, or why there is none.

use ek_core::LlmResponse;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::extract::candidates;
use super::options::ValueCheck;
use crate::text::without_thoughts;

/// Why a reply could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misfit {
    /// There was no text.
    Empty,
    /// It was cut by the token limit before the JSON was whole.
    Truncated,
    /// There was a text, and no JSON in it.
    NotJson,
    /// There was JSON, which does not fit the type.
    WrongShape,
    /// The value fits the type, and [`check`](field@super::StructuredOptions::check) refused it.
    Refused,
}

impl Misfit {
    /// For errors: says nothing of the reply's text.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Empty => "was empty",
            Self::Truncated => "was cut by the token limit",
            Self::NotJson => "held no JSON",
            Self::WrongShape => "did not fit the type",
            Self::Refused => "was refused by the check",
        }
    }
}

/// A misfit, and what the model is told about it. That may quote the reply, so it goes to no one else.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) misfit: Misfit,
    pub(super) told: String,
}

impl Problem {
    fn new(misfit: Misfit, told: impl Into<String>) -> Self {
        Self { misfit, told: told.into() }
    }
}

/// The value in the reply.
pub(super) fn read<T: DeserializeOwned>(
    reply: &LlmResponse,
    check: Option<&ValueCheck<T>>,
) -> Result<T, Problem> {
    let cut = reply.was_truncated();
    let value = parse(&without_thoughts(&reply.content), cut).map_err(|problem| match problem {
        _ if cut => Problem::new(
            Misfit::Truncated,
            "It was cut off, because it was longer than the limit on its tokens. Be shorter.",
        ),
        problem => problem,
    })?;
    match check.map_or(Ok(()), |check| check(&value)) {
        Ok(()) => Ok(value),
        Err(why) => Err(Problem::new(Misfit::Refused, format!("Its values are wrong: {why}"))),
    }
}

fn parse<T: DeserializeOwned>(reply: &str, cut: bool) -> Result<T, Problem> {
    if reply.trim().is_empty() {
        return Err(Problem::new(Misfit::Empty, "It was empty."));
    }
    let (mut shape, mut syntax) = (None, None);
    for text in candidates(reply) {
        // Only what has an end of its own is surely whole: `12` may have been `123`.
        if cut && !text.starts_with(['{', '[']) {
            continue;
        }
        let error = match serde_json::from_str(text) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        // The first text that is JSON is what the model meant; else the first that tried to be.
        if error.classify() == Category::Data {
            shape.get_or_insert(error);
        } else if text.starts_with(['{', '[']) {
            syntax.get_or_insert(error);
        }
    }
    Err(match (shape, syntax) {
        (Some(error), _) => {
            Problem::new(Misfit::WrongShape, format!("It has the wrong form: {error}."))
        }
        (None, Some(error)) => {
            Problem::new(Misfit::NotJson, format!("It is not valid JSON: {error}."))
        }
        (None, None) => Problem::new(Misfit::NotJson, "There was no JSON in it."),
    })
}

#[cfg(test)]
mod tests {
    use ek_core::FinishReason;

    use super::*;

    type Pair = (u32, String);

    fn misfit<T: DeserializeOwned>(reply: impl Into<LlmResponse>) -> Option<(Misfit, String)> {
        read::<T>(&reply.into(), None).err().map(|problem| (problem.misfit, problem.told))
    }

    fn cut(text: &str) -> LlmResponse {
        LlmResponse::text(text).with_finish_reason(FinishReason::Length)
    }

    #[test]
    fn the_first_json_that_fits_is_the_value() {
        let reply = r#"See [1] and ["x", 2]: [7, "seven"], not [8, "eight"]."#;
        let value = read::<Pair>(&reply.into(), None).ok();
        assert_eq!(value, Some((7, "seven".to_owned())));
        assert_eq!(read::<u32>(&" 42\n".into(), None).ok(), Some(42));
        assert_eq!(read::<String>(&"```json\n\"x\"\n```".into(), None).ok().as_deref(), Some("x"));
    }

    #[test]
    fn a_draft_in_the_model_s_thoughts_is_no_value() {
        let reply = r#"<think>Raku? [1000, "raku"]</think>[1260, "tenmoku"]"#;
        let value = read::<Pair>(&reply.into(), None).ok();
        assert_eq!(value, Some((1260, "tenmoku".to_owned())));
        assert_eq!(misfit::<Pair>(r#"<think>[1000, "raku"]"#).map(|m| m.0), Some(Misfit::Empty));
        let lost = r#"<think>[1000, "raku"]</think>I do not know."#;
        assert_eq!(misfit::<Pair>(lost).map(|m| m.0), Some(Misfit::NotJson));
    }

    #[test]
    fn the_model_is_told_what_was_wrong() {
        let told = |reply: &str| misfit::<Pair>(reply).expect("a misfit");
        assert_eq!(told(" \n"), (Misfit::Empty, "It was empty.".into()));
        assert_eq!(told("I cannot."), (Misfit::NotJson, "There was no JSON in it.".into()));
        let (kind, text) = told(r#"Here: [7, "seven",]"#);
        assert_eq!(kind, Misfit::NotJson);
        assert!(text.starts_with("It is not valid JSON: trailing comma at line 1"), "{text}");
        let (kind, text) = told(r#"Here: ["seven", 7]"#);
        assert_eq!(kind, Misfit::WrongShape);
        assert!(text.contains("invalid type: string \"seven\", expected u32"), "{text}");
    }

    #[test]
    fn a_reply_that_was_cut_is_told_as_such_unless_its_json_is_whole() {
        assert_eq!(misfit::<Pair>(cut("[7, \"sev")).map(|m| m.0), Some(Misfit::Truncated));
        assert_eq!(misfit::<u32>(cut("12")).map(|m| m.0), Some(Misfit::Truncated));
        assert_eq!(misfit::<Pair>(cut("")).map(|m| m.0), Some(Misfit::Truncated));
        assert_eq!(misfit::<Pair>(cut("[7, \"seven\"] which is")), None);
    }

    #[test]
    fn a_value_that_the_check_refuses_is_none() {
        let check: ValueCheck<u32> =
            std::sync::Arc::new(|n| if *n > 9 { Err("at most 9".into()) } else { Ok(()) });
        assert_eq!(read(&"9".into(), Some(&check)).ok(), Some(9));
        let problem = read(&"10".into(), Some(&check)).expect_err("refused");
        assert_eq!(problem.misfit, Misfit::Refused);
        assert_eq!(problem.told, "Its values are wrong: at most 9");
    }
}
