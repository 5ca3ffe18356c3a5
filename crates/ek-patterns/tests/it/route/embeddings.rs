//! Vectors from the first of several servers of one model that gives them.

use std::time::Duration;

use ek_core::{
    DynEmbeddingProvider, EmbeddingLimits, EmbeddingProvider, EmbeddingRequest, Embeddings,
    ErrorKind, Result, Usage,
};
use ek_mock::{MockProvider, MockReply, Script, When};
use ek_patterns::{
    Budget, EmbedOptions, Failover, FailoverOptions, Ledger, PriceTable, Rates, embed_all,
};
use tokio::time::advance;

use super::failure;
use crate::support::drop_at_every_poll;

fn answering(reply: impl Into<MockReply>) -> MockProvider {
    MockProvider::from_script(Script::new().on(When::embedding(), [reply]))
}

fn down() -> MockProvider {
    answering(failure(ErrorKind::Server))
}

fn texts() -> EmbeddingRequest {
    EmbeddingRequest::new(["kiln", "lake"])
}

#[tokio::test(start_paused = true)]
async fn an_error_leads_to_the_next_server_where_another_one_could_help() {
    let short = Embeddings::from_rows([[1.0, 0.0]]).expect("one vector");
    for (first, asks_the_second) in [
        (MockReply::from(failure(ErrorKind::Server)), true),
        (failure(ErrorKind::Connect).into(), true),
        (failure(ErrorKind::Rejected).with_status(404).into(), true),
        (short.into(), true), // one vector for two inputs
        (failure(ErrorKind::Rejected).with_status(400).into(), false),
        (failure(ErrorKind::Unsupported).into(), false),
    ] {
        let second = MockProvider::default();
        let both = Failover::new([answering(first), second.clone()]).expect("two");
        let found = both.embed(&texts()).await;
        assert_eq!(found.is_ok_and(|found| found.len() == 2), asks_the_second);
        assert_eq!(second.call_count(), usize::from(asks_the_second));
    }
}

#[tokio::test(start_paused = true)]
async fn its_ledger_counts_each_request_and_its_circuit_opens_and_closes() {
    let ledger = Ledger::new(Budget::default().with_calls(10)).expect("a budget");
    let options = FailoverOptions::default().with_ledger(ledger.clone()).with_failures(1);
    let (first, second) = (down(), MockProvider::default());
    let both = Failover::with_options([first.clone(), second], options).expect("two");
    for asked in [1, 1, 2] {
        both.embed(&texts()).await.expect("the second");
        assert_eq!(first.call_count(), asked);
        advance(Duration::from_secs(20)).await;
    }
    assert_eq!(ledger.spend().calls, 5);
    let found = embed_all(&both, ["kiln"; 250], &EmbedOptions::default()).await.expect("vectors");
    assert_eq!((found.value.len(), found.spend.calls), (250, 3));
}

#[tokio::test]
async fn each_server_is_asked_for_its_own_name_of_the_model_and_for_no_more_than_the_least_takes() {
    struct Limited(EmbeddingLimits);
    impl EmbeddingProvider for Limited {
        async fn embed(&self, _: &EmbeddingRequest) -> Result<Embeddings> {
            Err(failure(ErrorKind::Server))
        }

        fn embedding_limits(&self) -> EmbeddingLimits {
            self.0
        }
    }
    let limits = |inputs, tokens| {
        let mut limits = EmbeddingLimits::default();
        (limits.max_inputs, limits.max_tokens) = (inputs, tokens);
        limits
    };
    let last = MockProvider::default();
    let members = [
        DynEmbeddingProvider::new(Limited(limits(Some(96), None))),
        DynEmbeddingProvider::new(Limited(limits(Some(2_048), Some(20_000)))),
        DynEmbeddingProvider::new(last.clone()),
    ];
    let options = FailoverOptions::default()
        .with_model_names(|member, model| Some(format!("vendor-{member}/{model}")));
    let llm = Failover::with_options(members, options).expect("three");
    assert_eq!(llm.embedding_limits(), limits(Some(96), Some(20_000)));
    llm.embed(&texts().with_model("e-1")).await.expect("the last");
    let asked = last.calls().into_iter().filter_map(|call| call.embedding?.model);
    assert_eq!(asked.collect::<Vec<_>>(), ["vendor-2/e-1"]);
}

#[tokio::test(start_paused = true)]
async fn dropped_at_any_await_it_leaves_its_ledger_settled_and_its_circuit_free() {
    let polls = drop_at_every_poll(
        || {
            let ledger = Ledger::unlimited();
            let options = FailoverOptions::default().with_ledger(ledger.clone()).with_failures(1);
            let replies = [MockReply::from(failure(ErrorKind::Server)), MockReply::vectors()];
            let script = Script::new().on(When::embedding(), replies);
            let mock = MockProvider::from_script(script).with_latency(Duration::from_secs(1));
            let one = Failover::with_options([mock.clone()], options).expect("one");
            let call = {
                let one = one.clone();
                async move {
                    one.embed(&texts()).await.expect_err("it is down");
                    advance(Duration::from_secs(30)).await;
                    one.embed(&texts()).await.is_ok()
                }
            };
            ((ledger, mock), call)
        },
        |(ledger, mock), polls, answered| {
            assert_eq!(ledger.spend().calls, mock.call_count() as u64, "{polls}");
            assert!(answered.is_none_or(|ok| *ok));
        },
    )
    .await;
    assert!(polls > 3, "{polls}");
}

#[tokio::test]
async fn a_ledger_settles_what_was_reported_and_prices_the_model_that_was_asked() {
    struct One;
    impl EmbeddingProvider for One {
        async fn embed(&self, _: &EmbeddingRequest) -> Result<Embeddings> {
            Ok(Embeddings::from_rows([[1.0]])?.with_usage(Usage::new(11, 0)))
        }
    }
    let ledger = Ledger::unlimited();
    ledger.embed(&One, &texts()).await.expect_err("one vector for two inputs");
    assert_eq!(ledger.spend().usage.input_tokens, Some(11));
    assert_eq!(ledger.estimated_calls(), 0);

    let prices = PriceTable::new().with_model("e-1", Rates::per_million(1.0, 0.0));
    let ledger = Ledger::new(Budget::default().with_cost(prices, 1.0)).expect("a budget");
    let request = texts().with_extra("model", "e-1");
    ledger.embed(&MockProvider::default(), &request).await.expect("a price");
    assert!(ledger.cost() > 0.0);
    let error = ledger.embed(&MockProvider::default(), &texts().with_model("e-2")).await;
    assert_eq!(error.expect_err("no price").kind(), ErrorKind::Config);
}
