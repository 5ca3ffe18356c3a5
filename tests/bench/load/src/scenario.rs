//! What is measured: one table.

use serde_json::Value;

use crate::Outcome;
use crate::words;

/// Text deltas of a stream.
pub const DELTAS: usize = 2_000;
/// Deltas of each call of a streamed reply with calls; the first has the name.
pub const TOOL_DELTAS_PER_CALL: usize = 101;
/// Deltas of a slow stream.
pub const SLOW_DELTAS: usize = 100;
/// One for each tool call.
pub const TOOLS: [&str; 3] = ["Oslo", "Bergen", "Tromsø"];

/// One scenario.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its name in the table.
    pub name: &'static str,
    /// What the server answers.
    pub answer: &'static str,
    /// What is asked.
    pub question: Question,
    /// Calls at the same time.
    pub callers: usize,
    /// Threads of the runtime; 0 is the current thread alone.
    pub threads: usize,
    /// Calls of one measurement.
    pub calls: usize,
    /// Calls of the two runs whose difference counts instructions; none where it would say nothing.
    pub counted: Option<(usize, usize)>,
    /// Units in one call, and what they are called: a stream is told by the delta.
    pub units: usize,
}

/// The request of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// One short message.
    Short,
    /// A conversation of this many messages of 1 KiB, of which each call makes its request anew.
    Conversation(usize),
    /// One short message, and tools.
    Tools,
    /// This many texts of 1 KiB, of which vectors are made.
    Texts(usize),
}

impl Question {
    /// Whether each call makes its request anew.
    pub fn is_conversation(self) -> bool {
        matches!(self, Self::Conversation(_))
    }
}

const SMALL: Scenario = Scenario {
    name: "small",
    answer: "small",
    question: Question::Short,
    callers: 1,
    threads: 0,
    calls: 10_000,
    counted: Some((300, 1_300)),
    units: 1,
};

const LARGE: Scenario =
    Scenario { name: "large", answer: "large", calls: 4_000, counted: Some((100, 400)), ..SMALL };

const MANY: Scenario =
    Scenario { name: "small-64", callers: 64, calls: 20_000, counted: None, ..SMALL };

const TOOL_CALLS: Scenario =
    Scenario { name: "tools", answer: "tools", question: Question::Tools, ..SMALL };

const SSE: Scenario = Scenario {
    name: "sse",
    answer: "sse",
    calls: 300,
    counted: Some((3, 13)),
    units: DELTAS,
    ..SMALL
};

const SSE_TOOLS: Scenario = Scenario {
    name: "sse-tools",
    answer: "sse-tools",
    calls: 1_000,
    counted: Some((10, 40)),
    units: TOOLS.len() * TOOL_DELTAS_PER_CALL,
    ..SMALL
};

const SLOW: Scenario = Scenario {
    name: "slow",
    answer: "slow",
    callers: 1_000,
    calls: 1_000,
    counted: None,
    units: SLOW_DELTAS,
    ..SMALL
};

/// Every scenario, in the order of the table.
pub const ALL: [Scenario; 29] = [
    SMALL,
    MANY,
    Scenario { name: "small-64-2-threads", threads: 2, ..MANY },
    LARGE,
    Scenario { name: "history", answer: "small", question: Question::Conversation(64), ..LARGE },
    TOOL_CALLS,
    SSE,
    SSE.answered_by("sse-padded"),
    SSE.answered_by("sse-varied"),
    SSE_TOOLS,
    SSE_TOOLS.answered_by("sse-tools-varied"),
    SLOW,
    Scenario { name: "slow-2-threads", threads: 2, ..SLOW },
    SMALL.answered_by("anthropic-small"),
    TOOL_CALLS.answered_by("anthropic-tools"),
    SSE.answered_by("anthropic-sse"),
    SSE_TOOLS.answered_by("anthropic-sse-tools"),
    SMALL.answered_by("responses-small"),
    TOOL_CALLS.answered_by("responses-tools"),
    SSE.answered_by("responses-sse"),
    SSE_TOOLS.answered_by("responses-sse-tools"),
    SMALL.answered_by("gemini-small"),
    TOOL_CALLS.answered_by("gemini-tools"),
    SSE.answered_by("gemini-sse"),
    SSE_TOOLS.answered_by("gemini-sse-tools"),
    VECTORS,
    VECTORS.answered_by("vectors-1-base64"),
    MANY_VECTORS.answered_by("vectors-64"),
    MANY_VECTORS.answered_by("vectors-64-base64"),
];

const VECTORS: Scenario = Scenario {
    name: "vectors-1",
    answer: "vectors-1",
    question: Question::Texts(1),
    calls: 4_000,
    counted: Some((100, 400)),
    ..SMALL
};

const MANY_VECTORS: Scenario =
    Scenario { question: Question::Texts(64), calls: 300, counted: Some((3, 13)), ..VECTORS };

impl Scenario {
    /// The same with the answer of this name.
    const fn answered_by(self, answer: &'static str) -> Self {
        Self { name: answer, answer, ..self }
    }

    /// The one of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(name: &str) -> Outcome<Self> {
        let found = ALL.into_iter().find(|scenario| scenario.name == name);
        found.ok_or_else(|| format!("there is no scenario `{name}`").into())
    }
}

/// The texts of a conversation: roles in turn.
pub fn conversation(question: Question) -> Vec<(&'static str, String)> {
    let Question::Conversation(messages) = question else {
        return vec![("user", "Why is a kiln heated slowly?".to_owned())];
    };
    let role = |at: usize| if at.is_multiple_of(2) { "user" } else { "assistant" };
    (0..messages).map(|at| (role(at), words::text(1024))).collect()
}

/// The texts of which vectors are made.
pub fn texts(question: Question) -> Vec<String> {
    let Question::Texts(texts) = question else { return Vec::new() };
    vec![words::text(1024); texts]
}

/// The schema of the tools' arguments.
pub const SCHEMA: &str = r#"{"type":"object","properties":{"city":{"type":"string","description":"A harbour town"},"days":{"type":"integer","minimum":1},"note":{"type":"string"}},"required":["city"]}"#;
/// The same as a tree.
pub fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap_or_default()
}

/// Each tool's description.
pub const TOOL_DESCRIPTION: &str = "What a sailor asks";
/// The names of the tools.
pub const TOOL_NAMES: [&str; 3] = ["tide_table", "ferry_times", "weather"];

/// Of the request, in OpenAI's protocols.
pub const MODEL: &str = "gpt-4o-mini";
/// Of a request for vectors.
pub const VECTOR_MODEL: &str = "text-embedding-3-small";
/// A credential that opens nothing.
pub const API_KEY: &str = "sk-0123456789abcdef";
/// Of the request.
pub const TEMPERATURE: f32 = 0.7;
/// Of the request.
pub const MAX_TOKENS: u32 = 4096;
