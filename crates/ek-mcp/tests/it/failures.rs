//! Servers that fail: what the error says, and what it does not show.

use std::time::Duration;

use ek_core::{Arguments, ErrorKind};
use ek_mcp::{McpOptions, McpServer};
use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::{call, connect, failure};

fn one_tool(request: &Value) -> Value {
    match request["method"].as_str() {
        Some("tools/list") => json!({"tools": [{"name": "t", "inputSchema": {}}]}),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn arguments_that_the_server_refuses_are_told_to_the_model() {
    let (server, _) = connect(McpOptions::default()).await;
    let (for_model, error) = failure(&server, "refuse").await;
    assert_eq!(for_model, "the MCP server `tides` refused the arguments: `town` is missing");
    assert!(error.starts_with("the MCP server `tides` did not run \"refuse\""));
}

#[tokio::test]
async fn an_error_of_the_protocol_is_a_code_for_the_model_and_a_masked_text_for_the_program() {
    let (server, _) = connect(McpOptions::default()).await;
    let (for_model, error) = failure(&server, "break").await;
    assert_eq!(for_model, "the MCP server `tides` did not run \"break\": error -32603");
    assert!(error.contains("no rows in"), "{error}");
    assert!(!error.contains("FAKEFAKE"), "{error}");
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_of_a_call_is_named() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    let serving = tokio::spawn(async move {
        raw.greet().await;
        let request = raw.next().await.expect("a request");
        raw.answer(&request, &one_tool(&request)).await;
        raw.next().await.expect("a call");
    });
    let server = connecting.await.expect("a connection");
    let (for_model, error) = failure(&server, "t").await;
    let text = "the MCP server `raw` did not run \"t\": the other end has closed";
    assert_eq!((&*for_model, &*error), (text, text));
    serving.await.expect("no panic");
    let error = server.tools().await.expect_err("it is gone");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    let text = "the MCP server `raw` did not list its tools: \
                the other end has closed";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn an_answer_that_is_too_large_fails_its_call_and_no_other() {
    let (server, _) = connect(McpOptions::default().with_max_message_bytes(4096)).await;
    let error = call(&server, "large", r#"{"bytes":10000}"#).await.expect_err("too large");
    let text = "the MCP server `tides` did not run \"large\": its answer is larger than 4096 bytes \
                (max_message_bytes)";
    assert_eq!(error.for_model(), text);
    assert_eq!(call(&server, "large", r#"{"bytes":3}"#).await.expect("a result"), "xxx");
}

#[tokio::test]
async fn a_line_that_is_too_large_and_no_message_ends_the_connection() {
    let (mut raw, connecting) = Raw::new(McpOptions::default().with_max_message_bytes(4096));
    tokio::spawn(async move {
        raw.greet().await;
        let request = raw.next().await.expect("a request");
        // A notification is skipped.
        let data = "x".repeat(5000);
        let said = json!({"method": "notifications/message", "jsonrpc": "2.0", "params": data});
        raw.say(&said.to_string().replacen(r#""jsonrpc":"2.0","#, "", 1)).await;
        raw.answer(&request, &one_tool(&request)).await;
        raw.next().await.expect("a call");
        raw.say(&data).await;
        raw.next().await
    });
    let server = connecting.await.expect("a connection");
    let (for_model, _) = failure(&server, "t").await;
    assert!(for_model.ends_with("larger than max_message_bytes that is no message"), "{for_model}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_reads_nothing_does_not_hold_up_the_end() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    let serving = tokio::spawn(async move {
        raw.greet().await;
        let request = raw.next().await.expect("a request");
        raw.answer(&request, &one_tool(&request)).await;
        raw
    });
    let server = connecting.await.expect("a connection");
    let tools = server.tools().await.expect("a list");
    let raw = serving.await.expect("no panic");
    let arguments = Arguments::from_text(format!(r#"{{"a":"{}"}}"#, "x".repeat(10_000)));
    let calling = tokio::spawn(async move { tools[0].call(&arguments).await.map(drop) });
    tokio::task::yield_now().await;
    server.close().await;
    let error = calling.await.expect("no panic").expect_err("closed");
    assert!(error.for_model().ends_with("this program has closed the connection"));
    drop(raw);
}

#[tokio::test]
async fn an_answer_that_is_none_of_a_tool_is_an_error() {
    let (raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(raw.serve(|request| match request["method"].as_str() {
        Some("tools/call") => json!({"weather": "MARK"}),
        _ => one_tool(request),
    }));
    let server = connecting.await.expect("a connection");
    let (for_model, error) = failure(&server, "t").await;
    let text = "the MCP server `raw` did not run \"t\": its answer is not one of the protocol";
    assert_eq!((&*for_model, &*error), (text, text));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_fails_its_call_at_once() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for answer in [
        r#"{"id":ID,"result":{"content":[]}}"#.to_owned(),
        r#"{"jsonrpc":"1.0","id":ID,"result":{"content":[]}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":ID}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":ID,"error":"MARK"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":ID,"error":{"code":"E_TIDE","message":"MARK"}}"#.to_owned(),
        format!(r#"{{"jsonrpc":"2.0","id":ID,"result":{{"structuredContent":{deep}}}}}"#),
    ] {
        let (mut raw, connecting) = Raw::new(McpOptions::default());
        let said = answer.clone();
        tokio::spawn(async move {
            raw.greet().await;
            while let Some(request) = raw.next().await {
                match request["method"].as_str() {
                    Some("tools/call") => {
                        raw.say(&said.replace("ID", &request["id"].to_string())).await;
                    }
                    _ => raw.answer(&request, &one_tool(&request)).await,
                }
            }
        });
        let server = connecting.await.expect("a connection");
        let (for_model, error) = failure(&server, "t").await;
        let text = "the MCP server `raw` did not run \"t\": its answer is not one of the protocol";
        assert_eq!((&*for_model, &*error), (text, text), "{answer}");
    }
}

#[tokio::test]
async fn a_server_that_floods_is_answered_no_more_than_it_reads() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let serving = tokio::spawn(async move {
        raw.greet().await;
        let request = raw.next().await.expect("a request");
        // It reads no answer to these.
        for id in 0..5_000 {
            raw.say("no message").await;
            for method in ["ping", "x"] {
                let asked = json!({"jsonrpc": "2.0", "id": id, "method": method});
                raw.say(&asked.to_string()).await;
            }
        }
        raw.answer(&request, &one_tool(&request)).await;
        raw
    });
    let server = connecting.await.expect("a connection");
    let tools = server.tools().await.expect("a list");
    assert_eq!(tools.len(), 1);
    assert!(tasks() < 300, "{} tasks hold answers", tasks());
    // Once it reads again, it is answered again.
    let mut raw = serving.await.expect("no panic");
    for _ in 0..64 {
        assert!(raw.next().await.expect("an answer")["id"].is_number());
    }
    raw.say(&json!({"jsonrpc": "2.0", "id": "later", "method": "ping"}).to_string()).await;
    while raw.next().await.expect("an answer")["id"] != "later" {}
}

#[tokio::test]
async fn a_second_answer_is_no_answer_to_the_next_call() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(async move {
        raw.greet().await;
        let mut count = 0;
        while let Some(request) = raw.next().await {
            if request["method"] == "tools/list" {
                raw.answer(&request, &one_tool(&request)).await;
                continue;
            }
            count += 1;
            for text in [format!("tide {count}"), "MARK".to_owned()] {
                let content = json!([{"type": "text", "text": text}]);
                raw.answer(&request, &json!({"content": content})).await;
            }
        }
    });
    let server = connecting.await.expect("a connection");
    for count in 1..=3 {
        let output = call(&server, "t", "{}").await.expect("an answer");
        assert_eq!(output.content, format!("tide {count}").into());
    }
}

#[tokio::test]
async fn a_call_that_waits_for_input_is_an_error() {
    let (raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(raw.serve(|request| match request["method"].as_str() {
        Some("tools/call") => json!({"resultType": "input_required", "requestState": "MARK"}),
        _ => one_tool(request),
    }));
    let server = connecting.await.expect("a connection");
    let (for_model, _) = failure(&server, "t").await;
    let text = "the MCP server `raw` did not run \"t\": it asks for input or wants to answer later, \
                which this client does not offer";
    assert_eq!(for_model, text);
}

#[tokio::test]
async fn a_handshake_that_is_too_large_is_an_error() {
    let (mut raw, connecting) = Raw::new(McpOptions::default().with_max_message_bytes(1024));
    tokio::spawn(async move {
        let request = raw.next().await.expect("a request");
        raw.answer(&request, &json!({"instructions": "x".repeat(2000)})).await;
        raw.next().await
    });
    let error = connecting.await.expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("larger than 1024 bytes"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_get_ready_is_given_up() {
    let options = McpOptions::default().with_connect_timeout(Duration::from_secs(5));
    let (_raw, connecting) = Raw::new(options);
    let error = connecting.await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let text = "the MCP server `raw` did not get ready: no answer within 5s";
    assert_eq!(error.to_string(), text);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_list_its_tools_is_given_up() {
    let options = McpOptions::default().with_connect_timeout(Duration::from_secs(5));
    let (mut raw, connecting) = Raw::new(options);
    let greeting = tokio::spawn(async move {
        raw.greet().await;
        raw
    });
    let server = connecting.await.expect("a connection");
    let error = server.tools().await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    drop(greeting.await);
}

#[tokio::test]
async fn a_server_that_refuses_the_handshake_is_an_error() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(async move {
        let request = raw.next().await.expect("a request");
        let error = json!({"code": -32602, "message": "no such version"});
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "error": error});
        raw.say(&answer.to_string()).await;
    });
    let error = connecting.await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Rejected);
    let text = "the MCP server `raw` did not get ready: error -32602: no such version";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_wrong_setting_is_an_error_before_anything_is_sent() {
    let (_raw, connecting) = Raw::new(McpOptions::default().with_prefix("a b"));
    assert_eq!(connecting.await.expect_err("a prefix").kind(), ErrorKind::Config);
}

#[tokio::test]
async fn calls_after_the_end_say_who_has_ended_it() {
    let (server, _) = connect(McpOptions::default()).await;
    let tools = server.tools().await.expect("a list");
    server.close().await;
    server.close().await;
    let error = tools[0].call(&Arguments::from_text("{}")).await.expect_err("closed");
    let text =
        "the MCP server `tides` did not run \"tide\": this program has closed the connection";
    assert_eq!(error.for_model(), text);
}

#[tokio::test]
async fn debug_output_shows_the_name_only() {
    let (server, _) = connect(McpOptions::default()).await;
    assert_eq!(format!("{server:?}"), "McpServer { name: \"tides\", .. }");
    let _: McpServer = server;
}
