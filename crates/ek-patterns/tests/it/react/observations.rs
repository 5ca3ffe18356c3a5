//! What the model reads of its calls.

use std::time::Duration;

use ek_core::{Arguments, Content, ContentPart, FinishReason, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{ReactOptions, Tool, ToolOutcome, react_loop};

use super::{ask_tide, calls, model, shown, text, tide, tool};

/// What one call with these tools is answered, and what the detail says became of it.
async fn answer(call: ToolCall, tools: &[Tool], options: &ReactOptions) -> (String, ToolOutcome) {
    let model = model([call]);
    let outcome = react_loop(&model, "?", tools, options).await.expect("an answer");
    let [(_, text)] = shown(&model).try_into().expect("one result");
    (text, outcome.detail.tool_calls[0].outcome)
}

async fn plain(call: ToolCall) -> (String, ToolOutcome) {
    answer(call, &[tide()], &ReactOptions::default()).await
}

#[tokio::test]
async fn a_result_is_shown_as_it_is() {
    assert_eq!(plain(ask_tide("a", "Bergen")).await, ("04:12".into(), ToolOutcome::Answered));
}

#[tokio::test]
async fn an_unknown_tool_is_named_and_so_are_those_there_are() {
    let call = || ToolCall::new("a", "weather", "{}");
    let reads = "Error: Unknown tool 'weather'. Tools: tide".to_owned();
    assert_eq!(plain(call()).await, (reads, ToolOutcome::UnknownTool));
    let tools = [tide(), tool("wind", || async { Ok("north".to_owned()) })];
    let (reads, _) = answer(call(), &tools, &ReactOptions::default()).await;
    assert_eq!(reads, "Error: Unknown tool 'weather'. Tools: tide, wind");
}

#[tokio::test]
async fn invalid_arguments_go_back_to_the_model() {
    for (arguments, why) in [
        (r#"{"city":"Os"#, "the arguments are not a JSON object"),
        ("[]", "the arguments are not a JSON object"),
        ("{}", "/city: expected a value, found nothing"),
        (r#"{"city":7}"#, "/city: expected string, found integer"),
    ] {
        let reads = format!("Tool 'tide' argument error: {why}");
        let call = ToolCall::new("a", "tide", arguments);
        assert_eq!(plain(call).await, (reads, ToolOutcome::InvalidArguments), "{arguments}");
    }
}

#[tokio::test]
async fn arguments_that_are_no_json_object_are_sent_back_in_one() {
    let model = model([ToolCall::new("a", "tide", r#"{"city":"Os"#)]);
    react_loop(&model, "?", &[tide()], &ReactOptions::default()).await.expect("an answer");
    let call = &model.last_call().expect("a call").request.messages[1].tool_calls[0];
    assert_eq!(call.arguments.as_str(), r#"{"invalid_json":"{\"city\":\"Os"}"#);
}

#[tokio::test]
async fn an_error_is_shown_by_its_kind_unless_the_tool_chose_to_show_its_text() {
    let (reads, outcome) = plain(ask_tide("a", "Oslo")).await;
    assert_eq!(reads, "Tool 'tide' failed: Oslo is not listed");
    assert_eq!(outcome, ToolOutcome::Failed);
    let (reads, _) = plain(ask_tide("a", "Atlantis")).await;
    assert_eq!(reads, "Tool 'tide' failed: other error");
}

#[tokio::test]
async fn the_result_of_a_call_is_an_error_unless_its_tool_has_answered() {
    let calls = [ask_tide("a", "Bergen"), ask_tide("b", "Oslo"), ToolCall::new("c", "tide", "{}")];
    let model = model(calls.into_iter().chain([ToolCall::new("d", "weather", "{}")]));
    react_loop(&model, "?", &[tide()], &ReactOptions::default()).await.expect("an answer");
    let sent = model.last_call().expect("a call").request.messages;
    let errors: Vec<_> = sent[2..].iter().map(|result| result.is_error).collect();
    assert_eq!(errors, [false, true, true, true]);
}

#[tokio::test]
async fn the_detail_keeps_what_was_hidden_from_the_model() {
    let model = model([ask_tide("a", "Atlantis")]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let detail = outcome.expect("an answer").detail;
    let error = detail.tool_calls[0].error.as_ref().expect("an error");
    assert_eq!(error.source().expect("the cause").to_string(), "SECRET path");
}

#[tokio::test]
async fn a_panic_is_an_error_of_the_tool() {
    let tool = tool("fall", || async { panic!("SECRET") });
    let call = ToolCall::new("a", "fall", "{}");
    let (reads, outcome) = answer(call, &[tool], &ReactOptions::default()).await;
    assert_eq!((reads.as_str(), outcome), ("Tool 'fall' failed: panic", ToolOutcome::Panicked));
}

#[tokio::test]
async fn a_panic_before_the_first_await_is_caught_as_well() {
    fn fall() -> std::future::Ready<Result<String, ek_patterns::ToolError>> {
        panic!("at once")
    }
    let call = ToolCall::new("a", "fall", "{}");
    let (reads, _) = answer(call, &[tool("fall", fall)], &ReactOptions::default()).await;
    assert_eq!(reads, "Tool 'fall' failed: panic");
}

#[tokio::test(start_paused = true)]
async fn a_slow_tool_is_dropped_at_its_limit() {
    for (limit, reads) in [(30_000, "30s"), (1_500, "1.5s")] {
        let tool = tool("wait", || async { std::future::pending().await });
        let options = ReactOptions::default().with_tool_timeout(Duration::from_millis(limit));
        let begun = tokio::time::Instant::now();
        let (text, outcome) = answer(ToolCall::new("a", "wait", "{}"), &[tool], &options).await;
        assert_eq!(text, format!("Tool execution timed out after {reads}"));
        assert_eq!(outcome, ToolOutcome::TimedOut);
        assert_eq!(begun.elapsed().as_millis(), u128::from(limit));
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_s_own_limit_comes_before_the_loop_s() {
    let tool = tool("wait", || async { std::future::pending().await });
    let tool = tool.with_timeout(Duration::from_secs(90));
    let call = ToolCall::new("a", "wait", "{}");
    let (text, _) = answer(call, &[tool], &ReactOptions::default()).await;
    assert_eq!(text, "Tool execution timed out after 90s");
}

#[tokio::test]
async fn a_long_result_is_cut_at_a_character_and_marked() {
    let tool = tool("sea", || async { Ok("ø".repeat(50)) });
    let options = ReactOptions::default().with_max_observation_chars(22);
    let (text, _) = answer(ToolCall::new("a", "sea", "{}"), &[tool], &options).await;
    assert_eq!(text, "øøøøøøøøøø\n[truncated]");
}

#[tokio::test]
async fn a_tool_may_show_the_model_an_image() {
    let parts =
        || [ContentPart::text("Metres over hours:"), ContentPart::image_bytes("image/png", [1])];
    let chart = Tool::new("chart", "", r#"{"type":"object"}"#, move |_| async move { Ok(parts()) });
    let model = model([ToolCall::new("a", "chart", "{}")]);
    let options = ReactOptions::default().with_max_observation_chars(7);
    let outcome = react_loop(&model, "?", &[chart.expect("a tool")], &options).await;
    let result = &model.last_call().expect("a call").request.messages[2];
    let [_, image] = parts();
    // The limit is one on text.
    let shown = Content::from([ContentPart::text("Metres "), image]);
    assert_eq!(result.content, Some(shown));
    assert!(outcome.expect("an answer").detail.tool_calls[0].truncated);
}

#[tokio::test]
async fn the_detail_says_which_results_were_cut() {
    let sea = tool("sea", || async { Ok("wide".repeat(10)) });
    let options = ReactOptions::default().with_max_observation_chars(30);
    let model = model([ToolCall::new("a", "sea", "{}"), ask_tide("b", "Bergen")]);
    let outcome = react_loop(&model, "?", &[sea, tide()], &options).await.expect("an answer");
    let cut: Vec<_> = outcome.detail.tool_calls.iter().map(|run| run.truncated).collect();
    assert_eq!(cut, [true, false]);
}

#[tokio::test]
async fn what_a_tool_shows_of_its_error_is_cut_too() {
    let code = || async { Err(ek_patterns::ToolError::shown("x".repeat(100))) };
    let options = ReactOptions::default().with_max_observation_chars(42);
    let call = ToolCall::new("a", "t", "{}");
    let (text, _) = answer(call, &[tool("t", code)], &options).await;
    assert_eq!(text, format!("Tool 't' failed: {}\n[truncated]", "x".repeat(13)));
}

#[tokio::test]
async fn the_calls_of_a_reply_that_was_cut_are_never_run_and_the_model_reads_why() {
    for (reason, reads) in [
        (FinishReason::Length, "the reply was cut before it was whole"),
        (FinishReason::ContentFilter, "the reply was stopped by the content filter"),
    ] {
        let tool = tool("launch", || async { panic!("it must not run") });
        let cut = calls([ToolCall::new("a", "launch", "{}"), ToolCall::new("b", "none", "{")]);
        let model = MockProvider::new([cut.with_finish_reason(reason), text("done")]);
        let outcome = react_loop(&model, "?", &[tool], &ReactOptions::default()).await;
        for run in outcome.expect("an answer").detail.tool_calls {
            assert_eq!(run.outcome, ToolOutcome::Cut);
        }
        let reads = format!("Tool 'launch' not run: {reads}");
        assert!(shown(&model)[0].1.starts_with(&reads), "{:?}", shown(&model));
    }
}

#[tokio::test]
async fn too_many_calls_are_answered_as_rejected() {
    let options = ReactOptions::default().with_max_tool_calls_per_round(2);
    let model = model(["a", "b", "c", "d"].map(|id| ask_tide(id, "Bergen")));
    let outcome = react_loop(&model, "?", &[tide()], &options).await.expect("an answer");
    let shown = shown(&model);
    let rejected = "Tool 'tide' rejected: at most 2 calls are run in one reply";
    let texts: Vec<_> = shown.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["04:12", "04:12", rejected, rejected]);
    assert_eq!(outcome.detail.tool_calls[3].outcome, ToolOutcome::Surplus);
}

#[tokio::test]
async fn calls_without_an_id_or_with_the_same_get_one_of_their_own() {
    let model = model(["", "a", "a", ""].map(|id| ask_tide(id, "Bergen")));
    react_loop(&model, "?", &[tide()], &ReactOptions::default()).await.expect("an answer");
    let results: Vec<_> = shown(&model).into_iter().map(|(id, _)| id).collect();
    let turn = &model.last_call().expect("a call").request.messages[1];
    let called: Vec<_> = turn.tool_calls.iter().map(|call| call.id.clone()).collect();
    assert_eq!(called, results);
    assert_eq!(called[1], "a");
    let different: std::collections::HashSet<_> = called.iter().collect();
    assert!(different.len() == 4 && !called.contains(&String::new()), "{called:?}");
}

#[tokio::test]
async fn a_custom_tool_gets_its_text() {
    let shell = Tool::custom("shell", "", |line| async move { Ok(format!("$ {line}")) });
    let call = ToolCall::with_arguments("a", "shell", Arguments::free_text("ls {"));
    let reads = answer(call, &[shell.expect("a tool")], &ReactOptions::default()).await;
    assert_eq!(reads, ("$ ls {".to_owned(), ToolOutcome::Answered));
}

#[tokio::test]
async fn a_name_that_no_server_takes_is_sent_back_as_one_that_it_takes() {
    let model = model([ToolCall::new("a", "browser.tabs.open", "{}")]);
    let outcome = react_loop(&model, "?", &[tide()], &ReactOptions::default()).await;
    let sent = model.last_call().expect("a call").request.messages;
    assert_eq!(sent[1].tool_calls[0].name, "browser_tabs_open");
    let reads = "Error: Unknown tool 'browser.tabs.open'. Tools: tide";
    assert_eq!(shown(&model), [("a".to_owned(), reads.to_owned())]);
    assert_eq!(outcome.expect("an answer").detail.tool_calls[0].name, "browser.tabs.open");
}
