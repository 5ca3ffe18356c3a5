//! The protocols that are measured. Each has a file of its own with what is asked and what is answered;
//! how our client is made for it is said in `src/clients/executionkit.rs`.

mod anthropic;
mod chat_completions;
pub mod embeddings;
mod gemini;
mod responses;

use serde_json::Value;

use crate::answers::Answer;
use crate::scenario::Question;

/// Makes the answer of this name.
pub type Make = fn(&'static str) -> Answer;

/// A protocol by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `/v1/chat/completions`, as OpenAI has it.
    ChatCompletions,
    /// `/v1/messages`, Anthropic's.
    Anthropic,
    /// `/v1/responses`, OpenAI's.
    Responses,
    /// `/v1beta/models/MODEL:generateContent`, Google's.
    Gemini,
    /// `/v1/embeddings`, as OpenAI has it.
    Embeddings,
}

/// Every protocol.
pub const ALL: [Protocol; 5] = [
    Protocol::ChatCompletions,
    Protocol::Anthropic,
    Protocol::Responses,
    Protocol::Gemini,
    Protocol::Embeddings,
];

/// What is asked and answered in one protocol.
struct Spoken {
    /// The last segment of the base URL.
    version: &'static str,
    model: &'static str,
    /// The path behind the base URL: of a whole reply, and of a streamed one.
    paths: [&'static str; 2],
    /// The headers of a request besides its type, the credential among them.
    headers: &'static [(&'static str, &'static str)],
    request: fn(Question, bool) -> Value,
    /// Every answer by its name. Each is made only when it is asked for: a client that measures its
    /// memory shall hold its own alone.
    answers: &'static [(&'static str, Make)],
}

impl Protocol {
    fn spoken(self) -> &'static Spoken {
        match self {
            Self::ChatCompletions => &chat_completions::SPOKEN,
            Self::Anthropic => &anthropic::SPOKEN,
            Self::Responses => &responses::SPOKEN,
            Self::Gemini => &gemini::SPOKEN,
            Self::Embeddings => &embeddings::SPOKEN,
        }
    }

    /// The last segment of the base URL.
    pub fn version(self) -> &'static str {
        self.spoken().version
    }

    /// The model that is asked.
    pub fn model(self) -> &'static str {
        self.spoken().model
    }

    /// The path behind the base URL.
    pub fn path(self, stream: bool) -> &'static str {
        self.spoken().paths[usize::from(stream)]
    }

    /// The headers of a request besides its type, the credential among them.
    pub fn headers(self) -> &'static [(&'static str, &'static str)] {
        self.spoken().headers
    }

    /// The body of a request, as the yardstick sends it.
    pub fn request(self, question: Question, stream: bool) -> Value {
        (self.spoken().request)(question, stream)
    }

    /// What the server answers.
    pub fn answers(self) -> &'static [(&'static str, Make)] {
        self.spoken().answers
    }
}
