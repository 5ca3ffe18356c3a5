//! The streaming form: what is known while the reply comes, and that it is the same call.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{DynProvider, Error, ErrorKind, FinishReason, LlmResponse, RawJson, Result};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, Ledger, Outcome, RetryConfig, StructuredDetail, StructuredEvent, StructuredFailure,
    StructuredOptions, structured_stream,
};
use serde_json::{Value, json};

use super::{GOOD, Glaze, WRONG, ask, options, tenmoku};
use crate::support::drop_at_every_poll;

/// The events, one a line.
async fn lines(llm: &MockProvider, options: &StructuredOptions<Glaze>) -> Vec<String> {
    let mut events = structured_stream(llm, "Describe tenmoku.", options).expect("a stream");
    let mut lines = Vec::new();
    while let Some(event) = events.next().await {
        lines.push(match event {
            Ok(StructuredEvent::Partial) => events.partial().expect("a value").to_string(),
            Ok(StructuredEvent::Reasoning(piece)) => format!("reasoning {piece}"),
            Ok(StructuredEvent::Refusal(piece)) => format!("refusal {piece}"),
            Ok(StructuredEvent::Repairing { repair, max, misfit, .. }) => {
                assert_eq!(events.partial(), None);
                format!("repair {repair} of {max}: {misfit:?}")
            }
            Ok(StructuredEvent::Done(outcome)) => format!("{:?}", outcome.value),
            Ok(other) => format!("{other:?}"),
            Err(error) => format!("{:?}: {error}", error.kind()),
        });
    }
    assert!(events.next().await.is_none(), "nothing comes after the end");
    lines
}

#[tokio::test]
async fn it_yields_what_is_known_as_it_comes_and_the_outcome() {
    let reply = LlmResponse::text(format!("Sure:\n```json\n{GOOD}\n```\n")).with_reasoning("Hm.");
    let llm = MockProvider::new([reply]).with_chunk_chars(7);
    let expected = [
        "reasoning Hm.",
        r#"{"name":"tenmo"}"#,
        r#"{"name":"tenmoku"}"#,
        r#"{"celsius":1260,"name":"tenmoku"}"#,
        r#"Glaze { name: "tenmoku", celsius: 1260 }"#,
    ];
    assert_eq!(lines(&llm, &options()).await, expected);
    assert!(llm.last_call().expect("a call").streamed);
}

#[tokio::test]
async fn a_repair_says_so_and_what_is_known_begins_again() {
    let llm = MockProvider::new([WRONG, GOOD]).with_chunk_chars(40);
    let expected = [
        r#"{"celsius":"SECRET","name":"tenmoku"}"#,
        "repair 1 of 3: WrongShape",
        r#"{"celsius":1260,"name":"tenmoku"}"#,
        r#"Glaze { name: "tenmoku", celsius: 1260 }"#,
    ];
    assert_eq!(lines(&llm, &options()).await, expected);
    let sent = llm.last_call().expect("a call").request;
    assert_eq!(sent.messages.len(), 3, "the reply, and what is wrong with it");
}

#[tokio::test]
async fn a_refusal_comes_in_pieces_and_ends_the_call() {
    let llm = MockProvider::new([LlmResponse::text("").with_refusal("No.")]);
    let lines = lines(&llm, &options()).await;
    assert_eq!(lines, ["refusal No.", "Rejected: the model refused to answer"]);
}

/// What must not differ between the forms.
fn essence(ended: Result<Outcome<Glaze, StructuredDetail>>) -> String {
    match ended {
        Ok(Outcome { value, spend, detail, .. }) => {
            format!("{value:?} {spend:?} {:?} {:?}", detail.misfits, detail.reply.content)
        }
        Err(error) => format!(
            "{:?} {error} {:?} {:?} {:?} {:?} {}",
            error.kind(),
            error.spend(),
            error.detail::<StructuredFailure>(),
            error.partial().map(|reply| &reply.content),
            error.transcript(),
            error.is_retryable()
        ),
    }
}

#[tokio::test(start_paused = true)]
async fn both_forms_come_to_the_same_end_at_the_same_cost() {
    let busy = || MockReply::from(Error::new(ErrorKind::RateLimited, "HTTP 429"));
    let cut = LlmResponse::text(r#"{"name":"ten"#).with_finish_reason(FinishReason::Length);
    let refuse = |glaze: &Glaze| if glaze.celsius > 1000 { Err("too hot") } else { Ok(()) };
    let scripts: [(Vec<MockReply>, _); 9] = [
        (vec![GOOD.into()], options()),
        (vec!["".into(), WRONG.into(), "prose".into(), GOOD.into()], options()),
        (vec![WRONG.into()], options()),
        (vec![WRONG.into()], options().with_repairs(0)),
        (vec![cut.into(), GOOD.into()], options()),
        (vec![busy(), GOOD.into()], options()),
        (vec![GOOD.into()], options().with_check(refuse)),
        (vec![WRONG.into()], options().with_budget(Budget::default().with_calls(2))),
        (vec!["{'name':'tenmoku','celsius':1260,}".into()], options().with_lenient(true)),
    ];
    for (script, options) in scripts {
        let (unary, streamed) = (MockProvider::new(script.clone()), MockProvider::new(script));
        let whole = ask(&unary, &options).await;
        let stream = structured_stream(&streamed, "Describe tenmoku.", &options);
        let pieces = stream.expect("a stream").collect().await;
        assert_eq!(essence(whole), essence(pieces));
        let sent = |llm: &MockProvider| llm.last_call().map(|call| call.request.messages);
        assert_eq!((unary.call_count(), sent(&unary)), (streamed.call_count(), sent(&streamed)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_ends_the_call_with_what_was_known_and_spent() {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    let llm = MockProvider::new([
        MockReply::from(WRONG),
        MockReply::from(GOOD).with_chunk_chars(15).failing_after(1, cut),
    ]);
    let options = options().with_retry(RetryConfig::default());
    let mut events = structured_stream(&llm, "?", &options).expect("a stream");
    let error = loop {
        match events.next().await.expect("an end") {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), llm.call_count()), (ErrorKind::Interrupted, 2));
    assert_eq!(error.partial().expect("a part").content, r#"{"name":"tenmok"#);
    assert_eq!((events.partial(), error.spend().calls), (Some(json!({"name": "tenmok"})), 2));
}

#[tokio::test]
async fn what_is_known_has_the_form_of_the_original_schema_in_strict_mode() {
    let schema = r#"{"type":"array","items":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["b"]}}"#;
    let options = StructuredOptions::<Vec<Value>>::default()
        .with_schema("list", RawJson::new(schema).expect("JSON"))
        .with_strict(true);
    let llm = MockProvider::new([r#"{"value":[{"a":null,"b":"x"}]}"#]).with_chunk_chars(1);
    let mut events = structured_stream(&llm, "?", &options).expect("a stream");
    let mut known = Vec::new();
    while let Some(event) = events.next().await {
        match event.expect("no error") {
            StructuredEvent::Partial => known.extend(events.partial()),
            StructuredEvent::Done(outcome) => assert_eq!(outcome.value, [json!({"b": "x"})]),
            _ => {}
        }
    }
    known.dedup();
    assert_eq!(known, [json!([]), json!([{}]), json!([{"b": ""}]), json!([{"b": "x"}])]);
}

#[tokio::test]
async fn what_is_known_can_be_read_as_a_type_of_its_own() {
    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(default)]
    struct Draft {
        name: String,
        celsius: Option<u16>,
    }
    let llm = MockProvider::new([GOOD]).with_chunk_chars(12);
    let mut events = structured_stream::<Glaze, _>(&llm, "?", &options()).expect("a stream");
    assert!(events.next().await.is_some());
    let draft: Draft = events.partial_as().expect("a draft");
    assert_eq!(draft, Draft { name: "ten".into(), celsius: None });
    assert_eq!(events.partial_as::<Glaze>(), None, "a field is missing");
    assert_eq!(events.collect().await.expect("a glaze").value, tenmoku());
}

#[tokio::test]
async fn it_does_not_run_ahead_of_its_consumer_and_borrows_nothing_from_a_handle() {
    let llm = MockProvider::new([WRONG, GOOD]).with_chunk_chars(1);
    let mut events: ek_patterns::StructuredStream<'static, Glaze> =
        structured_stream(llm.clone(), "?", &options()).expect("a stream");
    assert_eq!(llm.call_count(), 0, "nothing begins before it is asked for");
    for _ in 0..3 {
        assert!(matches!(events.next().await, Some(Ok(StructuredEvent::Partial))));
    }
    assert_eq!(llm.call_count(), 1);
    assert!(format!("{events:?}").contains("ended: false"));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_at_any_await_settles_the_ledger() {
    let polls = drop_at_every_poll(
        || {
            let ledger = Ledger::new(Budget::default().with_calls(9)).expect("a budget");
            let llm = MockProvider::new([WRONG, GOOD])
                .with_latency(Duration::from_secs(2))
                .with_chunk_chars(9)
                .with_chunk_delay(Duration::from_secs(1));
            let options = options().with_ledger(ledger.clone());
            let events = structured_stream(llm.clone(), "?", &options).expect("a stream");
            (Arc::new((llm, ledger)), events.collect())
        },
        |scene, polls, output| {
            let (llm, ledger) = &*scene;
            assert_eq!(ledger.spend().calls, llm.call_count() as u64, "{polls}");
            assert!(output.is_none_or(|ended| ended.as_ref().is_ok_and(|o| o.value == tenmoku())));
        },
    )
    .await;
    assert!(polls >= 8, "two replies in pieces take time: {polls}");
}

#[tokio::test]
async fn what_cannot_stream_and_what_cannot_be_asked_are_refused_before_any_call() {
    let llm = MockProvider::new([GOOD]);
    let handle = DynProvider::new(llm.clone());
    let error = structured_stream(&handle, "?", &options()).map(drop).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let why = "the provider cannot stream; structured asks it for whole replies";
    assert_eq!(error.to_string(), why);
    let bad = options().with_schema("two words", RawJson::new("{}").expect("JSON"));
    let error = structured_stream(&llm, "?", &bad).map(drop).expect_err("refused");
    assert_eq!((error.kind(), llm.call_count()), (ErrorKind::Config, 0));
}

#[test]
fn debug_shows_lengths_and_no_texts() {
    let events: [StructuredEvent<()>; 3] = [
        StructuredEvent::Partial,
        StructuredEvent::Reasoning("SECRET".into()),
        StructuredEvent::Refusal("SECRET".into()),
    ];
    assert_eq!(format!("{events:?}"), "[Partial, Reasoning(<6 bytes>), Refusal(<6 bytes>)]");
}
