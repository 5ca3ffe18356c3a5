//! Which reply answers which call. Knows neither time nor what has been recorded, so that it can be
//! replaced by itself.

use std::fmt;

use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse};

use crate::MockReply;

type Responder = Box<dyn Fn(&ChatRequest) -> MockReply + Send + Sync>;

/// Where the replies come from.
pub(crate) enum Script {
    /// These, in order, again and again.
    Cycle(Vec<MockReply>),
    /// This error, each time.
    Fail(Error),
    /// Whatever the closure says.
    Respond(Responder),
}

impl Script {
    /// The reply to the call of this number, counted from 1. A strict script has each reply once.
    ///
    /// Goes by the number alone and changes nothing, so parallel calls need no lock here.
    pub(crate) fn reply(&self, number: usize, request: &ChatRequest, strict: bool) -> MockReply {
        match self {
            Self::Cycle(replies) if strict && number > replies.len() => {
                one_too_many(number, replies.len()).into()
            }
            Self::Cycle(replies) if replies.is_empty() => LlmResponse::text("").into(),
            Self::Cycle(replies) => replies[(number - 1) % replies.len()].clone(),
            Self::Fail(error) => error.clone().into(),
            Self::Respond(responder) => responder(request),
        }
    }
}

fn one_too_many(number: usize, replies: usize) -> Error {
    let replies = match replies {
        0 => "no replies".to_owned(),
        1 => "1 reply".to_owned(),
        many => format!("{many} replies"),
    };
    let message =
        format!("call {number} is one too many: the strict MockProvider was given {replies}");
    Error::new(ErrorKind::Config, message)
}

/// The kind of script and its size, never a reply.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cycle(replies) => write!(f, "<{} in turn>", replies.len()),
            Self::Fail(_) => f.write_str("<the same error>"),
            Self::Respond(_) => f.write_str("<a closure>"),
        }
    }
}
