//! The order of blocks.

use serde_json::{Value, json};

use super::{answered, delta, end, events, open, question, start};

/// An event of the block with this index.
fn at(index: u64, mut event: Value) -> Value {
    event["index"] = index.into();
    event
}

#[tokio::test]
async fn calls_stand_in_the_order_of_their_arrival_where_their_deltas_come_mixed() {
    let (high, low) = (u64::MAX, 3);
    let calls = [high, low].map(|index| {
        let id = format!("toolu_{index}");
        at(index, open(0, json!({"type": "tool_use", "id": id, "name": "tide", "input": {}})))
    });
    let input = |index: u64, piece: &str| {
        at(index, delta(0, json!({"type": "input_json_delta", "partial_json": piece})))
    };
    let deltas = [(high, "{\"a\":"), (low, "{\"b\":"), (low, "2}"), (high, "1}")];
    let all = [start()].into_iter().chain(calls);
    let all = all.chain(deltas.map(|(index, piece)| input(index, piece))).chain(end("tool_use"));
    let reply = answered([events(all)]).await.streamed(&question()).await.expect("a reply");
    let calls = reply.tool_calls.iter();
    assert!(calls.map(|call| call.arguments.as_str()).eq([r#"{"a":1}"#, r#"{"b":2}"#]));
}
