//! What a reply of the script comes to at the traits, where there are no bytes: a reply, vectors, or an
//! error that says why it is neither.

use ek_core::{Error, ErrorKind, Result};

use crate::MockReply;
use crate::reply::{Answer, FaultAt, ModelReply};

/// What a model says, if the reply is that.
pub(super) fn modelled(reply: &MockReply) -> Result<&ModelReply> {
    match &reply.answer {
        Answer::Model(model) => Ok(model),
        Answer::Vectors(_) => Err(misplaced("vectors answer a request for a reply")),
        other => Err(other_answer(other)),
    }
}

/// The error of an answer that is neither a reply nor vectors.
pub(super) fn other_answer(answer: &Answer) -> Error {
    match answer {
        Answer::Error(reply) => reply.error.clone(),
        Answer::Raw(_) => only_on_the_wire("a raw response"),
        _ => misplaced("a sequence stands within a sequence"),
    }
}

pub(super) fn misplaced(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the script cannot be played: {what}"))
}

pub(super) fn only_on_the_wire(what: &str) -> Error {
    let why = format!(
        "the script has {what}, and a MockProvider knows no bytes: play it with MockTransport or \
         MockServer"
    );
    Error::new(ErrorKind::Unsupported, why)
}

/// What comes in one piece, unless a fault comes in its place.
pub(super) fn whole<T>(reply: MockReply, read: impl FnOnce(&MockReply) -> Result<T>) -> Result<T> {
    let whole = read(&reply)?;
    match reply.fault {
        None => Ok(whole),
        Some((FaultAt::Byte(_), _)) => Err(only_on_the_wire("a fault at a byte")),
        Some((FaultAt::Pieces(_), fault)) => fault.into_error(0).map_or(Ok(whole), Err),
    }
}
