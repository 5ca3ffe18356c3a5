//! How a structured call ends without a value: the last reply is in the error, and not in its text.

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmResponse, Message, RawJson, ToolCall, ToolSpec,
};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, Misfit, ReactOptions, RetryConfig, StructuredFailure, StructuredOptions, Tool,
    react_loop, structured,
};

use super::{GOOD, Glaze, WRONG, ask, options, tenmoku};
use crate::support::settled_at_every_drop;

#[tokio::test]
async fn the_last_text_is_in_the_error_and_never_in_its_text() {
    let llm = MockProvider::new(["SECRET prose", WRONG]);
    let error = ask(&llm, &options().with_repairs(1)).await.expect_err("no glaze");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(!error.is_retryable(), "it has been asked often enough");
    assert_eq!(
        error.to_string(),
        "none of 2 replies could be used: the last one did not fit the type"
    );
    assert_eq!(error.partial().expect("the last reply").content, WRONG);
    assert_eq!(error.spend().calls, 2);
    let failure = error.detail::<StructuredFailure>().expect("the misfits");
    assert_eq!(failure.misfits, [Misfit::NotJson, Misfit::WrongShape]);
    let [wrong] = failure.wrong_values.as_slice() else { panic!("{failure:?}") };
    assert_eq!((wrong.path.as_str(), wrong.found), ("/celsius", "string"));
    assert_eq!(wrong.expected, "u16");
    assert!(!format!("{failure:?}").contains("SECRET"));
    let transcript = error.transcript().expect("the conversation");
    assert_eq!((transcript.len(), &*transcript[1].text()), (2, WRONG));
    assert!(std::error::Error::source(&error).is_none());
    assert!(!format!("{error:?} {error:#?}").contains("SECRET"), "{error:?}");
}

#[tokio::test]
async fn without_repairs_the_first_misfit_ends_it() {
    for (reply, text) in [
        ("", "the reply was empty"),
        ("prose", "the reply held no JSON"),
        (WRONG, "the reply did not fit the type"),
    ] {
        let llm = MockProvider::new([reply]);
        let error = ask(&llm, &options().with_repairs(0)).await.expect_err("no glaze");
        assert_eq!((error.to_string().as_str(), llm.call_count()), (text, 1));
    }
    let refuse = |_: &Glaze| Err("SECRET");
    let llm = MockProvider::new([GOOD]);
    let error =
        ask(&llm, &options().with_repairs(0).with_check(refuse)).await.expect_err("refused");
    assert_eq!(error.to_string(), "the reply was refused by the check");
    assert!(!format!("{error:?} {error:#?}").contains("SECRET"));
}

fn paused() -> LlmResponse {
    LlmResponse::text("I search the web.").with_finish_reason(FinishReason::Paused)
}

#[tokio::test]
async fn a_paused_turn_is_sent_back_and_is_no_repair() {
    let script = [paused(), paused(), WRONG.into(), paused(), GOOD.into()];
    let llm = MockProvider::new(script.clone());
    let outcome = ask(&llm, &options().with_repairs(1)).await.expect("a glaze");
    assert_eq!((outcome.value, outcome.detail.misfits), (tenmoku(), vec![Misfit::WrongShape]));
    let sent: Vec<_> = llm.calls().iter().map(|call| call.request.messages.len()).collect();
    assert_eq!(sent, [1, 2, 3, 5, 6], "the paused turns stay, and so does what they answer");
    let last = llm.last_call().expect("a call").request.messages;
    assert_eq!(last[1].text(), "I search the web.");
}

#[tokio::test]
async fn a_turn_that_is_paused_without_end_ends_the_call() {
    let llm = MockProvider::new([paused()]);
    let error = ask(&llm, &options()).await.expect_err("no glaze");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Malformed, 9));
    assert_eq!(error.to_string(), "the provider paused its turn more than 8 times");
    assert_eq!(error.transcript().expect("the conversation").len(), 10);
}

#[tokio::test]
async fn a_request_with_tools_to_run_is_refused_and_one_with_hosted_tools_is_not() {
    let llm = MockProvider::new([GOOD]);
    let tide = ToolSpec::new("tide", "d", "{}").expect("a tool");
    let request = ChatRequest::user("?").with_tools([tide]);
    let error = structured(&llm, request, &options()).await.expect_err("refused");
    assert_eq!((error.kind(), llm.call_count()), (ErrorKind::Config, 0));
    let why = "structured runs no tools, and the request offers `tide`: let react_loop run them, and \
               pass its transcript to structured";
    assert_eq!(error.to_string(), why);
    let hosted = ToolSpec::raw("search", r#"{"type":"web_search"}"#).expect("an entry");
    let request = ChatRequest::user("?").with_tools([hosted]);
    structured(&llm, request, &options()).await.expect("a glaze");
}

#[tokio::test]
async fn tools_and_a_value_go_together_by_way_of_the_transcript() {
    let code = |_| async { Ok("tenmoku, 1260") };
    let look = Tool::new("look", "d", r#"{"type":"object"}"#, code).expect("a tool");
    let call = LlmResponse::default().with_tool_calls([ToolCall::new("a", "look", "{}")]);
    let llm =
        MockProvider::new([call, LlmResponse::text("It is tenmoku."), LlmResponse::text(GOOD)]);
    let found = react_loop(&llm, "Which glaze?", &[look], &ReactOptions::default()).await;
    let mut conversation = found.expect("an answer").detail.transcript;
    conversation.push(Message::user("Say that as JSON."));
    let outcome = structured(&llm, conversation, &options()).await.expect("a glaze");
    assert_eq!(outcome.value, tenmoku());
}

#[tokio::test]
async fn an_answer_by_way_of_a_tool_is_answered_as_such() {
    let call = ToolCall::new("a", "answer", GOOD);
    let called = LlmResponse::default().with_tool_calls([call]);
    let llm = MockProvider::new([called, LlmResponse::text(GOOD)]);
    ask(&llm, &options()).await.expect("a glaze");
    let reads = llm.last_call().expect("a call").request.messages[1].text().into_owned();
    assert!(reads.contains("It calls a tool. Answer with the JSON as text"), "{reads}");
}

#[tokio::test]
async fn a_refusal_is_not_argued_with() {
    let refused = LlmResponse::default().with_refusal("SECRET");
    let filtered = LlmResponse::text("{").with_finish_reason(FinishReason::ContentFilter);
    for (reply, text) in
        [(refused, "the model refused to answer"), (filtered, "a content filter cut the reply")]
    {
        let llm = MockProvider::new([reply.clone()]);
        let error = ask(&llm, &options()).await.expect_err("refused");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Rejected, text));
        assert_eq!((llm.call_count(), error.partial()), (1, Some(&reply)));
    }
}

#[tokio::test]
async fn a_call_that_fails_ends_it_with_the_spend_and_the_last_reply() {
    let failure = Error::new(ErrorKind::Rejected, "HTTP 400");
    let llm = MockProvider::new([MockReply::from(WRONG), MockReply::from(failure)]);
    let error = ask(&llm, &options()).await.expect_err("a failure");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::Rejected, 2));
    assert_eq!(error.partial().expect("the last reply").content, WRONG);
}

#[tokio::test]
async fn a_budget_ends_it_with_one_error() {
    let llm = MockProvider::new([WRONG]);
    let budget = Budget::default().with_calls(2);
    let error = ask(&llm, &options().with_budget(budget)).await.expect_err("exhausted");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 2));
    assert_eq!(llm.call_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn calls_are_retried_and_misfits_repaired_each_in_its_own_count() {
    let down = || MockReply::from(Error::new(ErrorKind::Server, "HTTP 503"));
    let llm = MockProvider::new([down(), WRONG.into(), down(), down(), GOOD.into()]);
    let outcome = ask(&llm, &options().with_repairs(1)).await.expect("a glaze");
    assert_eq!(outcome.spend.calls, 5);
}

#[tokio::test]
async fn unusable_settings_are_config_errors_before_any_call() {
    let llm = MockProvider::new([GOOD]);
    let schema = || RawJson::new("{}").expect("a document");
    for name in ["", "two words", &"x".repeat(65)] {
        let error = ask(&llm, &options().with_schema(name, schema())).await.expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("schema's name"), "{error}");
    }
    let never = RetryConfig::default().with_max_attempts(0);
    let error = ask(&llm, &options().with_retry(never)).await.expect_err("no attempts");
    assert_eq!((error.kind(), llm.call_count()), (ErrorKind::Config, 0));
}

#[tokio::test]
async fn dropping_it_at_any_await_leaves_the_ledger_settled() {
    let polls = settled_at_every_drop((2, WRONG), async |llm, ledger| {
        let options = StructuredOptions::<Glaze>::default().with_repairs(1).with_ledger(ledger);
        structured(&llm, "?", &options).await.is_err()
    });
    assert!(polls.await > 6, "it takes several polls");
}
