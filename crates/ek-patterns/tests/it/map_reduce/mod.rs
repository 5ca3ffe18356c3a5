//! Many inputs, each by itself, and one answer made of what came out.

mod failures;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{ChatRequest, LlmProvider, LlmResponse, Message, Result, Usage};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Event, MapReduceDetail, MapReduceOptions, Outcome, map_reduce};

use crate::support::Backend;

fn text(request: &ChatRequest) -> String {
    request.last_user_text().unwrap_or_default().into_owned()
}

/// Answers `map 3` with `<3>`, the later the smaller the number, and reduces as it is asked.
fn numbers() -> MockProvider {
    MockProvider::respond_with(|request| {
        let text = text(request);
        let Some(number) = text.strip_prefix("map ") else { return MockReply::from(text) };
        let wait = 100 - number.parse::<u64>().expect("a number");
        MockReply::from(format!("<{number}>")).after(Duration::from_millis(wait))
    })
}

async fn run(
    provider: &impl LlmProvider,
    count: usize,
    options: &MapReduceOptions,
) -> Result<Outcome<String, MapReduceDetail>> {
    map_reduce(provider, 0..count, |n| format!("map {n}"), |parts| parts.join(""), options).await
}

#[tokio::test(start_paused = true)]
async fn what_came_out_is_reduced_in_the_order_of_the_inputs() {
    let llm = numbers();
    let outcome = run(&llm, 12, &MapReduceOptions::default()).await.expect("a text");
    assert_eq!(outcome.value, "<0><1><2><3><4><5><6><7><8><9><10><11>");
    assert_eq!((outcome.spend.calls, llm.call_count()), (13, 13));
    let items: Vec<_> = outcome.detail.items.iter().map(|i| i.as_ref().ok()).collect();
    assert_eq!(items[11].map(|reply| reply.content.as_str()), Some("<11>"));
    assert!(!format!("{outcome:?}").contains("<3>"));
}

#[tokio::test]
async fn at_most_this_many_inputs_are_under_way_at_once() {
    for (concurrency, most) in [(1, 1), (5, 5), (100, 20)] {
        let backend = Backend::new(Ok(LlmResponse::text("x")));
        let options = MapReduceOptions::default().with_concurrency(concurrency);
        run(&backend, 20, &options).await.expect("a text");
        assert_eq!((backend.most_in_flight(), backend.dispatched()), (most, 21));
    }
}

#[tokio::test]
async fn requests_are_made_when_it_is_their_turn() {
    let made = Mutex::new(0);
    let backend = Backend::new(Ok(LlmResponse::text("x")));
    let map = |_: usize| {
        *made.lock().expect("no panic") += 1;
        assert!(*made.lock().expect("no panic") <= backend.dispatched() + 2);
        ChatRequest::user("x")
    };
    let options = MapReduceOptions::default().with_concurrency(2);
    map_reduce(&backend, 0..20, map, |_| "all", &options).await.expect("a text");
    assert_eq!(*made.lock().expect("no panic"), 20);
}

#[tokio::test]
async fn closures_may_make_texts_messages_or_requests() {
    let usage = Usage::new(7, 2);
    let llm = MockProvider::new([LlmResponse::text("x").with_usage(usage)]);
    let map = |page: &str| ChatRequest::user(page).with_max_tokens(9).with_temperature(0.1);
    let reduce = |parts: &[String]| vec![Message::system("Be brief."), Message::user(&*parts[0])];
    let options = MapReduceOptions::default().with_max_tokens(50);
    let outcome = map_reduce(&llm, ["page"], map, reduce, &options).await.expect("a text");
    assert_eq!((outcome.spend.calls, outcome.spend.usage), (2, Usage::new(14, 4)));
    let sent: Vec<_> = llm.calls().into_iter().map(|call| call.request).collect();
    assert_eq!((sent[0].max_tokens, sent[0].temperature), (Some(9), Some(0.1)));
    assert_eq!((sent[1].max_tokens, sent[1].messages.len()), (Some(50), 2));
    map_reduce(&llm, ["page"], |page| page, reduce, &MapReduceOptions::default()).await.expect("x");
    assert_eq!(llm.last_call().expect("a call").request.max_tokens, None, "the provider's own");
}

#[tokio::test(start_paused = true)]
async fn an_observer_gets_the_progress() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&seen);
    let observer = move |event: &Event<'_>| match event {
        Event::ItemDone { done, total, ok, .. } => {
            listener.lock().expect("no panic").push(format!("{done}/{total} {ok}"));
        }
        Event::ReduceStarted { parts, .. } => {
            listener.lock().expect("no panic").push(format!("reduce {parts}"));
        }
        _ => {}
    };
    let options = MapReduceOptions::default().with_observer(observer);
    run(&numbers(), 3, &options).await.expect("a text");
    assert_eq!(*seen.lock().expect("no panic"), ["1/3 true", "2/3 true", "3/3 true", "reduce 3"]);
}

#[tokio::test]
async fn it_may_be_spawned() {
    let task = tokio::spawn(async {
        let options = MapReduceOptions::default();
        run(&MockProvider::new(["x"]), 3, &options).await.is_ok()
    });
    assert!(task.await.expect("no panic"));
}
