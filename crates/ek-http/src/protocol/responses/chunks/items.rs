//! Items of a stream that have no index, and those of which an end leaves out what was streamed.

use serde_json::{Value, json};

use crate::call::record::{End, Record};
use crate::protocol::responses::Responses;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

fn record(events: &[Value]) -> Record {
    let bytes: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    Record::of(&Responses, [bytes.as_bytes()], OPTIONS, CAPS)
}

/// The record of a reply, of which the pieces are those of the whole.
fn whole(events: &[Value]) -> Record {
    let record = record(events);
    assert!(matches!(record.end, End::Done(_)), "{:?}", record.end);
    record.assert_pieces_are_the_reply();
    record
}

fn calls(record: &Record) -> Vec<(String, String)> {
    let calls = record.reply().tool_calls.iter();
    calls.map(|call| (call.id.clone(), call.arguments.as_str().to_owned())).collect()
}

fn added(item: &Value) -> Value {
    json!({"type": "response.output_item.added", "item": item})
}

fn done(item: &Value) -> Value {
    json!({"type": "response.output_item.done", "item": item})
}

fn at(index: usize, mut event: Value) -> Value {
    event["output_index"] = index.into();
    event
}

fn text(delta: &str) -> Value {
    json!({"type": "response.output_text.delta", "delta": delta})
}

fn arguments(id: &str, delta: &str) -> Value {
    json!({"type": "response.function_call_arguments.delta", "item_id": id, "delta": delta})
}

fn call(call_id: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "call_id": call_id, "name": "tide", "arguments": arguments})
}

fn message(text: &str) -> Value {
    let content = json!([{"type": "output_text", "text": text}]);
    json!({"type": "message", "id": "msg_1", "role": "assistant", "content": content})
}

fn completed(output: &Value) -> Value {
    json!({"type": "response.completed", "response": {"status": "completed", "output": output}})
}

#[test]
fn without_an_index_an_item_is_the_one_of_its_id_or_of_its_calls_id() {
    // llama.cpp: no id in the item of a call, and its deltas name the call.
    for with_id in [false, true] {
        let call = |id: &str, arguments: &str| {
            let mut item = call(id, arguments);
            if with_id {
                item["id"] = format!("i_{id}").into();
            }
            item
        };
        let named = |id: &str| if with_id { format!("i_{id}") } else { id.to_owned() };
        let (a, b) = (named("a"), named("b"));
        let record = whole(&[
            added(&call("a", "")),
            added(&call("b", "")),
            arguments(&a, "{\"n\":"),
            arguments(&b, "{\"n\":"),
            arguments(&a, "1}"),
            arguments(&b, "2}"),
            done(&call("b", "{\"n\":2}")),
            done(&call("a", "{\"n\":1}")),
            completed(&json!([])),
        ]);
        let expected = [("a", "{\"n\":1}"), ("b", "{\"n\":2}")];
        assert_eq!(calls(&record), expected.map(|(id, text)| (id.to_owned(), text.to_owned())));
    }
}

#[test]
fn without_an_index_or_an_id_an_event_belongs_to_the_last_item() {
    let delta = json!({"type": "response.function_call_arguments.delta", "delta": "{\"n\":1}"});
    let record = whole(&[added(&call("a", "")), delta, completed(&json!(null))]);
    assert_eq!(calls(&record), [("a".to_owned(), "{\"n\":1}".to_owned())]);
}

#[test]
fn with_an_index_ids_say_nothing() {
    let mut rotated = message("At nine.");
    rotated["id"] = "another".into();
    let record = whole(&[
        at(0, added(&json!({"type": "message", "id": "msg_1", "content": []}))),
        at(0, json!({"type": "response.output_text.delta", "item_id": "x", "delta": "At nine."})),
        at(0, done(&rotated)),
        completed(&json!([])),
    ]);
    assert_eq!(record.reply().content, "At nine.");
}

#[test]
fn an_end_without_a_text_does_not_undo_what_was_streamed() {
    for bare in [json!([]), json!(null), json!(""), json!([])] {
        let end = json!({"type": "message", "id": "msg_1", "content": bare});
        for output in [json!([]), json!([end])] {
            let events = [at(0, text("At ")), at(0, text("nine.")), at(0, done(&end))];
            let record = whole(&[events.as_slice(), &[completed(&output)]].concat());
            assert_eq!(record.reply().content, "At nine.", "{output}");
        }
    }
    // A text of the end counts, though it is another one.
    let other =
        record(&[at(0, text("At te")), at(0, done(&message("At nine."))), completed(&json!([]))]);
    assert_eq!(other.reply().content, "At nine.");
    // And an empty object is an argument.
    let end = call("a", "{}");
    let events =
        [at(0, added(&call("a", ""))), at(0, arguments("a", "{\"n\":1}")), at(0, done(&end))];
    let record = record(&[events.as_slice(), &[completed(&json!([]))]].concat());
    assert_eq!(calls(&record), [("a".to_owned(), "{}".to_owned())]);
}

#[test]
fn what_the_terminal_event_lacks_of_the_stream_stays_at_its_place() {
    let reasoning = json!({"type": "reasoning", "id": "rs_1", "summary": [
        {"type": "summary_text", "text": "Ferry times."}]});
    let items =
        [reasoning, message("Let me look."), call("a", "{\"n\":1}"), call("b", "{\"n\":2}")];
    let events: Vec<Value> =
        items.iter().enumerate().map(|(index, item)| at(index, done(item))).collect();
    let expected = whole(&[events.clone(), vec![completed(&json!(items))]].concat());
    for kept in 0..1_u8 << items.len() {
        let output: Vec<&Value> =
            items.iter().enumerate().filter(|(n, _)| kept >> n & 1 == 1).map(|(_, i)| i).collect();
        let record = whole(&[events.clone(), vec![completed(&json!(output))]].concat());
        let (found, expected) = (record.reply(), expected.reply());
        assert_eq!((&found.content, &found.reasoning), (&expected.content, &expected.reasoning));
        let ids = |reply: &ek_core::LlmResponse| -> Vec<String> {
            reply.tool_calls.iter().map(|call| call.id.clone()).collect()
        };
        assert_eq!(ids(found), ids(expected), "{output:?}");
        assert_eq!(found.finish_reason, expected.finish_reason);
    }
}

#[test]
fn a_call_that_is_cut_and_that_the_terminal_event_lacks_is_no_call() {
    let item = call("a", "");
    let end = json!({"type": "response.incomplete", "response": {"status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"}, "output": [message("Let me look.")]}});
    let events = [
        at(0, done(&message("Let me look."))),
        at(1, added(&item)),
        at(1, arguments("a", "{\"n\":")),
        end,
    ];
    assert!(record(&events).reply().tool_calls.is_empty());
}

#[test]
fn an_output_with_ids_of_its_own_adds_nothing() {
    let renamed = |id: &str| {
        let mut item = message("At nine.");
        item["id"] = id.into();
        item
    };
    let mut other_call = call("z", "{\"n\":1}");
    other_call["id"] = "fc_9".into();
    let record = record(&[
        at(0, done(&renamed("x"))),
        at(1, done(&call("a", "{\"n\":1}"))),
        completed(&json!([renamed("y"), other_call])),
    ]);
    assert_eq!(record.reply().content, "At nine.");
    assert_eq!(calls(&record), [("z".to_owned(), "{\"n\":1}".to_owned())]);
}

#[test]
fn the_end_of_a_text_whose_deltas_were_numbered_through_is_no_second_text() {
    let numbered = |number: usize, delta: &str| {
        let mut event = at(0, text(delta));
        event["content_index"] = number.into();
        event
    };
    let end = |number: usize, text: &str| {
        at(0, json!({"type": "response.output_text.done", "content_index": number, "text": text}))
    };
    for number in [1, 3, 4] {
        let events =
            [numbered(1, "At "), numbered(2, "ni"), numbered(3, "ne."), end(number, "At nine.")];
        let record = whole(&[events.as_slice(), &[completed(&json!([]))]].concat());
        assert_eq!(record.reply().content, "At nine.", "{number}");
    }
    // Two parts that say the same are two.
    let record = whole(&[numbered(0, "ho"), end(0, "ho"), end(1, "ho"), completed(&json!([]))]);
    assert_eq!(record.reply().content, "hoho");
}

#[test]
fn annotations_that_came_as_events_stand_in_a_text_that_has_no_end() {
    let annotation = |n: usize| {
        at(
            0,
            json!({"type": "response.output_text.annotation.added", "content_index": 0,
            "annotation": {"type": "url_citation", "url": format!("https://ferry.example/{n}")}}),
        )
    };
    let record =
        whole(&[at(0, text("At nine.")), annotation(1), annotation(2), completed(&json!([]))]);
    let native = record.reply().native.as_ref().expect("a turn");
    let items: Value = serde_json::from_str(native.json()).expect("JSON");
    let urls = &items[0]["content"][0]["annotations"];
    assert_eq!(urls[0]["url"], "https://ferry.example/1");
    assert_eq!(urls.as_array().map(Vec::len), Some(2));
}

#[test]
fn another_word_for_the_end_counts_if_its_response_has_ended() {
    let end = |word: &str, status: Value| json!({"type": format!("response.{word}"), "response": {"status": status, "output": []}});
    for (word, status, is_end) in [
        ("done", json!("completed"), true),
        ("done", json!("incomplete"), true),
        ("cancelled", json!("cancelled"), true),
        ("canceled", json!("cancelled"), true),
        ("done", json!("in_progress"), false),
        ("done", json!(null), false),
        ("metadata", json!("completed"), false),
    ] {
        let record = record(&[at(0, text("At nine.")), end(word, status.clone())]);
        assert_eq!(matches!(record.end, End::Done(_)), is_end, "{word} {status}");
    }
    let failed = json!({"type": "response.done", "response": {"status": "failed",
        "error": {"code": "server_error", "message": "kiln"}}});
    assert!(matches!(&record(&[failed]).end, End::Failed(fault, _) if fault.contains("kiln")));
}
