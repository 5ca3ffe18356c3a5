//! A cassette as a script: each recorded question is a rule, and a question that nobody recorded is an
//! error that shows the nearest.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, Result};
use serde_json::Value;

use super::exchange::{Exchange, Response};
use super::{folder, nearest, same};
use crate::wire::read_body;
use crate::{AtEnd, MockReply, RawReply, Rule, Script, When};

/// Recorded exchanges with a real endpoint.
///
/// [`Cassette::replay`] makes a [`Script`] of a folder, for
/// [`MockTransport`](crate::wire::MockTransport) or [`MockServer`](crate::wire::MockServer): the client
/// under test then decodes the bytes that the endpoint sent, as they came. A request is answered by the
/// recording that asks the same (messages, model, tools, settings; not headers and time limits); one
/// question that was recorded several times is answered in that order, and then with the last.
///
/// A request that nobody recorded gets an error that is not retried, and says in what it differs from
/// the nearest recording.
///
/// ```no_run
/// use ek_mock::{Cassette, wire::MockTransport};
///
/// # fn example() -> ek_core::Result<()> {
/// let transport = MockTransport::new(Cassette::replay("tests/cassettes/tides")?);
/// // Provider::builder(transport.uri(), "gpt-4.1-mini").connector(transport.clone())...
/// # Ok(())
/// # }
/// ```
///
/// With the feature `record`, `Cassette::record` makes them.
#[derive(Clone)]
#[must_use]
pub struct Cassette {
    folder: String,
    exchanges: Vec<(String, Exchange)>,
    ignored: Vec<String>,
    at_once: bool,
}

impl Cassette {
    /// Reads a folder of recordings.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the folder cannot be read or holds none, or a file is no recording; the
    /// message names the file and the place.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let exchanges = folder::read(folder)?;
        let folder = folder.display().to_string();
        Ok(Self { folder, exchanges, ignored: Vec::new(), at_once: false })
    }

    /// The script that plays a folder as it was recorded, times included:
    /// [`open`](Self::open) and [`script`](Self::script).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn replay(folder: impl AsRef<Path>) -> Result<Script> {
        Self::open(folder)?.script()
    }

    /// Leaves a key of the body out of the comparison, for what differs from run to run: `user`,
    /// `metadata`, `seed`.
    pub fn ignoring(mut self, key: impl Into<String>) -> Self {
        self.ignored.push(key.into());
        self
    }

    /// Plays without the waits that were recorded: for a real clock.
    pub fn without_waits(mut self) -> Self {
        self.at_once = true;
        self
    }

    /// How many exchanges there are; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty one cannot be opened")]
    pub fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// The script that plays it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if a recorded request is no chat request; the message names the file.
    pub fn script(&self) -> Result<Script> {
        let mut questions: Vec<Question> = Vec::new();
        for (name, exchange) in &self.exchanges {
            let (asked, streamed) = self.asked(name, exchange)?;
            let reply = self.reply(&exchange.response);
            match questions.iter_mut().find(|one| one.asks(&asked, streamed)) {
                Some(question) => question.replies.push(reply),
                None => questions.push(Question {
                    name: name.clone(),
                    asked,
                    streamed,
                    replies: vec![reply],
                }),
            }
        }
        let known: Arc<[(String, bool, Value)]> = questions
            .iter()
            .map(|one| (one.name.clone(), one.streamed, one.asked.clone()))
            .collect();
        let mut script = Script::new();
        for question in questions {
            let ignored = self.ignored.clone();
            let name = format!("recording {}", question.name);
            let asked = question.asked;
            let when = When::predicate(&name, move |request: &ChatRequest| {
                same::question(request, &ignored) == asked
            });
            let when = When::streamed(question.streamed).and(when);
            let rule = Rule::new(when).named(name).replies(question.replies);
            script = script.rule(rule.at_end(AtEnd::RepeatLast));
        }
        for streamed in [true, false] {
            let miss = Miss {
                folder: self.folder.clone(),
                ignored: self.ignored.clone(),
                known: Arc::clone(&known),
                streamed,
            };
            let rule = Rule::responding(When::streamed(streamed), move |request: &ChatRequest| {
                miss.error(request)
            });
            script = script.rule(rule.named("no recording"));
        }
        Ok(script)
    }

    fn asked(&self, name: &str, exchange: &Exchange) -> Result<(Value, bool)> {
        let body = exchange.request.body.to_string();
        let (request, streamed) = read_body(body.as_bytes()).map_err(|why| {
            Error::new(ErrorKind::Config, format!("{}/{name}: {why}", self.folder))
        })?;
        Ok((same::question(&request, &self.ignored), streamed))
    }

    fn reply(&self, response: &Response) -> MockReply {
        let mut reply = RawReply::new(response.status);
        for (name, value) in &response.headers {
            reply = reply.with_header(name, value);
        }
        let mut before = Duration::from_millis(response.at_ms);
        let latency = if self.at_once { Duration::ZERO } else { before };
        for frame in &response.frames {
            let wait = frame.at().saturating_sub(before);
            before = before.max(frame.at());
            let wait = if self.at_once { Duration::ZERO } else { wait };
            // That each frame can be read was seen when the file was.
            reply = reply.with_piece(wait, frame.bytes().unwrap_or_default());
        }
        MockReply::from(reply).after(latency)
    }
}

/// What was asked, and all that was answered.
struct Question {
    name: String,
    asked: Value,
    streamed: bool,
    replies: Vec<MockReply>,
}

impl Question {
    fn asks(&self, asked: &Value, streamed: bool) -> bool {
        self.streamed == streamed && self.asked == *asked
    }
}

/// The answer to what nobody recorded.
struct Miss {
    folder: String,
    ignored: Vec<String>,
    known: Arc<[(String, bool, Value)]>,
    streamed: bool,
}

impl Miss {
    fn error(&self, request: &ChatRequest) -> Error {
        let asked = same::question(request, &self.ignored);
        let form = |streamed| if streamed { "as a stream" } else { "not as a stream" };
        let nearest = self.known.iter().map(|(name, streamed, recorded)| {
            let mut differences = nearest::differences(recorded, &asked);
            if *streamed != self.streamed {
                let (was, is) = (form(*streamed), form(self.streamed));
                differences.push(format!("it was asked {was} and is asked {is}"));
            }
            (name, differences)
        });
        let nearest = nearest.min_by_key(|(_, differences)| differences.len());
        let mut message = format!("this request was never recorded in {}", self.folder);
        if let Some((name, differences)) = nearest {
            let words = nearest::in_words(&differences);
            message.push_str(&format!(". The nearest is {name}, but: {words}"));
        }
        Error::new(ErrorKind::Config, message)
    }
}

/// Where it is from and how much it is, never what was said.
impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cassette")
            .field("folder", &self.folder)
            .field("exchanges", &self.exchanges.len())
            .finish_non_exhaustive()
    }
}
