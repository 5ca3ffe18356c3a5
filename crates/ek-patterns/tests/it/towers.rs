//! Layers of tower around a provider, and patterns behind them.

use std::time::Duration;

use ek_core::{
    ChatRequest, EmbeddingProvider, Error, ErrorKind, LlmProvider, LlmResponse, StreamEvent,
    StreamingProvider,
};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, EmbedOptions, Estimate, Ledger, ProviderService, RetryConfig, ServiceProvider,
    embed_all, retry_complete,
};
use tower::ServiceBuilder;
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;

fn question() -> ChatRequest {
    ChatRequest::user("When?")
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_provider_comes_through_layers_as_it_was() {
    let limited = Error::new(ErrorKind::RateLimited, "slow down");
    let mock = MockProvider::new([
        MockReply::from(limited.with_retry_after(Duration::from_secs(7))),
        MockReply::from("At six."),
    ]);
    let layers = ServiceBuilder::new().timeout(Duration::from_secs(60)).concurrency_limit(4);
    let llm = ServiceProvider::new(layers.service(ProviderService::new(mock.clone())));

    let error = llm.complete(&question()).await.expect_err("limited");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let reply = retry_complete(&RetryConfig::default(), &llm, &question()).await;
    assert_eq!(reply.expect("a reply").content, "At six.");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_layer_is_not_retried_unless_the_caller_says_what_it_is() {
    let slow = MockProvider::new(["late"]).with_latency(Duration::from_secs(9));
    let layers = ServiceBuilder::new().timeout(Duration::from_secs(1));
    let llm = ServiceProvider::new(layers.service(ProviderService::new(slow)));
    let error = llm.complete(&question()).await.expect_err("too late");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Server, false));
    let source = std::error::Error::source(&error).expect("the layer's error").to_string();
    assert_eq!(source, Elapsed::new().to_string());

    let llm = llm.with_layer_error(|error| match error.is::<Elapsed>() {
        true => Error::new(ErrorKind::Timeout, "the layer's time is over"),
        false => Error::new(ErrorKind::Server, "another layer failed"),
    });
    let error = llm.complete(&question()).await.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn embeddings_go_through_the_same_layers_as_replies() {
    let layers = ServiceBuilder::new().concurrency_limit(1);
    let service = layers.service(ProviderService::new(MockProvider::new(["At six."])));
    let llm = ServiceProvider::new(service).with_model("tides-1");
    let found = embed_all(&llm, ["kiln", "lake"], &EmbedOptions::default()).await;
    assert_eq!(found.expect("vectors").value.len(), 2);
    assert_eq!(llm.embedding_model(), Some("tides-1"));
}

#[tokio::test]
async fn a_ledger_reserves_the_longest_reply_that_the_provider_within_is_said_to_have() {
    for (tokens, leaves_room) in [(None, false), (Some(100), true)] {
        let ledger = Ledger::new(Budget::default().with_output_tokens(1_000)).expect("a budget");
        let silent = MockProvider::new(["At six."]).with_latency(Duration::from_secs(9));
        let mut llm = ServiceProvider::new(ProviderService::new(silent));
        if let Some(tokens) = tokens {
            llm = llm.with_default_max_tokens(tokens);
        }
        let question = question();
        let mut call = std::pin::pin!(ledger.complete(&llm, &question));
        assert!(futures_util::FutureExt::now_or_never(call.as_mut()).is_none());
        assert_eq!(ledger.reserve(Estimate::new(0, 900)).is_ok(), leaves_room);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_until_the_service_is_ready_and_a_dropped_one_gives_its_place_back() {
    let mock = MockProvider::new(["a", "b"]).with_latency(Duration::from_secs(5));
    let layers = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let llm = ServiceProvider::new(layers.service(ProviderService::new(mock))).with_layer_error(
        |error| match error.is::<Overloaded>() {
            true => Error::new(ErrorKind::RateLimited, "too many calls at once"),
            false => Error::new(ErrorKind::Server, "another layer failed"),
        },
    );
    let (question, second) = (question(), question());
    let mut first = std::pin::pin!(llm.complete(&question));
    let polled = futures_util::future::poll_immediate(first.as_mut()).await;
    assert!(polled.is_none(), "the first call is under way");
    let error = llm.complete(&second).await.expect_err("one at once");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    first.set(llm.complete(&question));
    assert!(first.await.is_ok(), "the place of the call that was dropped is free");
}

#[tokio::test(start_paused = true)]
async fn streams_go_through_the_same_layers() {
    let reply = LlmResponse::text("low tide at six").with_reasoning("hm");
    let layers = ServiceBuilder::new().timeout(Duration::from_secs(60));
    let mock = MockProvider::new([reply.clone()]);
    let llm = ServiceProvider::new(layers.service(ProviderService::new(mock))).with_model("m");
    assert_eq!(llm.model(), Some("m"));
    let mut stream = llm.stream(&question()).await.expect("a stream");
    let mut pieces = 0;
    while let Some(event) = stream.next().await {
        match event.expect("no fault") {
            StreamEvent::Done(done) => assert_eq!(done.content, reply.content),
            StreamEvent::Text(_) => pieces += 1,
            _ => {}
        }
    }
    assert_eq!(pieces, 4);
}
