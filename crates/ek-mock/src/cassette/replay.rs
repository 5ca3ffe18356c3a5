//! A cassette as a script: each recorded question is a rule, and a question that nobody recorded is an
//! error that shows the nearest.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use super::comparison::{Comparison, Question};
use super::exchange::{Exchange, Response};

use super::{folder, nearest};
use crate::script::Asked;
use crate::{AtEnd, MockReply, RawReply, Rule, Script, When};

/// Recorded exchanges with a real endpoint.
///
/// [`Cassette::replay`] makes a [`Script`] of a folder, for
/// [`MockTransport`](crate::wire::MockTransport) or [`MockServer`](crate::wire::MockServer): the client
/// under test then decodes the bytes that the endpoint sent, as they came. A request is answered by the
/// recording that asks the same (messages, model, tools, settings; not headers and time limits; ids of
/// tool calls by their order, since clients make up those that a server leaves out); one question that
/// was recorded several times is answered in that order, and then with the last. The same holds of requests
/// for embeddings: inputs, model, dimensions, settings, whether numbers or base64.
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
    comparison: Comparison,
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
        Ok(Self { folder, exchanges, comparison: Comparison::default(), at_once: false })
    }

    /// The script that plays a folder as it was recorded, times included:
    /// [`open`](Self::open) and [`script`](Self::script).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn replay(folder: impl AsRef<Path>) -> Result<Script> {
        Self::open(folder)?.script()
    }

    /// Leaves a part of the body out of the comparison, for what differs from run to run: a key (`user`,
    /// `metadata`, `seed`), or a JSON pointer, in which `*` stands for every item or key
    /// (`/metadata/run_id`, `/messages/*/name`).
    pub fn ignoring(mut self, part: impl Into<String>) -> Self {
        self.comparison.ignored.push(part.into());
        self
    }

    /// Lets a closure change what is compared: each recorded question and each that is asked, after
    /// ids of tool calls have been numbered. For what differs from run to run within a text: a time
    /// in the result of a tool, say. Closures that are added run one after the other.
    ///
    /// ```no_run
    /// # fn example() -> ek_core::Result<()> {
    /// use ek_mock::Cassette;
    ///
    /// let script = Cassette::open("tests/cassettes/tides")?
    ///     .normalizing(|question| {
    ///         for message in question["messages"].as_array_mut().into_iter().flatten() {
    ///             if message["role"] == "tool" {
    ///                 message["content"] = "(a result)".into();
    ///             }
    ///         }
    ///     })
    ///     .script()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn normalizing(
        mut self,
        change: impl Fn(&mut serde_json::Value) + Send + Sync + 'static,
    ) -> Self {
        self.comparison.normalise.push(Arc::new(change));
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
    /// [`ErrorKind::Config`] if a recorded request is none for a reply or for embeddings; the message names the
    /// file.
    pub fn script(&self) -> Result<Script> {
        let mut recorded: Vec<Recorded> = Vec::new();
        for (name, exchange) in &self.exchanges {
            let question = self.comparison.question(&exchange.request).map_err(|why| {
                Error::new(ErrorKind::Config, format!("{}/{name}: {why}", self.folder))
            })?;
            let reply = self.reply(&exchange.response);
            match recorded.iter_mut().find(|one| one.question == question) {
                Some(one) => one.replies.push(reply),
                None => {
                    recorded.push(Recorded { name: name.clone(), question, replies: vec![reply] });
                }
            }
        }
        let miss = Miss {
            folder: self.folder.clone(),
            comparison: self.comparison.clone(),
            known: recorded.iter().map(|one| (one.name.clone(), one.question.clone())).collect(),
        };
        let mut script = Script::new();
        for Recorded { name, question, replies } in recorded {
            let comparison = self.comparison.clone();
            let name = format!("recording {name}");
            let kind = question.embeddings.map_or_else(When::any, |_| When::embedding());
            let same = move |asked: &Asked<'_>| comparison.is_same(&question, asked);
            let when = kind.and(When::asked(name.clone(), same));
            let rule = Rule::new(when).named(name).replies(replies);
            script = script.rule(rule.at_end(AtEnd::RepeatLast));
        }
        let miss = Arc::new(miss);
        for when in [When::any(), When::embedding()] {
            let miss = Arc::clone(&miss);
            let missed = Rule::answering(when, move |asked| miss.error(asked).into());
            script = script.rule(missed.named("no recording"));
        }
        Ok(script)
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

/// A recorded question with all its answers.
struct Recorded {
    name: String,
    question: Question,
    replies: Vec<MockReply>,
}

/// The answer to a request that nobody recorded.
struct Miss {
    folder: String,
    comparison: Comparison,
    known: Vec<(String, Question)>,
}

impl Miss {
    fn error(&self, asked: &Asked<'_>) -> Error {
        let json = self.comparison.json(asked);
        let form = |streamed| if streamed { "as a stream" } else { "not as a stream" };
        let is_embedding = asked.embedding.is_some();
        let of_kind = self.known.iter().filter(|(_, known)| known.is_embedding() == is_embedding);
        let nearest = of_kind.map(|(name, recorded)| {
            let mut differences = nearest::differences(&recorded.json, &json);
            if recorded.streamed != asked.streamed {
                let (was, is) = (form(recorded.streamed), form(asked.streamed));
                differences.push(format!("it was asked {was} and is asked {is}"));
            }
            if let Some(is) = asked.protocol.filter(|is| **is != recorded.protocol) {
                let was = &recorded.protocol;
                differences.push(format!("it was asked in {was} and is asked in {is}"));
            }
            let other =
                asked.embeddings_path.zip(recorded.embeddings).filter(|(is, was)| is != was);
            differences
                .extend(other.map(|(is, was)| format!("it was asked at {was} and is at {is}")));
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
