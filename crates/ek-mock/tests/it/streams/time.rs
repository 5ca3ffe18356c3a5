//! Streams and the clock, which is paused.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{ChatRequest, ErrorKind, StreamEvent, StreamingProvider};
use ek_mock::{MockProvider, MockReply};
use tokio::time::Instant;

use super::{SECOND, cut, drain, outline, rich, start};

#[tokio::test(start_paused = true)]
async fn pieces_come_with_the_pause_between_them_and_the_end_with_the_last() {
    let provider = MockProvider::new([rich()]).with_chunk_chars(4).with_chunk_delay(SECOND);
    let begin = Instant::now();
    let mut stream = start(&provider).await;
    let mut seconds = Vec::new();
    while let Some(event) = stream.next().await {
        event.expect("no error");
        assert_eq!(begin.elapsed().subsec_nanos(), 0);
        seconds.push(begin.elapsed().as_secs());
    }
    assert_eq!(seconds, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9, 9]);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_mid_stream_comes_after_a_pause_like_a_piece() {
    let reply = MockReply::from("abcd").failing_after(2, cut());
    let provider = MockProvider::new([reply]).with_chunk_chars(2).with_chunk_delay(SECOND);
    let begin = Instant::now();
    let items = drain(start(&provider).await).await;
    assert_eq!(outline(&items), "text:ab | text:cd | error:cut");
    assert_eq!(begin.elapsed(), 2 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_slower_than_the_pause_finds_the_next_piece_waiting() {
    let provider = MockProvider::new(["abc"]).with_chunk_chars(1).with_chunk_delay(SECOND);
    let mut stream = start(&provider).await;
    for _ in 0..3 {
        let begin = Instant::now();
        stream.next().await.expect("a piece").expect("no error");
        assert_eq!(begin.elapsed(), Duration::ZERO);
        tokio::time::advance(2 * SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_gives_up_waiting_loses_no_piece() {
    let provider = MockProvider::new(["abc"]).with_chunk_chars(1).with_chunk_delay(SECOND);
    let mut stream = start(&provider).await;
    let mut text = String::new();
    let mut given_up = 0;
    loop {
        match tokio::time::timeout(SECOND * 2 / 5, stream.next()).await {
            Err(_) => given_up += 1,
            Ok(Some(Ok(StreamEvent::Text(piece)))) => text.push_str(&piece),
            Ok(Some(Ok(StreamEvent::Done(reply)))) => break assert_eq!(reply.content, text),
            Ok(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((text.as_str(), given_up), ("abc", 4));
}

#[tokio::test(start_paused = true)]
async fn the_latency_comes_before_the_stream_and_a_timeout_covers_it_alone() {
    let provider = MockProvider::new([MockReply::from("ab").after(3 * SECOND), "cd".into()])
        .with_latency(SECOND)
        .with_chunk_chars(1)
        .with_chunk_delay(9 * SECOND);
    let begin = Instant::now();
    let request = ChatRequest::user("?").with_timeout(2 * SECOND);
    let error = provider.stream(&request).await.expect_err("too late");
    assert_eq!((error.kind(), begin.elapsed()), (ErrorKind::Timeout, 2 * SECOND));

    let begin = Instant::now();
    let stream = provider.stream(&request).await.expect("in time");
    assert_eq!(begin.elapsed(), SECOND);
    stream.collect().await.expect("no total limit");
    assert_eq!(begin.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_stream_outlives_its_provider_and_a_dropped_one_leaves_nothing_behind() {
    let of_script = Arc::new(());
    let of_stream = Arc::new(());
    let (script, item) = (Arc::clone(&of_script), Arc::downgrade(&of_stream));
    let provider = MockProvider::respond_with(move |_| {
        let _kept_by_the_script = &script;
        MockReply::from("abc").failing_after(2, cut().with_detail(item.upgrade()))
    })
    .with_chunk_chars(1)
    .with_chunk_delay(SECOND);

    let mut stream = start(&provider).await;
    drop(provider);
    assert_eq!(Arc::strong_count(&of_script), 1, "the stream owns what it needs and no more");
    stream.next().await.expect("a piece").expect("no error");
    assert!(tokio::time::timeout(SECOND / 2, stream.next()).await.is_err());
    assert_eq!(Arc::strong_count(&of_stream), 2);
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
    drop(stream);
    assert_eq!(Arc::strong_count(&of_stream), 1);
}
