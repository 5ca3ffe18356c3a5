//! The interface of the spans where the feature `tracing` is off: it does nothing.
#![allow(clippy::unused_self, reason = "the same shape as with the feature")]

use std::time::Duration;

use ek_core::{ChatRequest, EmbeddingRequest, Embeddings, Error, LlmResponse, Spend, ToolCall};

use crate::ToolOutcome;

#[derive(Clone)]
pub(crate) struct PatternSpan;

impl PatternSpan {
    pub(crate) fn new(_: &'static str) -> Self {
        Self
    }

    pub(crate) fn run<T, F: Future<Output = T>>(&self, part: F) -> F {
        part
    }

    pub(crate) fn record_spend(&self, _: Spend) {}

    pub(crate) fn record_error(&self, _: &Error) {}
}

#[derive(Clone)]
pub(crate) struct CallSpan;

impl CallSpan {
    pub(crate) fn new(
        _: &PatternSpan,
        _: (Option<&str>, Option<&str>),
        _: &ChatRequest,
        _streams: bool,
        _capture: bool,
    ) -> Self {
        Self
    }

    pub(crate) fn run<T, F: Future<Output = T>>(&self, part: F) -> F {
        part
    }

    pub(crate) fn embeddings(_: &PatternSpan, _: Option<&str>, _: &EmbeddingRequest) -> Self {
        Self
    }

    pub(crate) fn record_response(&self, _: &LlmResponse) {}

    pub(crate) fn record_embeddings(&self, _: &Embeddings) {}

    pub(crate) fn record_error(&self, _: &Error) {}
}

pub(crate) struct ToolSpan;

impl ToolSpan {
    pub(crate) fn new(_: &PatternSpan, _: &ToolCall, _capture: bool) -> Self {
        Self
    }

    pub(crate) fn run<T, F: Future<Output = T>>(&self, part: F) -> F {
        part
    }

    pub(crate) fn record(&self, _: ToolOutcome, _result: &str) {}
}

pub(crate) fn retrying(_: u32, _: Duration, _: &Error) {}
