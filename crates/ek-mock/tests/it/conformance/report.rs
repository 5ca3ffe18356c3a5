//! The report on an adapter that can do nothing: each clause in its own words, with what is owed.

use ek_core::{Error, ErrorKind};
use ek_mock::{MockProvider, conformance_report};

#[tokio::test]
async fn a_report_says_of_each_broken_clause_what_was_seen_and_what_is_owed() {
    let failing = || MockProvider::failing(Error::new(ErrorKind::Server, "HTTP 500"));
    let report = conformance_report!(failing(), streaming, tools, broken_stream = failing()).await;
    insta::assert_snapshot!(report, @r"
    4 kept, 21 broken, 1 saw nothing

    `a_stream_ends_with_done` is broken: the call of `stream` failed with Server: HTTP 500
      owed: the last event of a whole reply is `Done`, which holds it: without it a reply counts as cut

    `pieces_add_up_to_the_reply` is broken: the call of `stream` failed with Server: HTTP 500
      owed: who shows the pieces as they come has shown the reply that is in `Done`

    `events_come_in_their_order` is broken: the call of `stream` failed with Server: HTTP 500
      owed: pieces come first, then each whole tool call, then the usage once if known, then `Done`

    `a_stream_gives_what_a_call_gives` is broken: the call failed with Server: HTTP 500
      owed: a collected stream is the reply that `complete` would have given, `raw` excepted

    `parallel_streams_do_not_mix` is broken: the call of `stream` failed with Server: HTTP 500
      owed: a provider is shared by parallel callers: each stream has the pieces of its own reply

    `a_dropped_stream_leaves_the_provider_usable` is broken: the call of `stream` failed with Server: HTTP 500
      owed: dropping a stream stops its work; the next call and the next stream are unharmed

    `a_required_tool_is_called` is broken: the call failed with Server: HTTP 500
      owed: tools of the request reach the model, and its calls come back in `tool_calls`

    `tool_calls_have_names_and_ids_of_their_own` is broken: the call failed with Server: HTTP 500
      owed: results go back by id: each call has a name, and an id that no other has

    `the_finish_reason_fits_the_tool_calls` is broken: the call failed with Server: HTTP 500
      owed: `Stop` stands beside no tool calls, and `ToolCalls` beside some

    `a_tool_result_is_answered` is broken: the call failed with Server: HTTP 500
      owed: `complete` takes a conversation with tool calls and their results

    `a_broken_stream_ends_with_what_came` is broken: the call of `stream` failed with Server: HTTP 500
      owed: a stream that breaks off ends with an error that is not retried and holds what came

    `streamed_tool_calls_are_those_of_the_reply` is broken: the call of `stream` failed with Server: HTTP 500
      owed: a call's pieces, its whole in the stream and the one in `Done` are the same call

    `a_question_is_answered` is broken: the call failed with Server: HTTP 500
      owed: `complete` answers a plain question

    `a_conversation_of_several_turns_is_answered` is broken: the call failed with Server: HTTP 500
      owed: `complete` takes messages of the system, the user and the assistant

    `the_same_request_can_be_asked_again` is broken: the call failed with Server: HTTP 500
      owed: retries and samples ask one request many times: nothing of a call outlives it

    `an_empty_conversation_is_answered_or_refused` is broken: the call failed with Server: HTTP 500
      owed: a request without messages is answered, or refused with Config, Rejected or Unsupported

    `parallel_calls_do_not_mix` is broken: the call failed with Server: HTTP 500
      owed: a provider is shared by parallel callers: each gets the answer to its own request

    `a_dropped_call_leaves_the_provider_usable` is broken: the call after a dropped one failed with Server: HTTP 500
      owed: dropping a call's future stops its work, wherever it waits; the next call is unharmed

    `a_passed_time_limit_is_a_timeout` is broken: the call failed with Server: HTTP 500
      owed: a call that passes its request's `timeout` fails with Timeout, which is retried

    `no_tool_is_called_that_was_not_offered` is broken: the call failed with Server: HTTP 500
      owed: a request without tools gets a reply without tool calls

    `unknown_usage_is_none_and_not_zero` is broken: the call failed with Server: HTTP 500
      owed: a count that the backend does not give stays `None`: a 0 makes the call look free

    `the_model_name_stays` saw nothing
      wants: a call that is answered
    ");
}
