//! What holds for any bytes, any cut and any parts: the same events however the bytes come, one end, and
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
use crate::protocol::gemini::Gemini;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

static CASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cases = cases("protocols", "gemini-");
    assert!(cases.len() >= 36, "only {} cases", cases.len());
    cases
});

/// A part as a whole reply has it.
fn part() -> impl Strategy<Value = Value> {
    let text = || "(?s:.|[\"\\\\\\n 😀é]){0,24}";
    let call = |text: &str| json!({"name": "tide", "args": {"port": text, "n": 1.5}});
    prop_oneof![
        text().prop_map(|text| json!({"text": text})),
        text().prop_map(|text| json!({"text": text, "thought": true})),
        (text(), any::<bool>()).prop_map(|(text, thought)| match thought {
            true => json!({"text": text, "thought": true, "thoughtSignature": "c2ln"}),
            false => json!({"text": text, "thoughtSignature": "c2ln"}),
        }),
        text().prop_map(move |text| json!({"functionCall": call(&text)})),
        text().prop_map(move |text| {
            json!({"functionCall": call(&text), "thoughtSignature": "c2ln"})
        }),
        Just(json!({"functionCall": {"name": "now"}})),
        text().prop_map(|code| json!({"executableCode": {"code": code, "language": "PYTHON"}})),
        text().prop_map(|text| json!({"somethingNew": {"text": text, "n": [1e2]}})),
    ]
}

/// Parts whose calls have ids, so that two readings can be compared.
fn parts() -> impl Strategy<Value = Vec<Value>> {
    vec(part(), 0..7).prop_map(|mut parts| {
        for (at, part) in parts.iter_mut().enumerate() {
            if let Some(call) = part.get_mut("functionCall") {
                call["id"] = format!("k{at}").into();
            }
        }
        parts
    })
}

fn answer(parts: &[Value], finish: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"parts": parts, "role": "model"}, "index": 0});
    if let Some(word) = finish {
        candidate["finishReason"] = word.into();
    }
    json!({"candidates": [candidate], "responseId": "r", "modelVersion": "m",
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5}})
}

fn whole(parts: &[Value]) -> LlmResponse {
    let body = Bytes::from(answer(parts, Some("STOP")).to_string());
    let mut reply = read_whole(&Gemini, body, OPTIONS, 1 << 20).expect("a reply");
    reply.raw = ek_core::RawBody::default();
    *reply
}

/// The pieces in which a call comes.
fn call_pieces(part: &Value, cuts: &[Index]) -> Vec<Value> {
    let mut first = part.clone();
    let call = first["functionCall"].as_object_mut().expect("a call");
    let args = call.remove("args");
    call.insert("willContinue".into(), true.into());
    let mut found = vec![first];
    let mut piece = |path: &str, key: &str, value: Value| {
        let piece = json!([{"jsonPath": path, key: value, "willContinue": true}]);
        found.push(json!({"functionCall": {"partialArgs": piece, "willContinue": true}}));
    };
    if let Some(args) = args {
        piece("$.n", "numberValue", args["n"].clone());
        for text in cut_text(args["port"].as_str().expect("a text"), cuts) {
            piece("$.port", "stringValue", text.into());
        }
    }
    found.push(json!({"functionCall": {}}));
    found
}

/// The same parts as a stream.
fn streamed(parts: &[Value], cuts: &[Index], calls_in_pieces: bool) -> Vec<u8> {
    let mut stream = String::new();
    let mut event = |data: Value| stream.push_str(&format!("data: {data}\n\n"));
    for part in parts {
        let is_plain = part.get("text").is_some() && part.get("thoughtSignature").is_none();
        if is_plain {
            for piece in cut_text(part["text"].as_str().expect("a text"), cuts) {
                let mut part = part.clone();
                part["text"] = piece.into();
                event(answer(&[part], None));
            }
        } else if calls_in_pieces && part.get("functionCall").is_some() {
            for part in call_pieces(part, cuts) {
                event(answer(&[part], None));
            }
        } else {
            event(answer(std::slice::from_ref(part), None));
        }
    }
    event(answer(&[], Some("STOP")));
    stream.into_bytes()
}

/// What goes back: plain texts joined, empty ones left out.
fn expected(parts: &[Value]) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    let is_plain =
        |part: &Value| part.get("text").is_some() && part.get("thoughtSignature").is_none();
    for part in parts {
        let last = joined.last_mut().filter(|last| {
            is_plain(last) && is_plain(part) && last.get("thought") == part.get("thought")
        });
        match (last, part["text"].as_str()) {
            (_, Some("")) if is_plain(part) => {}
            (Some(last), Some(text)) => {
                last["text"] = [last["text"].as_str().unwrap_or_default(), text].concat().into();
            }
            _ => joined.push(part.clone()),
        }
    }
    joined
}

fn native(reply: &LlmResponse) -> Option<Value> {
    let native = reply.native.as_ref()?;
    assert_eq!(*native.protocol(), ProtocolName::GeminiGenerateContent);
    assert!(native.says(&reply.content, &reply.tool_calls));
    let candidate: Value = serde_json::from_str(native.json()).expect("a candidate");
    Some(candidate["content"]["parts"].clone())
}

any_cut_properties!(Gemini, Just(OPTIONS), CASES, 600);

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn the_pieces_are_the_reply(body in damaged(&CASES), cuts in cuts()) {
        Record::of(&Gemini, cut(&body, &cuts), OPTIONS, CAPS)
            .assert_pieces_are_the_reply();
    }

    #[test]
    fn what_goes_back_is_the_parts_that_came_streamed_or_not(
        parts in parts(), texts in vec(any::<Index>(), 0..4), cuts in cuts(), in_pieces: bool,
    ) {
        let whole = whole(&parts);
        let stream = streamed(&parts, &texts, in_pieces);
        let record = Record::of(&Gemini, cut(&stream, &cuts), OPTIONS, CAPS);
        prop_assert!(matches!(record.end, End::Done(_)), "{:?}", record.end);
        let streamed = record.reply();
        match native(&whole) {
            Some(native) => prop_assert_eq!(native, Value::from(expected(&parts))),
            None => prop_assert!(expected(&parts).len() <= 1),
        }
        prop_assert_eq!(&streamed.content, &whole.content);
        prop_assert_eq!(&streamed.reasoning, &whole.reasoning);
        prop_assert_eq!(streamed.tool_calls.len(), whole.tool_calls.len());
        for (one, other) in streamed.tool_calls.iter().zip(&whole.tool_calls) {
            prop_assert_eq!((&one.id, &one.name), (&other.id, &other.name));
            prop_assert_eq!(one.arguments.object(), other.arguments.object());
        }
        prop_assert_eq!(native(streamed), native(&whole));
        prop_assert_eq!(streamed.usage, whole.usage);
        prop_assert_eq!(&streamed.finish_reason, &whole.finish_reason);
    }

    #[test]
    fn a_turn_of_one_plain_text_is_told_by_its_text_alone(text in "[a-z]{0,9}") {
        prop_assert_eq!(whole(&[json!({"text": text}), json!({"text": "x"})]).native, None);
    }
}

#[test]
fn every_case_byte_by_byte_gives_what_the_whole_gives() {
    for body in CASES.iter() {
        let whole = Record::of(&Gemini, [body.as_slice()], OPTIONS, CAPS);
        assert_eq!(Record::of(&Gemini, body.chunks(1), OPTIONS, CAPS), whole);
    }
}

fn chunk(parts: &str) -> String {
    format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{parts}]}}}}]}}\n\n")
}

#[test]
fn a_reply_within_any_cap_keeps_no_more_than_it() {
    let stop = "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n";
    let stream = format!("{}{stop}", chunk(r#"{"text":"kiln"}"#).repeat(100));
    for (document, is_whole) in [(500, false), (10_000, true)] {
        let caps = Caps { event: 1 << 20, document };
        let record = Record::of(&Gemini, [stream.as_bytes()], OPTIONS, caps);
        assert_eq!(matches!(record.end, End::Done(_)), is_whole, "{:?}", record.end);
        assert!(record.text.len() <= document);
    }
}

#[test]
fn no_more_than_4096_parts_are_kept_but_any_number_of_pieces_of_a_text() {
    let signed = chunk(r#"{"text":"","thoughtSignature":"c2ln"}"#).repeat(4097);
    let record = Record::of(&Gemini, [signed.as_bytes()], OPTIONS, CAPS);
    assert!(matches!(&record.end, End::Failed(fault, _) if fault.contains("4096 parts")));
    let in_one = chunk(&["{\"text\":\"a\"}"; 4097].join(","));
    let record = Record::of(&Gemini, [in_one.as_bytes()], OPTIONS, CAPS);
    assert!(matches!(&record.end, End::Failed(fault, _) if fault.contains("4096 parts")));
    let plain = chunk(r#"{"text":"a"}"#).repeat(5000);
    let record = Record::of(&Gemini, [plain.as_bytes()], OPTIONS, CAPS);
    assert_eq!(record.reply().content.len(), 5000);
}
