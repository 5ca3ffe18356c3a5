//! What holds for any bytes and any cut: the same events however the bytes come, and one end.

use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::think::{Part, ThinkSplitter};
use crate::call::record::{End, Record, events};
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::chat_completions::reply::split_think;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

/// The bodies of every dialect case of a stream.
pub(crate) static CASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/dialects");
    let mut cases = Vec::new();
    for entry in folder.read_dir().expect("the cases") {
        let path = entry.expect("a case").path();
        let case: Value =
            serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("JSON");
        if case["kind"] == "stream" {
            let decoded =
                case["body_b64"].as_str().map(|body| STANDARD.decode(body).expect("base64"));
            let text = case["body"].as_str().map(|body| body.as_bytes().to_vec());
            cases.push(decoded.or(text).expect("a body"));
        }
    }
    assert!(cases.len() >= 79, "only {} cases", cases.len());
    cases
});

/// The bytes in pieces that end at these places, empty pieces among them.
pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

pub(crate) fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..40)
}

fn options() -> impl Strategy<Value = ReadOptions> {
    let flags = any::<(bool, bool)>();
    flags.prop_map(|(one_choice, split_think_tags)| ReadOptions { one_choice, split_think_tags })
}

fn caps() -> impl Strategy<Value = Caps> {
    let cap = || select(vec![1, 40, 200, 400, 1 << 20]);
    (cap(), cap()).prop_map(|(event, document)| Caps { event, document })
}

/// The body of a case, damaged in a few places.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\"",
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"null",
        b"data: ",
        b"data: [DONE]\n\n",
        b"event: error\n",
        b"error: ",
        b": ping\n\n",
        b"\\ud83d",
        b"1e999",
        b"NaN",
        b"<think>",
        b"</think>",
        b"<html>",
    ];
    let edit = (any::<Index>(), 0..60_usize, select(PIECES));
    (any::<Index>(), vec(edit, 1..6)).prop_map(|(case, edits)| {
        let mut bytes = case.get(&CASES).clone();
        for (at, removed, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = bytes.len().min(start + removed);
            bytes.splice(start..end, piece.iter().copied());
        }
        bytes
    })
}

/// Bytes that look like a stream now and then.
fn arbitrary() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        vec(any::<u8>(), 0..80),
        "(data|event|id|retry|error|foo|)(:| :|: )[ -~]{0,60}".prop_map(String::into_bytes),
        r#"data: \{"choices":\[\{"(delta|message)":\{"content":"[a-z <>/]{0,20}"\}\}\]\}"#
            .prop_map(String::into_bytes),
    ];
    let ending = select(vec!["\n", "\n\n", "\r", "\r\n", "\r\n\r\n", ""]);
    vec((line, ending), 0..20).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, ending)| [line, ending.into()].concat()).collect()
    })
}

/// Calls in an order of their own; no arguments and an empty object are the same, and a call without
/// either and without a name is none.
fn sorted<'a>(calls: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let none = |arguments: &str| matches!(arguments.trim(), "" | "null");
    let settled = |(name, arguments)| (name, if none(arguments) { "{}" } else { arguments });
    let mut calls: Vec<_> = calls.map(settled).filter(|call| *call != ("", "{}")).collect();
    calls.sort_unstable();
    calls
}

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_cut_of_a_case_gives_what_the_whole_gives(
        case in any::<Index>(), cuts in cuts(), options in options(), caps in caps(),
    ) {
        let body = case.get(&CASES);
        let whole = Record::of(&ChatCompletions, [body.as_slice()], options, caps);
        prop_assert_eq!(Record::of(&ChatCompletions, cut(body, &cuts), options, caps), whole);
    }

    #[test]
    fn any_cut_of_a_damaged_case_gives_what_the_whole_gives(
        body in damaged(), cuts in cuts(), options in options(), caps in caps(),
    ) {
        let whole = Record::of(&ChatCompletions, [body.as_slice()], options, caps);
        prop_assert_eq!(Record::of(&ChatCompletions, cut(&body, &cuts), options, caps), whole);
    }

    #[test]
    fn any_cut_of_any_bytes_gives_what_the_whole_gives(
        body in arbitrary(), cuts in cuts(), options in options(), caps in caps(),
    ) {
        let whole = Record::of(&ChatCompletions, [body.as_slice()], options, caps);
        prop_assert_eq!(Record::of(&ChatCompletions, cut(&body, &cuts), options, caps), whole);
    }

    #[test]
    fn any_cut_gives_the_decoder_the_same_events(
        body in arbitrary(), cuts in cuts(), cap in select(vec![0, 3, 20, 1000]),
    ) {
        let (found, too_large) = events(cut(&body, &cuts), cap);
        prop_assert!(found.iter().all(|(data, _)| (1..=cap).contains(&data.len())));
        prop_assert_eq!((found, too_large), events([body.as_slice()], cap));
    }

    #[test]
    fn the_pieces_are_the_reply(body in damaged(), cuts in cuts()) {
        let record = Record::of(&ChatCompletions, cut(&body, &cuts), OPTIONS, CAPS);
        let reply = record.reply();
        prop_assert_eq!(&record.text, &reply.content);
        prop_assert_eq!(&record.reasoning, reply.reasoning.as_deref().unwrap_or_default());
        prop_assert_eq!(&record.refusal, reply.refusal.as_deref().unwrap_or_default());
        if matches!(record.end, End::Done(_)) {
            prop_assert_eq!(record.calls, reply.tool_calls.len());
            prop_assert_eq!(record.usage.unwrap_or_default(), reply.usage);
        }
        if matches!(record.end, End::Done(_)) && !record.deltas.is_empty() {
            let shown = record.deltas.values();
            let shown = shown.map(|(_, name, arguments)| (name.as_deref().unwrap_or(""), &**arguments));
            let calls = reply.tool_calls.iter();
            let calls = calls.map(|call| (call.name.as_str(), call.arguments.as_str()));
            prop_assert_eq!(sorted(shown), sorted(calls));
        }
        let mut ids: Vec<&str> = reply.tool_calls.iter().map(|call| call.id.as_str()).collect();
        ids.retain(|id| *id != "<generated>");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), all, "ids are unique");
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn think_tags_split_in_pieces_as_in_the_whole(
        words in vec(select(WORDS), 0..12), cuts in vec(any::<Index>(), 0..12),
    ) {
        let text = words.concat();
        let (mut reasoning, mut content) = (String::new(), String::new());
        let mut splitter = ThinkSplitter::new();
        let mut out = |part, piece: &str| match part {
            Part::Reasoning => reasoning.push_str(piece),
            Part::Text => content.push_str(piece),
        };
        for piece in cut(text.as_bytes(), &cuts) {
            let piece = std::str::from_utf8(piece).expect("only ASCII");
            match splitter.part_of(piece) {
                Some(part) => out(part, piece),
                None => splitter.feed(piece, &mut out),
            }
        }
        splitter.flush(&mut out);
        let opened = text.trim_start().starts_with("<think>");
        let whole = split_think(&text).filter(|_| opened).unwrap_or((None, text));
        prop_assert_eq!((reasoning, content), (whole.0.unwrap_or_default(), whole.1));
    }
}

/// What makes a difference between the tags.
const WORDS: &[&str] = &[
    "<think>", "</think>", " ", "\n", "a", "So.", "<", "</", "<thi", "nk>", "/think>", ">", "\t ",
];

#[test]
fn every_case_byte_by_byte_gives_what_the_whole_gives() {
    for body in CASES.iter() {
        let whole = Record::of(&ChatCompletions, [body.as_slice()], OPTIONS, CAPS);
        assert_eq!(Record::of(&ChatCompletions, body.chunks(1), OPTIONS, CAPS), whole);
    }
}
