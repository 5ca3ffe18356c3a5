//! When the model may think, and when its turn goes back without its thinking: the API refuses the rest.
//!
//! Tools may be called several times in one turn, which begins behind the user's last words.

use ek_core::{ChatRequest, Message, ReasoningBudget, ToolCall};
use serde_json::{Value, json};

use super::{answered, message, question};

const BUDGET: ReasoningBudget = ReasoningBudget::Tokens(2_000);

/// The body of this request.
async fn sent(request: &ChatRequest) -> Value {
    let rig = answered([message(json!([]), "end_turn")]).await;
    rig.ask(request).await.expect("a reply");
    rig.sent(0)
}

fn thinking() -> Value {
    json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})
}

fn tool_use(id: &str) -> Value {
    json!({"type": "tool_use", "id": id, "name": "tide", "input": {}})
}

/// The model's message with these blocks, and the result of its call.
async fn called(blocks: Value, id: &str) -> Vec<Message> {
    let rig = answered([message(blocks, "tool_use")]).await;
    let reply = rig.ask(&question()).await.expect("a reply");
    vec![Message::from(reply), Message::tool(id, "14:20")]
}

/// The same from another server, without thinking.
fn rebuilt(id: &str) -> Vec<Message> {
    let call = ToolCall::new(id, "tide", "{}");
    vec![Message::assistant("").with_tool_calls([call]), Message::tool(id, "14:20")]
}

fn going_on(turns: &[Vec<Message>]) -> ChatRequest {
    let messages = turns.iter().flatten().cloned();
    ChatRequest::new(question().messages.into_iter().chain(messages))
}

#[tokio::test]
async fn a_turn_with_calls_that_does_not_begin_with_thinking_goes_on_without() {
    let thought = called(json!([thinking(), tool_use("t1")]), "t1").await;
    let plain = called(json!([tool_use("t2")]), "t2").await;
    let words = vec![Message::user("Hurry.")];
    for (turns, thinks) in [
        (vec![rebuilt("c")], false),
        (vec![thought.clone()], true),
        // Later calls may come without thinking, and words may stand beside the results.
        (vec![thought.clone(), plain.clone()], true),
        (vec![thought.clone(), words.clone(), plain.clone()], true),
        (vec![rebuilt("c"), thought.clone()], false),
        // A new question ends the turn.
        (vec![rebuilt("c"), vec![Message::assistant("Now."), Message::user("And Oslo?")]], true),
        (vec![thought, vec![Message::assistant("Now."), Message::user("And?")], plain], false),
    ] {
        let request = going_on(&turns);
        let sent_with = sent(&request.clone().with_reasoning_budget(BUDGET)).await;
        assert_eq!(sent_with.get("thinking").is_some(), thinks, "{sent_with}");
        assert_eq!(sent_with["max_tokens"], if thinks { 6_096 } else { 4_096 });
        // Where the model decides how much it thinks, a turn may begin without.
        let adaptive = request.with_reasoning_budget(ReasoningBudget::Adaptive);
        assert_eq!(sent(&adaptive).await["thinking"], json!({"type": "adaptive"}));
    }
}

#[tokio::test]
async fn the_turn_that_goes_on_without_thinking_is_sent_without_its_own() {
    let redacted = json!({"type": "redacted_thinking", "data": "RkFLRQ=="});
    let thought = called(json!([thinking(), redacted, tool_use("t1")]), "t1").await;
    let then = vec![Message::assistant("Now."), Message::user("And Oslo?")];
    let again = called(json!([thinking(), tool_use("t2")]), "t2").await;
    let turns = [thought, then, again];
    for (budget, limit, thoughts) in [
        (None, None, 3),
        (Some(BUDGET), None, 3),
        (Some(ReasoningBudget::Adaptive), None, 3),
        (Some(ReasoningBudget::Off), None, 2),
        (Some(BUDGET), Some(900), 2),
    ] {
        let mut request = going_on(&turns);
        (request.reasoning_budget, request.max_tokens) = (budget, limit);
        let body = sent(&request).await;
        let shown = body["messages"].as_array().into_iter().flatten();
        let blocks = shown.filter_map(|message| message["content"].as_array().cloned());
        let kinds = blocks.flatten().filter_map(|block| block["type"].as_str().map(str::to_owned));
        let found = kinds.filter(|kind| kind.ends_with("thinking")).count();
        assert_eq!(found, thoughts, "{budget:?} {limit:?}");
    }
    let mut own = going_on(&turns).with_reasoning_budget(ReasoningBudget::Off);
    own = own.with_extra("thinking", json!({"type": "adaptive"}));
    assert_eq!(sent(&own).await["messages"][5]["content"][0]["type"], "thinking");
    // A turn that is thinking and nothing else leaves nothing to send.
    let alone = called(json!([thinking()]), "t9").await;
    let request = going_on(&[vec![alone[0].clone()]]).with_reasoning_budget(ReasoningBudget::Off);
    assert_eq!(sent(&request).await["messages"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_thinking_budget_stays_below_the_limit_of_the_reply() {
    for (limit, budget) in [
        (2_001, Some(2_000)),
        (2_000, None),
        (5_000, Some(2_000)),
        (1_024, None),
        (1, None),
        (0, None),
    ] {
        let asked = question().with_reasoning_budget(BUDGET);
        for request in [
            asked.clone().with_max_tokens(limit),
            asked.with_max_tokens(9_000).with_extra("max_tokens", limit),
        ] {
            let sent = sent(&request).await;
            let thinking = budget.map(|tokens| json!({"type": "enabled", "budget_tokens": tokens}));
            assert_eq!(sent.get("thinking"), thinking.as_ref(), "{limit}");
            assert_eq!(sent["max_tokens"], limit);
        }
    }
    for (limit, budget) in [(3_000, 1_500), (2_048, 1_024)] {
        let asked = question().with_reasoning_budget(ReasoningBudget::Tokens(3_000));
        let sent = sent(&asked.with_max_tokens(limit)).await;
        assert_eq!(sent["thinking"]["budget_tokens"], budget);
    }
    let odd = question().with_reasoning_budget(BUDGET).with_extra("max_tokens", "many");
    assert_eq!(sent(&odd).await["thinking"]["budget_tokens"], 2_000);
}
