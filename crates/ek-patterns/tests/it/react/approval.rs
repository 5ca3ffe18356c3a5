//! Who is asked before a tool runs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ek_core::{Arguments, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{
    Decision, ReactEvent, ReactOptions, StopReason, ToolOutcome, react_loop, react_loop_stream,
};
use tokio::time::{Instant, sleep};

use super::{ask_tide, calls, model, shown, text, tide, tool, written};

#[tokio::test]
async fn a_denied_call_is_answered_to_the_model_and_not_run() {
    let tools = [tide(), tool("launch", || async { panic!("it must not run") })];
    let options = ReactOptions::default().with_approval(|call| async move { call.name == "tide" });
    let model = model([ToolCall::new("a", "launch", "{}"), ask_tide("b", "Bergen")]);
    let outcome = react_loop(&model, "?", &tools, &options).await.expect("an answer");
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Tool 'launch' blocked by approval", "04:12"]);
    assert_eq!(outcome.detail.tool_calls[0].outcome, ToolOutcome::Denied);
}

#[tokio::test]
async fn nothing_of_a_denied_tool_runs_not_even_what_comes_before_its_first_await() {
    let begun = Arc::new(Mutex::new(0));
    let count = Arc::clone(&begun);
    let eager = tool("launch", move || {
        *count.lock().expect("the count") += 1;
        async { Ok("gone".to_owned()) }
    });
    let options = ReactOptions::default().with_approval(|call| async move { call.id == "b" });
    let model = model(["a", "b"].map(|id| ToolCall::new(id, "launch", "{}")));
    react_loop(&model, "?", &[eager], &options).await.expect("an answer");
    assert_eq!(*begun.lock().expect("the count"), 1);
}

#[tokio::test]
async fn it_sees_name_and_arguments_of_calls_that_could_be_run_and_of_no_others() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let options = ReactOptions::default().with_approval(move |call| {
        list.lock().expect("the list").push((call.name, call.arguments.as_str().to_owned()));
        async { true }
    });
    let calls = [
        ask_tide("a", "Bergen"),
        ToolCall::new("b", "tide", "{}"),
        ToolCall::new("c", "unknown", "{}"),
    ];
    react_loop(&model(calls), "?", &[tide()], &options).await.expect("an answer");
    let asked = asked.lock().expect("the list");
    assert_eq!(*asked, [("tide".to_owned(), r#"{"city":"Bergen"}"#.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_one_call_at_a_time_in_order_while_approved_ones_run_without_its_time() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let begun = Instant::now();
    let options = ReactOptions::default().with_approval(move |call| {
        let list = Arc::clone(&list);
        async move {
            list.lock().expect("the list").push((call.id, begun.elapsed().as_secs()));
            sleep(Duration::from_secs(60)).await;
            true
        }
    });
    let nap = tool("nap", || async {
        sleep(Duration::from_secs(20)).await;
        Ok("rested".to_owned())
    });
    let model = model(["a", "b", "c"].map(|id| ToolCall::new(id, "nap", "{}")));
    let outcome = react_loop(&model, "?", &[nap], &options).await.expect("an answer");
    let asked = asked.lock().expect("the list");
    assert_eq!(*asked, [("a".to_owned(), 0), ("b".to_owned(), 60), ("c".to_owned(), 120)]);
    // The last nap begins at 180 s; each took 20 s of its limit of 30 s.
    assert_eq!(begun.elapsed().as_secs(), 200);
    assert!(outcome.detail.tool_calls.iter().all(|run| run.outcome == ToolOutcome::Answered));
}

#[tokio::test]
async fn a_panic_of_the_hook_is_a_denial() {
    let options = ReactOptions::default().with_approval(|call: ToolCall| async move {
        assert!(call.id != "a", "the failure of the approval");
        true
    });
    let model = model([ask_tide("a", "Bergen"), ask_tide("b", "Bergen")]);
    react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Tool 'tide' blocked by approval", "04:12"]);
}

#[tokio::test]
async fn a_denial_may_have_a_reason_that_the_model_reads() {
    let options = ReactOptions::default().with_approval(|call: ToolCall| async move {
        if call.id == "a" { Decision::deny("Bergen is closed today") } else { Decision::Allow }
    });
    let model = model([ask_tide("a", "Bergen"), ask_tide("b", "Bergen")]);
    react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["Tool 'tide' blocked by approval: Bergen is closed today", "04:12"]);
}

#[tokio::test]
async fn a_call_may_be_run_with_other_arguments_which_the_model_reads() {
    let edited = |city: &str| Arguments::from_text(format!(r#"{{"city":"{city}"}}"#));
    let options = ReactOptions::default().with_approval(move |call: ToolCall| async move {
        match call.id.as_str() {
            "a" => Decision::AllowWith(edited("Bergen")),
            _ => Decision::AllowWith(Arguments::from_text("{}")),
        }
    });
    let model = model([ask_tide("a", "Atlantis"), ask_tide("b", "Atlantis")]);
    let mut events = react_loop_stream(&model, "?", &[tide()], &options).expect("a stream");
    let mut ran = Vec::new();
    while let Some(event) = events.next().await {
        if let ReactEvent::ToolStarted { arguments, .. } = event.expect("no error") {
            ran.push(arguments.as_str().to_owned());
        }
    }
    assert_eq!(
        ran,
        [r#"{"city":"Bergen"}"#],
        "what is edited is checked, and what does not fit is not run"
    );
    let texts: Vec<_> = shown(&model).into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        texts,
        [
            "(run with other arguments, by approval: {\"city\":\"Bergen\"})\n04:12",
            "Tool 'tide' argument error: /city: expected a value, found nothing"
        ]
    );
    // What the model wrote stays as it is.
    let turn = &model.last_call().expect("a call").request.messages[1];
    assert_eq!(turn.tool_calls[0].arguments.as_str(), r#"{"city":"Atlantis"}"#);
}

#[tokio::test]
async fn an_approval_may_stop_the_loop_and_it_goes_on_from_its_transcript() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&asked);
    let options = ReactOptions::default().with_approval(move |call: ToolCall| {
        list.lock().expect("the list").push(call.id.clone());
        async move { if call.id == "b" { Decision::Stop } else { Decision::Allow } }
    });
    let mut first = calls(["a", "b", "c"].map(|id| ask_tide(id, "Bergen")));
    first.content = "I have to look.".to_owned();
    let model = MockProvider::new([first, text("At 04:12.")]);
    let outcome = react_loop(&model, "When?", &[tide()], &options).await.expect("an outcome");
    assert_eq!(
        (outcome.value.as_str(), outcome.detail.stop),
        ("I have to look.", StopReason::Stopped)
    );
    assert_eq!(*asked.lock().expect("the list"), ["a", "b"], "nothing is asked after it");
    let transcript = outcome.detail.transcript;
    let saved = ["user: When?", "assistant: I have to look. -> a,b,c", "tool: 04:12"];
    assert_eq!(written(&transcript), saved);
    assert_eq!(outcome.detail.tool_calls.len(), 1);

    // Tomorrow, as JSON from a database.
    let json = serde_json::to_string(&transcript).expect("JSON");
    let saved: Vec<ek_core::Message> = serde_json::from_str(&json).expect("messages");
    let options =
        ReactOptions::default().with_approval(|call: ToolCall| async move { call.id != "c" });
    let outcome = react_loop(&model, saved, &[tide()], &options).await.expect("an answer");
    assert_eq!((outcome.value.as_str(), model.call_count()), ("At 04:12.", 2));
    let texts: Vec<_> = shown(&model).into_iter().collect();
    let pairs: Vec<_> = texts.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    assert_eq!(pairs, [("a", "04:12"), ("b", "04:12"), ("c", "Tool 'tide' blocked by approval")]);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_when_it_stops_is_waited_for() {
    let nap = tool("nap", || async {
        sleep(Duration::from_secs(20)).await;
        Ok("rested".to_owned())
    });
    let options = ReactOptions::default().with_approval(|call: ToolCall| async move {
        if call.id == "a" { Decision::Allow } else { Decision::Stop }
    });
    let model = model(["a", "b"].map(|id| ToolCall::new(id, "nap", "{}")));
    let outcome = react_loop(&model, "?", &[nap], &options).await.expect("an outcome");
    assert_eq!(written(&outcome.detail.transcript)[2..], ["tool: rested"]);
}

#[tokio::test]
async fn open_calls_may_stop_the_loop_before_the_model_is_asked() {
    let saved = vec![
        ek_core::Message::user("When?"),
        ek_core::Message::assistant("").with_tool_calls([ask_tide("a", "Bergen")]),
    ];
    let model = MockProvider::new(["never"]);
    let options = ReactOptions::default().with_approval(|_| async { Decision::Stop });
    let outcome = react_loop(&model, saved.clone(), &[tide()], &options).await.expect("an outcome");
    assert_eq!((outcome.detail.stop, outcome.detail.transcript), (StopReason::Stopped, saved));
    assert_eq!(model.call_count(), 0);
}
