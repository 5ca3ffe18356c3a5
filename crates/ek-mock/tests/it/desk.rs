//! What a mock server tells of itself, and where it listens.

use ek_core::{ChatRequest, LlmProvider as _};
use ek_http::Provider;
use ek_mock::wire::MockServer;
use ek_mock::{Chaos, Script, When};
use serde_json::json;

use crate::support::{get, json};

#[tokio::test]
async fn the_journal_tells_each_call_and_no_key() {
    let script = Script::new()
        .on(When::user_text_contains("tide"), ["High water is at noon."])
        .with_chaos(Chaos::seeded(1).with_rate(0.0));
    let server = MockServer::start(script).await;
    let client = Provider::builder(server.uri(), "m").api_key("sk-secret-1").build();
    let client = client.expect("settings");
    client.complete(&ChatRequest::user("And the tide?")).await.expect("a reply");
    client.complete(&ChatRequest::user("And the wind?")).await.expect_err("no rule fits");
    get(&server.addr().to_string(), "/v1/embeddings").await;

    for path in ["/__journal", "/v1/__journal"] {
        let answer = get(&server.addr().to_string(), path).await;
        assert!(!answer.contains("sk-secret-1"), "{answer}");
        let journal = json(&answer);
        let calls = journal["calls"].as_array().expect("a list");
        let of = |key: &str| calls.iter().map(|call| call[key].clone()).collect::<Vec<_>>();
        assert_eq!(of("number"), [1, 2]);
        assert_eq!(of("outcome"), ["finished", "failed"]);
        assert_eq!(of("rule")[1], json!(null));
        assert_eq!(of("chaos"), [json!(null), json!(null)]);
        assert_eq!(calls[0]["request"]["messages"][0]["content"], "And the tide?");
        assert_eq!(calls[0]["request"]["model"], "m");
        assert!(calls[0]["ended_ms"].is_u64());
        assert_eq!(journal["strays"], json!(["GET /v1/embeddings"]));
    }
    assert_eq!(server.call_count(), 2, "to ask for the journal is no call");
}

#[tokio::test]
async fn the_models_are_those_that_rules_name_and_one_more() {
    let script = Script::new()
        .on(When::model("kiln-1"), ["a"])
        .on(When::model("kiln-1").and(When::user_text("b")), ["b"])
        .on(When::model("kiln-2"), ["c"]);
    let server = MockServer::start(script).await;
    let list = json(&get(&server.addr().to_string(), "/v1/models").await);
    let names: Vec<_> = list["data"].as_array().expect("a list").iter().map(|m| &m["id"]).collect();
    assert_eq!(names, ["mock", "kiln-1", "kiln-2"]);
    assert_eq!(list["object"], "list");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_no_panic() {
    let first = MockServer::bind(Script::new(), ([127, 0, 0, 1], 0)).await.expect("a port");
    let second = MockServer::bind(Script::new(), first.addr()).await.expect_err("it is taken");
    assert_eq!(second.kind(), std::io::ErrorKind::AddrInUse);
}
