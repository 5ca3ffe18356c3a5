//! Any provider that can call tools will do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ek_core::{
    ChatRequest, DynToolProvider, LlmProvider, LlmResponse, Result, ToolCallingProvider,
};
use ek_patterns::{ReactOptions, ReactStream, react_loop, react_loop_stream};

use super::{ask_tide, model, tide};

#[tokio::test]
async fn a_stream_with_a_provider_of_its_own_borrows_nothing() {
    fn body() -> ReactStream<'static> {
        let model = model([ask_tide("a", "Bergen")]);
        react_loop_stream(model, "?", &[tide()], &ReactOptions::default()).expect("a stream")
    }
    let outcome = tokio::spawn(body().collect()).await.expect("it ran").expect("an answer");
    assert_eq!(outcome.value, "done");
}

/// A user's own adapter: no more than `complete`, and the word that it can call tools.
#[derive(Default)]
struct Adapter(AtomicU32);

impl LlmProvider for Adapter {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        if self.0.fetch_add(1, Ordering::SeqCst) == 0 {
            return Ok(LlmResponse::default().with_tool_calls([ask_tide("a", "Bergen")]));
        }
        Ok(LlmResponse::text(request.messages.last().expect("a result").text()))
    }
}

impl ToolCallingProvider for Adapter {}

#[tokio::test]
async fn an_adapter_that_writes_complete_alone_will_do() {
    let outcome = react_loop(&Adapter::default(), "?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.spend.unknown_calls), ("04:12", 2));
}

#[tokio::test]
async fn references_arcs_and_handles_will_do() {
    let (tools, options) = ([tide()], ReactOptions::default());
    let arc = Arc::new(model([ask_tide("a", "Bergen")]));
    let outcome = react_loop(&arc, "?", &tools, &options).await.expect("an answer");
    assert_eq!(outcome.value, "done");
    let outcome = react_loop(&&*arc, "?", &tools, &options).await.expect("an answer");
    assert_eq!(outcome.value, "done");

    let handle = DynToolProvider::streaming(model([ask_tide("a", "Bergen")]));
    let outcome = react_loop(&handle, "?", &tools, &options).await.expect("an answer");
    assert_eq!(outcome.value, "done");
    let stream = react_loop_stream(&handle, "?", &tools, &options).expect("a stream");
    assert_eq!(stream.collect().await.expect("an answer").value, "done");
}
