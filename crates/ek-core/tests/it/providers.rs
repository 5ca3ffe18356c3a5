//! The traits and their handles: who implements what, and what is delegated.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ek_core::{
    ChatRequest, DynProvider, DynToolProvider, ErrorKind, LlmProvider, LlmResponse, Result,
    StreamingProvider, ToolCallingProvider,
};

struct Named {
    tools: bool,
}

impl LlmProvider for Named {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text(request.last_user_text().unwrap_or_default()))
    }

    fn model(&self) -> Option<&str> {
        Some("named")
    }
}

impl ToolCallingProvider for Named {
    fn supports_tools(&self) -> bool {
        self.tools
    }
}

/// These providers answer at once, so no runtime is needed.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the provider should answer at once"),
    }
}

fn asks(provider: impl LlmProvider) -> (String, Option<String>) {
    let reply = now(provider.complete(&ChatRequest::user("hi"))).expect("a reply");
    (reply.content, provider.model().map(str::to_owned))
}

#[test]
fn references_boxes_and_arcs_of_a_provider_are_providers() {
    let expected = ("hi".to_owned(), Some("named".to_owned()));
    let provider = Named { tools: true };
    assert_eq!(asks(&provider), expected);
    assert_eq!(asks(Box::new(Named { tools: true })), expected);
    assert_eq!(asks(Arc::new(provider)), expected);
}

#[test]
fn wrappers_and_handles_delegate_whether_tools_are_supported() {
    for tools in [true, false] {
        assert_eq!(Named { tools }.supports_tools(), tools);
        assert_eq!(Arc::new(Named { tools }).supports_tools(), tools);
        assert_eq!(DynToolProvider::new(Named { tools }).supports_tools(), tools);
    }
}

#[test]
fn wrappers_and_handles_delegate_whether_streams_are_supported() {
    fn streams(provider: impl StreamingProvider) -> bool {
        provider.supports_streaming()
    }
    let plain = DynProvider::new(Named { tools: true });
    assert!(!streams(&plain));
    assert!(!streams(Arc::new(plain.clone())));
    assert!(!streams(DynProvider::streaming(plain)), "a handle of a handle");
    let tools = DynToolProvider::new(Named { tools: true });
    assert!(!streams(DynToolProvider::streaming(tools)));
}

#[test]
fn a_handle_that_was_not_taken_as_streaming_says_how_to_take_it() {
    let handle = DynProvider::new(Named { tools: false });
    let request = ChatRequest::user("hi");
    let mut stream = pin!(handle.stream(&request));
    let polled = stream.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("refused at once") };
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("`streaming` does that"), "{error}");
}

#[test]
fn a_dyn_handle_answers_like_what_is_inside_and_shows_its_type_only() {
    let handle = DynToolProvider::new(Arc::new(Named { tools: true }));
    let plain = DynProvider::from(handle.clone());
    assert_eq!(asks(&plain), ("hi".to_owned(), Some("named".to_owned())));
    assert_eq!(asks(handle), asks(DynProvider::new(Named { tools: false })));
    assert!(format!("{plain:?}").starts_with("DynProvider(alloc::sync::Arc<it::providers::Named"));
}

#[test]
fn handles_are_clone_send_sync_and_static() {
    fn holds<T: Clone + Send + Sync + 'static>() {}
    holds::<DynProvider>();
    holds::<DynToolProvider>();
}
