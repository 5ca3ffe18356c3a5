//! Whatever a model does: the loop ends, the conversation stays sound, and the cost is what was asked.

use ek_core::{ChatRequest, Error, ErrorKind, FinishReason, LlmResponse, Message, Role, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{
    Budget, OnLimit, Outcome, ReactDetail, ReactOptions, Tool, react_loop, react_loop_stream,
};
use proptest::prelude::*;
use proptest::sample::select;

use super::{tide, tool};

/// Replies with any calls: known and unknown tools, sound and unsound arguments, ids of all kinds.
fn reply() -> impl Strategy<Value = LlmResponse> {
    let call = (
        select(vec!["", "a", "b", "call_0"]),
        select(vec!["tide", "tide", "hang", "fall", "nothing"]),
        select(vec![r#"{"city":"Bergen"}"#, r#"{"city":"Oslo"}"#, "{}", "{", "[]", ""]),
    );
    let call = call.prop_map(|(id, name, arguments)| ToolCall::new(id, name, arguments));
    let reason = select(vec![
        FinishReason::ToolCalls,
        FinishReason::ToolCalls,
        FinishReason::Stop,
        FinishReason::Length,
        FinishReason::ContentFilter,
    ]);
    let text = select(vec!["", "a text"]);
    (prop::collection::vec(call, 0..5), reason, text).prop_map(|(calls, reason, text)| {
        LlmResponse::text(text).with_tool_calls(calls).with_finish_reason(reason)
    })
}

fn options() -> impl Strategy<Value = ReactOptions> {
    let limit =
        select(vec![OnLimit::Error, OnLimit::ReturnPartial, OnLimit::FinalAnswerWithoutTools]);
    let history = prop::option::of(1usize..12);
    let calls = prop::option::of(1u64..4);
    (1u32..5, 1usize..4, 1usize..4, limit, history, calls).prop_map(
        |(rounds, concurrency, per_round, limit, history, calls)| {
            let mut options = ReactOptions::default()
                .with_max_rounds(rounds)
                .with_tool_concurrency(concurrency)
                .with_max_tool_calls_per_round(per_round)
                .with_on_limit(limit);
            options.max_history_messages = history;
            options.run.budget = Budget::default();
            options.run.budget.calls = calls;
            options
        },
    )
}

fn tools() -> [Tool; 3] {
    [
        tide(),
        tool("hang", || async { std::future::pending().await }),
        tool("fall", || async { panic!("as it has to") }),
    ]
}

/// Each call has one result, right after it and in its order, under an id of its own; and arguments that
/// servers can read.
fn assert_sound(messages: &[Message]) {
    let mut rest = messages;
    while let Some((first, after)) = rest.split_first() {
        assert!(first.role != Role::Tool, "a result without its call");
        let (results, after) = after.split_at(first.tool_calls.len());
        let called: Vec<_> = first.tool_calls.iter().map(|call| call.id.as_str()).collect();
        let answered: Vec<_> = results.iter().filter_map(|m| m.tool_call_id.as_deref()).collect();
        assert_eq!(called, answered);
        let different: std::collections::HashSet<_> = called.iter().collect();
        assert!(different.len() == called.len() && !called.contains(&""), "{called:?}");
        assert!(first.tool_calls.iter().all(|call| call.arguments.is_valid()));
        rest = after;
    }
}

type Ended = Result<Outcome<String, ReactDetail>, Error>;

fn check(model: &MockProvider, options: &ReactOptions, ended: Ended) {
    let asked: Vec<ChatRequest> = model.calls().into_iter().map(|call| call.request).collect();
    asked.iter().for_each(|request| assert_sound(&request.messages));
    let (spend, detail) = match ended {
        Ok(outcome) => (outcome.spend, outcome.detail),
        Err(error) => {
            let kind = error.kind();
            // A reply that its token limit left nothing of is no answer.
            let no_answer = error.partial().is_some_and(|reply| {
                kind == ErrorKind::Malformed && reply.was_truncated() && reply.content.is_empty()
            });
            let limits = [ErrorKind::MaxIterations, ErrorKind::BudgetExhausted];
            assert!(no_answer || limits.contains(&kind), "{kind}");
            let detail = error.detail::<ReactDetail>().expect("a detail").clone();
            assert_eq!(error.transcript(), Some(detail.transcript.as_slice()));
            (error.spend(), detail)
        }
    };
    assert_sound(&detail.transcript);
    assert_eq!(spend.calls, asked.len() as u64);
    assert!(asked.len() <= options.max_rounds as usize + 1);
    assert!(options.run.budget.calls.is_none_or(|limit| spend.calls <= limit));
    let results = detail.transcript.iter().filter(|m| m.role == Role::Tool).count();
    assert_eq!(detail.tool_calls.len(), results);
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_loop_ends_with_a_sound_conversation_and_the_cost_of_what_was_asked(
        replies in prop::collection::vec(reply(), 1..5),
        options in options(),
        streamed in any::<bool>(),
    ) {
        let model = MockProvider::new(replies);
        let tools = tools();
        let ended = run(async {
            if streamed {
                react_loop_stream(&model, "?", &tools, &options)?.collect().await
            } else {
                react_loop(&model, "?", &tools, &options).await
            }
        });
        check(&model, &options, ended);
    }
}
