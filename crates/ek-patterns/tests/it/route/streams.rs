//! A stream goes to the next provider until its first item has come, and never after it.

use ek_core::{DynProvider, ErrorKind, StreamEvent, StreamingProvider};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Failover, FailoverOptions};

use super::{backed, down, failure, request};

async fn streamed(provider: &impl StreamingProvider) -> ek_core::Result<String> {
    Ok(provider.stream(&request()).await?.collect().await?.content)
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_cannot_be_opened_leads_to_the_next_provider() {
    let (both, second) = backed(&down(), FailoverOptions::default());
    assert_eq!(streamed(&both).await.expect("a stream"), "from the second");
    assert!(second.last_call().expect("a call").streamed);
}

#[tokio::test(start_paused = true)]
async fn so_does_one_that_breaks_before_its_first_item() {
    let broken = MockReply::from("never seen").failing_after(0, failure(ErrorKind::Interrupted));
    let (both, _) = backed(&MockProvider::new([broken]), FailoverOptions::default());
    assert_eq!(streamed(&both).await.expect("a stream"), "from the second");
}

#[tokio::test(start_paused = true)]
async fn once_an_item_was_delivered_there_is_no_other_provider() {
    let broken = MockReply::from("two pieces").failing_after(1, failure(ErrorKind::Interrupted));
    let first = MockProvider::new([broken]);
    let (both, second) = backed(&first, FailoverOptions::default());
    let mut stream = both.stream(&request()).await.expect("a stream");
    let item = stream.next().await.expect("an item").expect("a piece");
    assert_eq!(item, StreamEvent::Text("two ".into()));
    let error = stream.next().await.expect("an end").expect_err("broken");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(error.partial().expect("what came").content, "two ");
    assert!(!error.is_retryable() && error.spend().calls == 1);
    assert_eq!(second.call_count(), 0);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_counts_as_a_failure_of_its_provider() {
    let broken = MockReply::from("two pieces").failing_after(1, failure(ErrorKind::Interrupted));
    let first = MockProvider::new([broken]);
    let (both, _) = backed(&first, FailoverOptions::default().with_failures(1));
    streamed(&both).await.expect_err("broken");
    assert_eq!(streamed(&both).await.expect("the second"), "from the second");
    assert_eq!(first.call_count(), 1);
}

#[tokio::test(start_paused = true)]
async fn streams_that_begin_and_break_are_failures_in_a_row() {
    let broken = || MockReply::from("two pieces").failing_after(1, failure(ErrorKind::Interrupted));
    let first = MockProvider::new([broken(), broken(), "whole".into(), broken()]);
    let (both, _) = backed(&first, FailoverOptions::default());
    for _ in 0..12 {
        let _ = streamed(&both).await;
    }
    assert_eq!(
        first.call_count(),
        6,
        "two before the whole one, which begins the count anew, and three"
    );

    tokio::time::advance(std::time::Duration::from_secs(30)).await;
    for _ in 0..5 {
        let _ = streamed(&both).await;
    }
    assert_eq!(first.call_count(), 10, "a probe that is whole, and three more");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_dropped_counts_as_none() {
    let (both, second) =
        backed(&MockProvider::new(["a long story"]), FailoverOptions::default().with_failures(1));
    for _ in 0..5 {
        let mut stream = both.stream(&request()).await.expect("a stream");
        stream.next().await.expect("an item").expect("a piece");
    }
    assert_eq!(second.call_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_first_item_of_a_probe_closes_the_circuit() {
    let replies = [MockReply::from(failure(ErrorKind::Server)), MockReply::from("well again")];
    let first = MockProvider::new(replies);
    let (both, _) = backed(&first, FailoverOptions::default().with_failures(1));
    streamed(&both).await.expect("the second");
    tokio::time::advance(std::time::Duration::from_secs(30)).await;
    let long = both.stream(&request()).await.expect("the probe");
    both.stream(&request()).await.expect("the second").collect().await.expect("a reply");
    assert_eq!(first.call_count(), 3, "the probe goes on, and its circuit is closed");
    assert_eq!(long.collect().await.expect("a reply").content, "well again");
}

#[tokio::test(start_paused = true)]
async fn it_streams_where_every_provider_does_and_else_asks_none() {
    let mock = MockProvider::new(["hello"]);
    let handles = [DynProvider::streaming(mock.clone()), DynProvider::new(mock.clone())];
    let both = Failover::new(handles).expect("two");
    assert!(!both.supports_streaming());
    let error = both.stream(&request()).await.expect_err("refused");
    assert_eq!((error.kind(), mock.call_count()), (ErrorKind::Unsupported, 0));
    assert_eq!(error.to_string(), "not every provider of the failover can stream");
}
