//! Clauses by which nothing could be judged: they are listed by name, and are errors on request alone.

use std::time::Duration;

use ek_core::{DynProvider, Error, ErrorKind, LlmResponse, StreamEvent};
use ek_mock::conformance::{Judged, Report, a_question_is_answered, echo};
use ek_mock::{MockProvider, MockReply, conformance_report};

use super::adapters::{Streams, answers};

fn unseen(report: &Report) -> Vec<&str> {
    report.saw_nothing.iter().map(|unseen| unseen.clause).collect()
}

/// A backend that answers so that every clause has something to see.
fn telling() -> MockProvider {
    let moment = Duration::from_millis(1);
    MockProvider::respond_with(echo).with_latency(moment).with_chunk_delay(moment)
}

fn cut() -> MockProvider {
    let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
    MockProvider::new([MockReply::from("Slowly.").failing_after(1, cut)])
}

mod a_backend_that_tells_enough {
    use super::*;

    ek_mock::conformance!(telling(), streaming, tools, strict, debug, broken_stream = cut());
}

#[tokio::test]
async fn fixed_replies_show_less_and_the_report_names_what_was_not_seen() {
    let report = conformance_report!(MockProvider::new(["warm"]), streaming).await;
    insta::assert_snapshot!(report, @r#"
    13 kept, 0 broken, 6 saw nothing

    `parallel_streams_do_not_mix` saw nothing
      wants: a backend whose answers hold the word they are asked for, as those of `echo` do

    `errors_of_streams_show_neither_prompts_nor_keys` saw nothing
      wants: a backend that refuses a time limit of a nanosecond, an unknown model, no room for an answer, or a tool's result without a call

    `parallel_calls_do_not_mix` saw nothing
      wants: a backend whose answers hold the word they are asked for, as those of `echo` do

    `a_dropped_call_leaves_the_provider_usable` saw nothing
      wants: a call that waits for its backend, such as a reply with a latency

    `a_passed_time_limit_is_a_timeout` saw nothing
      wants: a call that takes longer than a nanosecond

    `errors_show_neither_prompts_nor_keys` saw nothing
      wants: a backend that refuses a time limit of a nanosecond, an unknown model, no room for an answer, or a tool's result without a call
    "#);
    assert_eq!(report.kept.len(), 13);
    assert!(report.passes());
}

#[tokio::test]
async fn each_clause_that_depends_on_the_backend_can_see_nothing() {
    let silent = conformance_report!(MockProvider::new([""]), streaming).await;
    let words = ["pieces_add_up_to_the_reply", "unknown_usage_is_none_and_not_zero"];
    assert!(words.iter().all(|clause| unseen(&silent).contains(clause)), "{silent}");

    let fickle = conformance_report!(MockProvider::new(["a", "b"]), streaming).await;
    assert!(unseen(&fickle).contains(&"a_stream_gives_what_a_call_gives"), "{fickle}");

    let at_once = Streams(|_: &_| vec![Ok(StreamEvent::Done(Box::new(LlmResponse::text(""))))]);
    let at_once = conformance_report!(&at_once, streaming).await;
    assert!(unseen(&at_once).contains(&"events_come_in_their_order"), "{at_once}");

    let failing = MockProvider::failing(Error::new(ErrorKind::Rejected, "no"));
    let failing = conformance_report!(failing.clone()).await;
    assert_eq!(unseen(&failing), ["the_model_name_stays"]);
}

#[tokio::test]
async fn a_provider_that_cannot_stream_or_call_shows_nothing_of_it() {
    let still = DynProvider::new(MockProvider::respond_with(echo));
    let still = conformance_report!(still.clone(), streaming, broken_stream = still.clone()).await;
    let streams = [
        "a_stream_ends_with_done",
        "pieces_add_up_to_the_reply",
        "events_come_in_their_order",
        "a_stream_gives_what_a_call_gives",
        "parallel_streams_do_not_mix",
        "a_dropped_stream_leaves_the_provider_usable",
        "errors_of_streams_show_neither_prompts_nor_keys",
        "a_broken_stream_ends_with_what_came",
    ];
    assert_eq!(unseen(&still)[..8], streams);

    let mute = telling().without_tools();
    let mute = conformance_report!(mute.clone(), tools, streaming).await;
    let tools = [
        "a_required_tool_is_called",
        "tool_calls_have_names_and_ids_of_their_own",
        "the_finish_reason_fits_the_tool_calls",
        "a_tool_result_is_answered",
        "streamed_tool_calls_are_those_of_the_reply",
    ];
    assert_eq!(unseen(&mute), tools);
}

#[tokio::test]
async fn tools_that_are_not_called_show_nothing_of_calls() {
    let idle = answers(|_| Ok(LlmResponse::text("no").with_finish_reason_word("length")));
    let idle = conformance_report!(&idle, tools).await;
    assert_eq!(idle.broken.len(), 1, "{idle}");
    let calls = [
        "tool_calls_have_names_and_ids_of_their_own",
        "the_finish_reason_fits_the_tool_calls",
        "a_tool_result_is_answered",
    ];
    assert_eq!(unseen(&idle)[..3], calls);
}

#[tokio::test]
async fn what_was_not_seen_fails_a_strict_report_alone_and_what_is_broken_any() {
    let fixed = || MockProvider::new(["warm"]);
    let strict = conformance_report!(fixed(), strict, debug).await;
    assert_eq!(
        (strict.passes(), conformance_report!(fixed(), debug).await.passes()),
        (false, true)
    );
    assert!(conformance_report!(telling(), strict, keys = ["sk-none"]).await.passes());
    let wrong = answers(|_| panic!("no reply"));
    assert!(!conformance_report!(&wrong).await.passes());
}

#[tokio::test]
async fn a_clause_says_by_itself_that_it_is_kept() {
    assert_eq!(a_question_is_answered(&telling()).await, Ok(Judged::Kept));
}
