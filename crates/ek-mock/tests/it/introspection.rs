//! What a mock server tells of itself, and where it listens.

use ek_core::{ChatRequest, LlmProvider as _};
use ek_http::Provider;
use ek_mock::wire::MockServer;
use ek_mock::{Chaos, Script, When};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{get, get_of, json, post};

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
        assert_eq!(of("protocol"), ["chat_completions"; 2]);
        assert_eq!(of("chaos"), [json!(null), json!(null)]);
        assert_eq!(calls[0]["request"]["messages"][0]["content"], "And the tide?");
        assert_eq!(calls[0]["request"]["model"], "m");
        assert!(calls[0]["ended_ms"].is_u64());
        assert_eq!(journal["unmatched"], json!(["GET /v1/embeddings"]));
    }
    assert_eq!(server.call_count(), 2, "to ask for the journal is no call");
}

#[tokio::test]
async fn no_credential_of_a_call_is_in_the_journal_whatever_it_was_sent_in() {
    const KEY: &str = "zq8Xw3Lm5Rt7Yb1Nc9Vd2Kf4Hj6Ps0Ga";
    for header in [
        "x-goog-api-key",
        "proxy-authorization",
        "x-auth-token",
        "ocp-apim-subscription-key",
        "cf-access-client-secret",
        "cookie",
        "x-gateway",
    ] {
        let server = MockServer::start(Script::cycling(["High water is at noon."])).await;
        let address = server.addr().to_string();
        let body = json!({
            "messages": [{"role": "user", "content": format!("My key is {KEY}.")}],
            "metadata": {KEY: "sk-abc123456789"},
        });
        let headers = [&format!("{header}: {KEY}"), "x-team: blue"];
        post(&address, "/v1/chat/completions", &headers, &body.to_string()).await;
        get(&address, &format!("/v1/{KEY}/embeddings?key={KEY}")).await;
        let answer = get(&address, "/__journal").await;
        for piece in [&KEY[..12], &KEY[20..], "sk-abc"] {
            assert!(!answer.contains(piece), "{header}: {answer}");
        }
        let journal = json(&answer);
        let headers = journal["calls"][0]["headers"].as_array().expect("a list");
        assert!(headers.contains(&json!([header, "[REDACTED]"])), "{answer}");
        assert!(headers.contains(&json!(["x-team", "blue"])), "{answer}");
        assert_eq!(journal["unmatched"], json!(["GET /v1/[REDACTED]/embeddings"]));
    }
}

/// What was sent, beside what was read of it: the order of keys, what the mock does not know, and the
/// credentials masked.
#[tokio::test]
async fn the_journal_shows_each_request_as_it_was_sent() {
    let server = MockServer::start(Script::cycling(["High water is at noon."])).await;
    let address = server.addr().to_string();
    let whole = r#"{ "z": 1e2, "messages":[{"role":"user","content":"\u00fc"}],"z":2,"a":null }"#;
    let secret = r#"{"input": "?", "user": "sk-abc123456789", "b": 1, "a": 2}"#;
    for (target, body) in [
        ("/v1/chat/completions?api-version=1&key=querykey", whole),
        ("/openai/v1/responses", secret),
        ("/v1/messages", "no JSON"),
    ] {
        post(&address, target, &["x-team: blue"], body).await;
    }
    let calls = server.calls();
    let sent: Vec<_> = calls.iter().map(|call| call.sent.as_ref().expect("sent")).collect();
    let heads: Vec<_> =
        sent.iter().map(|sent| [&*sent.method, &*sent.path, &*sent.query]).collect();
    assert_eq!(
        heads,
        [
            ["POST", "/v1/chat/completions", "api-version=1&key=[REDACTED]"],
            ["POST", "/openai/v1/responses", ""],
            ["POST", "/v1/messages", ""],
        ]
    );
    assert_eq!((sent[0].body_text().as_ref(), &*sent[1].body), (whole, secret.as_bytes()));
    assert!(!format!("{calls:?} {sent:?}").contains("fc"), "{sent:?}");

    let journal = json(&get(&address, "/__journal").await);
    let sent = |at: usize| journal["calls"][at]["sent"].clone();
    let expected = json!({
        "method": "POST", "path": "/v1/chat/completions",
        "query": "api-version=1&key=[REDACTED]", "body": whole,
    });
    assert_eq!(sent(0), expected);
    assert_eq!(sent(1)["body"], secret.replace("sk-abc123456789", "[REDACTED]"));
    assert_eq!(sent(2)["body"], "no JSON");
    assert!(journal["calls"][2]["problem"].is_string());
}

#[tokio::test]
async fn a_body_that_is_no_text_is_shown_in_base64() {
    let server = MockServer::start(Script::cycling(["a"])).await;
    let address = server.addr().to_string();
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("a server");
    let head = "POST /v1/messages HTTP/1.1\r\nconnection: close\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(&[head.as_bytes(), b"\xff\xfe"].concat()).await.expect("a server");
    stream.read_to_end(&mut Vec::new()).await.expect("an answer");
    let journal = json(&get(&address, "/__journal").await);
    assert_eq!(journal["calls"][0]["sent"]["body_base64"], "//4=");
    let call = server.last_call().expect("a call");
    assert_eq!(call.sent.expect("it was sent").body, b"\xff\xfe");
}

#[tokio::test]
async fn a_call_at_the_trait_was_not_sent() {
    let provider = ek_mock::MockProvider::new(["a"]);
    provider.complete(&ChatRequest::user("?")).await.expect("a reply");
    let call = provider.last_call().expect("a call");
    assert_eq!((call.sent, call.request), (None, ChatRequest::user("?")));
}

#[tokio::test]
async fn the_journal_is_not_shown_to_a_name_that_somebody_may_point_here() {
    let server = MockServer::start(Script::cycling(["High water is at noon."])).await;
    let address = server.addr().to_string();
    let own = format!("host: {address}");
    for host in
        ["host: evil.example", "host: evil.example:80", "HOST: localhost.evil.example", "host:"]
    {
        for path in ["/__journal", "/v1/__journal", "/__journal?x=/", "/__other"] {
            for headers in [&[host][..], &[&own, host]] {
                let answer = get_of(&address, path, headers).await;
                assert!(answer.starts_with("HTTP/1.1 403 "), "{host} {path}: {answer}");
                assert!(!answer.contains("calls"), "{answer}");
            }
        }
    }
    for host in [&*own, "host: localhost:1", "host: mock.localhost", "host: [::1]:80"] {
        let answer = get_of(&address, "/__journal", &[host]).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
    let answer = get_of(&address, "/v1/models", &["host: mock:8080"]).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "what is no secret is for all: {answer}");
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
