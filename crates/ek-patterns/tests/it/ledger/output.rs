//! A ledger that binds output sends a limit where there is none.

use ek_core::{ChatRequest, ErrorKind, LlmProvider, LlmResponse, ReasoningBudget, Result, Usage};
use ek_mock::MockProvider;
use ek_patterns::{Budget, Ledger, Rates};
use serde_json::json;

use super::ledger;

/// Sends a limit of its own where a request has none.
struct WithDefault(MockProvider);

impl LlmProvider for WithDefault {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.0.complete(request).await
    }

    fn default_max_tokens(&self) -> Option<u32> {
        Some(400)
    }
}

fn writing(output: u64) -> MockProvider {
    MockProvider::new([LlmResponse::text("x").with_usage(Usage::new(6, output))])
}

/// The limits that were sent until the budget was used up.
async fn limits(
    ledger: &Ledger,
    provider: &impl LlmProvider,
    mock: &MockProvider,
) -> Vec<Option<u32>> {
    for _ in 0..20 {
        if let Err(error) = ledger.complete(provider, &"hello".into()).await {
            assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
            return mock.calls().iter().map(|call| call.request.max_tokens).collect();
        }
    }
    panic!("the budget is never used up")
}

#[tokio::test]
async fn without_a_default_the_limit_is_what_is_left() {
    let mock = writing(300);
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    let sent = limits(&ledger, &mock, &mock).await;
    assert_eq!(sent, [Some(1_000), Some(700), Some(400), Some(100)]);
}

#[tokio::test]
async fn the_provider_s_default_is_left_to_it_until_less_is_left() {
    let mock = writing(300);
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    let sent = limits(&ledger, &WithDefault(mock.clone()), &mock).await;
    assert_eq!(sent, [None, None, None, Some(100)]);
}

#[tokio::test]
async fn money_limits_the_reply_as_tokens_do() {
    let mock = writing(300);
    // The prompt of six tokens costs 0.06, and as much as five tokens of the reply.
    let rates = Rates::per_million(10_000.0, 12_000.0);
    let ledger = ledger(Budget::default().with_cost(rates, 12.0));
    let sent = limits(&ledger, &mock, &mock).await;
    assert_eq!(sent, [Some(995), Some(690), Some(385), Some(80)]);
}

#[tokio::test]
async fn the_tightest_budget_of_all_above_limits_it() {
    let mock = writing(50);
    let whole = ledger(Budget::default().with_output_tokens(90));
    let part = whole.child(Budget::default().with_output_tokens(1_000)).expect("a part");
    assert_eq!(limits(&part, &mock, &mock).await, [Some(90), Some(40)]);
}

#[tokio::test]
async fn a_limit_that_was_asked_for_is_sent_as_it_is_or_not_at_all() {
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    let mock = writing(300);
    let large = ChatRequest::user("hello").with_max_tokens(2_000);
    for request in [large, ChatRequest::user("hello").with_extra("max_completion_tokens", 2_000)] {
        let error = ledger.complete(&mock, &request).await.expect_err("it never fits");
        assert_eq!((error.kind(), mock.call_count()), (ErrorKind::BudgetExhausted, 0));
    }
    let asked = ChatRequest::user("hello").with_extra("max_completion_tokens", 500);
    ledger.complete(&mock, &asked).await.expect("it fits");
    assert_eq!(mock.last_call().expect("a call").request.max_tokens, None);
}

#[tokio::test]
async fn a_limit_by_the_name_of_any_protocol_is_bound() {
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    let mock = writing(300);
    for (key, value) in [
        ("max_output_tokens", json!(2_000)),
        ("generationConfig", json!({"maxOutputTokens": 2_000})),
        ("generationConfig", json!({"maxOutputTokens": 600, "candidateCount": 2})),
        ("max_tokens", json!(2_000.0)),
        ("max_tokens", json!(null)),
    ] {
        let request = ChatRequest::user("hello").with_extra(key, value.clone());
        let error = ledger.complete(&mock, &request).await.expect_err("it never fits");
        let found = (error.kind(), mock.call_count());
        assert_eq!(found, (ErrorKind::BudgetExhausted, 0), "{key} {value}");
    }
}

/// Anthropic's limit counts thinking too, so its adapter raises the default by what may be thought.
#[tokio::test]
async fn a_default_that_thinking_raises_is_sent_where_it_would_pass_the_budget() {
    let mock = writing(300);
    let provider = WithDefault(mock.clone());
    let thinking = ReasoningBudget::Tokens(2_000);
    let request = ChatRequest::user("hello").with_reasoning_budget(thinking);
    for (budget, sent) in [(5_000, None), (2_399, Some(2_399))] {
        let ledger = ledger(Budget::default().with_output_tokens(budget));
        ledger.complete(&provider, &request).await.expect("it fits");
        assert_eq!(mock.last_call().expect("a call").request.max_tokens, sent);
    }
}

#[tokio::test]
async fn several_choices_share_what_is_left() {
    let ledger = ledger(Budget::default().with_output_tokens(1_000));
    let mock = writing(300);
    ledger.complete(&mock, &ChatRequest::user("hello").with_extra("n", 3)).await.expect("it fits");
    assert_eq!(mock.last_call().expect("a call").request.max_tokens, Some(333));
}

#[tokio::test]
async fn where_nothing_binds_the_output_or_enough_is_left_no_limit_is_sent() {
    for budget in [
        Budget::default().with_calls(3),
        Budget::default().with_output_tokens(10_000_000),
        Budget::default().with_cost(Rates::per_million(1.0, 10.0), 1_000.0),
        Budget::default().with_cost(Rates::per_million(1.0, 0.0), 1.0),
    ] {
        let mock = writing(300);
        ledger(budget.clone()).complete(&mock, &"hello".into()).await.expect("it fits");
        assert_eq!(mock.last_call().expect("a call").request.max_tokens, None, "{budget:?}");
    }
}
