//! How the loop comes to its answer.

use ek_core::{
    ChatRequest, ErrorKind, FinishReason, LlmResponse, Message, NativeTurn, ProtocolName, RawJson,
    ToolCall, ToolChoice, ToolSpec,
};
use ek_mock::MockProvider;
use ek_patterns::{OnLimit, ReactDetail, ReactOptions, StopReason, ToolOutcome, react_loop};

use super::{ask_tide, calls, model, text, tide, written};

#[tokio::test]
async fn the_tools_run_until_the_model_answers_with_text() {
    let model = MockProvider::new([
        calls([ask_tide("a", "Bergen")]),
        calls([ask_tide("b", "Oslo")]),
        text("At 04:12."),
    ]);
    let outcome = react_loop(&model, "When?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.score), ("At 04:12.", None));
    assert_eq!((outcome.spend.calls, outcome.spend.usage.input_tokens), (3, Some(30)));
    let detail = outcome.detail;
    assert_eq!((detail.stop, detail.rounds), (StopReason::Answered, 3));
    assert_eq!(detail.finish_reason, Some(FinishReason::Stop));
    let runs: Vec<_> =
        detail.tool_calls.iter().map(|r| (r.round, r.id.as_str(), r.outcome)).collect();
    assert_eq!(runs, [(1, "a", ToolOutcome::Answered), (2, "b", ToolOutcome::Failed)]);
    assert_eq!(
        written(&detail.transcript),
        [
            "user: When?",
            "assistant:  -> a",
            "tool: 04:12",
            "assistant:  -> b",
            "tool: Tool 'tide' failed: Oslo is not listed",
            "assistant: At 04:12.",
        ]
    );
}

#[tokio::test]
async fn the_options_set_what_the_request_leaves_open_and_the_request_wins() {
    let model = MockProvider::new(["done"]);
    let options = ReactOptions::default();
    react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    let sent = model.last_call().expect("a call").request;
    assert_eq!((sent.temperature, sent.suggested_temperature), (None, Some(0.3)));
    // The provider has a limit of its own, perhaps one for a model that reasons at length.
    assert_eq!((sent.max_tokens, sent.tools.len()), (None, 1));
    react_loop(&model, "?", &[tide()], &options.clone().with_max_tokens(9))
        .await
        .expect("an answer");
    assert_eq!(model.last_call().expect("a call").request.max_tokens, Some(9));

    let options = options.with_max_tokens(9);
    let request = ChatRequest::user("?").with_temperature(1.0).with_max_tokens(7).with_seed(3);
    react_loop(&model, request, &[tide()], &options).await.expect("an answer");
    let sent = model.last_call().expect("a call").request;
    assert_eq!((sent.temperature, sent.max_tokens, sent.seed), (Some(1.0), Some(7), Some(3)));
}

#[tokio::test]
async fn what_the_model_writes_beside_its_calls_stays_in_the_conversation() {
    let mut first = calls([ask_tide("a", "Bergen").with_extra("extra_content", "signed")]);
    first.content = "Let me look.".to_owned();
    first.reasoning = Some("It asks for a tide.".to_owned());
    let keys = RawJson::new(r#"{"reasoning":"It asks for a tide."}"#).expect("JSON");
    let protocol = ProtocolName::ChatCompletions;
    let native = NativeTurn::new(protocol.clone(), keys.clone(), &first.content, &first.tool_calls);
    first.native = Some(native);
    let model = MockProvider::new([first, text("done")]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    assert_eq!(outcome.expect("an answer").value, "done");
    let turn = &model.last_call().expect("a call").request.messages[1];
    assert_eq!(turn.text(), "Let me look.");
    assert_eq!(turn.native_for(&protocol), Some(keys.as_str()));
    assert_eq!(turn.tool_calls[0].extra["extra_content"], "signed");
}

#[tokio::test]
async fn a_reason_that_speaks_of_calls_without_any_is_an_answer() {
    let reply = text("No need to look.").with_finish_reason(FinishReason::ToolCalls);
    let model = MockProvider::new([reply]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an answer");
    assert_eq!((outcome.value.as_str(), outcome.spend.calls), ("No need to look.", 1));
}

#[tokio::test]
async fn a_refusal_differs_from_an_answer() {
    let model = MockProvider::new([LlmResponse::text("").with_refusal("I will not.")]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an outcome");
    assert_eq!((outcome.value.as_str(), outcome.detail.stop), ("I will not.", StopReason::Refused));
}

#[tokio::test]
async fn an_empty_reply_is_an_outcome_that_says_so() {
    let model = MockProvider::new([calls([ask_tide("a", "Bergen")]), text("")]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an outcome");
    assert_eq!((outcome.value.as_str(), outcome.detail.stop), ("", StopReason::Empty));
}

#[tokio::test]
async fn a_reply_that_reasoning_has_used_up_is_an_error_and_no_empty_answer() {
    let thoughts = ["", "<think>Let me see", " \n"];
    for (rounds, thoughts) in (1..).zip(thoughts) {
        let no_answer = text(thoughts).with_finish_reason(FinishReason::Length);
        let mut replies = vec![calls([ask_tide("a", "Bergen")]); rounds - 1];
        replies.push(no_answer.with_reasoning("Let me see"));
        let model = MockProvider::new(replies);
        let options = ReactOptions::default().with_no_progress_rounds(None);
        let error = react_loop(&model, "?", &[tide()], &options).await.expect_err("no answer");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Malformed, false));
        assert!(error.to_string().contains("token limit was spent on reasoning"), "{error}");
        assert_eq!(error.spend().calls, rounds as u64);
        assert_eq!(error.transcript().expect("a transcript").len(), 2 * rounds - 1);
        assert_eq!(error.partial().expect("the reply").reasoning.as_deref(), Some("Let me see"));
        let detail = error.detail::<ReactDetail>().expect("a detail");
        assert_eq!(detail.finish_reason, Some(FinishReason::Length));
    }
}

#[tokio::test]
async fn an_answer_that_was_cut_shows_in_its_reason() {
    let model = MockProvider::new([text("At 04").with_finish_reason(FinishReason::Length)]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let outcome = outcome.expect("an outcome");
    assert_eq!(outcome.detail.finish_reason, Some(FinishReason::Length));
}

#[tokio::test]
async fn a_choice_that_forces_a_call_holds_for_the_first_round() {
    for choice in [ToolChoice::Required, ToolChoice::Function("tide".into())] {
        let model = model([ask_tide("a", "Bergen")]);
        let request = ChatRequest::user("?").with_tool_choice(choice.clone());
        react_loop(&model, request, &[tide()], &ReactOptions::default()).await.expect("an answer");
        let sent: Vec<_> = model.calls().into_iter().map(|c| c.request.tool_choice).collect();
        assert_eq!(sent, [Some(choice), None]);
    }
}

#[tokio::test]
async fn tools_that_the_provider_runs_stay_in_the_request() {
    let hosted = ToolSpec::raw("web_search", r#"{"type":"web_search"}"#).expect("an entry");
    let model = MockProvider::new(["done"]);
    let request = ChatRequest::user("?").with_tools([hosted]);
    react_loop(&model, request, &[tide()], &ReactOptions::default()).await.expect("an answer");
    let sent = model.last_call().expect("a call").request.tools;
    let names: Vec<_> = sent.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["web_search", "tide"]);
}

#[tokio::test]
async fn a_loop_without_tools_is_one_call() {
    let model = MockProvider::new(["hello"]);
    let outcome = react_loop(&model, "?", &[], &ReactOptions::default()).await;
    assert_eq!(outcome.expect("an answer").value, "hello");
}

#[test]
fn debug_shows_no_text_of_the_conversation() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let outcome = runtime.expect("a runtime").block_on(async {
        let call = ToolCall::new("a", "tide", r#"{"city":"MARK"}"#);
        let model = MockProvider::new([calls([call]), text("MARK")]);
        let messages = vec![Message::user("MARK")];
        react_loop(&model, messages, &[tide()], &ReactOptions::default()).await
    });
    let shown = format!("{outcome:?}");
    assert!(!shown.contains("MARK") && !shown.contains("SECRET"), "{shown}");
}

#[test]
fn the_defaults_are_as_documented() {
    let options = ReactOptions::default();
    assert_eq!((options.max_rounds, options.temperature, options.max_tokens), (8, 0.3, None));
    assert_eq!((options.max_observation_chars, options.tool_timeout.as_secs()), (12_000, 30));
    assert_eq!(options.deadline, None);
    assert_eq!((options.tool_concurrency, options.max_tool_calls_per_round), (10, 32));
    assert_eq!((options.max_history_messages, options.no_progress_rounds), (None, Some(3)));
    assert_eq!((options.on_limit, options.run.retry.max_attempts), (OnLimit::Error, 3));
    assert!(
        options.approval.is_none()
            && options.run.ledger.is_none()
            && options.run.observer.is_none()
    );
    assert!(!options.run.capture_content);
}

#[tokio::test]
async fn white_space_is_no_text() {
    let model = MockProvider::new([text("\n\n")]);
    let outcome = react_loop(&model, "?", &[], &ReactOptions::default()).await.expect("an end");
    assert_eq!(outcome.detail.stop, StopReason::Empty);

    let saying = |id: &str, words: &str| {
        let mut reply = calls([ask_tide(id, id)]);
        reply.content = words.to_owned();
        reply
    };
    let script = || MockProvider::new([saying("a", "I look it up."), saying("b", "\n\n")]);
    let options = ReactOptions::default().with_max_rounds(2).with_on_limit(OnLimit::ReturnPartial);
    let outcome = react_loop(&script(), "?", &[tide()], &options).await.expect("a part");
    assert_eq!(outcome.value, "I look it up.");

    let options = options.with_max_rounds(1).with_on_limit(OnLimit::FinalAnswerWithoutTools);
    let error = react_loop(&script(), "?", &[tide()], &options).await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::MaxIterations);
}
