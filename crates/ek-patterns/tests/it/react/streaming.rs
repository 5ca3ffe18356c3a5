//! The streaming form: what it yields, and that it is the same loop.

use ek_core::{
    Error, ErrorKind, FinishReason, LlmResponse, StreamEvent, StreamingProvider, ToolCall,
};
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{
    Budget, OnLimit, Outcome, ReactDetail, ReactEvent, ReactOptions, RetryConfig, Tool, react_loop,
    react_loop_stream,
};

use super::{ask_tide, calls, text, tide, tool, written};

fn line(event: &ReactEvent) -> String {
    match event {
        ReactEvent::Text(piece) => format!("text {piece}"),
        ReactEvent::Reasoning(piece) => format!("reasoning {piece}"),
        ReactEvent::Refusal(piece) => format!("refusal {piece}"),
        ReactEvent::RoundStarted { round, .. } => format!("round {round}"),
        ReactEvent::ToolStarted { id, name, arguments, .. } => {
            format!("{id} {name}({}) begins", arguments.as_str())
        }
        ReactEvent::ToolFinished { id, outcome, observation, .. } => {
            format!("{id} {outcome:?}: {observation}")
        }
        ReactEvent::Done(outcome) => format!("done {}", outcome.value),
        other => format!("{other:?}"),
    }
}

async fn lines(model: &MockProvider, tools: &[Tool], options: &ReactOptions) -> Vec<String> {
    let mut stream = react_loop_stream(model, "When?", tools, options).expect("a stream");
    let mut lines = Vec::new();
    while let Some(event) = stream.next().await {
        lines.push(line(&event.expect("no error")));
    }
    assert!(stream.next().await.is_none(), "nothing comes after the end");
    lines
}

#[tokio::test]
async fn it_yields_text_as_it_comes_tool_starts_and_ends_and_the_outcome() {
    let mut first = calls([ask_tide("a", "Bergen"), ToolCall::new("b", "sea", "{}")]);
    first.content = "Looking.".to_owned();
    first.reasoning = Some("Hm.".to_owned());
    let model = MockProvider::new([first, text("At 04:12.")]).with_chunk_chars(6);
    assert_eq!(
        lines(&model, &[tide()], &ReactOptions::default()).await,
        [
            "round 1",
            "reasoning Hm.",
            "text Lookin",
            "text g.",
            r#"a tide({"city":"Bergen"}) begins"#,
            "a Answered: 04:12",
            "b UnknownTool: Error: Unknown tool 'sea'. Tools: tide",
            "round 2",
            "text At 04:",
            "text 12.",
            "done At 04:12.",
        ]
    );
    assert!(model.calls().iter().all(|call| call.streamed));
}

#[tokio::test]
async fn a_refusal_comes_in_pieces_too() {
    let model = MockProvider::new([LlmResponse::text("").with_refusal("No.")]);
    let lines = lines(&model, &[tide()], &ReactOptions::default()).await;
    assert_eq!(lines, ["round 1", "refusal No.", "done No."]);
}

/// What must not differ between the forms.
fn essence(ended: Result<Outcome<String, ReactDetail>, Error>) -> String {
    let detail = |detail: &ReactDetail| {
        let runs = detail.tool_calls.iter().map(|run| (run.round, &run.id, run.outcome));
        let runs: Vec<_> = runs.collect();
        let reason = &detail.finish_reason;
        format!(
            "{:?} {} {runs:?} {reason:?} {:?}",
            detail.stop,
            detail.rounds,
            written(&detail.transcript)
        )
    };
    match ended {
        Ok(outcome) => format!("{} {:?} {}", outcome.value, outcome.spend, detail(&outcome.detail)),
        Err(error) => {
            let kept = error.detail::<ReactDetail>().map(detail);
            let transcript = error.transcript().map(written);
            format!("{:?} {error} {:?} {kept:?} {transcript:?}", error.kind(), error.spend())
        }
    }
}

#[tokio::test(start_paused = true)]
async fn both_forms_come_to_the_same_end_at_the_same_cost() {
    let bergen = || ask_tide("a", "Bergen");
    let busy = || Error::new(ErrorKind::RateLimited, "HTTP 429");
    let options = ReactOptions::default;
    let scripts: [(&str, Vec<MockReply>, ReactOptions); 8] = [
        ("an answer", vec![calls([bergen()]).into(), text("done").into()], options()),
        (
            "calls of every kind",
            vec![
                calls([bergen(), ToolCall::new("", "tide", "{"), ToolCall::new("b", "x", "{}")])
                    .with_finish_reason(FinishReason::ToolCalls)
                    .into(),
                text("done").into(),
            ],
            options().with_max_tool_calls_per_round(3),
        ),
        (
            "a cut reply",
            vec![
                calls([bergen()]).with_finish_reason(FinishReason::Length).into(),
                text("done").into(),
            ],
            options(),
        ),
        ("retries", vec![busy().into(), calls([bergen()]).into(), text("done").into()], options()),
        ("a limit", vec![calls([bergen()]).into()], options().with_max_rounds(2)),
        (
            "a partial answer",
            vec![calls([bergen()]).into()],
            options().with_on_limit(OnLimit::ReturnPartial),
        ),
        (
            "a budget",
            vec![calls([bergen()]).into()],
            options().with_budget(Budget::default().with_calls(2)),
        ),
        (
            "a failure",
            vec![calls([bergen()]).into(), Error::new(ErrorKind::Rejected, "HTTP 400").into()],
            options(),
        ),
    ];
    for (name, script, options) in scripts {
        let unary = MockProvider::new(script.clone());
        let streamed = MockProvider::new(script);
        let whole = react_loop(&unary, "When?", &[tide()], &options).await;
        let tools = [tide()];
        let stream = react_loop_stream(&streamed, "When?", &tools, &options).expect("a stream");
        let pieces = stream.collect().await;
        // Ids made up for calls without one are never the same twice.
        let made_up = |text: String| {
            let mut words: Vec<_> = text.split("call_").map(str::to_owned).collect();
            words.iter_mut().skip(1).for_each(|word| drop(word.drain(..20)));
            words.concat()
        };
        assert_eq!(made_up(essence(whole)), made_up(essence(pieces)), "{name}");
        assert_eq!(unary.call_count(), streamed.call_count(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_ends_the_loop_with_what_was_spent_and_said() {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    let model = MockProvider::new([
        MockReply::from(calls([ask_tide("a", "Bergen")])),
        MockReply::from("At 04:12.").failing_after(1, cut),
    ]);
    let options = ReactOptions::default().with_retry(RetryConfig::default());
    let tools = [tide()];
    let stream = react_loop_stream(&model, "When?", &tools, &options).expect("a stream");
    let error = stream.collect().await.expect_err("broken");
    assert_eq!((error.kind(), model.call_count()), (ErrorKind::Interrupted, 2));
    assert_eq!(error.partial().expect("a part").content, "At 0");
    assert_eq!((error.spend().calls, error.transcript().map(<[_]>::len)), (2, Some(3)));
}

#[tokio::test]
async fn the_loop_does_not_run_ahead_of_its_consumer() {
    let model = MockProvider::new([text("abcdefgh"), text("never")]).with_chunk_chars(1);
    let options = ReactOptions::default();
    let mut stream = react_loop_stream(&model, "?", &[], &options).expect("a stream");
    assert_eq!(model.call_count(), 0, "nothing begins before it is asked for");
    let mut texts = 0;
    while let Some(Ok(event)) = stream.next().await {
        texts += usize::from(matches!(event, ReactEvent::Text(_)));
        if texts == 3 {
            break;
        }
    }
    assert_eq!(model.call_count(), 1);
    assert!(format!("{stream:?}").contains("ended: false"));
}

#[tokio::test]
async fn tools_begin_and_end_while_the_others_run() {
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let released = std::sync::Arc::new(tokio::sync::Mutex::new(Some(released)));
    let slow = tool("slow", move || {
        let released = std::sync::Arc::clone(&released);
        async move {
            let gate = released.lock().await.take();
            gate.expect("once").await?;
            Ok("late".to_owned())
        }
    });
    let model = super::model([ToolCall::new("s", "slow", "{}"), ask_tide("t", "Bergen")]);
    let (tools, options) = ([slow, tide()], ReactOptions::default());
    let mut stream = react_loop_stream(&model, "?", &tools, &options).expect("a stream");
    let mut seen = Vec::new();
    while seen.last().is_none_or(|last: &String| last != "t Answered: 04:12") {
        seen.push(line(&stream.next().await.expect("more").expect("no error")));
    }
    assert_eq!(
        seen,
        [
            "round 1",
            "s slow({}) begins",
            r#"t tide({"city":"Bergen"}) begins"#,
            "t Answered: 04:12"
        ]
    );
    release.send(()).expect("the tool waits");
    assert_eq!(stream.collect().await.expect("an answer").value, "done");
}

#[tokio::test]
async fn a_handle_around_what_cannot_stream_is_refused_before_any_call() {
    let model = MockProvider::default();
    let handle = ek_core::DynToolProvider::new(model.clone());
    let options = ReactOptions::default();
    let error = react_loop_stream(&handle, "?", &[], &options).map(drop).expect_err("refused");
    assert_eq!((error.kind(), model.call_count()), (ErrorKind::Unsupported, 0));
    let why = "the provider cannot stream; react_loop asks it for whole replies";
    assert_eq!(error.to_string(), why);
}

/// A provider may have more to say than this loop passes on.
#[tokio::test]
async fn events_of_calls_and_usage_are_passed_over() {
    let model = MockProvider::new([calls([ask_tide("a", "Bergen")])]);
    let mut stream = model.stream(&"?".into()).await.expect("a stream");
    let mut others = 0;
    while let Some(event) = stream.next().await {
        let event = event.expect("no error");
        others += usize::from(!matches!(event, StreamEvent::Text(_) | StreamEvent::Done(_)));
    }
    assert!(others >= 3, "the mock streams calls and usage");
    let model = super::model([ask_tide("a", "Bergen")]);
    let lines = lines(&model, &[tide()], &ReactOptions::default()).await;
    assert_eq!(
        lines,
        [
            "round 1",
            r#"a tide({"city":"Bergen"}) begins"#,
            "a Answered: 04:12",
            "round 2",
            "text done",
            "done done"
        ]
    );
}

#[test]
fn debug_shows_lengths_and_no_texts() {
    let shown = format!("{:?}", ReactEvent::Text("MARK".to_owned()));
    assert_eq!(shown, "Text(<4 bytes>)");
}
