//! Faults and usage as JSON.

use ek_core::Usage;
use serde::{Deserialize, Serialize};

use super::error::ErrorForm;
use super::shorthand::{FromText, text_or_object};
use crate::reply::FaultAt;
use crate::{ErrorReply, Fault};

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum FaultKind {
    Reset,
    Cut,
    End,
    Hang,
    Malformed,
    NoDone,
    Error,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultForm {
    kind: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_pieces: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_byte: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_error")]
    error: Option<ErrorForm>,
}

fn some_error<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<ErrorForm>, D::Error> {
    text_or_object(d).map(Some)
}

impl FromText for FaultForm {
    const EXPECTED: &'static str =
        "an object with the kind of a fault and its place, or the word `no_done`";

    fn from_text(text: &str) -> Result<Self, String> {
        if text == "no_done" {
            let kind = FaultKind::NoDone;
            return Ok(Self { kind, after_pieces: None, at_byte: None, error: None });
        }
        Err(format!(
            "a fault has a place: write {{\"kind\": {text:?}, \"after_pieces\": 2}} or \"at_byte\""
        ))
    }
}

impl TryFrom<FaultForm> for (FaultAt, Fault) {
    type Error = String;

    fn try_from(form: FaultForm) -> Result<Self, String> {
        let fault = match (form.kind, form.error) {
            (FaultKind::Error, Some(error)) => Fault::Error(ErrorReply::from(error).error),
            (FaultKind::Error, None) => return Err("the fault `error` needs an `error`".into()),
            (_, Some(_)) => return Err("only the fault `error` has an `error`".into()),
            (FaultKind::Reset, None) => Fault::Reset,
            (FaultKind::Cut, None) => Fault::Cut,
            (FaultKind::End, None) => Fault::End,
            (FaultKind::Hang, None) => Fault::Hang,
            (FaultKind::Malformed, None) => Fault::Malformed,
            (FaultKind::NoDone, None) => Fault::NoDone,
        };
        let no_done = form.kind == FaultKind::NoDone;
        let at = match (form.after_pieces, form.at_byte) {
            (None, None) if no_done => FaultAt::Pieces(usize::MAX),
            (Some(_), _) | (_, Some(_)) if no_done => {
                return Err("the fault `no_done` has no place".into());
            }
            (Some(pieces), None) => FaultAt::Pieces(pieces),
            (None, Some(byte)) => FaultAt::Byte(byte),
            _ => return Err("a fault has one place: `after_pieces` or `at_byte`".into()),
        };
        Ok((at, fault))
    }
}

impl TryFrom<&(FaultAt, Fault)> for FaultForm {
    type Error = String;

    fn try_from((at, fault): &(FaultAt, Fault)) -> Result<Self, String> {
        let mut error = None;
        let kind = match fault {
            Fault::Reset => FaultKind::Reset,
            Fault::Cut => FaultKind::Cut,
            Fault::End => FaultKind::End,
            Fault::Hang => FaultKind::Hang,
            Fault::Malformed => FaultKind::Malformed,
            Fault::NoDone => FaultKind::NoDone,
            Fault::Error(inner) => {
                error = Some(ErrorForm::try_from(&ErrorReply::new(inner.clone()))?);
                FaultKind::Error
            }
        };
        let (after_pieces, at_byte) = match *at {
            _ if kind == FaultKind::NoDone => (None, None),
            FaultAt::Pieces(pieces) => (Some(pieces), None),
            FaultAt::Byte(byte) => (None, Some(byte)),
        };
        Ok(Self { kind, after_pieces, at_byte, error })
    }
}

/// Token counts, or the wish for made-up ones.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct UsageForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cached_input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_write: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<u64>,
    #[serde(skip)]
    pub(super) counted: bool,
}

impl FromText for UsageForm {
    const EXPECTED: &'static str = "an object of token counts, or `counted` or `none`";

    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "counted" => Ok(Self { counted: true, ..Self::default() }),
            "none" => Ok(Self::default()),
            other => Err(format!("unknown usage `{other}`, expected {}", Self::EXPECTED)),
        }
    }
}

impl From<&UsageForm> for Usage {
    fn from(form: &UsageForm) -> Self {
        let mut usage = Self::default();
        usage.input_tokens = form.input;
        usage.output_tokens = form.output;
        usage.total_tokens = form.total;
        usage.cached_input_tokens = form.cached_input;
        usage.cache_write_tokens = form.cache_write;
        usage.reasoning_tokens = form.reasoning;
        usage
    }
}

impl From<&Usage> for UsageForm {
    fn from(usage: &Usage) -> Self {
        Self {
            input: usage.input_tokens,
            output: usage.output_tokens,
            total: usage.total_tokens,
            cached_input: usage.cached_input_tokens,
            cache_write: usage.cache_write_tokens,
            reasoning: usage.reasoning_tokens,
            counted: false,
        }
    }
}
