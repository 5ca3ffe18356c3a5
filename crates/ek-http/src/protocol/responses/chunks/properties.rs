//! What holds for any bytes, any cut and any items: the same events however the bytes come, one end, and
//! a turn that goes back as it came, streamed or not.

use std::sync::LazyLock;

use bytes::Bytes;
use ek_core::{LlmResponse, ProtocolName};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::call::reader::read_whole;
use crate::call::record::{End, Record};
use crate::call::streams_for_tests::{
    any_cut_properties, cases, config, cut, cut_text, cuts, damaged,
};
use crate::protocol::responses::Responses;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 22, document: 1 << 22 };

static CASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cases = cases("protocols", "responses-");
    assert!(cases.len() >= 48, "only {} cases", cases.len());
    cases
});

/// An item as a whole reply has it.
fn item() -> impl Strategy<Value = Value> {
    let text = || "(?s:.|[\"\\\\\\n 😀é]){0,24}";
    let parts = || vec(text(), 0..3);
    let listed = |kind: &'static str, key: &'static str, texts: Vec<String>| -> Value {
        texts.into_iter().map(|text| json!({"type": kind, key: text})).collect()
    };
    prop_oneof![
        (parts(), prop_oneof![Just("final_answer"), Just("commentary")]).prop_map(
            move |(texts, phase)| {
                json!({"type": "message", "role": "assistant", "phase": phase,
                    "content": listed("output_text", "text", texts)})
            }
        ),
        parts().prop_map(move |texts| {
            json!({"type": "message", "role": "assistant",
                "content": listed("refusal", "refusal", texts)})
        }),
        (parts(), text()).prop_map(move |(texts, sealed)| {
            json!({"type": "reasoning", "summary": listed("summary_text", "text", texts),
                "encrypted_content": format!("g{sealed}")})
        }),
        parts().prop_map(move |texts| {
            json!({"type": "reasoning", "summary": [],
                "content": listed("reasoning_text", "text", texts)})
        }),
        text().prop_map(|text| {
            json!({"type": "function_call", "name": "tide",
                "arguments": json!({"port": text}).to_string()})
        }),
        text().prop_map(|text| json!({"type": "custom_tool_call", "name": "sql", "input": text})),
        text().prop_map(|text| json!({"type": "mood_report", "inner": [text, 1e2]})),
    ]
}

/// Items with ids of their own.
fn items() -> impl Strategy<Value = Vec<Value>> {
    vec(item(), 0..7).prop_map(|mut items| {
        for (at, item) in items.iter_mut().enumerate() {
            item["id"] = format!("item_{at}").into();
            if item.get("name").is_some() {
                item["call_id"] = format!("call_{at}").into();
            }
        }
        items
    })
}

fn response(output: &[Value], is_stored: bool) -> Value {
    json!({
        "id": "resp_1", "object": "response", "model": "m", "status": "completed",
        "output": output, "store": is_stored, "usage": {"input_tokens": 3, "output_tokens": 5},
    })
}

fn whole(items: &[Value], is_stored: bool) -> LlmResponse {
    let body = Bytes::from(response(items, is_stored).to_string());
    let mut reply = read_whole(&Responses, body, OPTIONS, 1 << 20).expect("a reply");
    reply.raw = ek_core::RawBody::default();
    *reply
}

/// How much a server sends of its items.
#[derive(Debug, Clone, Copy)]
enum Sent {
    /// All of it, and once more in the terminal event.
    All,
    /// No output in the terminal event.
    NoOutput,
    /// No end of an item either: deltas alone.
    DeltasAlone,
}

/// The same items as a stream.
fn streamed(items: &[Value], is_stored: bool, sent: Sent, cuts: &[Index]) -> Vec<u8> {
    let mut stream = String::new();
    let mut event = |data: Value| stream.push_str(&format!("data: {data}\n\n"));
    event(json!({"type": "response.created", "response": response(&[], is_stored)}));
    for (index, item) in items.iter().enumerate() {
        let mut start = item.clone();
        let mut deltas = Vec::new();
        for (key, number) in [("content", "content_index"), ("summary", "summary_index")] {
            let Some(Value::Array(parts)) = start.get_mut(key).map(Value::take) else { continue };
            start[key] = json!([]);
            for (at, part) in parts.iter().enumerate() {
                let (kind, text) = match part["type"].as_str() {
                    Some("output_text") => ("output_text", &part["text"]),
                    Some("refusal") => ("refusal", &part["refusal"]),
                    Some("summary_text") => ("reasoning_summary_text", &part["text"]),
                    _ => ("reasoning_text", &part["text"]),
                };
                for piece in cut_text(text.as_str().expect("a text"), cuts) {
                    deltas.push((kind, json!({number: at, "delta": piece})));
                }
                let done = if key == "summary" { "reasoning_summary_part" } else { "content_part" };
                deltas.push((done, json!({number: at, "part": part})));
            }
        }
        for (key, kind) in
            [("arguments", "function_call_arguments"), ("input", "custom_tool_call_input")]
        {
            let Some(text) = start.get_mut(key).map(Value::take) else { continue };
            start[key] = "".into();
            for piece in cut_text(text.as_str().expect("a text"), cuts) {
                deltas.push((kind, json!({"delta": piece})));
            }
        }
        event(json!({"type": "response.output_item.added", "output_index": index, "item": start}));
        for (kind, mut delta) in deltas {
            let end = if delta.get("part").is_some() { "done" } else { "delta" };
            delta["type"] = format!("response.{kind}.{end}").into();
            delta["output_index"] = index.into();
            event(delta);
        }
        if !matches!(sent, Sent::DeltasAlone) {
            event(
                json!({"type": "response.output_item.done", "output_index": index, "item": item}),
            );
        }
    }
    let output = if matches!(sent, Sent::All) { items } else { &[] };
    event(json!({"type": "response.completed", "response": response(output, is_stored)}));
    stream.into_bytes()
}

/// What goes back of these items.
fn expected(items: &[Value], is_stored: bool) -> Vec<Value> {
    let mut kept: Vec<Value> = items.to_vec();
    let is_reasoning = |item: &Value| item["type"] == "reasoning";
    if !is_stored {
        let holds = |item: &Value| {
            let text = |part: &Value| part["text"].as_str().is_some_and(|text| !text.is_empty());
            item.get("encrypted_content").is_some()
                || item["content"].as_array().is_some_and(|parts| parts.iter().any(text))
        };
        kept.retain(|item| !is_reasoning(item) || holds(item));
        for item in &mut kept {
            item.as_object_mut().expect("an object").remove("id");
        }
    }
    while kept.last().is_some_and(is_reasoning) {
        kept.pop();
    }
    kept
}

fn native(reply: &LlmResponse) -> Vec<Value> {
    let Some(native) = &reply.native else { return Vec::new() };
    assert_eq!(*native.protocol(), ProtocolName::OpenAiResponses);
    assert!(native.says(&reply.content, &reply.tool_calls));
    serde_json::from_str(native.json()).expect("a list")
}

any_cut_properties!(Responses, Just(OPTIONS), CASES, 400);

proptest! {
    #![proptest_config(config(400))]

    /// The last event holds the whole reply once more, and what it says counts.
    #[test]
    fn the_pieces_are_what_came_of_a_reply_that_has_no_end(
        body in damaged(&CASES), cuts in cuts(),
    ) {
        let record = Record::of(&Responses, cut(&body, &cuts), OPTIONS, CAPS);
        if !matches!(record.end, End::Done(_)) {
            record.assert_texts_are_the_reply();
        }
    }

    #[test]
    fn what_goes_back_is_the_items_that_came_streamed_or_not(
        items in items(), is_stored in any::<bool>(), deltas in vec(any::<Index>(), 0..4),
        cuts in cuts(),
        sent in prop_oneof![Just(Sent::All), Just(Sent::NoOutput), Just(Sent::DeltasAlone)],
    ) {
        let whole = whole(&items, is_stored);
        prop_assert_eq!(native(&whole), expected(&items, is_stored));
        let stream = streamed(&items, is_stored, sent, &deltas);
        let record = Record::of(&Responses, cut(&stream, &cuts), OPTIONS, CAPS);
        prop_assert!(matches!(record.end, End::Done(_)), "{:?}", record.end);
        let reply = record.reply();
        prop_assert_eq!(native(reply), native(&whole));
        record.assert_pieces_are_the_reply();
        prop_assert_eq!(record.deltas.len(), reply.tool_calls.len());
        for (call, (id, name, shown)) in reply.tool_calls.iter().zip(record.deltas.values()) {
            prop_assert_eq!(id.as_ref(), Some(&call.id));
            prop_assert_eq!(name.as_ref(), Some(&call.name));
            prop_assert_eq!(shown.as_str(), call.arguments.as_str());
        }
        // The JSON of the turn may differ in the order of keys; all else is the same.
        let (mut streamed, mut whole) = (reply.clone(), whole);
        (streamed.native, whole.native) = (None, None);
        prop_assert_eq!(streamed, whole);
    }
}

#[test]
fn every_case_byte_by_byte_gives_what_the_whole_gives() {
    for body in CASES.iter().filter(|body| body.len() < 1 << 16) {
        let whole = Record::of(&Responses, [body.as_slice()], OPTIONS, CAPS);
        assert_eq!(Record::of(&Responses, body.chunks(1), OPTIONS, CAPS), whole);
    }
}

#[test]
fn a_reply_within_any_cap_keeps_no_more_than_it() {
    let delta = r#"data: {"type":"response.output_text.delta","output_index":0,"delta":"kiln"}"#;
    let end = "data: {\"type\":\"response.completed\"}\n\n";
    let stream = format!("{}{end}", format!("{delta}\n\n").repeat(100));
    for (document, is_whole) in [(500, false), (2_000, true)] {
        let caps = Caps { event: 1 << 20, document };
        let record = Record::of(&Responses, [stream.as_bytes()], OPTIONS, caps);
        assert_eq!(matches!(record.end, End::Done(_)), is_whole, "{:?}", record.end);
        assert!(record.text.len() <= document);
    }
}

#[test]
fn no_more_than_4096_items_are_kept_and_no_more_texts_told_apart() {
    let item = |index: usize| {
        format!(
            "data: {{\"type\":\"response.output_item.added\",\"output_index\":{index},\"item\":{{}}}}\n\n"
        )
    };
    let items: String = (0..4097).map(item).collect();
    let record = Record::of(&Responses, [items.as_bytes()], OPTIONS, CAPS);
    assert!(matches!(&record.end, End::Failed(fault, _) if fault.contains("4096 items")));
    // Some servers give each delta a number of its own.
    let text = |index: usize| {
        format!(
            "data: {{\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":{index},\"delta\":\"{}\"}}\n\n",
            index % 10
        )
    };
    let end = "data: {\"type\":\"response.completed\",\"response\":{\"output\":[]}}\n\n";
    let stream: String = (0..6000).map(text).chain([end.to_owned()]).collect();
    let record = Record::of(&Responses, [stream.as_bytes()], OPTIONS, CAPS);
    let expected = "0123456789".repeat(600);
    assert_eq!(record.reply().content, expected);
    assert_eq!(native(record.reply())[0]["content"].as_array().map(Vec::len), Some(4096));
}
