//! What is refused before any call is made.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, Message, ToolCall, ToolSpec};
use ek_mock::MockProvider;
use ek_patterns::{Budget, Rates, ReactOptions, RetryConfig, Tool, react_loop, react_loop_stream};

use super::tide;

/// The error of both forms, and that nothing was asked.
async fn refused(
    model: &MockProvider,
    conversation: impl Into<ChatRequest>,
    tools: &[Tool],
    options: &ReactOptions,
) -> Error {
    let request = conversation.into();
    let error = react_loop(model, request.clone(), tools, options).await.expect_err("refused");
    let streamed = react_loop_stream(model, request, tools, options).map(drop);
    let streamed = streamed.expect_err("refused at once");
    assert_eq!((streamed.kind(), streamed.to_string()), (error.kind(), error.to_string()));
    assert_eq!((model.call_count(), error.spend().calls), (0, 0));
    error
}

#[tokio::test]
async fn a_provider_that_cannot_call_tools_is_refused_before_any_call() {
    let model = MockProvider::new(["x"]).with_model("plain-1").without_tools();
    let error = refused(&model, "?", &[tide()], &ReactOptions::default()).await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(error.to_string(), "the provider (model plain-1) cannot call tools");
}

#[tokio::test]
async fn duplicate_tool_names_are_a_config_error() {
    let (model, options) = (MockProvider::default(), ReactOptions::default());
    let error = refused(&model, "?", &[tide(), tide()], &options).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.to_string(), "two tools have the name `tide`; give each its own");
    let request =
        ChatRequest::user("?").with_tools([ToolSpec::custom("tide", "the request's own")]);
    let error = refused(&model, request, &[tide()], &options).await;
    assert!(error.to_string().starts_with("two tools have the name"), "{error}");
}

#[tokio::test]
async fn a_tool_that_the_request_offers_and_nobody_runs_is_a_config_error() {
    let (model, options) = (MockProvider::default(), ReactOptions::default());
    let request = ChatRequest::user("?").with_tools([ToolSpec::custom("wind", "no code")]);
    let error = refused(&model, request, &[tide()], &options).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let why =
        "the request offers the tool `wind`, and the loop has no code for it: pass it as a `Tool`";
    assert_eq!(error.to_string(), why);
}

#[tokio::test]
async fn a_tool_without_any_time_is_a_config_error() {
    let (model, options) = (MockProvider::default(), ReactOptions::default());
    let error = refused(&model, "?", &[tide().with_timeout(Duration::ZERO)], &options).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    let why = "the tool `tide` has a timeout of 0; it could never answer";
    assert_eq!(error.to_string(), why);
}

#[tokio::test]
async fn options_that_cannot_be_used_are_config_errors_that_name_them() {
    let options = ReactOptions::default;
    let cost = Budget::default().with_cost(Rates::per_million(f64::NAN, 1.0), 1.0);
    for (options, why) in [
        (options().with_max_rounds(0), "max_rounds is 0"),
        (options().with_max_tokens(0), "max_tokens is 0"),
        (options().with_max_observation_chars(0), "max_observation_chars is 0"),
        (options().with_tool_timeout(Duration::ZERO), "tool_timeout is 0"),
        (options().with_deadline(Duration::ZERO), "deadline is 0"),
        (options().with_tool_concurrency(0), "tool_concurrency is 0"),
        (options().with_max_tool_calls_per_round(0), "max_tool_calls_per_round is 0"),
        (options().with_max_history_messages(0), "max_history_messages is 0"),
        (options().with_no_progress_rounds(1), "no_progress_rounds is below 2"),
        (options().with_temperature(f64::NAN), "the temperature is not"),
        (options().with_temperature(-0.1), "the temperature is not"),
        (options().with_retry(RetryConfig::default().with_max_attempts(0)), "max_attempts is 0"),
        (options().with_budget(cost), "the budget's cost"),
    ] {
        let error = refused(&MockProvider::default(), "?", &[tide()], &options).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().starts_with(why), "{error}");
    }
}

#[tokio::test]
async fn a_conversation_that_no_provider_would_take_is_a_config_error() {
    let (model, options) = (MockProvider::default(), ReactOptions::default());
    let error = refused(&model, Vec::new(), &[tide()], &options).await;
    assert_eq!(error.to_string(), "the conversation has no message");
    let torn = vec![
        Message::user("?"),
        Message::assistant("").with_tool_calls([ToolCall::new("a", "tide", "{}")]),
        Message::user("And?"),
    ];
    let error = refused(&model, torn, &[tide()], &options).await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("message 1 of the conversation"), "{error}");
}
