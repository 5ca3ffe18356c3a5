//! What holds for any bytes and any cut: the same events however the bytes come, and one end.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::think::{Part, ThinkSplitter};
use crate::call::record::{End, Record, events};
use crate::call::streams_for_tests::{
    any_cut_properties, arbitrary, cases, config, cut, cuts, damaged,
};
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::chat_completions::reply::split_think;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

/// The bodies of every dialect case of a stream.
pub(crate) static CASES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let cases = cases("dialects", "");
    assert!(cases.len() >= 79, "only {} cases", cases.len());
    cases
});

fn options() -> impl Strategy<Value = ReadOptions> {
    let flags = any::<(bool, bool)>();
    flags.prop_map(|(one_choice, split_think_tags)| ReadOptions { one_choice, split_think_tags })
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

any_cut_properties!(ChatCompletions, options(), CASES, 600);

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_cut_gives_the_decoder_the_same_events(
        body in arbitrary(), cuts in cuts(), cap in select(vec![0, 3, 20, 1000]),
    ) {
        let (found, too_large) = events(cut(&body, &cuts), cap);
        prop_assert!(found.iter().all(|(data, _)| (1..=cap).contains(&data.len())));
        prop_assert_eq!((found, too_large), events([body.as_slice()], cap));
    }

    #[test]
    fn the_pieces_are_the_reply(body in damaged(&CASES), cuts in cuts()) {
        let record = Record::of(&ChatCompletions, cut(&body, &cuts), OPTIONS, CAPS);
        let reply = record.reply();
        record.assert_texts_are_the_reply();
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
