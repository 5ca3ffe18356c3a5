//! What is measured on the wire: one table.

use crate::Outcome;
use crate::scenario::Question;

/// One scenario of the wire.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    /// Its name.
    pub name: &'static str,
    /// Which door of the server is called.
    pub door: &'static str,
    /// What the server answers.
    pub answer: &'static str,
    /// What is asked.
    pub question: Question,
    /// What is done.
    pub load: Load,
    /// Measurements of each client.
    pub rounds: usize,
}

/// What a client has to do.
#[derive(Debug, Clone, Copy)]
pub enum Load {
    /// Callers that each make one call after the other.
    Calls {
        /// At the same time.
        callers: usize,
        /// Of all of them.
        calls: usize,
    },
    /// All calls at the same time, by a client without a connection.
    Burst {
        /// Calls.
        calls: usize,
        /// Whether another client of the process has called the origin before.
        known: bool,
    },
    /// All streams at the same time.
    Streams {
        /// Streams.
        streams: usize,
        /// How often, each time by a new client.
        times: usize,
        /// Whether the client has a connection before they begin.
        warm: bool,
    },
    /// Streams that are open at the same time.
    Memory {
        /// Streams.
        streams: usize,
    },
    /// Streams of which the first piece alone is read, while calls go on.
    Held {
        /// Unread.
        streams: usize,
        /// One after the other.
        calls: usize,
    },
    /// First tokens: on a new connection, on a used one, and after the connection was idle too long.
    First {
        /// Each time by a new client.
        times: usize,
    },
    /// The first answer of a client without a connection.
    Answer {
        /// Each time by a new client.
        times: usize,
    },
}

const CALLS: Wire = Wire {
    name: "cpu",
    door: "h2",
    answer: "small",
    question: Question::Short,
    load: Load::Calls { callers: 1, calls: 8_000 },
    rounds: 7,
};
const GROWTH: Wire = Wire { door: "plain", rounds: 3, ..CALLS };
const STREAMS: Wire =
    Wire { name: "streams", answer: "slow", load: streams(1_000), rounds: 2, ..CALLS };

const fn calls(callers: usize, calls: usize) -> Load {
    Load::Calls { callers, calls }
}

const fn burst(calls: usize) -> Load {
    Load::Burst { calls, known: false }
}

const fn streams(streams: usize) -> Load {
    Load::Streams { streams, times: 1, warm: false }
}

/// Every scenario, in the order in which they run.
pub const ALL: [Wire; 28] = [
    Wire { name: "cpu-1", ..CALLS },
    Wire { name: "cpu-64", load: calls(64, 16_000), ..CALLS },
    Wire {
        name: "held",
        answer: "held",
        load: Load::Held { streams: 32, calls: 20 },
        rounds: 1,
        ..CALLS
    },
    Wire {
        name: "flood",
        answer: "fast",
        load: Load::Streams { streams: 1_000, times: 10, warm: true },
        rounds: 1,
        ..STREAMS
    },
    Wire { name: "streams", ..STREAMS },
    Wire { name: "streams-100", door: "h2-100", rounds: 1, ..STREAMS },
    Wire { name: "far-start", door: "far-h2-100", rounds: 1, ..STREAMS },
    Wire {
        name: "far-first",
        door: "far-h2",
        answer: "few",
        load: Load::First { times: 7 },
        rounds: 1,
        ..CALLS
    },
    Wire {
        name: "far-64k",
        door: "far-h2",
        answer: "large",
        load: Load::Answer { times: 9 },
        rounds: 2,
        ..CALLS
    },
    Wire {
        name: "far-1m",
        door: "far-h2",
        answer: "huge",
        load: Load::Answer { times: 9 },
        rounds: 2,
        ..CALLS
    },
    Wire { name: "far-burst", door: "far-h1", load: burst(1_000), rounds: 7, ..CALLS },
    Wire {
        name: "far-burst-known",
        door: "far-h1",
        load: Load::Burst { calls: 1_000, known: true },
        rounds: 7,
        ..CALLS
    },
    Wire { name: "start", door: "h2", load: Load::Answer { times: 1 }, rounds: 15, ..CALLS },
    Wire { name: "burst-plain", door: "plain", load: burst(2_000), rounds: 5, ..CALLS },
    Wire { name: "burst-h1", door: "h1", load: burst(2_000), rounds: 5, ..CALLS },
    Wire { name: "burst-h2", door: "h2", load: burst(2_000), rounds: 5, ..CALLS },
    Wire { name: "burst-h2-100", door: "h2-100", load: burst(2_000), rounds: 2, ..CALLS },
    Wire {
        name: "memory-h1",
        door: "plain",
        answer: "long",
        load: Load::Memory { streams: 10_000 },
        rounds: 1,
        ..STREAMS
    },
    Wire {
        name: "memory-h2",
        answer: "long",
        load: Load::Memory { streams: 5_000 },
        rounds: 1,
        ..STREAMS
    },
    Wire { name: "calls-40", answer: "calls-40", load: calls(1, 2_000), ..GROWTH },
    Wire { name: "calls-400", answer: "calls-400", load: calls(1, 400), ..GROWTH },
    Wire { name: "calls-4000", answer: "calls-4000", load: calls(1, 60), ..GROWTH },
    Wire { name: "deltas-2000", answer: "sse", load: calls(1, 400), ..GROWTH },
    Wire { name: "deltas-20000", answer: "sse-10x", load: calls(1, 40), ..GROWTH },
    Wire {
        name: "history-64",
        question: Question::Conversation(64),
        load: calls(1, 3_000),
        ..GROWTH
    },
    Wire {
        name: "history-640",
        question: Question::Conversation(640),
        load: calls(1, 400),
        ..GROWTH
    },
    Wire { name: "tools", door: "plain", answer: "tools", question: Question::Tools, ..CALLS },
    Wire { name: "slow", door: "plain", rounds: 5, ..STREAMS },
];

impl Wire {
    /// The one of this name.
    ///
    /// # Errors
    /// If there is none.
    pub fn named(name: &str) -> Outcome<Self> {
        let found = ALL.into_iter().find(|scenario| scenario.name == name);
        found.ok_or_else(|| format!("there is no scenario `{name}` of the wire").into())
    }
}
