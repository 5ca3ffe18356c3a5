//! Which errors lead to the next provider, and what the caller gets if none is left.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{DynToolProvider, Error, ErrorKind, LlmProvider, ToolCallingProvider};
use ek_mock::MockProvider;
use ek_patterns::{Event, Failover, FailoverFailure, FailoverOptions};

use super::{ask, backed, down, failure, request};

const RETRYABLE: [ErrorKind; 6] = [
    ErrorKind::RateLimited,
    ErrorKind::Server,
    ErrorKind::Timeout,
    ErrorKind::Connect,
    ErrorKind::Interrupted,
    ErrorKind::Malformed,
];

const FINAL: [ErrorKind; 5] = [
    ErrorKind::Config,
    ErrorKind::Unsupported,
    ErrorKind::Rejected,
    ErrorKind::TooLarge,
    ErrorKind::BudgetExhausted,
];

#[tokio::test(start_paused = true)]
async fn a_retryable_error_leads_to_the_next_provider() {
    for kind in RETRYABLE {
        let first = MockProvider::failing(failure(kind));
        let (both, _) = backed(&first, FailoverOptions::default());
        assert_eq!(ask(&both).await.expect("an answer"), "from the second", "{kind:?}");
        assert_eq!(first.call_count(), 1, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn any_other_error_is_returned_at_once() {
    for kind in FINAL {
        let first = MockProvider::failing(failure(kind));
        let (both, second) = backed(&first, FailoverOptions::default());
        let error = ask(&both).await.expect_err("refused");
        assert_eq!((error.kind(), second.call_count()), (kind, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn the_server_s_word_overrides_the_class() {
    let again = failure(ErrorKind::Rejected).with_retryable(true);
    let (both, _) = backed(&MockProvider::failing(again), FailoverOptions::default());
    assert_eq!(ask(&both).await.expect("an answer"), "from the second");

    let not_me = failure(ErrorKind::Server).with_status(503).with_retryable(false);
    let (both, _) = backed(&MockProvider::failing(not_me), FailoverOptions::default());
    assert_eq!(ask(&both).await.expect("an answer"), "from the second", "others may be asked");
}

#[tokio::test(start_paused = true)]
async fn the_caller_may_say_which_errors_lead_on_and_which_count() {
    let only_empty = |error: &Error| error.kind() == ErrorKind::QuotaExhausted;
    let options = FailoverOptions::default().with_leads_on(only_empty);
    let empty = MockProvider::failing(failure(ErrorKind::QuotaExhausted));
    let (both, _) = backed(&empty, options.clone());
    assert_eq!(ask(&both).await.expect("an answer"), "from the second");
    let (both, _) = backed(&down(), options);
    assert_eq!(ask(&both).await.expect_err("does not lead on").kind(), ErrorKind::Server);

    let first = down();
    let (both, _) = backed(&first, FailoverOptions::default().with_counts(only_empty));
    for _ in 0..5 {
        ask(&both).await.expect("from the second");
    }
    assert_eq!(first.call_count(), 5, "an outage does not count, so its circuit stays closed");
}

/// A reply of the first provider that is no reason to give up.
fn refusals() -> Vec<Error> {
    let rejected = |status| failure(ErrorKind::Rejected).with_status(status);
    vec![
        failure(ErrorKind::Tls),
        failure(ErrorKind::QuotaExhausted).with_status(402),
        rejected(401),
        rejected(403),
        rejected(404),
        rejected(400).with_code("model_not_found"),
        rejected(400).with_code(Error::CONTEXT_OVERFLOW),
        failure(ErrorKind::Server).with_status(503).with_retryable(false),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_bad_certificate_a_dead_key_an_empty_account_and_an_unknown_model_lead_on() {
    for error in refusals() {
        let (both, _) = backed(&MockProvider::failing(error.clone()), FailoverOptions::default());
        assert_eq!(ask(&both).await.expect("an answer"), "from the second", "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_itself_wrong_goes_to_no_other_provider() {
    for status in [400, 413, 422] {
        let bad = failure(ErrorKind::Rejected).with_status(status);
        let (both, second) = backed(&MockProvider::failing(bad), FailoverOptions::default());
        assert_eq!(ask(&both).await.expect_err("refused").status(), Some(status));
        assert_eq!(second.call_count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn prompts_that_are_too_long_for_one_model_do_not_close_it_to_shorter_ones() {
    let long = failure(ErrorKind::Rejected).with_status(400).with_code(Error::CONTEXT_OVERFLOW);
    let replies = [Err(long.clone()), Err(long.clone()), Err(long), Ok("from the first".into())];
    let first = MockProvider::new(replies);
    let (both, _) = backed(&first, FailoverOptions::default());
    for _ in 0..3 {
        assert_eq!(ask(&both).await.expect("an answer"), "from the second");
    }
    assert_eq!(ask(&both).await.expect("an answer"), "from the first");
}

#[tokio::test(start_paused = true)]
async fn a_dead_key_is_left_alone_for_a_while() {
    let dead = MockProvider::failing(failure(ErrorKind::Rejected).with_status(401));
    let (both, _) = backed(&dead, FailoverOptions::default());
    for _ in 0..10 {
        ask(&both).await.expect("the second");
    }
    assert_eq!(dead.call_count(), 3);
}

#[tokio::test(start_paused = true)]
async fn each_provider_is_asked_for_the_model_by_its_own_name() {
    let request = request().with_model("gpt-5");
    let asked = |options: FailoverOptions| {
        let request = request.clone();
        async move {
            let first = down();
            let (both, second) = backed(&first, options);
            both.complete(&request).await.expect("the second");
            [first, second].map(|mock| mock.last_call().expect("a call").request.model.clone())
        }
    };
    let same = Some("gpt-5".to_owned());
    assert_eq!(asked(FailoverOptions::default()).await, [same.clone(), same.clone()]);
    let named = FailoverOptions::default().with_model_names(|member, model| match member {
        0 => Some(model.to_owned()),
        _ => Some(format!("openai/{model}")),
    });
    assert_eq!(asked(named).await, [same.clone(), Some("openai/gpt-5".to_owned())]);
    let own = |member, model: &str| (member == 0).then(|| model.to_owned());
    assert_eq!(asked(FailoverOptions::default().with_model_names(own)).await, [same, None]);
}

#[tokio::test(start_paused = true)]
async fn when_all_fail_the_error_has_all_failures() {
    let limited = failure(ErrorKind::RateLimited).with_retry_after(Duration::from_secs(9));
    let providers = [down(), MockProvider::failing(limited)];
    let error = ask(&Failover::new(providers).expect("two")).await.expect_err("an outage");
    // The first one can be asked again at once, the second one in 9 seconds.
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Server, None));
    assert_eq!((error.attempts(), error.spend().calls), (2, 2));
    let failures = error.detail::<Vec<FailoverFailure>>().expect("the failures");
    let kinds: Vec<_> = failures.iter().map(|f| (f.member, f.error.kind())).collect();
    assert_eq!(kinds, [(0, ErrorKind::Server), (1, ErrorKind::RateLimited)]);
}

#[tokio::test(start_paused = true)]
async fn among_equals_the_last_error_is_the_one_returned() {
    let providers =
        [ErrorKind::Server, ErrorKind::Timeout].map(|k| MockProvider::failing(failure(k)));
    let error = ask(&Failover::new(providers).expect("two")).await.expect_err("an outage");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_failure_carries_both() {
    let refuses = MockProvider::failing(failure(ErrorKind::Rejected));
    let both = Failover::new([down(), refuses]).expect("two");
    let error = ask(&both).await.expect_err("refused");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Rejected, 2));
    assert_eq!(error.spend().calls, 2);
}

#[tokio::test(start_paused = true)]
async fn observers_hear_of_changes_and_circuits() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        listener.lock().expect("no panic").push(format!("{event:?}"));
    };
    let first = MockProvider::new([Err(failure(ErrorKind::Server)), Ok("well again".into())]);
    let options = FailoverOptions::default().with_failures(1).with_observer(observer);
    let (both, _) = backed(&first, options);
    ask(&both).await.expect("the second");
    tokio::time::advance(Duration::from_secs(30)).await;
    ask(&both).await.expect("the first");
    let seen = seen.lock().expect("no panic");
    assert_eq!(
        *seen,
        [
            "CircuitOpened { member: 0, open_for: 30s }",
            "FailedOver { from: 0, to: 1, kind: Server }",
            "CircuitClosed { member: 0 }",
        ]
    );
}

#[test]
fn unusable_settings_are_config_errors() {
    let none = Failover::<MockProvider>::new([]).expect_err("no providers");
    assert_eq!(
        (none.kind(), none.to_string().as_str()),
        (ErrorKind::Config, "the failover has no providers")
    );
    let options = FailoverOptions::default().with_failures(0);
    let zero = Failover::with_options([down()], options).expect_err("no failures");
    assert_eq!(zero.kind(), ErrorKind::Config);
    assert!(zero.to_string().contains("is 0"), "{zero}");
}

#[tokio::test(start_paused = true)]
async fn it_calls_tools_where_every_provider_does_and_shows_models_alone() {
    let with = MockProvider::new(["SECRET"]).with_model("first-1");
    let without = MockProvider::default().without_tools();
    let tools = |provider: &MockProvider| DynToolProvider::new(provider.clone());
    let both = Failover::new([tools(&with), tools(&with)]).expect("two");
    assert!(both.supports_tools() && both.clone().supports_tools());
    assert!(!Failover::new([tools(&with), tools(&without)]).expect("two").supports_tools());
    assert_eq!(both.model(), Some("first-1"));
    both.complete(&request()).await.expect("an answer");
    let shown = format!("{both:?}");
    assert!(shown.contains("first-1") && !shown.contains("SECRET"), "{shown}");
}

#[test]
fn a_failure_shows_no_reply() {
    let error = Error::new(ErrorKind::Interrupted, "cut").with_partial("SECRET".into());
    let options = FailoverOptions::default();
    assert!(!format!("{error:?} {error:#?} {options:?}").contains("SECRET"));
}
