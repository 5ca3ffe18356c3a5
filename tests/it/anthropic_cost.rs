//! What a reply of Anthropic's API costs, by the provider's own price list and the counts of its body.
//!
//! The API counts the tokens of a prompt in three parts that do not overlap: read from the cache, written
//! to it, and the rest. (`docs.claude.com`, "Prompt caching", "Tracking cache performance".)

use executionkit::{
    ChatRequest, LlmProvider as _, Price, Provider, Rates, StreamingProvider as _, Usage,
};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Claude Sonnet, dollars for a million tokens: input, a write to the cache for five minutes, a read of
/// it, output.
const LIST: [f64; 4] = [3.0, 3.75, 0.30, 15.0];

/// Counts of a body (input, written, read, output), and its bill in hundred-millionths of a dollar.
const BILLS: [([u64; 4], f64); 4] = [
    // A recorded pair: the first request writes the cache, the next one reads it.
    ([2, 1_590, 0, 4], 602_850.0),
    ([2, 0, 1_590, 4], 54_300.0),
    // Both at once, and neither.
    ([50, 2_000, 100_000, 503], 4_519_500.0),
    ([1_000, 0, 0, 100], 450_000.0),
];

fn message([input, written, read, output]: [u64; 4]) -> Value {
    json!({
        "id": "msg_01", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [{"type": "text", "text": "Slowly."}],
        "stop_reason": "end_turn", "stop_sequence": null,
        "usage": {
            "input_tokens": input,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output, "service_tier": "standard",
        },
    })
}

/// The same as a stream: the counts come at the beginning, that of the output again at the end.
fn stream(counts: [u64; 4]) -> String {
    let mut begun = message(counts);
    begun["content"] = json!([]);
    begun["stop_reason"] = Value::Null;
    begun["usage"]["output_tokens"] = 1.into();
    let events = [
        json!({"type": "message_start", "message": begun}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Slowly."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": counts[3]}}),
        json!({"type": "message_stop"}),
    ];
    events.map(|event| format!("data: {event}\n\n")).concat()
}

/// A provider whose server gives this answer.
async fn provider(answer: ResponseTemplate) -> (MockServer, Provider) {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/v1/messages")).respond_with(answer).mount(&server).await;
    let provider = Provider::anthropic("claude-sonnet-4-5").base_url(server.uri());
    (server, provider.api_key("sk-ant-test-0001").build().expect("sound settings"))
}

#[track_caller]
fn assert_costs(usage: &Usage, bill: f64) {
    let [input, written, read, output] = LIST;
    let rates = Rates::per_million(input, output)
        .with_cached_input(Price::per_million(read))
        .with_cache_write(Price::per_million(written));
    let cost = rates.cost(usage) * 1e8;
    // The cheapest token costs 30 of these.
    assert!((cost - bill).abs() < 0.01, "{cost} in place of {bill}: {usage:?}");
}

#[tokio::test]
async fn a_reply_costs_what_the_price_list_says_with_cache_writes_and_reads() {
    let request = ChatRequest::user("Why is a kiln heated slowly?");
    for (counts, bill) in BILLS {
        let whole = ResponseTemplate::new(200).set_body_json(message(counts));
        let (_server, whole) = provider(whole).await;
        assert_costs(&whole.complete(&request).await.expect("a reply").usage, bill);
        let answer = ResponseTemplate::new(200).set_body_raw(stream(counts), "text/event-stream");
        let (_server, streamed) = provider(answer).await;
        let reply = streamed.stream(&request).await.expect("a stream").collect().await;
        assert_costs(&reply.expect("a reply").usage, bill);
    }
}
