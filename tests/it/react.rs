//! The loop of tools over the real client and real bytes: what goes out, and what comes back.

use std::time::Duration;

use ek_mock::wire::{Closed, Connection, RawServer, chunk, chunked, response, response_head};
use executionkit::{
    ErrorKind, Provider, ReactEvent, ReactOptions, Tool, ToolError, ToolOutcome, react_loop,
    react_loop_stream,
};
use serde_json::{Value, json};
use tokio::time::timeout;

const CITY: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

fn tide() -> Tool {
    let code = |place: Value| async move {
        let city = place["city"].as_str().unwrap_or_default();
        if city == "Bergen" { Ok("04:12") } else { Err(ToolError::shown("not listed")) }
    };
    Tool::new("tide", "The next high tide", CITY, code).expect("a tool")
}

fn body(message: &Value, reason: &str) -> String {
    json!({
        "model": "acme-7b",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5}
    })
    .to_string()
}

/// Calls twice at first, and answers as soon as it gets results; in pieces where they are asked for.
fn server_replies(request: &str) -> Connection {
    let asked: Value = serde_json::from_str(request).expect("a payload");
    let answered = asked["messages"].as_array().expect("messages").iter().any(is_result);
    if asked["stream"] == true {
        let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
        let head = Connection::new().write(response_head(200, &headers));
        return head.write(chunked(if answered { ANSWER.to_vec() } else { CALLS.to_vec() }));
    }
    let body = if answered {
        body(&json!({"role": "assistant", "content": "At 04:12."}), "stop")
    } else {
        let call = |id: &str, arguments: &str| {
            let function = json!({"name": "tide", "arguments": arguments});
            json!({"id": id, "type": "function", "function": function})
        };
        let calls = [call("a", r#"{"city":"Bergen"}"#), call("b", r#"{"city":"#)];
        body(&json!({"role": "assistant", "content": null, "tool_calls": calls}), "tool_calls")
    };
    Connection::new().write(response(200, &[("content-type", "application/json")], body))
}

fn is_result(message: &Value) -> bool {
    message["role"] == "tool"
}

/// The same calls in fragments, as servers stream them.
const CALLS: [&str; 5] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\
     \"type\":\"function\",\"function\":{\"name\":\"tide\",\"arguments\":\"{\\\"city\\\":\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\
     \"type\":\"function\",\"function\":{\"name\":\"tide\",\"arguments\":\"\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\
     \"function\":{\"arguments\":\"\\\"Bergen\\\"}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\
     \"function\":{\"arguments\":\"{\\\"city\\\":\"}}]}}]}\n\n",
    TAIL_OF_CALLS,
];

const TAIL_OF_CALLS: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n\
     data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5}}\n\n\
     data: [DONE]\n\n";

const ANSWER: [&str; 3] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"At \"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"04:12.\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
     data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":5}}\n\n\
     data: [DONE]\n\n",
];

async fn server() -> RawServer {
    let answer = Connection::new().read_request().choose(|r| server_replies(&r.body_text()));
    RawServer::start(answer.repeat()).await
}

/// What the server was sent in the second round: the calls and their results.
fn second_round(server: &RawServer) -> Value {
    let requests = server.requests();
    let payload = requests.last().expect("a request").body_text();
    let sent: Value = serde_json::from_str(&payload).expect("a payload");
    assert_eq!(requests.len(), 2);
    assert_eq!((&sent["temperature"], &sent["max_tokens"]), (&json!(0.3), &json!(4096)));
    assert_eq!(sent["tools"][0]["function"]["name"], "tide");
    sent["messages"].clone()
}

fn expected() -> Value {
    let call = |id: &str, arguments: &str| {
        let function = json!({"name": "tide", "arguments": arguments});
        json!({"id": id, "type": "function", "function": function})
    };
    let said = "Tool 'tide' argument error: the arguments are not a JSON object";
    json!([
        {"role": "user", "content": "When?"},
        {"role": "assistant", "content": null, "tool_calls": [
            call("a", r#"{"city":"Bergen"}"#), call("b", r#"{"invalid_json":"{\"city\":"}"#),
        ]},
        {"role": "tool", "tool_call_id": "a", "content": "04:12"},
        {"role": "tool", "tool_call_id": "b", "content": said},
    ])
}

#[tokio::test]
async fn tool_calls_in_one_piece_are_run_and_their_results_sent_back() {
    let server = server().await;
    let provider = Provider::new(server.uri(), "acme-7b").expect("a provider");
    let outcome = react_loop(&provider, "When?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.spend.calls), ("At 04:12.", 2));
    assert_eq!(outcome.spend.usage.input_tokens, Some(40));
    assert_eq!(second_round(&server), expected());
}

#[tokio::test]
async fn tool_calls_in_fragments_are_run_and_the_answer_comes_in_pieces() {
    let server = server().await;
    let provider = Provider::new(server.uri(), "acme-7b").expect("a provider");
    let (tools, options) = ([tide()], ReactOptions::default());
    let mut stream = react_loop_stream(&provider, "When?", &tools, &options).expect("a stream");
    let (mut pieces, mut ended, mut value) = (Vec::new(), Vec::new(), None);
    while let Some(event) = stream.next().await {
        match event.expect("no error") {
            ReactEvent::Text(piece) => pieces.push(piece),
            ReactEvent::ToolFinished { id, outcome, .. } => ended.push((id, outcome)),
            ReactEvent::Done(outcome) => {
                assert_eq!((outcome.spend.calls, outcome.spend.usage.output_tokens), (2, Some(10)));
                value = Some(outcome.value);
            }
            _ => {}
        }
    }
    assert_eq!((pieces.concat(), value.as_deref()), ("At 04:12.".to_owned(), Some("At 04:12.")));
    assert_eq!(pieces, ["At ", "04:12."]);
    let of = |id: &str| ended.iter().find(|(i, _)| i == id).map(|(_, outcome)| *outcome);
    assert_eq!(of("a"), Some(ToolOutcome::Answered));
    assert_eq!(of("b"), Some(ToolOutcome::InvalidArguments));
    assert_eq!(second_round(&server), expected());
}

#[tokio::test]
async fn a_client_without_tools_is_refused_and_nothing_is_sent() {
    let server = server().await;
    let provider = Provider::builder(server.uri(), "acme-7b").supports_tools(false).build();
    let provider = provider.expect("a provider");
    let refused = react_loop(&provider, "When?", &[tide()], &ReactOptions::default()).await;
    let error = refused.expect_err("refused");
    assert_eq!((error.kind(), server.requests().len()), (ErrorKind::Unsupported, 0));
}

/// In the middle of a reply, whole or streamed, the socket is closed with the loop.
#[tokio::test]
async fn dropping_the_loop_closes_its_socket() {
    let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    let begun = Connection::new().read_request().write(response_head(200, &headers));
    let server = RawServer::start(begun.write(chunk(ANSWER[0])).stall().repeat()).await;
    let provider = Provider::new(server.uri(), "acme-7b").expect("a provider");
    let (tools, options) = ([tide()], ReactOptions::default());

    let mut stream = react_loop_stream(&provider, "When?", &tools, &options).expect("a stream");
    while !matches!(stream.next().await, Some(Ok(ReactEvent::Text(_)))) {}
    drop(stream);
    let closed = timeout(Duration::from_secs(60), server.wait_closed(0)).await;
    assert_eq!(closed.expect("closed"), Closed::ByPeer);

    let mut call = Box::pin(react_loop(&provider, "When?", &tools, &options));
    tokio::select! {
        _ = &mut call => panic!("the server never ends its reply"),
        () = server.wait_for_requests(2) => drop(call),
    }
    let closed = timeout(Duration::from_secs(60), server.wait_closed(1)).await;
    assert_eq!(closed.expect("closed"), Closed::ByPeer);
}
