//! What is asked besides replies.

use serde_json::{Value, json};

use super::super::page;

async fn asked(line: &str, headers: &str, body: &str) -> (String, Value) {
    page("claude-kiln", line, headers, body).await
}

#[tokio::test]
async fn tokens_are_counted_as_in_replies() {
    let body =
        r#"{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"123456789"}]}"#;
    let (status, page) = asked("POST /v1/messages/count_tokens", "", body).await;
    assert_eq!((status.as_str(), page), ("200", json!({"input_tokens": 6})));
    let (status, page) = asked("POST /v1/messages/count_tokens", "", "{}").await;
    assert_eq!(status, "400");
    assert_eq!(page["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn models_have_the_shape_of_the_protocol_that_the_header_names() {
    let version = "anthropic-version: 2023-06-01\r\n";
    let (_, page) = asked("GET /v1/models", version, "").await;
    let ids: Vec<_> = page["data"].as_array().expect("a list").iter().map(|m| &m["id"]).collect();
    assert_eq!(ids, ["mock", "claude-kiln"]);
    assert_eq!(page["data"][1]["type"], "model");
    assert_eq!((&page["first_id"], &page["last_id"]), (&json!("mock"), &json!("claude-kiln")));
    assert_eq!(page["has_more"], false);
    let (_, page) = asked("GET /v1/models/claude-kiln", version, "").await;
    assert_eq!((&page["type"], &page["id"]), (&json!("model"), &json!("claude-kiln")));
    let (status, _) = asked("GET /v1/models/owl", version, "").await;
    assert_eq!(status, "404");
    let (_, page) = asked("GET /v1/models", "", "").await;
    assert_eq!(page["object"], "list");
}
