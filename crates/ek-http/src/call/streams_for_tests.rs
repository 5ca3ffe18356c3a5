//! Streams for property tests: those of the cases, damaged ones, any bytes, and where they are cut.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use crate::protocol::Caps;

/// The bodies of the cases of streams in a folder of `tests` whose names begin so.
pub(crate) fn cases(folder: &str, prefix: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
    let mut cases = Vec::new();
    for entry in folder.read_dir().expect("the cases") {
        let path = entry.expect("a case").path();
        let case: Value =
            serde_json::from_slice(&std::fs::read(path).expect("a case")).expect("JSON");
        if case["kind"] == "stream" && case["name"].as_str().is_some_and(|n| n.starts_with(prefix))
        {
            let decoded =
                case["body_b64"].as_str().map(|body| STANDARD.decode(body).expect("base64"));
            let text = case["body"].as_str().map(|body| body.as_bytes().to_vec());
            cases.push(decoded.or(text).expect("a body"));
        }
    }
    cases
}

/// The bytes in pieces that end at these places, empty pieces among them.
pub(crate) fn cut<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// The text in pieces that are cut at characters.
pub(crate) fn cut_text(text: &str, cuts: &[Index]) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(characters.len() + 1)).collect();
    places.extend([0, characters.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| characters[pair[0]..pair[1]].iter().collect()).collect()
}

pub(crate) fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 0..40)
}

pub(crate) fn caps() -> impl Strategy<Value = Caps> {
    let cap = || select(vec![1, 40, 200, 400, 1 << 20]);
    (cap(), cap()).prop_map(|(event, document)| Caps { event, document })
}

/// The body of a case, damaged in a few places.
pub(crate) fn damaged(cases: &'static [Vec<u8>]) -> impl Strategy<Value = Vec<u8>> {
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
        b"data: {\"type\":\"message_stop\"}\n\n",
        b"<think>",
        b"</think>",
        b"<html>",
    ];
    let edit = (any::<Index>(), 0..60_usize, select(PIECES));
    (any::<Index>(), vec(edit, 1..6)).prop_map(|(case, edits)| {
        let mut bytes = case.get(cases).clone();
        for (at, removed, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = bytes.len().min(start + removed);
            bytes.splice(start..end, piece.iter().copied());
        }
        bytes
    })
}

/// Bytes that look like a stream now and then.
pub(crate) fn arbitrary() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        vec(any::<u8>(), 0..80),
        "(data|event|id|retry|error|foo|)(:| :|: )[ -~]{0,60}".prop_map(String::into_bytes),
        r#"data: \{"type":"content_block_(start|delta|stop)","index":[0-2],"(delta|content_block)":\{"type":"(text|thinking|tool_use|text_delta|thinking_delta|input_json_delta)","(text|thinking|partial_json)":"[a-z {}]{0,20}"\}\}"#
            .prop_map(String::into_bytes),
        r#"data: \{"choices":\[\{"(delta|message)":\{"content":"[a-z <>/]{0,20}"\}\}\]\}"#
            .prop_map(String::into_bytes),
    ];
    let ending = select(vec!["\n", "\n\n", "\r", "\r\n", "\r\n\r\n", ""]);
    vec((line, ending), 0..20).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, ending)| [line, ending.into()].concat()).collect()
    })
}

pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// The properties of every reader: the same outcome however the bytes are cut. `$cases` are bodies in a
/// `LazyLock`, `$options` a strategy, `$count` is how many inputs each property tries.
macro_rules! any_cut_properties {
    ($protocol:expr, $options:expr, $cases:expr, $count:expr) => {
        ::proptest::proptest! {
            #![proptest_config(crate::call::streams_for_tests::config($count))]

            #[test]
            fn any_cut_of_a_case_gives_what_the_whole_gives(
                case in ::proptest::prelude::any::<::proptest::sample::Index>(),
                cuts in crate::call::streams_for_tests::cuts(),
                caps in crate::call::streams_for_tests::caps(),
                options in $options,
            ) {
                let body = case.get(&$cases);
                let whole = Record::of(&$protocol, [body.as_slice()], options, caps);
                let pieces = crate::call::streams_for_tests::cut(body, &cuts);
                ::proptest::prop_assert_eq!(Record::of(&$protocol, pieces, options, caps), whole);
            }

            #[test]
            fn any_cut_of_a_damaged_case_gives_what_the_whole_gives(
                body in crate::call::streams_for_tests::damaged(&$cases),
                cuts in crate::call::streams_for_tests::cuts(),
                caps in crate::call::streams_for_tests::caps(),
                options in $options,
            ) {
                let whole = Record::of(&$protocol, [body.as_slice()], options, caps);
                let pieces = crate::call::streams_for_tests::cut(&body, &cuts);
                ::proptest::prop_assert_eq!(Record::of(&$protocol, pieces, options, caps), whole);
            }

            #[test]
            fn any_cut_of_any_bytes_gives_what_the_whole_gives(
                body in crate::call::streams_for_tests::arbitrary(),
                cuts in crate::call::streams_for_tests::cuts(),
                caps in crate::call::streams_for_tests::caps(),
                options in $options,
            ) {
                let whole = Record::of(&$protocol, [body.as_slice()], options, caps);
                let pieces = crate::call::streams_for_tests::cut(&body, &cuts);
                ::proptest::prop_assert_eq!(Record::of(&$protocol, pieces, options, caps), whole);
            }
        }
    };
}
pub(crate) use any_cut_properties;
