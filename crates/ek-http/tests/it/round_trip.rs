//! What of a reply goes back on the next turn, whole and streamed: in the form in which it came.

use ek_core::{ChatRequest, LlmProvider as _, Message};
use ek_http::ProviderBuilder;
use ek_mock::wire::response;
use serde_json::{Value, json};

use crate::support::rig::Rig;
use crate::support::{JSON, first, good, in_time, question};

/// The model's turn as the next request holds it, after an answer with this body; from a transcript it is
/// the same.
async fn turn_of(
    body: String,
    stream: bool,
    change: impl FnOnce(ProviderBuilder) -> ProviderBuilder,
) -> Value {
    let rig = Rig::with(first(response(200, &[JSON], body)), change).await;
    let reply = match stream {
        false => rig.ask().await.expect("a reply"),
        true => {
            let question = question();
            let stream = ek_core::StreamingProvider::stream(&rig.provider, &question);
            in_time(async { stream.await.expect("a stream").collect().await })
                .await
                .expect("a reply")
        }
    };
    let message = Message::from(&reply);
    let transcript = serde_json::to_string(&message).expect("JSON");
    let read: Message = serde_json::from_str(&transcript).expect("a message");
    let sent = sent_as(message).await;
    assert_eq!(sent_as(read).await, sent, "from a transcript");
    serde_json::from_str(&sent).expect("JSON")
}

/// A message as it is sent.
async fn sent_as(message: Message) -> String {
    let rig = Rig::new(good()).await;
    in_time(rig.provider.complete(&ChatRequest::new([message]))).await.expect("an answer");
    let request = rig.server.requests().pop().expect("a request");
    let body = request.body_text();
    let (_, messages) = body.split_once(r#""messages":["#).expect("messages");
    messages.rsplit_once(r#"],"temperature""#).expect("a temperature").0.to_owned()
}

/// The turn that a message in one body makes.
async fn unary(message: Value) -> Value {
    let body = json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]});
    turn_of(body.to_string(), false, |settings| settings).await
}

/// The turn that these deltas make.
async fn streamed(deltas: &[Value]) -> Value {
    let mut body = String::new();
    for delta in deltas {
        let chunk = json!({"choices": [{"index": 0, "delta": delta}]});
        body.push_str(&format!("data: {chunk}\n\n"));
    }
    body.push_str("data: [DONE]\n\n");
    turn_of(body, true, |settings| settings).await
}

#[tokio::test]
async fn reasoning_goes_back_under_the_key_under_which_it_came() {
    for key in ["reasoning_content", "reasoning", "reasoning_text", "thinking"] {
        let expected = json!({"role": "assistant", "content": "Two.", key: "Count."});
        assert_eq!(unary(json!({"content": "Two.", key: "Count."})).await, expected);
        let pieces = [json!({key: "Cou"}), json!({key: "nt."}), json!({"content": "Two."})];
        assert_eq!(streamed(&pieces).await, expected);
    }
}

#[tokio::test]
async fn reasoning_in_parts_goes_back_with_its_signatures() {
    let thought = json!({"type": "thinking", "thinking": "Count.", "signature": "sig"});
    let expected =
        json!({"role": "assistant", "content": [thought, {"type": "text", "text": "Two."}]});
    let message = json!({"content": [thought, {"type": "text", "text": "Two."}]});
    assert_eq!(unary(message).await, expected);
    let pieces = [
        json!({"content": [{"type": "thinking", "thinking": "Cou"}]}),
        json!({"content": [{"type": "thinking", "thinking": "nt."}]}),
        json!({"content": [{"type": "thinking", "thinking": "", "signature": "sig"}]}),
        json!({"content": "Two."}),
    ];
    assert_eq!(streamed(&pieces).await, expected);
}

#[tokio::test]
async fn pieces_of_blocks_without_an_index_are_joined() {
    let pieces = [
        json!({"thinking_blocks": [{"type": "thinking", "thinking": "Cou"}], "reasoning_content": "Cou"}),
        json!({"thinking_blocks": [{"type": "thinking", "thinking": "nt."}], "reasoning_content": "nt."}),
        json!({"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "sig"}]}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "a"}]}),
        json!({"reasoning_details": [{"type": "reasoning.text", "text": "b"}], "content": "Two."}),
    ];
    let turn = streamed(&pieces).await;
    let thought = json!({"type": "thinking", "thinking": "Count.", "signature": "sig"});
    assert_eq!(turn["thinking_blocks"], json!([thought]));
    assert_eq!(turn["reasoning_details"], json!([{"type": "reasoning.text", "text": "ab"}]));
}

#[tokio::test]
async fn keys_that_carry_state_go_back_and_others_do_not() {
    let state = [
        ("reasoning_opaque", json!("b3BhcXVl")),
        ("provider_specific_fields", json!({"a": 1})),
        ("encrypted_content", json!("ZW5j")),
        ("thought_signature", json!("c2ln")),
    ];
    let mut message = json!({"content": "Two.", "annotations": [1], "padding": "x"});
    for (key, value) in &state {
        message[key] = value.clone();
    }
    for turn in [unary(message.clone()).await, streamed(&[message]).await] {
        for (key, value) in &state {
            assert_eq!(turn[key], *value, "{key}");
        }
        assert!(turn.get("annotations").is_none() && turn.get("padding").is_none(), "{turn}");
    }
}

#[tokio::test]
async fn unknown_keys_of_a_call_and_of_its_function_go_back() {
    let call = json!({"id": "a", "type": "function", "index": 0, "extra_content": {"sig": "s"},
        "function": {"name": "tide", "arguments": "{}", "thought_signature": "t"}});
    let message = json!({"content": null, "tool_calls": [call]});
    for turn in [unary(message.clone()).await, streamed(&[message]).await] {
        let call = &turn["tool_calls"][0];
        assert_eq!(call["function"]["thought_signature"], "t");
        assert_eq!(call["extra_content"], json!({"sig": "s"}));
    }
}

#[tokio::test]
async fn reasoning_that_the_client_split_off_does_not_go_back_under_a_key_of_its_own() {
    let split = |settings: ProviderBuilder| settings.split_think_tags(true);
    let text = "<think>Count.</think>Two.";
    let message = json!({"choices": [{"index": 0, "message": {"content": text}}]});
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    let expected = json!({"role": "assistant", "content": "Two."});
    assert_eq!(turn_of(message.to_string(), false, split).await, expected);
    assert_eq!(turn_of(format!("data: {chunk}\n\ndata: [DONE]\n\n"), true, split).await, expected);
}

#[tokio::test]
async fn audio_is_kept_whole_and_goes_back_by_its_id() {
    let pieces = [
        json!({"audio": {"id": "a1", "transcript": "Low "}}),
        json!({"audio": {"transcript": "tide.", "data": "AA"}}),
        json!({"audio": {"data": "BB", "expires_at": 7}}),
    ];
    assert_eq!(streamed(&pieces).await["audio"], json!({"id": "a1"}));
    let audio = json!({"id": "a1", "transcript": "Low tide.", "data": "AABB"});
    assert_eq!(unary(json!({"content": null, "audio": audio})).await["audio"], json!({"id": "a1"}));
}
