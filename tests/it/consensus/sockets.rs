//! Samples and the pool: connections are shared, used at once, and closed when the caller gives up.

use ek_mock::Script;
use ek_mock::wire::{Connection, MockServer, RawServer};
use executionkit::{ConsensusOptions, Provider, consensus};

fn provider(uri: String) -> Provider {
    Provider::new(uri, "m").expect("sound settings")
}

#[tokio::test]
async fn the_samples_run_in_parallel_and_cancelling_the_call_closes_every_socket() {
    // Nobody is answered before all five have asked, so only parallel samples get that far.
    let server = RawServer::start(Connection::new().read_request().stall()).await;
    let provider = provider(server.uri());
    let options = ConsensusOptions::default();
    tokio::select! {
        outcome = consensus(&provider, "Are you there?", &options) => {
            panic!("nobody answers: {outcome:?}")
        }
        () = server.wait_for_requests(5) => {}
    }
    assert_eq!(server.connection_count(), 5);
    for connection in 0..5 {
        assert!(server.wait_closed(connection).await.is_by_peer(), "{connection}");
    }
}

#[tokio::test]
async fn the_samples_of_many_calls_share_the_pool() {
    let server = MockServer::start(Script::cycling(["four"])).await;
    let provider = provider(server.uri());
    for _ in 0..4 {
        let outcome = consensus(&provider, "Legs?", &ConsensusOptions::default()).await;
        assert_eq!(outcome.expect("an answer").spend.calls, 5);
    }
    assert_eq!(server.call_count(), 20);
    let connections = server.raw().connection_count();
    assert!(connections <= 5, "{connections} connections for 5 samples at once");
}

#[tokio::test]
async fn no_more_sockets_are_opened_than_the_pool_allows() {
    let server = MockServer::start(Script::cycling(["four"])).await;
    let settings = Provider::builder(server.uri(), "m").max_connections(2);
    let provider = settings.build().expect("sound settings");
    let options = ConsensusOptions::default().with_samples(20).with_concurrency(20);
    let outcome = consensus(&provider, "Legs?", &options).await.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.detail.voters), ("four", 20));
    assert!(server.raw().connection_count() <= 2);
}

#[tokio::test]
async fn stopping_early_closes_the_sockets_of_the_samples_that_are_not_needed() {
    let reply = r#"{"choices":[{"message":{"content":"four"},"finish_reason":"stop"}]}"#;
    let answer = ek_mock::wire::response(200, &[], reply);
    let quick = Connection::new().read_request().write(answer).stall();
    let silent = Connection::new().read_request().stall();
    let script = [quick.clone(), quick.clone(), quick, silent.clone(), silent];
    let server = RawServer::start(ek_mock::wire::RawScript::in_order(script)).await;
    let provider = provider(server.uri());
    let options = ConsensusOptions::default().with_stop_early(true);
    let outcome = consensus(&provider, "Legs?", &options).await.expect("three are a majority");
    assert_eq!((outcome.value.as_str(), outcome.detail.voters), ("four", 3));
    assert_eq!((outcome.spend.calls, outcome.spend.unknown_calls), (5, 5));
    for connection in 3..5 {
        assert!(server.wait_closed(connection).await.is_by_peer(), "{connection}");
    }
}
