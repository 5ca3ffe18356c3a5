//! What a call through a failover has spent, by each ledger that counts it.

use ek_core::{ErrorKind, LlmProvider, StreamingProvider};
use ek_mock::MockProvider;
use ek_patterns::{Budget, Failover, FailoverOptions, Ledger};

use super::{ask, backed, down, failure, request};
use crate::support::{Backend, drop_at_every_poll};

#[tokio::test(start_paused = true)]
async fn its_own_ledger_counts_and_binds_each_request() {
    let ledger = Ledger::new(Budget::default().with_calls(3)).expect("a budget");
    let options = FailoverOptions::default().with_ledger(ledger.clone());
    let first = down();
    let (both, second) = backed(&first, options);
    ask(&both).await.expect("the second");
    assert_eq!(ledger.spend().calls, 2);
    let error = ask(&both).await.expect_err("one call was left, for the first one");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    assert_eq!((first.call_count(), second.call_count(), ledger.spend().calls), (2, 1, 3));
    assert_eq!((error.attempts(), error.spend().calls), (1, 1), "of this call");
}

#[tokio::test(start_paused = true)]
async fn a_ledger_around_it_counts_all_requests_of_a_call_that_fails() {
    let both = Failover::new([down(), down()]).expect("two");
    let ledger = Ledger::unlimited();
    ledger.complete(&both, &request()).await.expect_err("an outage");
    assert_eq!((ledger.spend().calls, ledger.spend().unknown_calls), (2, 2));

    let both =
        [failure(ErrorKind::Connect), failure(ErrorKind::Connect)].map(MockProvider::failing);
    let error = ledger.complete(&Failover::new(both).expect("two"), &request()).await;
    assert_eq!(error.expect_err("an outage").attempts(), 2);
    assert_eq!(ledger.spend().calls, 2, "nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_at_any_await_leaves_its_ledger_settled() {
    let polls = drop_at_every_poll(
        || {
            let ledger = Ledger::new(Budget::default().with_calls(2)).expect("a budget");
            let options = FailoverOptions::default().with_ledger(ledger.clone());
            let backends =
                [Backend::new(Err(failure(ErrorKind::Server))), Backend::new(Ok("x".into()))];
            let both = Failover::with_options(backends.clone(), options).expect("two");
            let call = async move { both.complete(&request()).await.is_ok() };
            ((ledger, backends), call)
        },
        |(ledger, backends), polls, answered| {
            let sent: usize = backends.iter().map(Backend::dispatched).sum();
            assert_eq!(ledger.spend().calls, sent as u64, "{polls}");
            assert_eq!(backends.iter().map(Backend::in_flight).sum::<usize>(), 0);
            assert!(answered.is_none_or(|ok| *ok));
        },
    )
    .await;
    assert!(polls > 6, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_stream_settles_it_too() {
    let ledger = Ledger::unlimited();
    let options = FailoverOptions::default().with_ledger(ledger.clone());
    let (both, _) = backed(&down(), options);
    let stream = both.stream(&request()).await.expect("a stream");
    assert_eq!(ledger.spend().calls, 1, "the second is not over");
    drop(stream);
    assert_eq!((ledger.spend().calls, ledger.estimated_calls()), (2, 2));
}
