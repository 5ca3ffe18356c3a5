//! What is worth another attempt, how long the wait is, and what the error has of all attempts.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Failover, RetryConfig, retry, retry_complete, retry_stream};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::{run, secs};

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_slower_than_the_time_limit_is_not_bought_again_unless_asked() {
    let too_slow = Error::new(ErrorKind::Timeout, "no answer in 120 s");
    let config = RetryConfig::default();
    let (outcome, times) = run(&config, vec![Err(too_slow.clone())]).await;
    assert_eq!((outcome.expect_err("too slow").attempts(), times.len()), (1, 1));
    let asked = config.clone().with_retry_timeouts(true);
    assert_eq!(run(&asked, vec![Err(too_slow.clone())]).await.1.len(), 3);
    let careful = asked.with_retry_ambiguous(false);
    assert_eq!(run(&careful, vec![Err(too_slow)]).await.1.len(), 1);
    let connecting = Error::new(ErrorKind::Timeout, "").with_may_have_executed(false);
    assert_eq!(run(&config, vec![Err(connecting)]).await.1.len(), 3, "nothing was sent");
}

#[tokio::test(start_paused = true)]
async fn those_who_were_sent_away_together_do_not_come_back_together() {
    let start = Instant::now();
    let calls = (0..30).map(|seed| async move {
        let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(60));
        let config = RetryConfig::default().with_jitter_seed(seed);
        run(&config, vec![Err(busy), Ok("answer")]).await.0.expect("an answer");
        start.elapsed().as_millis()
    });
    let mut times = join_all(calls).await;
    assert!(times.iter().all(|ms| (60_000..=61_001).contains(ms)), "{times:?}");
    times.sort_unstable();
    times.dedup();
    assert!(times.len() > 20, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn near_the_deadline_the_server_s_wait_is_enough() {
    let busy = Error::new(ErrorKind::RateLimited, "").with_retry_after(secs(9));
    for seed in 0..20 {
        let config = RetryConfig::default().with_deadline(secs(10)).with_jitter_seed(seed);
        let config = config.with_base_delay(secs(60));
        let (outcome, times) = run(&config, vec![Err(busy.clone()), Ok("answer")]).await;
        outcome.expect("in time");
        assert!(times[1] >= secs(9) && times[1] < secs(10), "{times:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_are_all_requests_of_all_attempts() {
    let down = || MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 500"));
    let both = Failover::new([down(), down()]).expect("two");
    let config = RetryConfig::default().with_base_delay(Duration::ZERO).with_max_attempts(2);
    let error = retry_complete(&config, &both, &"hello".into()).await.expect_err("an outage");
    assert_eq!((error.attempts(), error.spend().calls), (4, 4));
    let request = ChatRequest::user("hello");
    let nested = || retry_complete(&config, &both, &request);
    let error = retry(&config, nested).await.expect_err("an outage");
    assert_eq!((error.attempts(), error.spend().calls), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_place_of_a_stream_s_first_event_is_retried() {
    let overloaded = Error::new(ErrorKind::Server, "overloaded");
    let provider = MockProvider::new([
        MockReply::from("never seen").failing_after(0, overloaded.clone()),
        MockReply::from("two words").failing_after(1, overloaded),
    ]);
    let config = RetryConfig::default();
    let stream = retry_stream(&config, &provider, &"hello".into()).await.expect("the second");
    let error = stream.collect().await.expect_err("cut");
    assert_eq!(error.partial().map(|reply| reply.content.as_str()), Some("two "));
    assert_eq!(provider.call_count(), 2, "nothing is retried after the first event");
}
