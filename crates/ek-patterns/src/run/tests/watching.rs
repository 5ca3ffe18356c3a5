//! Which events of calls an observer gets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{ErrorKind, Usage};
use ek_mock::{MockProvider, MockReply};

use super::{outage, quick, reply, request};
use crate::run::Run;
use crate::{Budget, Event, RunOptions};

#[tokio::test(start_paused = true)]
async fn an_observer_gets_the_calls_their_retries_and_their_ends() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        let line = match event {
            Event::CallStarted { call, model } => format!("{call} of {model:?}"),
            Event::RetryScheduled { call, attempt, delay, kind } => {
                assert!(delay.is_zero());
                format!("{call} retried after {attempt}: {kind:?}")
            }
            Event::CallFinished { call, attempts, usage, elapsed } => {
                assert_eq!((*usage, elapsed.as_secs()), (Usage::new(9, 2), 2));
                format!("{call} done in {attempts}")
            }
            Event::CallFailed { call, attempts, kind, .. } => {
                format!("{call} failed in {attempts}: {kind:?}")
            }
            _ => format!("{event:?}"),
        };
        sink.lock().expect("the lines").push(line);
    };
    let options = RunOptions::default()
        .with_retry(quick())
        .with_budget(Budget::default().with_calls(2))
        .with_observer(observer);
    let run = Run::begin("test", &options).expect("usable settings");
    let slow = MockReply::from(reply()).after(Duration::from_secs(2));
    let provider = MockProvider::new([outage().into(), slow]).with_model("m1");
    run.complete(&provider, &request()).await.expect("the second attempt");
    let error = run.complete(&provider, &request()).await.expect_err("two calls were allowed");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert_eq!(
        *seen.lock().expect("the lines"),
        [
            r#"1 of Some("m1")"#,
            "1 retried after 1: Server",
            "1 done in 2",
            r#"2 of Some("m1")"#,
            "2 failed in 0: BudgetExhausted",
        ]
    );
}

#[tokio::test]
async fn an_observer_that_panics_fails_nothing() {
    let options = RunOptions::default().with_observer(|_: &Event<'_>| panic!("a bad observer"));
    let run = Run::begin("test", &options).expect("usable settings");
    run.complete(&MockProvider::new([reply()]), &request()).await.expect("a reply");
}
