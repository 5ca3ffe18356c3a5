//! What counts against a budget is what is billed, at the price of the model that was asked.

use ek_core::{ChatRequest, Cost, Error, ErrorKind, LlmProvider, LlmResponse, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, CostTracker, Failover, FailoverOptions, Ledger, Price, PriceTable, Rates,
};

use super::{ledger, request};
use crate::support::Backend;

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// As xAI and Gemini report it: 9 tokens of text, and 1,494 of reasoning beside them.
fn reasoning_beside() -> Usage {
    let mut usage = Usage::new(32, 9);
    (usage.reasoning_tokens, usage.total_tokens) = (Some(1_494), Some(1_535));
    usage
}

async fn calls_until_refused(provider: &impl LlmProvider, ledger: &Ledger) -> u64 {
    for calls in 0..100 {
        match ledger.complete(provider, &request()).await {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
                return calls;
            }
        }
    }
    100
}

#[tokio::test]
async fn reasoning_that_is_reported_beside_the_output_counts() {
    let reply = LlmResponse::text("x").with_usage(reasoning_beside());
    let backend = Backend::new(Ok(reply.clone()));
    let by_tokens = ledger(Budget::default().with_output_tokens(2_000));
    assert_eq!(calls_until_refused(&backend, &by_tokens).await, 2);
    let rates = Rates::per_million(0.0, 1_000.0);
    let by_money = ledger(Budget::default().with_cost(rates, 2.0));
    assert_eq!(calls_until_refused(&backend, &by_money).await, 2);
    assert!(close(by_money.cost(), 2.0 * 1.503), "{}", by_money.cost());
    let tracker = CostTracker::new(rates);
    tracker.add(&reply);
    assert!(close(tracker.cost(), 1.503));
}

#[tokio::test]
async fn a_model_in_extra_is_the_one_that_is_paid_for() {
    let prices = PriceTable::new()
        .with_model("cheap", Rates::per_million(1.0, 1.0))
        .with_model("dear", Rates::per_million(1_000.0, 1_000.0));
    let spent = ledger(Budget::default().with_prices(prices));
    let reply = LlmResponse::text("x").with_usage(Usage::new(1_000, 1_000));
    let backend = MockProvider::new([reply]).with_model("cheap");
    let request = request().with_model("cheap").with_extra("model", "dear");
    spent.complete(&backend, &request).await.expect("covered");
    assert!(close(spent.cost(), 2.0), "{}", spent.cost());
}

#[tokio::test]
async fn cache_writes_have_their_price_and_the_provider_s_own_cost_goes_before_all() {
    let mut usage = Usage::new(4_000, 0);
    usage.cache_write_tokens = Some(4_000);
    let rates = Rates::per_million(2.0, 10.0).with_cache_write(Price::per_million(13.5));
    let spent = ledger(Budget::default().with_prices(rates));
    let reply = |usage| Backend::new(Ok(LlmResponse::text("x").with_usage(usage)));
    spent.complete(&reply(usage), &request()).await.expect("covered");
    assert!(close(spent.cost(), 0.054), "{}", spent.cost());
    usage.cost = Cost::new(0.25);
    spent.complete(&reply(usage), &request()).await.expect("covered");
    assert!(close(spent.cost(), 0.304), "{}", spent.cost());
}

fn named(model: &str) -> MockProvider {
    let reply = LlmResponse::text("x").with_usage(Usage::new(0, 100)).with_model(model);
    MockProvider::new([reply]).with_model(model)
}

/// 100 tokens cost 1 of the dear one and 0.01 of the cheap one.
fn prices() -> PriceTable {
    PriceTable::new()
        .with_model("dear", Rates::per_million(0.0, 10_000.0))
        .with_model("cheap", Rates::per_million(0.0, 100.0))
}

#[tokio::test]
async fn one_purse_pays_for_models_of_different_prices() {
    let purse = ledger(Budget::default().with_cost(prices(), 3.0));
    let (dear, cheap) = (named("dear"), named("cheap"));
    purse.complete(&dear, &request()).await.expect("1 of 3");
    for _ in 0..50 {
        purse.complete(&cheap, &request()).await.expect("0.5 of 2");
    }
    assert!(close(purse.cost(), 1.5), "{}", purse.cost());
    purse.complete(&dear, &request()).await.expect("1 of 1.5");
    let error = purse.complete(&dear, &request()).await.expect_err("0.5 are left");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
    purse.complete(&cheap, &request().with_model("cheap")).await.expect("0.01 of 0.5");
    let error = purse.complete(&cheap, &request().with_model("dear")).await.expect_err("dear");
    assert_eq!(error.kind(), ErrorKind::BudgetExhausted, "the request's own model is what counts");
}

#[tokio::test]
async fn a_failover_s_purse_pays_each_provider_its_own_price() {
    let purse = ledger(Budget::default().with_cost(prices(), 3.0));
    let down = MockProvider::failing(Error::new(ErrorKind::RateLimited, "busy")).with_model("dear");
    let options = FailoverOptions::default().with_ledger(purse.clone());
    let both = Failover::with_options([down.clone(), named("cheap")], options).expect("two");
    both.complete(&request()).await.expect("the cheap one");
    assert!(close(purse.cost(), 0.01), "{}", purse.cost());

    // Around the failover the model of the reply says which provider answered.
    let around = ledger(Budget::default().with_cost(prices(), 3.0));
    let both = Failover::new([down, named("cheap")]).expect("two");
    around.complete(&both, &request()).await.expect("the cheap one");
    assert!(close(around.cost(), 0.01), "{}", around.cost());
}

#[tokio::test]
async fn the_innermost_prices_count_in_every_ledger_above() {
    let purse = ledger(Budget::default().with_cost(Rates::per_million(0.0, 10_000.0), 3.0));
    let part = purse.child(Budget::default().with_prices(Rates::per_million(0.0, 100.0)));
    let part = part.expect("a part");
    for _ in 0..50 {
        part.complete(&named("any"), &request()).await.expect("0.5 of 3");
    }
    assert!(close(purse.cost(), 0.5) && close(part.cost(), 0.5), "{}", purse.cost());
    let limited = ledger(Budget::default().with_cost_limit(3.0));
    let part = limited.child(Budget::default().with_prices(prices())).expect("a part");
    part.complete(&named("dear"), &request()).await.expect("1 of 3");
    assert!(close(limited.cost(), 1.0));
}

#[tokio::test]
async fn a_call_without_a_price_is_refused_before_it_is_sent() {
    let purse = ledger(Budget::default().with_cost(prices(), 3.0));
    let (other, unnamed) = (named("other"), MockProvider::new(["x"]));
    let error = purse.complete(&other, &request()).await.expect_err("no price");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.to_string(), "the budget has no usable price for the model other");
    let error = purse.complete(&unnamed, &request()).await.expect_err("no price");
    assert!(error.to_string().contains("PriceTable::with_default"), "{error}");
    let no_table = ledger(Budget::default().with_cost_limit(3.0));
    let error = no_table.complete(&other, &request()).await.expect_err("no price");
    assert!(error.to_string().contains("Budget::with_cost"), "{error}");
    let nan = PriceTable::by_model(|_| Some(Rates::per_million(f64::NAN, 1.0)));
    let nan = ledger(Budget::default().with_cost(nan, 3.0));
    assert!(nan.complete(&other, &request()).await.is_err());
    assert_eq!((other.call_count(), unnamed.call_count()), (0, 0));
}

#[tokio::test]
async fn a_refused_call_costs_nothing_and_is_not_unknown() {
    let refusal = |kind, status| Error::new(kind, "no").with_status(status);
    for error in [refusal(ErrorKind::RateLimited, 429), refusal(ErrorKind::Rejected, 400)] {
        let ledger = ledger(Budget::default().with_output_tokens(100).with_cost(prices(), 1.0));
        let provider = MockProvider::new([MockReply::from(error), "x".into()]).with_model("dear");
        let refused = ledger.complete(&provider, &request()).await.expect_err("refused");
        assert_eq!((refused.spend().calls, refused.spend().unknown_calls), (1, 0));
        assert_eq!((ledger.estimated_calls(), ledger.cost().to_bits()), (0, 0));
        ledger.complete(&provider, &request()).await.expect("all 100 tokens are left");
    }
}

#[tokio::test]
async fn the_error_says_what_is_spent_what_is_left_and_what_the_call_needs() {
    let ledger = ledger(Budget::default().with_output_tokens(150));
    ledger.complete(&named("any"), &ChatRequest::user("x").with_max_tokens(120)).await.expect("ok");
    let error = ledger.complete(&named("any"), &request()).await.expect_err("50 are left");
    assert_eq!(
        error.to_string(),
        "the budget of 150 output tokens does not cover another call: 100 are spent, 50 are left, and \
         the call needs 100"
    );
    assert_eq!(error.attempts(), 0);
}
