//! Faults as JSON.

use serde::{Deserialize, Serialize};

use super::error::ErrorForm;
use super::shorthand::{FromText, some_text_or_object};
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
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "some_text_or_object"
    )]
    error: Option<ErrorForm>,
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
