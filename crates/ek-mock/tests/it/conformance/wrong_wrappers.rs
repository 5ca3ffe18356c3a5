//! Wrappers that forget to pass on, and what the suite says of each.

use ek_core::{
    ChatRequest, ChatStream, DynProvider, Error, ErrorKind, LlmProvider, LlmResponse, Result,
    StreamingProvider, ToolCallingProvider,
};
use ek_mock::MockProvider;

use super::adapters::assert_broken;

/// Written by hand, with the methods that the compiler asks for and no others.
struct Logged<P>(P);

impl<P: LlmProvider> LlmProvider for Logged<P> {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.0.complete(request).await
    }
}

impl<P: ToolCallingProvider> ToolCallingProvider for Logged<P> {}

impl<P: StreamingProvider> StreamingProvider for Logged<P> {
    async fn stream(&self, request: &ChatRequest) -> Result<ChatStream> {
        self.0.stream(request).await
    }
}

#[tokio::test]
async fn one_that_forgets_the_model() {
    let inner = MockProvider::new(["warm"]).with_model("mock-1");
    assert_broken!(
        a_wrapper_delegates(&Logged(inner.clone()), &inner),
        "`model()` of the wrapper is None, and inside it is Some(\"mock-1\")"
    );
}

#[tokio::test]
async fn one_that_forgets_whether_tools_are_supported() {
    let inner = MockProvider::new(["warm"]).without_tools();
    assert_broken!(
        a_tool_wrapper_delegates(&Logged(inner.clone()), &inner),
        "`supports_tools()` of the wrapper is true, and inside it is false",
        "a wrapper supports tools if what is inside does: `supports_tools()` is passed on"
    );
}

#[tokio::test]
async fn ones_that_end_calls_otherwise() {
    let fails = |kind| MockProvider::failing(Error::new(kind, "no"));
    let works = || MockProvider::new(["warm"]);
    for (wrapper, inner, seen) in [
        (
            fails(ErrorKind::Server),
            works(),
            "the inner call succeeded, the wrapper's failed with Server: no",
        ),
        (
            works(),
            fails(ErrorKind::Server),
            "the wrapper's call succeeded, the inner failed with Server: no",
        ),
        (
            fails(ErrorKind::Config),
            fails(ErrorKind::Server),
            "the inner call fails with Server, the wrapper's with Config",
        ),
    ] {
        assert_broken!(
            a_wrapper_delegates(&wrapper, &inner),
            seen,
            "a wrapper passes on what it does not change, `model()` included"
        );
    }
}

#[tokio::test]
async fn one_that_forgets_whether_streams_are_supported() {
    let inner = DynProvider::new(MockProvider::new(["warm"]));
    assert_broken!(
        a_streaming_wrapper_delegates(&Logged(inner.clone()), &inner),
        "`supports_streaming()` of the wrapper is true, and inside it is false",
        "a wrapper streams if what is inside does: `supports_streaming()` is passed on"
    );
}
