//! Messages with the phase `commentary`: they belong to the turn, and are not its answer.

use ek_core::{
    ChatRequest, LlmProvider as _, LlmResponse, Message, NativeTurn, ProtocolName, RawJson,
    StreamEvent, StreamingProvider as _, ToolCall,
};
use ek_mock::Script;
use ek_mock::wire::MockTransport;
use serde_json::{Value, json};

use super::super::answer;
use super::over;

fn message(phase: &str, text: &str) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
        "phase": phase, "content": [{"type": "output_text", "text": text, "annotations": []}]})
}

fn call() -> Value {
    json!({"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1",
        "name": "tide", "arguments": "{}"})
}

/// The turns of these items: what they say, and what they call.
fn turns() -> Vec<(Value, &'static str, Vec<ToolCall>)> {
    let calls = || vec![ToolCall::new("call_1", "tide", "{}")];
    let look = message("commentary", "I look.");
    vec![
        (json!([look, message("final_answer", "At noon.")]), "At noon.", vec![]),
        (json!([message("final_answer", "At noon."), look]), "At noon.", vec![]),
        (json!([look, call()]), "", calls()),
        (json!([look]), "", vec![]),
        (json!([message("analysis", "At "), message("final_answer", "noon.")]), "At noon.", vec![]),
    ]
}

#[tokio::test]
async fn commentary_stays_in_the_turn_and_out_of_the_answer_on_its_whole_way() {
    for (items, said, calls) in turns() {
        let json = RawJson::new(items.to_string()).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::OpenAiResponses, json, said, &calls);
        let scripted = LlmResponse::text(said).with_tool_calls(calls.clone()).with_native(turn);
        let transport = MockTransport::new(Script::cycling([scripted]).with_chunk_chars(4));
        let real = over(&transport);
        let whole = real.complete(&ChatRequest::user("?")).await.expect("a reply");
        let mut stream = real.stream(&ChatRequest::user("?")).await.expect("a stream");
        let (mut heard, mut streamed) = (String::new(), None);
        while let Some(event) = stream.next().await {
            match event.expect("no error") {
                StreamEvent::Text(piece) => heard.push_str(&piece),
                StreamEvent::Done(reply) => streamed = Some(*reply),
                _ => {}
            }
        }
        assert_eq!(heard, said, "{items}");
        for reply in [whole, streamed.expect("a reply")] {
            assert_eq!((reply.content.as_str(), &reply.tool_calls), (said, &calls), "{items}");
            let messages = [Message::user("?"), Message::from(&reply), Message::user("So?")];
            real.complete(&ChatRequest::new(messages)).await.expect("a reply");
            let found = transport.last_call().expect("a call").request.messages;
            let turn = (found.len(), found[1].text(), &found[1].tool_calls);
            assert_eq!(turn, (3, said.into(), &calls), "{items}");
            let native = found[1].native_for(&ProtocolName::OpenAiResponses).expect("a turn");
            assert_eq!(serde_json::from_str::<Value>(native).expect("JSON"), items);
        }
    }
}

#[tokio::test]
async fn commentary_of_a_request_is_not_what_the_model_said() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let easy = json!({"role": "assistant", "phase": "commentary", "content": "I look."});
    let output = json!({"type": "function_call_output", "call_id": "call_1", "output": "noon"});
    let items = json!([
        {"role": "user", "content": "?"}, easy, call(), output,
        message("commentary", "It is known."), message("final_answer", "At noon."),
        {"role": "user", "content": "So?"},
    ]);
    let body = json!({"model": "m", "input": items}).to_string();
    answer(&transport, "POST /v1/responses", "", &body).await;
    let found = transport.last_call().expect("a call").request.messages;
    let texts: Vec<_> = found.iter().map(Message::text).collect();
    assert_eq!(texts, ["?", "", "noon", "At noon.", "So?"]);
    let calls: Vec<_> = found.iter().map(|message| message.tool_calls.len()).collect();
    assert_eq!(calls, [0, 1, 0, 0, 0]);
    let items = items.as_array().expect("items");
    for (place, own) in [(1, &items[1..3]), (3, &items[4..6])] {
        let native = found[place].native_for(&ProtocolName::OpenAiResponses).expect("a turn");
        assert_eq!(serde_json::from_str::<Vec<Value>>(native).expect("JSON"), own);
    }
}
