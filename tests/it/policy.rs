//! The client and the call layer together: what a policy makes of what the wire did.

use ek_mock::wire::{Connection, RawServer, response};
use executionkit::{ChatRequest, ErrorKind, LlmProvider as _, Provider, RetryConfig, retry};

const REPLY: &str = r#"{"choices":[{"message":{"content":"Slowly."},"finish_reason":"stop"}]}"#;

/// Answers with these statuses, each with its `x-should-retry` where there is one.
fn answers<const N: usize>(statuses: [(u16, Option<&str>); N]) -> Connection {
    let answered = statuses.into_iter().fold(Connection::new(), |connection, (status, word)| {
        let body = if status == 200 { REPLY } else { r#"{"error":{"message":"no"}}"# };
        let headers: Vec<_> = word.map(|word| ("x-should-retry", word)).into_iter().collect();
        connection.read_request().write(response(status, &headers, body))
    });
    answered.stall()
}

/// No waits: a real socket keeps the real clock.
fn at_once(attempts: u32) -> RetryConfig {
    RetryConfig::default().with_max_attempts(attempts).with_base_delay(std::time::Duration::ZERO)
}

#[tokio::test]
async fn s22_two_failures_and_a_success_are_three_attempts_on_one_connection() {
    let server = RawServer::start(answers([(500, None), (500, None), (200, None)])).await;
    let provider = Provider::new(server.uri(), "m").expect("settings");
    let request = ChatRequest::user("hi");
    let reply = retry(&at_once(3), || provider.complete(&request)).await.expect("an answer");
    assert_eq!(reply.content, "Slowly.");
    assert_eq!((server.request_count(), server.connection_count()), (3, 1));
}

#[tokio::test]
async fn s22_with_one_attempt_less_the_last_failure_counts_them() {
    let server = RawServer::start(answers([(500, None), (500, None), (200, None)])).await;
    let provider = Provider::new(server.uri(), "m").expect("settings");
    let request = ChatRequest::user("hi");
    let error = retry(&at_once(2), || provider.complete(&request)).await.expect_err("HTTP 500");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 2));
    assert_eq!(server.request_count(), 2);
}

#[tokio::test]
async fn s25_the_server_s_word_on_retrying_decides_over_the_status() {
    let retried = answers([(400, Some("true")), (200, None)]);
    let not = answers([(500, Some("false")), (200, None)]);
    for (script, requests) in [(retried, 2), (not, 1)] {
        let server = RawServer::start(script).await;
        let provider = Provider::new(server.uri(), "m").expect("settings");
        let request = ChatRequest::user("hi");
        let outcome = retry(&at_once(3), || provider.complete(&request)).await;
        assert_eq!((outcome.is_ok(), server.request_count()), (requests == 2, requests));
    }
}
