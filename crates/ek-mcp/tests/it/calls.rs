//! What a call gives back.

use ek_core::{Content, ContentPart};
use ek_mcp::McpOptions;

use crate::support::{call, connect, failure};

#[tokio::test]
async fn a_call_sends_the_model_s_arguments_and_gives_the_text_back() {
    let (server, _) = connect(McpOptions::default()).await;
    assert_eq!(call(&server, "tide", "{}").await.expect("a result"), "04:12");
    let echoed = call(&server, "echo", r#"{"town":"Bergen","days":[1,2]}"#).await;
    assert_eq!(echoed.expect("a result"), r#"{"days":[1,2],"town":"Bergen"}"#);
}

#[tokio::test]
async fn an_image_reaches_the_model_as_an_image() {
    let (server, _) = connect(McpOptions::default()).await;
    let png = ContentPart::image_bytes("image/png", [0x89, b'P', b'N']);
    let expected = Content::from([ContentPart::text("Metres over hours:"), png]);
    assert_eq!(call(&server, "picture", "{}").await.expect("a result").content, expected);
}

#[tokio::test]
async fn the_text_of_a_failed_tool_is_for_the_model() {
    let (server, _) = connect(McpOptions::default()).await;
    assert_eq!(failure(&server, "fail").await, ("no such town".to_owned(), String::new()));
}

#[tokio::test]
async fn several_calls_run_at_once() {
    let (server, seen) = connect(McpOptions::default()).await;
    let other = server.clone();
    let waiting = tokio::spawn(async move { call(&other, "wait", "{}").await.map(drop) });
    seen.waiting.notified().await;
    assert_eq!(call(&server, "tide", "{}").await.expect("a result"), "04:12");
    waiting.abort();
}
