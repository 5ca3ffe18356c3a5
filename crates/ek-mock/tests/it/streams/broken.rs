//! Streams that an error ends.

use ek_core::{ErrorKind, LlmProvider, LlmResponse, StreamingProvider, ToolCall, Usage};
use ek_mock::{MockProvider, MockReply};

use super::{busy, cut, drain, outline, rich, start};

#[tokio::test]
async fn a_reply_breaks_off_after_so_many_events_with_what_was_delivered() {
    let provider =
        MockProvider::new([MockReply::from(rich()).failing_after(3, cut())]).with_chunk_chars(4);
    let items = drain(start(&provider).await).await;
    assert_eq!(outline(&items), "reasoning:Hmm, | reasoning: so | text:Both | error:cut");

    let Some(Err(error)) = items.last() else { panic!("no error") };
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(!error.is_retryable(), "an item had been delivered");
    let partial = error.partial().expect("what was delivered");
    assert_eq!((partial.content.as_str(), partial.reasoning.as_deref()), ("Both", Some("Hmm, so")));
    assert_eq!(
        (partial.id.as_deref(), partial.model.as_deref()),
        (Some("reply_1"), Some("mock-1"))
    );
    assert_eq!((&partial.refusal, &partial.finish_reason), (&None, &None));
    assert_eq!((partial.tool_calls.len(), partial.usage), (0, Usage::default()));
}

#[tokio::test]
async fn what_a_broken_reply_holds_grows_by_calls_that_are_whole_and_by_the_usage() {
    // Events: 5 texts, 3 fragments of a call, 2 of a free text, 2 calls, the usage, the end.
    for (events, calls, usage) in [
        (5, vec![], None),
        (7, vec![], None),
        (8, vec!["call_a"], None),
        (10, vec!["call_a"], None), // free text is whole only when that is said
        (11, vec!["call_a"], None),
        (12, vec!["call_a", "call_b"], None),
        (13, vec!["call_a", "call_b"], Some(15)),
        (99, vec!["call_a", "call_b"], Some(15)), // at the latest in place of the end
    ] {
        let reply = MockReply::from(rich()).failing_after(events, cut());
        let provider = MockProvider::new([reply]).with_chunk_chars(4);
        let items = drain(start(&provider).await).await;
        assert_eq!(items.len(), events.min(13) + 1);
        let Some(Err(error)) = items.last() else { panic!("no error after {events}") };
        let partial = error.partial().expect("what was delivered");
        let ids: Vec<&str> = partial.tool_calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!((ids, partial.usage.total()), (calls, usage), "after {events}");
    }
}

#[tokio::test]
async fn an_error_before_the_first_event_may_be_retried() {
    let provider = MockProvider::new([MockReply::from(rich()).failing_after(0, cut())]);
    let items = drain(start(&provider).await).await;
    assert_eq!(outline(&items), "error:cut");
    let Some(Err(error)) = items.last() else { panic!("no error") };
    assert!(error.is_retryable());
    assert_eq!(error.partial(), Some(&LlmResponse::default()));
}

#[tokio::test]
async fn a_broken_reply_fails_a_call_that_does_not_stream() {
    let provider = MockProvider::new([
        MockReply::from("a").failing_after(1, cut()),
        MockReply::from(busy()).failing_after(1, cut()),
    ]);
    let error = provider.complete(&"?".into()).await.expect_err("broken");
    assert_eq!((error.kind(), error.partial()), (ErrorKind::Interrupted, None));
    assert!(error.is_retryable());
    // An error that is the reply itself comes first, in a stream as in a call.
    let error = provider.stream(&"?".into()).await.expect_err("an error");
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn texts_count_at_once_and_arguments_that_are_no_object_only_as_a_whole_call() {
    let call = ToolCall::new("call_a", "tide", "ebb");
    let reply = LlmResponse::text("a").with_refusal("b").with_tool_calls([call.clone()]);
    for (events, calls) in [(4, vec![]), (5, vec![call])] {
        let broken = MockReply::from(reply.clone()).failing_after(events, cut());
        let items = drain(start(&MockProvider::new([broken])).await).await;
        let Some(Err(error)) = items.last() else { panic!("no error") };
        let mut delivered = LlmResponse::default().with_refusal("b").with_tool_calls(calls);
        (delivered.content, delivered.finish_reason) = ("a".to_owned(), None);
        assert_eq!(error.partial(), Some(&delivered), "after {events}");
    }
}
