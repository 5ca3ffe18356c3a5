//! One conversation over two vendors: it goes on where the first one fails, in both directions, and
//! neither vendor gets what belongs to the other.

use executionkit::{
    ChatRequest, ErrorKind, Failover, LlmProvider as _, Message, ProtocolName, Provider, ToolSpec,
};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

const ANTHROPIC: &str = "/v1/messages";
const CHAT: &str = "/v1/chat/completions";

/// Without the shape of a key: only who knows the key can mask it.
const KEY: &str = "FAKE-key-of-mine";

/// A call with the reasoning before it, as each vendor sends it.
fn calling(at: &str) -> Value {
    match at {
        ANTHROPIC => json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": [
                {"type": "thinking", "thinking": "HIDDEN", "signature": "c2ln"},
                {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {"city": "Bergen"}},
            ],
            "stop_reason": "tool_use", "usage": {"input_tokens": 9, "output_tokens": 7},
        }),
        _ => {
            json!({"model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": null, "reasoning_content": "HIDDEN",
                "tool_calls": [{"id": "call_1", "type": "function",
                    "function": {"name": "tide", "arguments": "{\"city\":\"Bergen\"}"}}],
            }}]})
        }
    }
}

fn answering(at: &str) -> Value {
    match at {
        ANTHROPIC => json!({
            "id": "msg_2", "type": "message", "role": "assistant", "model": "m",
            "content": [{"type": "text", "text": "At 04:12."}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 9, "output_tokens": 7},
        }),
        _ => json!({"model": "m", "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "At 04:12."}}]}),
    }
}

fn provider(at: &str, uri: &str) -> Provider {
    let builder = match at {
        ANTHROPIC => Provider::anthropic("claude-haiku-4-5").base_url(uri),
        _ => Provider::builder(format!("{uri}/v1"), "gpt-5.6-mini"),
    };
    builder.api_key(KEY).build().expect("sound settings")
}

/// The bodies that came to a path.
async fn bodies(server: &MockServer, at: &str) -> Vec<Value> {
    let requests = server.received_requests().await.expect("recorded");
    let here = requests.iter().filter(|request| request.url.path() == at);
    here.map(|request| request.body_json().expect("JSON")).collect()
}

#[tokio::test]
async fn a_conversation_goes_on_with_another_vendor_in_both_directions() {
    for (first, second) in [(ANTHROPIC, CHAT), (CHAT, ANTHROPIC)] {
        let server = MockServer::start().await;
        let once = ResponseTemplate::new(200).set_body_json(calling(first));
        Mock::given(path(first)).respond_with(once).up_to_n_times(1).mount(&server).await;
        let down = ResponseTemplate::new(529).set_body_json(json!({"error": {"message": "busy"}}));
        Mock::given(path(first)).respond_with(down).mount(&server).await;
        let whole = ResponseTemplate::new(200).set_body_json(answering(second));
        Mock::given(path(second)).respond_with(whole).mount(&server).await;
        let both = [first, second].map(|at| provider(at, &server.uri()));
        let llm = Failover::new(both).expect("a failover");

        let schema = r#"{"type":"object","properties":{"city":{"type":"string"}}}"#;
        let request = ChatRequest::user("When is high tide?")
            .with_tools([ToolSpec::new("tide", "The next high tide", schema).expect("a schema")])
            .with_extra_for(ProtocolName::AnthropicMessages, "service_tier", "standard_only")
            .with_extra_for(ProtocolName::ChatCompletions, "logit_bias", json!({}));
        let reply = llm.complete(&request).await.expect("a call");
        let id = reply.tool_calls[0].id.clone();
        assert_eq!(reply.reasoning.as_deref(), Some("HIDDEN"));
        let request = request.with_message(&reply).with_message(Message::tool(&id, "04:12"));
        assert_eq!(llm.complete(&request).await.expect("an answer").content, "At 04:12.");

        // The vendor that made the turn gets it whole, the other one what it has words for.
        let own = bodies(&server, first).await.pop().expect("a request").to_string();
        assert!(own.contains("HIDDEN"), "{first}: {own}");
        let other = bodies(&server, second).await.pop().expect("a request");
        let text = other.to_string();
        assert!(!text.contains("HIDDEN") && !text.contains("c2ln"), "{second}: {text}");
        assert!(text.contains(&id) && text.contains("Bergen") && text.contains("04:12"), "{text}");
        let keys = ["service_tier", "logit_bias"].map(|key| other.get(key).is_some());
        assert_eq!(keys, [second == ANTHROPIC, second == CHAT], "{second}");
    }
}

/// What a user does next: the key of one vendor goes to the other.
#[tokio::test]
async fn a_wrong_key_is_named_by_either_vendor_and_shown_by_none() {
    for at in [ANTHROPIC, CHAT] {
        let server = MockServer::start().await;
        let body = json!({"type": "error", "error": {"type": "authentication_error",
            "message": format!("invalid key {KEY}")}});
        let refused = ResponseTemplate::new(401).set_body_json(body);
        Mock::given(path(at)).respond_with(refused).mount(&server).await;
        let error = provider(at, &server.uri()).complete(&ChatRequest::user("hi")).await;
        let error = error.expect_err("refused");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Rejected, false));
        assert!(!format!("{error} {error:?}").contains("FAKE"), "{error:?}");
    }
}
