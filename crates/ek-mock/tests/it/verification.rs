//! What a test may assert of the calls, and what the failure says.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ek_core::{ChatRequest, LlmProvider, Message, StreamingProvider, ToolCall};
use ek_mock::{AtEnd, CallOutcome, MockProvider, MockReply, Per, Rule, Script, When};

/// The message with which it panics.
fn message(panics: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(panics)).expect_err("a panic");
    panic.downcast_ref::<String>().expect("a message").clone()
}

async fn ask(provider: &MockProvider, texts: &[&str]) {
    for text in texts {
        let _ = provider.complete(&ChatRequest::user(*text)).await;
    }
}

/// Expects two calls about tides.
fn tides() -> Script {
    let tides = Rule::new(When::user_text_contains("tide")).named("tides").expect_calls(2..);
    Script::new().rule(tides.reply("noon")).on(When::user_text_contains("wind"), ["force 5"])
}

#[tokio::test]
async fn what_was_expected_and_came_is_silent() {
    let provider = MockProvider::from_script(tides());
    ask(&provider, &["tide", "wind", "tides"]).await;
    provider.verify();
    provider.assert_called(3);
    provider.assert_called(..=3);
    provider.assert_called_with(&When::user_text("wind"));
    provider.assert_asked(&[Message::user("tide")]);
    provider.assert_rule_called("tides", 2);
    MockProvider::new(["a"]).assert_not_called();
}

#[tokio::test]
async fn a_rule_that_got_too_few_calls_is_named_with_the_nearest_call() {
    let provider = MockProvider::from_script(tides());
    let request =
        ChatRequest::new([Message::system("Be brief."), Message::user("What is the wind doing?")]);
    provider.complete(&request).await.expect("a reply");
    ask(&provider, &["And the tide?"]).await;
    insta::assert_snapshot!(message(|| provider.verify()), @r#"
    the calls are not as expected

    rule "tides" (user text contains "tide") expected at least 2 calls and got 1 call.
    The nearest is call 1, answered by rule 2 (user text contains "wind").
      fails: user text contains "tide"
    Its conversation, - as it was wanted, + as it came:
        system: Be brief.
      - user: ...tide...
      + user: What is the wind doing?
    "#);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(provider))).is_err());
}

#[tokio::test]
async fn a_rule_that_got_too_many_calls_lists_them() {
    let rule = Rule::new(When::any()).named("once").reply("a").expect_calls(..=1);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    let texts: Vec<String> = (1..=12).map(|number| format!("question {number}")).collect();
    ask(&provider, &texts.iter().map(String::as_str).collect::<Vec<_>>()).await;
    insta::assert_snapshot!(message(|| drop(provider)), @r#"
    the calls are not as expected

    rule "once" (any request) expected at most 1 call and got 12 calls.
    They were:
      call 1 (finished): user text "question 1", 1 message
      call 2 (finished): user text "question 2", 1 message
      call 3 (finished): user text "question 3", 1 message
      call 4 (finished): user text "question 4", 1 message
      call 5 (finished): user text "question 5", 1 message
      call 6 (finished): user text "question 6", 1 message
      call 7 (finished): user text "question 7", 1 message
      call 8 (finished): user text "question 8", 1 message
      call 9 (finished): user text "question 9", 1 message
      call 10 (finished): user text "question 10", 1 message
      ... and 2 more
    "#);
}

#[tokio::test]
async fn a_rule_that_is_not_to_be_called_lists_what_came() {
    let rule = Rule::new(When::model("expensive")).named("expensive").expect_calls(0);
    let provider = MockProvider::from_script(Script::new().rule(rule.reply("a")));
    let request = ChatRequest::user("?").with_model("expensive");
    provider.complete(&request).await.expect("a reply");
    insta::assert_snapshot!(message(|| drop(provider)), @r#"
    the calls are not as expected

    rule "expensive" (model is "expensive") expected no calls and got 1 call.
    They were:
      call 1 (finished): user text "?", model "expensive", 1 message
    "#);
}

#[test]
fn a_rule_that_got_no_call_at_all_says_so() {
    let provider = MockProvider::from_script(tides());
    insta::assert_snapshot!(message(|| drop(provider)), @r#"
    the calls are not as expected

    rule "tides" (user text contains "tide") expected at least 2 calls and got no calls.
    No call came at all.
    "#);
}

#[tokio::test]
async fn several_failures_are_reported_together_and_with_calls_that_fitted_no_rule() {
    let rule = |name: &str| Rule::new(When::user_text(name)).named(name).reply("a");
    let script = Script::new()
        .rule(rule("a").expect_calls(1))
        .rule(rule("b").expect_calls(1))
        .rule(rule("c").expect_calls(1..=2));
    let provider = MockProvider::from_script(script);
    ask(&provider, &["c", "d"]).await;
    insta::assert_snapshot!(message(|| provider.verify()), @r#"
    the calls are not as expected

    rule "a" (user text is "a") expected exactly 1 call and got no calls.
    The nearest is call 1, answered by rule "c".
      fails: user text is "a"
    Its conversation, - as it was wanted, + as it came:
      - user: a
      + user: c

    rule "b" (user text is "b") expected exactly 1 call and got no calls.
    The nearest is call 1, answered by rule "c".
      fails: user text is "b"
    Its conversation, - as it was wanted, + as it came:
      - user: b
      + user: c

    1 call fitted no rule:
      call 2 (failed): user text "d", 1 message
    "#);
    let _ = catch_unwind(AssertUnwindSafe(|| drop(provider)));
}

#[tokio::test]
async fn a_script_that_cannot_be_played_does_not_verify() {
    let sequence = MockReply::attempts(["a"]);
    let rule = Rule::new(When::any()).named("r").reply(sequence).per(Per::Attempt);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    insta::assert_snapshot!(message(|| provider.verify()), @r#"
    the script cannot be played: rule "r": a reply that is a sequence of attempts needs a rule per request: each attempt of a rule per attempt takes a reply of its own
    "#);
}

#[tokio::test]
async fn the_number_of_calls_is_asserted_with_the_calls() {
    let provider = MockProvider::new(["a", "b"]).strict();
    ask(&provider, &["one", "two", "three"]).await;
    let stream = provider.stream(&"four".into()).await;
    assert!(stream.is_err());
    let messages =
        [message(|| provider.assert_called(1..=2)), message(|| provider.assert_not_called())];
    insta::assert_snapshot!(messages.join("\n\n"), @r#"
    expected 1 to 2 calls and got 4 calls
    They were:
      call 1 (finished): user text "one", 1 message
      call 2 (finished): user text "two", 1 message
      call 3 (failed): user text "three", 1 message
      call 4 (failed): user text "four", 1 message, as a stream

    expected no calls and got 4 calls
    They were:
      call 1 (finished): user text "one", 1 message
      call 2 (finished): user text "two", 1 message
      call 3 (failed): user text "three", 1 message
      call 4 (failed): user text "four", 1 message, as a stream
    "#);
    let silent = MockProvider::new(["a"]);
    insta::assert_snapshot!(message(|| silent.assert_called(1..)), @r#"
    expected at least 1 call and got no calls
    "#);
}

#[tokio::test]
async fn a_missing_call_is_reported_with_what_holds_and_what_fails() {
    let provider = MockProvider::new(["a"]);
    let wanted = When::user_text("And the tide?").and(When::model("m")).and(When::streamed(false));
    let nothing = message(|| provider.assert_called_with(&wanted));
    ask(&provider, &["And the wind?"]).await;
    let request = ChatRequest::user("And the tides?").with_model("m");
    provider.complete(&request).await.expect("a reply");
    let no_text = message(|| provider.assert_called_with(&When::tool_result_of("tide")));
    let near = message(|| provider.assert_called_with(&wanted));
    insta::assert_snapshot!([nothing, near, no_text].join("\n\n"), @r#"
    expected a call with: user text is "And the tide?", and model is "m", and not asked for as a stream
    No call came at all.

    expected a call with: user text is "And the tide?", and model is "m", and not asked for as a stream
    The nearest is call 2, answered by rule 1 (any request).
      fails: user text is "And the tide?"
      holds: model is "m"
      holds: not asked for as a stream
    Its conversation, - as it was wanted, + as it came:
      - user: And the tide?
      + user: And the tides?

    expected a call with: a result of tool "tide" is there
    The nearest is call 1, answered by rule 1 (any request).
      fails: a result of tool "tide" is there
    Its conversation:
        user: And the wind?
    "#);
}

#[tokio::test]
async fn a_conversation_that_differs_is_shown_line_by_line() {
    let provider = MockProvider::new(["a"]);
    let conversation = |arguments: &str, result: &str| {
        let system = "You are a harbour master.\nYou know the tides.\nYou know the winds.\nYou are brief.\nYou are kind.";
        [
            Message::system(system),
            Message::user("And the tide?"),
            Message::assistant("").with_tool_calls([ToolCall::new("call_1", "tide", arguments)]),
            Message::tool("call_1", result),
        ]
    };
    let wanted = conversation(r#"{"city":"Oslo"}"#, "noon");
    let nothing = message(|| provider.assert_asked(&wanted));
    ask(&provider, &["something else"]).await;
    let came = ChatRequest::new(conversation(r#"{"city":"Bergen"}"#, "one o'clock"));
    provider.complete(&came).await.expect("a reply");
    let differs = message(|| provider.assert_asked(&wanted));

    let named = [Message::user("something else").with_name("Ann")];
    let in_no_line = message(|| provider.assert_asked(&named));
    insta::assert_snapshot!([nothing, differs, in_no_line].join("\n\n"), @r#"
    expected a call with a certain conversation
    No call came at all.

    expected a call with a certain conversation
    The nearest is call 2, answered by rule 1 (any request).
    Its conversation, - as it was wanted, + as it came:
        ... (3 lines that are the same)
            You are brief.
            You are kind.
        user: And the tide?
      - assistant calls tide({"city":"Oslo"}) as call_1
      - tool, to call_1: noon
      + assistant calls tide({"city":"Bergen"}) as call_1
      + tool, to call_1: one o'clock

    expected a call with a certain conversation
    The nearest is call 1, answered by rule 1 (any request).
    Its texts are the same; it differs in names, parts or extra keys.
    "#);
}

#[tokio::test]
async fn a_rule_is_asserted_by_its_name() {
    let provider = MockProvider::from_script(
        Script::new().rule(Rule::new(When::user_text("x")).named("x").reply("a")).otherwise(["b"]),
    );
    ask(&provider, &["y"]).await;
    let messages = [
        message(|| provider.assert_rule_called("x", 1)),
        message(|| provider.assert_rule_called("z", 1)),
        message(|| MockProvider::new(["a"]).assert_rule_called("z", 1)),
    ];
    insta::assert_snapshot!(messages.join("\n\n"), @r#"
    rule "x" (user text is "x") expected exactly 1 call and got no calls.
    The nearest is call 1, answered by rule 2 (any request).
      fails: user text is "x"
    Its conversation, - as it was wanted, + as it came:
      - user: x
      + user: y

    no rule is named "z"; the names are: "x"

    no rule is named "z"; the names are: none
    "#);
}

#[tokio::test]
async fn a_rule_per_request_counts_requests_and_not_attempts() {
    let busy = ek_core::Error::new(ek_core::ErrorKind::RateLimited, "busy");
    let entry = MockReply::attempts([MockReply::from(busy), "a".into()]);
    let rule = Rule::new(When::any()).reply(entry).at_end(AtEnd::Strict).expect_calls(1);
    let provider = MockProvider::from_script(Script::new().rule(rule));
    ask(&provider, &["x", "x"]).await;
    provider.verify();
    provider.assert_called(2);
}

#[tokio::test]
async fn only_the_last_clone_verifies() {
    let provider = MockProvider::from_script(tides());
    drop(provider.clone());
    let last = provider.clone();
    drop(provider);
    assert!(message(|| drop(last)).contains("got no calls"));
}

#[tokio::test]
async fn without_expectations_a_drop_is_silent_whatever_came() {
    let provider = MockProvider::from_script(Script::new().on(When::model("m"), ["a"]));
    ask(&provider, &["x"]).await;
    assert!(provider.verification().is_err());
    drop(provider);
}

#[test]
fn a_drop_is_silent_in_a_test_that_is_panicking() {
    let panic = catch_unwind(|| {
        let _provider = MockProvider::from_script(tides());
        panic_any(7_u8);
    });
    assert_eq!(panic.expect_err("the first panic").downcast_ref::<u8>(), Some(&7));
}

#[test]
fn a_failure_is_reported_at_the_line_of_the_test() {
    let place = Arc::new(Mutex::new(None));
    let (seen, this) = (Arc::clone(&place), std::thread::current().id());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == this {
            let at = info.location().map(|at| (at.file().to_owned(), at.line()));
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = at;
        } else {
            before(info);
        }
    }));
    let provider = MockProvider::new(["a"]);
    let line = line!() + 1;
    message(|| provider.assert_called(1));
    drop(std::panic::take_hook());
    let at = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(at, Some((file!().to_owned(), line)));
}

#[tokio::test(start_paused = true)]
async fn a_call_knows_its_instants_and_what_became_of_it() {
    let second = Duration::from_secs(1);
    let late = MockReply::from("abcd").after(2 * second).with_pause(second).with_chunk_chars(1);
    let provider = MockProvider::new([late]);
    let mut stream = provider.stream(&"?".into()).await.expect("a stream");
    stream.next().await;
    let pending = provider.last_call().expect("a call");
    assert_eq!((pending.outcome, pending.ended), (CallOutcome::Pending, None));
    stream.collect().await.expect("a reply");
    provider.wait_until_idle().await;
    let call = provider.last_call().expect("a call");
    let seconds = |at: Option<tokio::time::Instant>| at.map(|at| (at - call.started).as_secs());
    assert_eq!((seconds(call.first_byte), seconds(call.ended)), (Some(2), Some(5)));
    assert_eq!(call.outcome, CallOutcome::Finished);

    drop(provider.stream(&"?".into()).await.expect("a stream"));
    assert_eq!(provider.last_call().expect("a call").outcome, CallOutcome::Dropped);
}

#[tokio::test(start_paused = true)]
async fn a_test_can_wait_for_a_call() {
    let provider = MockProvider::new(["a"]);
    let other = provider.clone();
    let asking = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        ask(&other, &["late"]).await;
    });
    provider.wait_for_calls(1).await;
    assert_eq!(
        provider.last_call().expect("a call").request.last_user_text().as_deref(),
        Some("late")
    );
    asking.await.expect("no panic");
}
