//! What a mock is to do, as data: rules with replies. It knows no face and no clock, and what has been
//! used up of it stands elsewhere, so that one script can be played many times.

mod expected;
mod json;
mod policy;
mod rule;
mod when;

use std::fmt;
use std::time::Duration;

use ek_core::{ChatRequest, Result};

pub use expected::Expected;
pub(crate) use expected::calls;
pub use policy::{AtEnd, Per};
pub(crate) use rule::Replies;
pub use rule::Rule;
pub use when::When;
pub(crate) use when::{Asked, Condition, model_of};

use crate::pace::Pace;
use crate::{Chaos, MockReply};

/// What a mock answers to whom: rules in order, of which the first that fits a request answers it.
///
/// One script has three faces: [`MockProvider`](crate::MockProvider) at the trait, and with the feature
/// `wire` `MockTransport` in memory and `MockServer` over TCP. A request that no rule fits is an error
/// that says what was asked and which rules there are; it is not retried.
///
/// ```
/// use ek_core::{Error, ErrorKind, LlmResponse, ToolCall};
/// use ek_mock::{MockReply, Rule, Script, When};
/// use std::time::Duration;
///
/// let script = Script::new()
///     .on(When::tool_result_of("tide"), ["High water is at noon."])
///     .on(
///         When::user_text_contains("tide"),
///         [LlmResponse::default().with_tool_calls([ToolCall::new("call_1", "tide", "{}")])],
///     )
///     .rule(
///         // Two failures before each answer, for each caller.
///         Rule::new(When::user_text_contains("wind")).reply(MockReply::attempts([
///             MockReply::from(Error::new(ErrorKind::RateLimited, "slow down")),
///             MockReply::from(Error::new(ErrorKind::Server, "HTTP 503")),
///             MockReply::from("Force 5 from the west.").after(Duration::from_secs(2)),
///         ])),
///     )
///     .otherwise(["I only know the sea."]);
/// ```
///
#[doc = include_str!("format.md")]
#[derive(Clone, Default)]
#[must_use]
pub struct Script {
    pub(crate) rules: Vec<Rule>,
    /// That of every reply that does not say otherwise.
    pub(crate) pace: Pace,
    pub(crate) chaos: Option<Chaos>,
}

impl Script {
    /// A script without rules, which fits no request at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// A script that gives these replies to every caller, and starts over after the last; without any
    /// it gives empty texts. What [`MockProvider::new`](crate::MockProvider::new) plays;
    /// [`once`](Self::once) does not start over.
    pub fn cycling<R: Into<MockReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        Self::new().otherwise(replies)
    }

    /// A script that gives each of these replies once, to any request: a call more is an error that says
    /// so and is not retried. For a test that is to notice a call too many.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> ek_core::Result<()> {
    /// use ek_core::{ChatRequest, ErrorKind, LlmProvider};
    /// use ek_mock::{MockProvider, Script};
    ///
    /// let llm = MockProvider::from_script(Script::once(["flood"]));
    /// let request = ChatRequest::user("What is the tide doing?");
    /// assert_eq!(llm.complete(&request).await?.content, "flood");
    /// let error = llm.complete(&request).await.expect_err("there was one reply");
    /// assert_eq!(error.kind(), ErrorKind::Config);
    /// # Ok(())
    /// # }
    /// ```
    pub fn once<R: Into<MockReply>>(replies: impl IntoIterator<Item = R>) -> Self {
        let rule = Rule::new(When::any()).replies(replies);
        Self::new().rule(rule.at_end(AtEnd::Strict))
    }

    /// A script whose replies a closure makes.
    pub fn responding<R: Into<MockReply>>(
        responder: impl Fn(&ChatRequest) -> R + Send + Sync + 'static,
    ) -> Self {
        Self::new().rule(Rule::responding(When::any(), responder))
    }

    /// Adds a rule that gives these replies in turn.
    pub fn on<R: Into<MockReply>>(self, when: When, replies: impl IntoIterator<Item = R>) -> Self {
        self.rule(Rule::new(when).replies(replies))
    }

    /// Adds a rule for every request that no rule before it fits.
    pub fn otherwise<R: Into<MockReply>>(self, replies: impl IntoIterator<Item = R>) -> Self {
        self.on(When::any(), replies)
    }

    /// Adds a rule.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Lets each reply begin this long after its request, by tokio's clock. A reply's own latency
    /// ([`MockReply::after`]) comes first. Default: none.
    pub fn with_latency(mut self, latency: Duration) -> Self {
        self.pace.latency = Some(latency);
        self
    }

    /// Sets the pause before each piece of a reply but the first. A reply's own
    /// ([`MockReply::with_pause`]) comes first. Default: none.
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pace.pause = Some(pause);
        self
    }

    /// Sets how many characters a piece of a stream has. A reply's own
    /// ([`MockReply::with_chunk_chars`]) comes first. Default: 4. At least 1, which 0 counts as.
    pub fn with_chunk_chars(mut self, characters: usize) -> Self {
        self.pace.chunk_chars = Some(characters);
        self
    }

    /// Spoils some of the replies, the same ones in each run.
    pub fn with_chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = Some(chaos);
        self
    }

    /// Refuses what no face could play.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config), with the rule.
    pub fn check(&self) -> Result<()> {
        for (number, rule) in (1..).zip(&self.rules) {
            rule.check().map_err(|error| {
                let label = rule.label(number);
                ek_core::Error::new(error.kind(), format!("{label}: {error}"))
            })?;
        }
        Ok(())
    }

    /// Whether this is a list of replies and nothing else, so that messages need not speak of rules.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(&*self.rules, [rule] if rule.name.is_none() && rule.when.conditions.is_empty())
    }
}

/// The rules by their sizes, never a reply.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("rules", &self.rules).finish_non_exhaustive()
    }
}
