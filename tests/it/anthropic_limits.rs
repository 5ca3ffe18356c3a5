//! A ledger's limit at Anthropic's API, which refuses a limit that is not above the thinking budget.

use executionkit::{Budget, ChatRequest, Ledger, Provider, ReasoningBudget};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

async fn sent_under(budget: Budget) -> Value {
    let server = MockServer::start().await;
    let reply = json!({
        "type": "message", "role": "assistant", "model": "claude-sonnet-5",
        "content": [{"type": "text", "text": "Slowly."}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 9, "output_tokens": 4},
    });
    let answer = ResponseTemplate::new(200).set_body_json(reply);
    Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
    let provider = Provider::anthropic("claude-sonnet-5").api_key("KEY").base_url(server.uri());
    let provider = provider.build().expect("a provider");
    let request = ChatRequest::user("How must a kiln cool?")
        .with_reasoning_budget(ReasoningBudget::Tokens(8_000));
    let ledger = Ledger::new(budget).expect("a budget");
    ledger.complete(&provider, &request).await.expect("a reply");
    let requests = server.received_requests().await.expect("requests");
    requests[0].body_json().expect("JSON")
}

#[tokio::test]
async fn a_limit_that_a_ledger_lowers_stays_above_the_thinking_budget() {
    for (left, limit, thinking) in [
        (20_000, 12_096, Some(8_000)),
        (8_001, 8_001, Some(8_000)),
        (8_000, 8_000, Some(4_000)),
        (3_000, 3_000, Some(1_500)),
        (900, 900, None),
    ] {
        let sent = sent_under(Budget::default().with_output_tokens(left)).await;
        assert_eq!(sent["max_tokens"], limit);
        assert_eq!(sent["thinking"]["budget_tokens"].as_u64(), thinking, "{sent}");
    }
}
