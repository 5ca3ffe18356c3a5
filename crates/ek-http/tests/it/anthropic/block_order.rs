//! The order of blocks.

use serde_json::json;

use super::faults::{at, hear};
use super::{delta, end, frames, open, start};
use crate::streams::answer;

#[tokio::test]
async fn calls_stand_in_the_order_of_their_arrival_where_their_deltas_come_mixed() {
    let (high, low) = (json!(u64::MAX), json!(3));
    let calls = [&high, &low].map(|index| {
        let id = format!("toolu_{index}");
        at(index, open(0, json!({"type": "tool_use", "id": id, "name": "tide", "input": {}})))
    });
    let input = |index: &serde_json::Value, piece: &str| {
        at(index, delta(0, json!({"type": "input_json_delta", "partial_json": piece})))
    };
    let deltas = [(&high, "{\"a\":"), (&low, "{\"b\":"), (&low, "2}"), (&high, "1}")];
    let events = [start()].into_iter().chain(calls);
    let events =
        events.chain(deltas.map(|(index, piece)| input(index, piece))).chain(end("tool_use"));
    let heard = hear(answer([frames(events)])).await;
    let calls = heard.reply().tool_calls.iter();
    assert!(calls.map(|call| call.arguments.as_str()).eq([r#"{"a":1}"#, r#"{"b":2}"#]));
}
