//! What holds for any bytes, any cut and any blocks: the same events however the bytes come, one end, and
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
use crate::protocol::anthropic::Anthropic;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

static CASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cases = cases("protocols", "anthropic-");
    assert!(cases.len() >= 49, "only {} cases", cases.len());
    cases
});

/// A block as a whole reply has it.
fn block() -> impl Strategy<Value = Value> {
    let text = || "(?s:.|[\"\\\\\\n 😀é]){0,24}";
    let id = || "[a-z]{1,8}";
    prop_oneof![
        text().prop_map(|text| json!({"type": "text", "text": text})),
        (text(), text()).prop_map(|(text, cited)| {
            json!({"citations": [{"type": "char_location", "cited_text": cited}], "type": "text", "text": text})
        }),
        (text(), text()).prop_map(|(thinking, signature)| {
            json!({"type": "thinking", "thinking": thinking, "signature": signature})
        }),
        text().prop_map(|data| json!({"type": "redacted_thinking", "data": data})),
        (id(), text()).prop_map(|(id, text)| {
            json!({"type": "tool_use", "id": format!("toolu_{id}"), "name": "tide", "input": {"port": text}})
        }),
        id().prop_map(|id| {
            json!({"type": "tool_use", "id": format!("toolu_{id}"), "name": "now", "input": {}, "caller": {"type": "direct"}})
        }),
        text().prop_map(|text| {
            json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"q": text}})
        }),
        text().prop_map(|text| json!({"type": "something_new", "inner": [text, 1e2]})),
    ]
}

/// Blocks whose calls have ids of their own.
fn blocks() -> impl Strategy<Value = Vec<Value>> {
    vec(block(), 0..7).prop_map(|mut blocks| {
        for (at, block) in blocks.iter_mut().enumerate() {
            if block["type"] == "tool_use" {
                block["id"] = format!("toolu_{at}").into();
            }
        }
        blocks
    })
}

fn whole(blocks: &[Value]) -> LlmResponse {
    let body = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": blocks,
        "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 5},
    });
    let body = Bytes::from(body.to_string());
    let mut reply = read_whole(&Anthropic, body, OPTIONS, 1 << 20).expect("a reply");
    reply.raw = ek_core::RawBody::default();
    *reply
}

/// The same blocks as a stream.
fn streamed(blocks: &[Value], cuts: &[Index]) -> Vec<u8> {
    let mut stream = String::new();
    let mut event = |data: Value| stream.push_str(&format!("data: {data}\n\n"));
    event(json!({"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "model": "m", "content": [],
        "usage": {"input_tokens": 3, "output_tokens": 1},
    }}));
    for (index, block) in blocks.iter().enumerate() {
        let mut start = block.clone();
        let mut deltas = Vec::new();
        let mut take = |key: &str, empty: Value, kind: &str, delta_key: &str| {
            let Some(value) = start.get_mut(key).map(|value| std::mem::replace(value, empty))
            else {
                return;
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            for piece in cut_text(&text, cuts) {
                deltas.push(json!({"type": kind, delta_key: piece}));
            }
        };
        match block["type"].as_str() {
            Some("text") => {
                take("text", "".into(), "text_delta", "text");
                if let Some(Value::Array(citations)) =
                    start.as_object_mut().and_then(|o| o.remove("citations"))
                {
                    deltas.extend(
                        citations.into_iter().map(
                            |citation| json!({"type": "citations_delta", "citation": citation}),
                        ),
                    );
                }
            }
            Some("thinking") => {
                take("thinking", "".into(), "thinking_delta", "thinking");
                let signature = start["signature"].take();
                start["signature"] = "".into();
                deltas.push(json!({"type": "signature_delta", "signature": signature}));
            }
            Some("tool_use" | "server_tool_use") => {
                take("input", json!({}), "input_json_delta", "partial_json");
            }
            _ => {}
        }
        event(json!({"type": "content_block_start", "index": index, "content_block": start}));
        for delta in deltas {
            event(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        event(json!({"type": "content_block_stop", "index": index}));
    }
    event(
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
    );
    event(json!({"type": "message_stop"}));
    stream.into_bytes()
}

/// What goes back: the blocks without blank texts.
fn expected(blocks: &[Value]) -> Vec<Value> {
    let is_blank = |block: &&Value| block["text"].as_str().is_some_and(|t| t.trim().is_empty());
    blocks.iter().filter(|block| !is_blank(block)).cloned().collect()
}

fn native(reply: &LlmResponse) -> Option<Vec<Value>> {
    let native = reply.native.as_ref()?;
    assert_eq!(*native.protocol(), ProtocolName::AnthropicMessages);
    assert!(native.says(&reply.content, &reply.tool_calls));
    Some(serde_json::from_str(native.json()).expect("a list"))
}

any_cut_properties!(Anthropic, Just(OPTIONS), CASES, 600);

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn the_pieces_are_the_reply(body in damaged(&CASES), cuts in cuts()) {
        Record::of(&Anthropic, cut(&body, &cuts), OPTIONS, CAPS)
            .assert_pieces_are_the_reply();
    }

    #[test]
    fn what_goes_back_is_the_blocks_that_came_streamed_or_not(
        blocks in blocks(), deltas in vec(any::<Index>(), 0..4), cuts in cuts(),
    ) {
        let whole = whole(&blocks);
        let stream = streamed(&blocks, &deltas);
        let record = Record::of(&Anthropic, cut(&stream, &cuts), OPTIONS, CAPS);
        prop_assert!(matches!(record.end, End::Done(_)), "{:?}", record.end);
        let streamed = record.reply();
        if let Some(native) = native(&whole) {
            prop_assert_eq!(native, expected(&blocks));
        }
        prop_assert_eq!(native(streamed), native(&whole));
        // The JSON of the turn may differ in the order of keys; all else is the same.
        let (mut streamed, mut whole) = (streamed.clone(), whole);
        (streamed.native, whole.native) = (None, None);
        prop_assert_eq!(streamed, whole);
    }

    #[test]
    fn a_plain_turn_is_told_by_its_flat_fields_alone(text in "[a-z]{1,9}", calls in 0..3_usize) {
        let mut blocks = vec![json!({"type": "text", "text": text})];
        blocks.extend((0..calls).map(|at| {
            json!({"type": "tool_use", "id": format!("toolu_{at}"), "name": "now", "input": {}})
        }));
        prop_assert_eq!(whole(&blocks).native, None);
    }
}

#[test]
fn every_case_byte_by_byte_gives_what_the_whole_gives() {
    for body in CASES.iter() {
        let whole = Record::of(&Anthropic, [body.as_slice()], OPTIONS, CAPS);
        assert_eq!(Record::of(&Anthropic, body.chunks(1), OPTIONS, CAPS), whole);
    }
}

#[test]
fn a_reply_within_any_cap_keeps_no_more_than_it() {
    let delta = r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"kiln"}}"#;
    let stop = "data: {\"type\":\"message_stop\"}\n\n";
    let stream = format!("{}{stop}", format!("{delta}\n\n").repeat(100));
    for (document, is_whole) in [(500, false), (10_000, true)] {
        let caps = Caps { event: 1 << 20, document };
        let record = Record::of(&Anthropic, [stream.as_bytes()], OPTIONS, caps);
        assert_eq!(matches!(record.end, End::Done(_)), is_whole, "{:?}", record.end);
        assert!(record.text.len() <= document);
    }
}

#[test]
fn no_more_than_4096_blocks_are_kept() {
    let open = |index: usize| {
        let block = json!({"type": "text"});
        let json = json!({"type": "content_block_start", "index": index, "content_block": block});
        format!("data: {json}\n\n")
    };
    let stream: String = (0..4097).map(open).collect();
    let record = Record::of(&Anthropic, [stream.as_bytes()], OPTIONS, CAPS);
    assert!(matches!(&record.end, End::Failed(fault, _) if fault.contains("4096 blocks")));
}
