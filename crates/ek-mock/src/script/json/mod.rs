//! Scripts as JSON, so that a file is a script too. The forms here are what is written; what they mean
//! stands in `script` and `reply`.

mod chaos;
mod error;
mod fault;
mod model;
mod period;
mod raw;
mod reply;
mod shorthand;
mod usage;
mod when;

use ek_core::{Error, ErrorKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::chaos::ChaosForm;
use self::period::Period;
use self::reply::ReplyForm;
use self::shorthand::{Object, OneOrMany};
use self::when::WhenForm;
use crate::pace::Pace;
use crate::script::Replies;
use crate::{AtEnd, Expected, MockReply, Per, Rule, Script, When};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptForm {
    rules: Vec<Object<RuleForm>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latency: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<Period>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chunk_chars: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chaos: Option<Object<ChaosForm>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "says_nothing")]
    when: Object<WhenForm>,
    replies: OneOrMany<ReplySlot>,
    #[serde(default, skip_serializing_if = "is_usual")]
    at_end: AtEnd,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per: Option<Per>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect_calls: Option<ExpectedForm>,
}

fn says_nothing(when: &Object<WhenForm>) -> bool {
    when.0.is_empty()
}

fn is_usual(at_end: &AtEnd) -> bool {
    *at_end == AtEnd::default()
}

/// A reply that is judged where it stands, so that its place is in the message.
struct ReplySlot(MockReply);

impl<'de> Deserialize<'de> for ReplySlot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let form = ReplyForm::deserialize(deserializer)?;
        MockReply::try_from(form).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for ReplySlot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = ReplyForm::try_from(&self.0).map_err(serde::ser::Error::custom)?;
        form.serialize(serializer)
    }
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(untagged, expecting = "a number, or an object with `at_least`, `at_most` or both")]
enum ExpectedForm {
    Exactly(usize),
    Range(RangeForm),
}

#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
struct RangeForm {
    #[serde(default)]
    at_least: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<usize>,
}

impl From<RuleForm> for Rule {
    fn from(form: RuleForm) -> Self {
        let mut rule = Self::new(When::from(&form.when.0));
        rule.name = form.name;
        rule.replies = Replies::Queue(form.replies.0.into_iter().map(|slot| slot.0).collect());
        rule.at_end = form.at_end;
        rule.per = form.per;
        rule.expected = form.expect_calls.map(|expected| match expected {
            ExpectedForm::Exactly(calls) => calls.into(),
            ExpectedForm::Range(range) => Expected { least: range.at_least, most: range.at_most },
        });
        rule
    }
}

impl TryFrom<&Rule> for RuleForm {
    type Error = String;

    fn try_from(rule: &Rule) -> Result<Self, String> {
        let Replies::Queue(replies) = &rule.replies else {
            return Err("its replies come from a closure".to_owned());
        };
        for (number, reply) in (1..).zip(replies) {
            ReplyForm::try_from(reply).map_err(|why| format!("reply {number}: {why}"))?;
        }
        let expected = |expected: Expected| match (expected.least, expected.most) {
            (least, Some(most)) if least == most => ExpectedForm::Exactly(least),
            (at_least, at_most) => ExpectedForm::Range(RangeForm { at_least, at_most }),
        };
        Ok(Self {
            name: rule.name.clone(),
            when: Object(WhenForm::try_from(&rule.when)?),
            replies: OneOrMany(replies.iter().cloned().map(ReplySlot).collect()),
            at_end: rule.at_end,
            per: rule.per,
            expect_calls: rule.expected.map(expected),
        })
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(form) = Object::<ScriptForm>::deserialize(deserializer)?;
        let pace = Pace {
            latency: form.latency.map(|period| period.0),
            pause: form.pause.map(|period| period.0),
            chunk_chars: form.chunk_chars,
        };
        let rules = form.rules.into_iter().map(|rule| rule.0.into()).collect();
        let chaos = form.chaos.map(|chaos| chaos.0.into());
        let script = Self { rules, pace, chaos };
        script.check().map_err(serde::de::Error::custom)?;
        Ok(script)
    }
}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = (1..).zip(&self.rules).map(|(number, rule)| {
            RuleForm::try_from(rule).map(Object).map_err(|why| {
                let label = rule.label(number);
                serde::ser::Error::custom(format!("{label} cannot be written as JSON: {why}"))
            })
        });
        let form = ScriptForm {
            rules: rules.collect::<Result<_, _>>()?,
            latency: self.pace.latency.map(Period),
            pause: self.pace.pause.map(Period),
            chunk_chars: self.pace.chunk_chars,
            chaos: self.chaos.map(|chaos| Object(chaos.into())),
        };
        form.serialize(serializer)
    }
}

impl Script {
    /// Reads a script from JSON; the form is described [above](Self#as-json).
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with the place, in the script and by line and column, and with what is
    /// allowed there.
    ///
    /// ```
    /// use ek_mock::Script;
    ///
    /// let typo = r#"{"rules": [{"replies": [{"txet": "High water at noon."}]}]}"#;
    /// let error = Script::from_json(typo).expect_err("a typing error");
    /// assert!(error.to_string().contains("rules[0].replies[0].txet: unknown field `txet`"));
    /// ```
    pub fn from_json(json: &str) -> ek_core::Result<Self> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = serde_path_to_error::deserialize(&mut reader);
        let read = read.map_err(|error| match error.path().to_string().as_str() {
            "." | "?" => error.inner().to_string(),
            place => format!("{place}: {}", error.inner()),
        });
        let read = read.and_then(|script| match reader.end() {
            Ok(()) => Ok(script),
            Err(error) => Err(error.to_string()),
        });
        read.map_err(|why| {
            Error::new(ErrorKind::Config, format!("the script cannot be read: {why}"))
        })
    }

    /// Writes the script as JSON, for people to read.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] if it has what JSON cannot say: closures, rate limits, errors with a
    /// partial reply. The message names the rule.
    pub fn to_json(&self) -> ek_core::Result<String> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Error::new(ErrorKind::Unsupported, error.to_string()))
    }
}
