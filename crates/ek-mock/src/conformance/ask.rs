//! How clauses ask: distinct questions, calls whose panics are caught, and words for
//! what came back.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use ek_core::{
    ChatRequest, ChatStream, Error, LlmProvider, LlmResponse, Result, StreamingProvider,
};
use futures_util::FutureExt as _;

use super::{Judged, SawNothing, Violation};

/// A clause at work: its name, and what it demands.
#[derive(Clone, Copy)]
pub(super) struct Clause {
    name: &'static str,
    owed: &'static str,
}

impl Clause {
    pub(super) const fn new(name: &'static str, owed: &'static str) -> Self {
        Self { name, owed }
    }

    pub(super) fn broken(self, seen: impl Into<String>) -> Violation {
        Violation { clause: self.name, seen: seen.into(), owed: self.owed }
    }

    pub(super) fn require(
        self,
        holds: bool,
        seen: impl FnOnce() -> String,
    ) -> Result<(), Violation> {
        if holds { Ok(()) } else { Err(self.broken(seen())) }
    }

    /// The clause is kept, if it saw something: else nothing could be judged.
    pub(super) fn kept_if(self, saw: bool, wants: &'static str) -> Result<Judged, Violation> {
        if saw { Ok(Judged::Kept) } else { self.saw_nothing(wants) }
    }

    /// Nothing could be judged.
    pub(super) fn saw_nothing(self, wants: &'static str) -> Result<Judged, Violation> {
        Ok(Judged::SawNothing(SawNothing { clause: self.name, wants }))
    }

    /// Only a provider that can stream owes it.
    pub(super) fn unstreamed(self) -> Result<Judged, Violation> {
        self.saw_nothing("a provider whose `supports_streaming()` is true")
    }

    /// Only a provider that can call tools owes it.
    pub(super) fn toolless(self) -> Result<Judged, Violation> {
        self.saw_nothing("a provider whose `supports_tools()` is true")
    }

    /// What a call comes to. A panic breaks every clause.
    pub(super) async fn outcome(
        self,
        provider: &impl LlmProvider,
        request: &ChatRequest,
    ) -> Result<Result<LlmResponse>, Violation> {
        self.guarded("the call", provider.complete(request)).await
    }

    /// The reply to a call that has to succeed.
    pub(super) async fn reply(
        self,
        provider: &impl LlmProvider,
        request: &ChatRequest,
    ) -> Result<LlmResponse, Violation> {
        let outcome = self.outcome(provider, request).await?;
        outcome.map_err(|error| self.failed("the call", &error))
    }

    /// A stream that has to begin.
    pub(super) async fn stream(
        self,
        provider: &impl StreamingProvider,
        request: &ChatRequest,
    ) -> Result<ChatStream, Violation> {
        let begun = self.guarded("the call of `stream`", provider.stream(request)).await?;
        begun.map_err(|error| self.failed("the call of `stream`", &error))
    }

    /// Runs a future; its panic is what was seen.
    pub(super) async fn guarded<T>(
        self,
        what: &str,
        future: impl Future<Output = T>,
    ) -> Result<T, Violation> {
        // The future is not polled again after a panic, so what it left half done is not seen.
        let outcome = AssertUnwindSafe(future).catch_unwind().await;
        outcome.map_err(|panic| self.broken(format!("{what} panicked: {}", words_of(&*panic))))
    }

    pub(super) fn failed(self, what: &str, error: &Error) -> Violation {
        self.broken(format!("{what} failed with {:?}: {error}", error.kind()))
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

/// A word that no other question has.
pub(super) fn mark(number: usize) -> String {
    format!("heron-{number:03}")
}

/// A question whose answer holds the word, from a model as from an echo.
pub(super) fn question(mark: &str) -> ChatRequest {
    ChatRequest::user(format!("Say this word and nothing else: {mark}"))
}

/// What lets a clause see that answers are mixed up.
pub(super) const DISTINCT: &str =
    "a backend whose answers hold the word they are asked for, as those of `echo` do";

/// The first of these marks that stands in the text without belonging there.
pub(super) fn foreign(text: &str, own: usize, count: usize) -> Option<usize> {
    (0..count).filter(|other| *other != own).find(|other| text.contains(&mark(*other)))
}
