//! Each request goes to the provider whose predicate takes it.

use ek_core::{
    ChatRequest, DynProvider, DynToolProvider, ErrorKind, LlmProvider, StreamingProvider,
    ToolCallingProvider,
};
use ek_mock::MockProvider;
use ek_patterns::Router;

fn asks_for_code(request: &ChatRequest) -> bool {
    request.last_user_text().is_some_and(|text| text.contains("code"))
}

async fn asked(router: &impl LlmProvider, text: &str) -> String {
    router.complete(&ChatRequest::user(text)).await.expect("an answer").content
}

#[tokio::test]
async fn the_first_route_that_takes_the_request_gets_it_and_the_default_gets_the_rest() {
    let router = Router::new()
        .with_route("code", asks_for_code, MockProvider::new(["coder"]))
        .with_route("code too", asks_for_code, MockProvider::new(["never"]))
        .with_default(MockProvider::new(["general"]));
    assert_eq!(asked(&router, "some code").await, "coder");
    assert_eq!(asked(&router.clone(), "a poem").await, "general");
}

#[tokio::test]
async fn a_request_that_no_route_takes_is_a_clear_error() {
    let router = Router::new().with_route("code", asks_for_code, MockProvider::new(["coder"]));
    let error = router.complete(&ChatRequest::user("a poem")).await.expect_err("no route");
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("(code)") && text.contains("with_default"), "{text}");
    assert!(!text.contains("poem"), "{text}");

    let no_route = Router::<MockProvider>::default();
    let error = no_route.route(&ChatRequest::user("x")).expect_err("no route");
    assert!(error.to_string().contains("neither routes nor a default"), "{error}");
}

#[tokio::test]
async fn it_streams_where_every_provider_does_and_else_asks_none() {
    let mock = MockProvider::new(["hello"]);
    let streams = || DynProvider::streaming(mock.clone());
    let all = Router::new().with_route("code", asks_for_code, streams()).with_default(streams());
    assert!(all.supports_streaming());
    let stream = all.stream(&ChatRequest::user("x")).await.expect("a stream");
    assert_eq!(stream.collect().await.expect("a reply").content, "hello");

    let plain = DynProvider::new(mock.clone());
    let not_all = Router::new().with_route("code", asks_for_code, plain).with_default(streams());
    let calls = mock.call_count();
    let error = not_all.stream(&ChatRequest::user("x")).await.expect_err("refused");
    assert_eq!((error.kind(), mock.call_count()), (ErrorKind::Unsupported, calls));
}

#[test]
fn it_calls_tools_where_every_provider_does() {
    let with = || DynToolProvider::new(MockProvider::default());
    let without = DynToolProvider::new(MockProvider::default().without_tools());
    let router = Router::new().with_default(with());
    assert!(router.supports_tools());
    assert!(router.with_route("code", asks_for_code, with()).supports_tools());
    let router = Router::new().with_default(with());
    assert!(!router.with_route("code", asks_for_code, without).supports_tools());
}

#[test]
fn its_model_is_the_default_s_and_debug_shows_names_alone() {
    let named = |model: &str| MockProvider::default().with_model(model);
    let router = Router::new().with_route("code", asks_for_code, named("coder-1"));
    assert_eq!(router.model(), None);
    let router = router.with_default(named("general-1"));
    assert_eq!(router.model(), Some("general-1"));
    assert_eq!(format!("{router:?}"), r#"Router { routes: ["code"], has_default: true }"#);
}
