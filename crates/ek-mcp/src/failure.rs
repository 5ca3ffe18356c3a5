//! Failures of a connected server, as errors that name the server and the tool.

use std::time::Duration;

use ek_core::{Error, ErrorKind};
use ek_patterns::ToolError;
use rmcp::model::{ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A failure of one request.
pub(crate) struct Failure<'a> {
    pub(crate) server: &'a str,
    pub(crate) what: What,
}

/// What became of a request.
pub(crate) enum What {
    /// The server answered with an error of the protocol. The message is masked.
    Refused {
        code: i32,
        message: String,
    },
    /// The connection ended. Why, where that is known.
    Ended(Option<String>),
    /// The request could not be sent, or its answer not be read: an error of the transport.
    Transport(Error),
    TooLarge {
        limit: usize,
    },
    TimedOut {
        limit: Duration,
    },
    /// The server wants something first that the client does not offer.
    WantsInput,
    Unreadable,
}

impl Failure<'_> {
    /// As the failure to list the tools.
    pub(crate) fn of_list(&self) -> Error {
        self.error("did not list its tools")
    }

    /// As the failure of the handshake.
    pub(crate) fn of_handshake(&self) -> Error {
        self.error("did not get ready")
    }

    /// As the failure of a call: what the model reads, and the error behind it.
    pub(crate) fn of_call(&self, tool: &str) -> ToolError {
        let error = self.error(&format!("did not run {tool:?}"));
        let server = self.server;
        // What is wrong with the arguments is for the model. Other texts of the server are for its operator.
        let shown = match &self.what {
            What::Refused { code, message } if *code == ErrorCode::INVALID_PARAMS.0 => {
                format!("the MCP server `{server}` refused the arguments: {message}")
            }
            What::Refused { code, .. } => {
                format!("the MCP server `{server}` did not run {tool:?}: error {code}")
            }
            What::Transport(error) => {
                format!("the MCP server `{server}` did not run {tool:?}: {}", error.kind())
            }
            _ => error.to_string(),
        };
        ToolError::shown(shown).with_source(error)
    }

    fn error(&self, missing: &str) -> Error {
        let missing = format!("the MCP server `{}` {missing}", self.server);
        let (kind, why) = match &self.what {
            What::Transport(error) => {
                return error.clone().with_context(missing);
            }
            What::Refused { code, message } => (kind_of(*code), format!("error {code}: {message}")),
            What::Ended(None) => (ErrorKind::Interrupted, "the connection ended".to_owned()),
            What::Ended(Some(why)) => (ErrorKind::Interrupted, why.clone()),
            What::TooLarge { limit } => (
                ErrorKind::TooLarge,
                format!("its answer is larger than {limit} bytes (max_message_bytes)"),
            ),
            What::TimedOut { limit } => (ErrorKind::Timeout, format!("no answer within {limit:?}")),
            What::WantsInput => (
                ErrorKind::Unsupported,
                "it asks for input or wants to answer later, which this client does not offer"
                    .to_owned(),
            ),
            What::Unreadable => {
                (ErrorKind::Malformed, "its answer is not one of the protocol".to_owned())
            }
        };
        Error::new(kind, format!("{missing}: {why}"))
    }
}

fn kind_of(code: i32) -> ErrorKind {
    match ErrorCode(code) {
        ErrorCode::INTERNAL_ERROR => ErrorKind::Server,
        _ => ErrorKind::Rejected,
    }
}

/// The message of an error that a transport puts in the place of an answer that is too large to be read.
pub(crate) const TOO_LARGE: &str = "executionkit: the answer is too large";

/// The same for an answer that is no message of the protocol.
const UNREADABLE: &str = "executionkit: the answer is not one of the protocol";

/// What of a message is enough to know which request it answers.
#[derive(Deserialize)]
struct Answer {
    /// Ids of this client are numbers.
    id: i64,
    method: Option<IgnoredAny>,
}

/// The answer in the place of one that is no message of the protocol: its call would wait for another one.
/// `None` if the message answers no request.
pub(crate) fn unreadable(message: &[u8]) -> Option<ServerJsonRpcMessage> {
    let answer: Answer = serde_json::from_slice(message).ok()?;
    let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, UNREADABLE, None);
    let id = RequestId::Number(answer.id);
    answer.method.is_none().then(|| ServerJsonRpcMessage::error(error, Some(id)))
}

impl What {
    pub(crate) fn refused(error: &ErrorData, limit: usize, mask: impl Fn(&str) -> String) -> Self {
        if error.message == TOO_LARGE {
            return Self::TooLarge { limit };
        }
        if error.message == UNREADABLE {
            return Self::Unreadable;
        }
        Self::Refused { code: error.code.0, message: mask(&error.message) }
    }
}
