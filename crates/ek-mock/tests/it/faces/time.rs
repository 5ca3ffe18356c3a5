//! The clock over connections in memory: paused, so that hours take milliseconds.

use ek_core::{ChatRequest, ErrorKind, LlmProvider, StreamEvent, StreamingProvider};
use ek_mock::wire::MockTransport;
use ek_mock::{CallOutcome, Cuts, Fault, MockReply, Script};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::{SECOND, ask, connection, exchange, heard, json, over, question};

#[tokio::test(start_paused = true)]
async fn a_stream_whose_pieces_are_20_s_apart_takes_no_real_time() {
    let real = std::time::Instant::now();
    let script = json(
        r#"{"rules": [{"replies": {"text": "abcdef", "latency": "5s", "pause": "20s", "chunk_chars": 1}}]}"#,
    );
    let transport = MockTransport::new(script);
    let begin = Instant::now();
    let mut stream = over(&transport).stream(&ChatRequest::user("?")).await.expect("a stream");
    let mut seconds = Vec::new();
    while let Some(event) = stream.next().await {
        if let StreamEvent::Text(_) = event.expect("no error") {
            seconds.push(begin.elapsed().as_secs());
        }
    }
    assert_eq!(seconds, [5, 25, 45, 65, 85, 105]);
    assert_eq!(begin.elapsed(), 105 * SECOND, "the end comes with the last piece");
    assert!(real.elapsed() < 60 * SECOND, "the clock was paused");

    transport.wait_until_idle().await;
    let call = transport.last_call().expect("a call");
    let since = |instant: Option<Instant>| instant.map(|at| (at - call.started).as_secs());
    assert_eq!((since(call.first_byte), since(call.ended)), (Some(5), Some(105)));
    assert_eq!(call.outcome, CallOutcome::Finished);
}

#[tokio::test(start_paused = true)]
async fn each_cut_is_a_write_with_the_pause_before_it() {
    let reply = MockReply::from("ab").with_cuts(Cuts::Every(1)).with_pause(SECOND);
    let transport = MockTransport::new(Script::cycling([reply]));
    let begin = Instant::now();
    let patient = ChatRequest::user("?").with_timeout(3600 * SECOND);
    let reply = over(&transport).complete(&patient).await.expect("a reply");
    assert_eq!(reply.content, "ab");
    let body = reply.raw.as_bytes().len();
    assert_eq!(usize::try_from(begin.elapsed().as_secs()), Ok(body - 1));
}

#[tokio::test(start_paused = true)]
async fn a_pause_longer_than_the_client_waits_is_its_timeout() {
    let reply = MockReply::from("abcdefgh").with_pause(121 * SECOND);
    let transport = MockTransport::new(Script::cycling([reply]));
    let error = heard(&over(&transport)).await.expect_err("the stream stood still");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.partial().expect("what came").content, "abcd");
    transport.wait_until_idle().await;
    assert_eq!(transport.calls()[0].outcome, CallOutcome::Dropped);
}

#[tokio::test(start_paused = true)]
async fn a_hang_lasts_until_the_client_gives_up() {
    for reply in [
        MockReply::from("abcd").failing_after(0, Fault::Hang),
        MockReply::from(ek_core::Error::new(ErrorKind::Timeout, "")),
    ] {
        let transport =
            MockTransport::new(Script::cycling([MockReply::attempts([reply, "now".into()])]));
        let provider = over(&transport);
        let request = ChatRequest::user("?").with_timeout(7 * SECOND);
        let begin = Instant::now();
        let error = provider.complete(&request).await.expect_err("a timeout");
        assert_eq!((error.kind(), begin.elapsed()), (ErrorKind::Timeout, 7 * SECOND));
        assert_eq!(ask(&provider, "?").await.expect("a reply").content, "now");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_is_seen_in_the_middle_of_a_pause() {
    let reply = MockReply::from("late").after(3600 * SECOND);
    let transport = MockTransport::new(Script::cycling([reply]));
    let provider = over(&transport);
    let given_up = tokio::time::timeout(2 * SECOND, ask(&provider, "?")).await;
    assert!(given_up.is_err());
    transport.wait_until_idle().await;
    let call = transport.last_call().expect("a call");
    assert_eq!((call.outcome, call.first_byte), (CallOutcome::Dropped, None));
    assert_eq!(call.ended.map(|end| (end - call.started).as_secs()), Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_is_a_dropped_call() {
    let reply = MockReply::from("abcd").with_pause(SECOND).with_chunk_chars(1);
    let transport = MockTransport::new(Script::cycling([reply]));
    let mut stream = over(&transport).stream(&ChatRequest::user("?")).await.expect("a stream");
    stream.next().await.expect("a piece").expect("no error");
    drop(stream);
    transport.wait_until_idle().await;
    assert_eq!(transport.calls()[0].outcome, CallOutcome::Dropped);
    assert!(transport.calls()[0].first_byte.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_bytes_do_not_depend_on_the_pauses() {
    let reply = || MockReply::from("Højvande 🌊!").with_chunk_chars(1);
    let mut heard = Vec::new();
    for reply in [reply(), reply().with_pause(20 * SECOND).after(SECOND)] {
        let transport = MockTransport::new(Script::cycling([reply]));
        let sent = super::closing(&question(true));
        heard.push(exchange(&mut connection(&transport), &sent).await);
    }
    assert_eq!(heard[0], heard[1]);
}

#[tokio::test]
async fn a_retry_that_is_faster_than_the_news_of_the_end_is_a_retry() {
    let hangs = MockReply::from(ek_core::Error::new(ErrorKind::Timeout, ""));
    let entry = MockReply::attempts([hangs, "now".into()]);
    let transport = MockTransport::new(Script::cycling([entry]));
    let mut first = connection(&transport);
    first.write_all(&question(false)).await.expect("taken");
    transport.wait_for_calls(1).await;
    // The first connection is still open: its server cannot know that nobody listens any more.
    let (bytes, _) = exchange(&mut connection(&transport), &super::closing(&question(false))).await;
    assert!(String::from_utf8_lossy(&bytes).contains("now"));
    assert_eq!(transport.last_call().expect("a call").attempt, 2);
    drop(first);
    transport.wait_until_idle().await;
    assert_eq!(transport.calls()[0].outcome, CallOutcome::Dropped);
}
