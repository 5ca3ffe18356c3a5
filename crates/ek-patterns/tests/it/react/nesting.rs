//! Loops within loops, and beside one another, under one ledger.

use ek_core::{ErrorKind, ToolCall};
use ek_mock::MockProvider;
use ek_patterns::{Budget, Ledger, ReactOptions, Tool, react_loop};
use futures_util::future::join_all;

use super::{ask_tide, calls, model, shown, text, tide, tool};

/// A harbour master: a model with tools of its own, which is a tool to another.
fn expert(model: &MockProvider, ledger: &Ledger) -> Tool {
    let (model, options) = (model.clone(), ReactOptions::default().with_ledger(ledger.clone()));
    tool("expert", move || {
        let (model, options) = (model.clone(), options.clone());
        async move { Ok(react_loop(&model, "High tide?", &[tide()], &options).await?.value) }
    })
}

#[tokio::test]
async fn a_loop_can_be_a_tool_of_another_and_both_are_counted() {
    let ledger = Ledger::new(Budget::default().with_calls(4)).expect("a budget");
    let inner = MockProvider::new([calls([ask_tide("a", "Bergen")]), text("At 04:12.")]);
    let outer = model([ToolCall::new("e", "expert", "{}")]);
    let options = ReactOptions::default().with_ledger(ledger.clone());
    let tools = [expert(&inner, &ledger)];
    let outcome = react_loop(&outer, "When?", &tools, &options).await.expect("an answer");
    assert_eq!(shown(&outer), [("e".to_owned(), "At 04:12.".to_owned())]);
    assert_eq!((outcome.spend.calls, ledger.spend().calls), (2, 4));
}

#[tokio::test]
async fn an_error_of_the_inner_loop_is_shown_by_its_kind() {
    let ledger = Ledger::new(Budget::default().with_calls(2)).expect("a budget");
    let inner = MockProvider::new([calls([ask_tide("a", "Bergen")])]);
    let outer = model([ToolCall::new("e", "expert", "{}")]);
    let tools = [expert(&inner, &ledger)];
    react_loop(&outer, "When?", &tools, &ReactOptions::default()).await.expect("an answer");
    let reads = "Tool 'expert' failed: budget exhausted";
    assert_eq!(shown(&outer), [("e".to_owned(), reads.to_owned())]);
}

#[tokio::test]
async fn loops_beside_one_another_never_pass_the_ledger_they_share() {
    let ledger = Ledger::new(Budget::default().with_calls(10)).expect("a budget");
    let model = MockProvider::respond_with(|request| match request.messages.len() {
        1 => calls([ask_tide("a", "Bergen")]),
        _ => text("done"),
    });
    let options = ReactOptions::default().with_ledger(ledger.clone());
    let tools = [tide()];
    let ended = join_all((0..100).map(|_| react_loop(&model, "?", &tools, &options))).await;
    let answered = ended.iter().filter(|ended| ended.is_ok()).count();
    assert_eq!((model.call_count(), ledger.spend().calls), (10, 10));
    assert!(answered <= 5, "an answer takes two calls: {answered}");
    for error in ended.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::BudgetExhausted);
        let (calls, messages) = (error.spend().calls, error.transcript().map(<[_]>::len));
        assert!([(0, Some(1)), (1, Some(3))].contains(&(calls, messages)), "{calls} {messages:?}");
    }
}
