//! `Provider` under the conformance suite of ek-mock, over a real socket.

use ek_mock::wire::{Connection, RawRequest, RawServer, chunk, chunked, response, response_head};
use executionkit::conformance::echo;
use executionkit::{ChatRequest, LlmResponse, Message, Provider, ToolSpec};
use serde_json::{Value, json};

const KEY: &str = "kiln-key-without-a-shape";
const EVENTS: [(&str, &str); 2] =
    [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];

executionkit::conformance!(
    provider(Connection::new().read_request().choose(answer).repeat()).await,
    streaming,
    tools,
    debug,
    keys = [KEY],
    broken_stream = {
        let piece = chunk(frame(&json!({"choices": [{"delta": {"content": "Slow"}}]})));
        let begun = Connection::new().read_request().write(response_head(200, &EVENTS));
        provider(begun.write(piece).cut()).await
    },
);

async fn provider(every: Connection) -> Provider {
    // Ends with the runtime of its test.
    let server = Box::leak(Box::new(RawServer::start(every).await));
    Provider::builder(server.uri(), "kiln-1").api_key(KEY).build().expect("settings")
}

/// The suite's own backend, in JSON or in frames.
fn answer(request: &RawRequest) -> Connection {
    let body: Value = serde_json::from_slice(&request.body).expect("JSON");
    let messages: Vec<Message> =
        serde_json::from_value(body["messages"].clone()).expect("messages");
    let tools = body["tools"].as_array().into_iter().flatten().map(|tool| {
        let name = tool["function"]["name"].as_str().expect("a name");
        ToolSpec::new(name, "", "{}").expect("a schema")
    });
    let reply = echo(&ChatRequest::new(messages).with_tools(tools));
    let message = json!(Message::from(&reply));
    let [input, output] = [reply.input_tokens(), reply.output_tokens()];
    let usage = json!({"prompt_tokens": input, "completion_tokens": output});
    let connection = Connection::new();
    if body["stream"] == true {
        return connection
            .write(response_head(200, &EVENTS))
            .write(frames(&reply, message, &usage));
    }
    let choice = json!({"message": message, "finish_reason": reply.finish_reason_raw()});
    let whole = json!({"model": "kiln-1", "choices": [choice], "usage": usage}).to_string();
    connection.write(response(200, &[("content-type", "application/json")], whole))
}

fn frames(reply: &LlmResponse, mut message: Value, usage: &Value) -> Vec<u8> {
    for (index, call) in message["tool_calls"].as_array_mut().into_iter().flatten().enumerate() {
        call["index"] = index.into();
    }
    let delta = |delta: Value| json!({"model": "kiln-1", "choices": [{"delta": delta}]});
    let mut frames = vec![delta(json!({"role": "assistant"}))];
    for piece in reply.content.split_inclusive(' ') {
        frames.push(delta(json!({"content": piece})));
    }
    if reply.has_tool_calls() {
        frames.push(delta(json!({"tool_calls": message["tool_calls"]})));
    }
    frames.push(json!({"choices": [{"delta": {}, "finish_reason": reply.finish_reason_raw()}]}));
    frames.push(json!({"choices": [], "usage": usage}));
    let frames = frames.iter().map(frame);
    chunked(frames.chain(["data: [DONE]\n\n".to_owned()]))
}

fn frame(data: &Value) -> String {
    format!("data: {data}\n\n")
}
