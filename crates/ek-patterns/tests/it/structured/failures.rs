//! How a structured call ends without a value: the last reply is in the error, and not in its text.

use ek_core::{Error, ErrorKind, FinishReason, LlmResponse, RawJson};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, Ledger, Misfit, RetryConfig, StructuredFailure, StructuredOptions, structured,
};

use super::{GOOD, Glaze, WRONG, ask, options};
use crate::support::{Backend, drop_at_every_poll};

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
    let transcript = error.transcript().expect("the conversation");
    assert_eq!((transcript.len(), transcript[1].text().as_str()), (2, WRONG));
    assert!(std::error::Error::source(&error).is_none());
    assert!(!format!("{error:?} {error:#}").contains("SECRET"), "{error:?}");
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
    assert!(!format!("{error:?}").contains("SECRET"));
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
    let fault = Error::new(ErrorKind::Rejected, "HTTP 400");
    let llm = MockProvider::new([MockReply::from(WRONG), MockReply::from(fault)]);
    let error = ask(&llm, &options()).await.expect_err("a fault");
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
    let polls = drop_at_every_poll(
        || {
            let ledger = Ledger::new(Budget::default().with_calls(2)).expect("a budget");
            let backend = Backend::new(Ok(LlmResponse::text(WRONG)));
            let options =
                StructuredOptions::<Glaze>::default().with_repairs(1).with_ledger(ledger.clone());
            let llm = backend.clone();
            let call = async move { structured(&llm, "?", &options).await.is_ok() };
            ((ledger, backend), call)
        },
        |(ledger, backend), polls, _| {
            assert_eq!(ledger.spend().calls, backend.dispatched() as u64, "{polls}");
            assert_eq!(backend.in_flight(), 0, "{polls}");
        },
    )
    .await;
    assert!(polls > 6, "{polls}");
}
