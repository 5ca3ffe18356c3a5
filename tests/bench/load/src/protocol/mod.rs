//! The protocols that are measured. Each has a file of its own with what is asked and what is answered;
//! how our client is made for it is said in `src/clients/executionkit.rs`.

mod chat_completions;

use serde_json::Value;

use crate::answers::Answer;
use crate::scenario::Question;

/// Makes the answer of this name.
pub type Make = fn(&'static str) -> Answer;

/// A protocol by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `/chat/completions`, as OpenAI has it.
    ChatCompletions,
}

/// Every protocol.
pub const ALL: [Protocol; 1] = [Protocol::ChatCompletions];

impl Protocol {
    /// The path behind the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => chat_completions::PATH,
        }
    }

    /// The headers of a request besides its type, the credential among them.
    pub fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::ChatCompletions => &chat_completions::HEADERS,
        }
    }

    /// The body of a request, as the yardstick sends it.
    pub fn request(self, question: Question, stream: bool) -> Value {
        match self {
            Self::ChatCompletions => chat_completions::request(question, stream),
        }
    }

    /// What the server answers.
    pub fn answers(self) -> &'static [(&'static str, Make)] {
        match self {
            Self::ChatCompletions => chat_completions::ANSWERS,
        }
    }
}
