//! Patterns after one another, under one ledger.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use ek_core::{Error, ErrorKind, LlmResponse, Usage};
use ek_mock::MockProvider;
use ek_patterns::{
    Budget, ConsensusOptions, Event, Ledger, PipeOptions, RefineOptions, consensus, pipe,
    refine_loop,
};

use crate::support::settled_at_every_drop;

fn llm() -> MockProvider {
    MockProvider::new([LlmResponse::text("SCORE: 9").with_usage(Usage::new(10, 3))])
}

fn three(ledger: Ledger) -> ConsensusOptions {
    ConsensusOptions::default().with_samples(3).with_ledger(ledger)
}

#[tokio::test]
async fn each_step_uses_the_value_before_it_and_spends_are_summed_once() {
    let llm = llm();
    let shared = Ledger::unlimited();
    let options = PipeOptions::default().with_ledger(shared.clone());
    let outcome = pipe(&options, async |pipe| {
        let asked = async |ledger| consensus(&llm, "?", &three(ledger)).await;
        let first = pipe.step("vote", asked).await?;
        assert_eq!(pipe.spend().calls, 3);
        let text = format!("Explain {}", first.value);
        let refined = async |ledger| {
            refine_loop(&llm, text, &RefineOptions::default().with_ledger(ledger)).await
        };
        pipe.step("write", refined).await.map(|outcome| outcome.value)
    })
    .await
    .expect("a text");
    assert_eq!(outcome.value, "SCORE: 9");
    assert_eq!((outcome.spend.calls, outcome.spend.usage), (5, Usage::new(50, 15)));
    let steps: Vec<_> =
        outcome.detail.steps.iter().map(|s| (s.name.as_str(), s.spend.calls)).collect();
    assert_eq!(steps, [("vote", 3), ("write", 2)]);
    assert_eq!(shared.spend(), outcome.spend);
    let asked = llm.calls()[3].request.last_user_text().map(Cow::into_owned);
    assert_eq!(asked.as_deref(), Some("Explain SCORE: 9"));
}

#[tokio::test]
async fn the_first_error_ends_it_with_the_spend_of_all() {
    let llm = llm();
    let error = pipe(&PipeOptions::default(), async |pipe| {
        pipe.step("vote", async |ledger| consensus(&llm, "?", &three(ledger)).await).await?;
        let fail = async |_: Ledger| Err::<(), _>(Error::new(ErrorKind::Rejected, "no"));
        let error = pipe.step("fail", fail).await.expect_err("a failure");
        assert_eq!(error.spend().calls, 3);
        Err::<(), _>(error)
    })
    .await
    .expect_err("a failure");
    assert_eq!((error.to_string().as_str(), error.spend().calls), ("no", 3));

    let options = PipeOptions::default();
    let early = pipe(&options, async |pipe| {
        pipe.step("vote", async |ledger| consensus(&llm, "?", &three(ledger)).await).await?;
        Err::<(), _>(Error::new(ErrorKind::Config, "not in a step"))
    });
    assert_eq!(early.await.expect_err("a failure").spend().calls, 3);
}

#[tokio::test]
async fn one_budget_binds_all_steps() {
    let llm = llm();
    let options = PipeOptions::default().with_budget(Budget::default().with_calls(4));
    let error = pipe(&options, async |pipe| {
        pipe.step("one", async |ledger| consensus(&llm, "?", &three(ledger)).await).await?;
        pipe.step("two", async |ledger| consensus(&llm, "?", &three(ledger)).await).await
    })
    .await
    .expect_err("exhausted");
    assert_eq!((error.kind(), error.spend().calls), (ErrorKind::BudgetExhausted, 4));
    assert_eq!(llm.call_count(), 4);
}

#[tokio::test]
async fn steps_may_run_at_once_and_are_counted_apart() {
    let llm = llm();
    let options = PipeOptions::default();
    let outcome = pipe(&options, async |pipe| {
        let few = pipe.step("few", async |ledger| consensus(&llm, "?", &three(ledger)).await);
        let more = pipe.step("more", async |ledger| {
            consensus(&llm, "?", &three(ledger).with_samples(7)).await
        });
        let (few, more) = futures_util::future::join(few, more).await;
        few.and(more)
    });
    let outcome = outcome.await.expect("a text");
    let calls: Vec<_> = outcome.detail.steps.iter().map(|step| step.spend.calls).collect();
    assert_eq!((calls, outcome.spend.calls), (vec![3, 7], 10));
}

#[tokio::test]
async fn observers_hear_of_steps() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| {
        listener.lock().expect("no panic").push(format!("{event:?}"));
    };
    let options = PipeOptions::default().with_observer(observer);
    pipe(&options, async |pipe| pipe.step("add", async |_| Ok(1 + 1)).await).await.expect("2");
    assert_eq!(
        *seen.lock().expect("no panic"),
        [
            r#"StepStarted { step: 1, name: "add" }"#,
            r#"StepFinished { step: 1, name: "add", ok: true }"#,
        ]
    );
}

#[tokio::test]
async fn it_may_be_spawned() {
    let llm = Arc::new(llm());
    let task = tokio::spawn(async move {
        let options = PipeOptions::default();
        let steps = async |pipe: ek_patterns::Pipe| {
            pipe.step("vote", async |ledger| consensus(&llm, "?", &three(ledger)).await).await
        };
        pipe(&options, steps).await.is_ok()
    });
    assert!(task.await.expect("no panic"));
}

#[tokio::test]
async fn an_unusable_budget_is_a_config_error_before_any_step() {
    let rates = ek_patterns::Rates::per_million(f64::NAN, 1.0);
    let options = PipeOptions::default().with_budget(Budget::default().with_cost(rates, 1.0));
    let error = pipe(&options, async |_| -> ek_core::Result<()> { panic!("no step") }).await;
    assert_eq!(error.expect_err("a price").kind(), ErrorKind::Config);
}

#[tokio::test]
async fn dropping_it_at_any_await_leaves_the_ledger_settled() {
    let polls = settled_at_every_drop((6, "x"), async |llm, ledger| {
        let options = PipeOptions::default().with_ledger(ledger);
        let steps = async |pipe: ek_patterns::Pipe| {
            pipe.step("a", async |l| consensus(&llm, "?", &three(l)).await).await?;
            pipe.step("b", async |l| consensus(&llm, "?", &three(l)).await).await
        };
        pipe(&options, steps).await.is_ok()
    });
    assert!(polls.await > 6, "it takes several polls");
}
