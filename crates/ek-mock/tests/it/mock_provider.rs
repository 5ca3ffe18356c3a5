//! `MockProvider` as a test of somebody else's code uses it.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{
    ChatRequest, DynToolProvider, Error, ErrorKind, FinishReason, LlmProvider, LlmResponse,
    Message, Result, ToolCall, ToolCallingProvider, Usage,
};
use ek_mock::{MockProvider, MockReply};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

async fn ask(provider: &impl LlmProvider, text: &str) -> Result<String> {
    let reply = provider.complete(&ChatRequest::user(text)).await?;
    Ok(reply.content)
}

fn busy() -> Error {
    Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(SECOND)
}

#[tokio::test]
async fn replies_come_in_order_and_start_over_after_the_last() {
    let provider = MockProvider::new(["a", "b"]);
    for expected in ["a", "b", "a", "b", "a"] {
        assert_eq!(ask(&provider, "?").await.expect("a reply"), expected);
    }
    assert_eq!(provider.call_count(), 5);
}

#[tokio::test]
async fn without_replies_each_answer_is_empty_and_finished() {
    for provider in [MockProvider::default(), MockProvider::new(Vec::<String>::new())] {
        for _ in 0..2 {
            let reply = provider.complete(&ChatRequest::user("?")).await;
            assert_eq!(reply.expect("a reply"), LlmResponse::text(""));
        }
        let reply = provider.complete(&"?".into()).await.expect("a reply");
        assert_eq!(reply.finish_reason, Some(FinishReason::Stop));
    }
}

#[tokio::test]
async fn whole_responses_are_given_as_they_are() {
    let response = LlmResponse::text("warm")
        .with_usage(Usage::new(11, 4))
        .with_tool_calls([ToolCall::new("1", "tide", "{}")]);
    let provider = MockProvider::new([response.clone()]);
    let reply = provider.complete(&"?".into()).await;
    assert_eq!(reply.expect("a reply"), response);
}

#[tokio::test]
async fn a_failing_provider_raises_its_error_on_each_call_and_counts_them() {
    for provider in [MockProvider::failing(busy()), MockProvider::failing(busy()).strict()] {
        for call in 1..=3 {
            let error = ask(&provider, "?").await.expect_err("an error");
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.retry_after(), Some(SECOND));
            assert_eq!(provider.call_count(), call);
        }
    }
}

#[tokio::test]
async fn errors_and_answers_of_several_kinds_stand_in_one_sequence() {
    let replies: [MockReply; 4] = [
        busy().into(),
        "text".into(),
        String::from("string").into(),
        Err(Error::new(ErrorKind::Server, "HTTP 503")).into(),
    ];
    let provider = MockProvider::new(replies);
    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.push(ask(&provider, "?").await.map_err(|e| e.kind()));
    }
    assert_eq!(
        heard,
        [
            Err(ErrorKind::RateLimited),
            Ok("text".to_owned()),
            Ok("string".to_owned()),
            Err(ErrorKind::Server),
            Err(ErrorKind::RateLimited),
        ]
    );
}

#[tokio::test]
async fn a_closure_answers_by_what_was_asked() {
    let provider = MockProvider::respond_with(|request| match request.last_user_text() {
        Some(text) => Ok(LlmResponse::text(text.to_uppercase())),
        None => Err(Error::new(ErrorKind::Rejected, "nothing was asked")),
    })
    .strict();
    assert_eq!(ask(&provider, "flood").await.expect("a reply"), "FLOOD");
    let error = provider.complete(&ChatRequest::default()).await;
    assert_eq!(error.expect_err("an error").kind(), ErrorKind::Rejected);
    assert_eq!(ask(&provider, "ebb").await.expect("a reply"), "EBB");
}

#[tokio::test]
async fn a_strict_provider_says_which_call_was_one_too_many() {
    for (replies, text) in [
        (vec!["a", "b"], "call 3 is one too many: the script is strict and has 2 replies"),
        (vec!["a"], "call 2 is one too many: the script is strict and has 1 reply"),
        (vec![], "call 1 is one too many: the script is strict and has no replies"),
    ] {
        let provider = MockProvider::new(replies.clone()).strict();
        for expected in &replies {
            assert_eq!(ask(&provider, "?").await.expect("a reply"), *expected);
        }
        let error = ask(&provider, "?").await.expect_err("no reply is left");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!error.is_retryable());
        assert_eq!(error.to_string(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn each_call_takes_the_latency_under_paused_time() {
    let provider = MockProvider::new(["a", "b"]).with_latency(2 * SECOND);
    let start = Instant::now();
    ask(&provider, "?").await.expect("a reply");
    assert_eq!(start.elapsed(), 2 * SECOND);
    ask(&provider, "?").await.expect("a reply");
    assert_eq!(start.elapsed(), 4 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_latency_of_a_reply_comes_before_that_of_the_provider() {
    let provider = MockProvider::new([
        MockReply::from("slow").after(9 * SECOND),
        MockReply::from("at once").after(Duration::ZERO),
        MockReply::from(busy()),
    ])
    .with_latency(SECOND);
    let mut took = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        let _ = ask(&provider, "?").await;
        took.push(start.elapsed());
    }
    assert_eq!(took, [9 * SECOND, Duration::ZERO, SECOND]);
}

#[tokio::test(start_paused = true)]
async fn a_request_with_a_shorter_timeout_than_the_latency_times_out_then() {
    let provider = MockProvider::new(["late"]).with_latency(3 * SECOND);
    let start = Instant::now();
    let request = ChatRequest::user("?").with_timeout(SECOND);
    let error = provider.complete(&request).await.expect_err("too late");
    assert_eq!((error.kind(), start.elapsed()), (ErrorKind::Timeout, SECOND));
    assert!(error.is_retryable());
    assert_eq!(error.to_string(), "no reply within 1s: the mock takes 3s");

    let patient = ChatRequest::user("?").with_timeout(3 * SECOND);
    assert_eq!(provider.complete(&patient).await.expect("in time").content, "late");
}

#[tokio::test]
async fn calls_are_deep_copies_of_what_was_asked() {
    let provider = MockProvider::new(["a"]);
    assert_eq!((provider.call_count(), provider.last_call()), (0, None));

    let mut request = ChatRequest::user("first").with_temperature(0.2);
    let first = request.clone();
    provider.complete(&request).await.expect("a reply");
    request.messages.push(Message::assistant("a"));
    request.temperature = None;
    provider.complete(&request).await.expect("a reply");

    let calls = provider.calls();
    assert_eq!(calls.iter().map(|c| c.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(calls[0].request, first);
    assert_eq!(calls[1].request, request);
    assert_eq!(provider.last_call().as_ref(), calls.last());
}

#[tokio::test]
async fn failed_calls_are_recorded_too() {
    let provider = MockProvider::failing(busy());
    ask(&provider, "one").await.expect_err("an error");
    let asked = provider.last_call().expect("recorded").request;
    assert_eq!(asked.last_user_text().as_deref(), Some("one"));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_was_made_and_has_taken_its_reply() {
    let provider = MockProvider::new(["a", "b"]).with_latency(SECOND);
    let given_up = tokio::time::timeout(SECOND / 2, ask(&provider, "one")).await;
    assert!(given_up.is_err());
    assert_eq!(provider.call_count(), 1);
    assert_eq!(ask(&provider, "two").await.expect("a reply"), "b");

    drop(provider.complete(&ChatRequest::user("never polled")));
    assert_eq!(provider.call_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn clones_share_replies_and_calls() {
    let provider = MockProvider::new(["a", "b"]);
    let other = provider.clone().with_latency(SECOND);
    assert_eq!(ask(&other, "one").await.expect("a reply"), "a");
    assert_eq!(ask(&provider, "two").await.expect("a reply"), "b");
    assert_eq!(provider.calls(), other.calls());
    assert_eq!(other.call_count(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_callers_get_each_reply_once_per_round() {
    const REPLIES: usize = 25;
    const ROUNDS: usize = 40;
    let provider = MockProvider::new((0..REPLIES).map(|n| n.to_string()));
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..REPLIES * ROUNDS {
        let provider = provider.clone();
        callers.spawn(async move { ask(&provider, &caller.to_string()).await });
    }
    let mut times = [0; REPLIES];
    while let Some(reply) = callers.join_next().await {
        let reply = reply.expect("no panic").expect("a reply");
        times[reply.parse::<usize>().expect("a number")] += 1;
    }
    assert_eq!(times, [ROUNDS; REPLIES]);

    let calls = provider.calls();
    assert!(calls.iter().map(|c| c.number).eq(1..=REPLIES * ROUNDS));
    let mut asked: Vec<usize> =
        calls.iter().filter_map(|c| c.request.last_user_text()?.parse().ok()).collect();
    asked.sort_unstable();
    assert!(asked.into_iter().eq(0..REPLIES * ROUNDS));
}

#[tokio::test]
async fn a_closure_that_panics_leaves_the_provider_usable() {
    let provider = MockProvider::respond_with(|request| {
        assert_ne!(request.last_user_text().as_deref(), Some("bad"));
        "good"
    });
    let other = provider.clone();
    let panicked = tokio::spawn(async move { ask(&other, "bad").await }).await;
    assert!(panicked.expect_err("a panic").is_panic());
    assert_eq!(ask(&provider, "fine").await.expect("a reply"), "good");
    assert_eq!(provider.call_count(), 2);
}

#[test]
fn the_model_and_the_tools_are_as_set() {
    let plain = MockProvider::new(["a"]);
    assert_eq!((plain.model(), plain.supports_tools()), (None, true));
    let set = plain.with_model("mock-1").without_tools();
    assert_eq!((set.model(), set.supports_tools()), (Some("mock-1"), false));
    assert!(!DynToolProvider::new(Arc::new(set)).supports_tools());
}

#[tokio::test]
async fn debug_shows_neither_prompts_nor_replies() {
    const MARKER: &str = "marker of the prompt and the reply";
    let sequence = MockProvider::new([MARKER]).with_model("mock-1").strict();
    let closure = MockProvider::respond_with(|_| MARKER);
    for provider in [sequence, closure] {
        ask(&provider, MARKER).await.expect("a reply");
        let reply = MockReply::from(MARKER).after(SECOND);
        let shown = format!("{provider:?} {reply:?} {:#?}", provider.calls());
        assert!(!shown.contains("marker"), "{shown}");
        assert!(shown.contains("calls: 1"), "{shown}");
    }
    let shown = format!("{:?}", MockProvider::new(["a", "b"]).with_latency(SECOND));
    assert_eq!(
        shown,
        "MockProvider { rules: 1, calls: 0, latency: Some(1s), strict: false, \
         model: None, tools: true }"
    );
}
