//! The short way gives what the long way gives, event by event, for any stream: the cases of the
//! corpus with chunks of theirs sent again, as they were and with other texts.

use bytes::Bytes;
use ek_core::StreamEvent;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::properties::CASES;
use crate::call::reader::{ReplyReader, Step};
use crate::call::record::{End, Record};
use crate::call::streams_for_tests::{config, cut, cuts};
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::{Caps, ReadOptions};

const CAPS: Caps = Caps { event: 1 << 20, document: 1 << 20 };

/// What may stand in a JSON string, or may not.
const TEXTS: &[&[u8]] = &[
    b"",
    b" kiln",
    b"T\xc3\xb6pfer",
    b"\\n",
    b"\\\"",
    b"\\\\",
    b"a\\\\\\\"",
    b"\\ud83d",
    b"\\udd25",
    b"\\u00e9",
    b"\xff",
    b"\xc3",
    b"\x01",
    b"\x7f",
    b"\\x",
    b"\\",
    b"\"",
    b"\",\"a\":\"b",
    b"{\\\"a\\\":1}",
    b"null",
    b"error",
    b"<think>",
    b"</think>",
    b"stop",
];

/// Puts another text into one of the strings of a chunk.
fn with_text(chunk: &[u8], string: Index, text: &[u8]) -> Vec<u8> {
    let quotes: Vec<usize> =
        chunk.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at).collect();
    let mut changed = chunk.to_vec();
    if quotes.len() > 1 {
        let first = string.index(quotes.len() - 1);
        changed.splice(quotes[first] + 1..quotes[first + 1], text.iter().copied());
    }
    changed
}

/// A case, one event of which is followed by several like it, its lines written in one of the ways in
/// which servers write them.
fn repeating() -> impl Strategy<Value = Vec<u8>> {
    let copy = (any::<bool>(), any::<Index>(), select(TEXTS));
    let form = (select(&["data: ", "data:"][..]), select(&["\n", "\r\n", "\r"][..]));
    let places = any::<(Index, Index, Index)>();
    (places, vec(copy, 1..6), form).prop_map(|((case, event, string), copies, (name, ending))| {
        let case: &Vec<u8> = case.get(&CASES);
        let text = String::from_utf8_lossy(case).replace("\r\n", "\n");
        let text = text.replace("data: ", name);
        let mut events: Vec<Vec<u8>> = text
            .split_inclusive("\n\n")
            .map(|event| event.replace('\n', ending).into_bytes())
            .collect();
        if events.is_empty() {
            return Vec::new();
        }
        let at = event.index(events.len());
        let model = events[at].clone();
        for (same, elsewhere, text) in copies {
            let string = if same { string } else { elsewhere };
            events.insert(at + 1, with_text(&model, string, text));
        }
        events.concat()
    })
}

/// Every event as it is given out, each fault by its name.
fn events(body: &[u8], options: ReadOptions, long_way: bool) -> (Vec<String>, bool) {
    let mut reader = ReplyReader::new(&ChatCompletions, options, CAPS);
    if long_way {
        reader.switch_off_fast_path();
    }
    reader.feed(Bytes::copy_from_slice(body));
    reader.end();
    let mut events = Vec::new();
    loop {
        match reader.next() {
            Step::Event(StreamEvent::Text(text)) => events.push(format!("text {text}")),
            Step::Event(StreamEvent::Reasoning(text)) => events.push(format!("reasoning {text}")),
            Step::Event(StreamEvent::Refusal(text)) => events.push(format!("refusal {text}")),
            Step::Event(StreamEvent::ToolCallDelta(delta)) => {
                let (id, name) = (delta.id, delta.name);
                events.push(format!("{} {id:?} {name:?} {}", delta.call, delta.arguments));
            }
            Step::Event(_) => {}
            Step::Failed(fault) => events.push(format!("{fault:?}")),
            Step::NeedBytes => return (events, reader.fast_path_count().0 > 0),
        }
    }
}

fn options() -> impl Strategy<Value = ReadOptions> {
    let flags = any::<(bool, bool)>();
    flags.prop_map(|(one_choice, split_think_tags)| ReadOptions { one_choice, split_think_tags })
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn the_short_way_gives_the_events_of_the_long_way(body in repeating(), options in options()) {
        let short = events(&body, options, false).0;
        prop_assert_eq!(short, events(&body, options, true).0);
    }

    #[test]
    fn the_short_way_gives_the_reply_of_the_long_way(
        body in repeating(), options in options(), cuts in cuts(),
        event in select(vec![100, 200, 300, 1 << 20]), document in select(vec![20, 60, 200, 1 << 20]),
    ) {
        let caps = Caps { event, document };
        let pieces = cut(&body, &cuts);
        let short = Record::of(&ChatCompletions, pieces.iter().copied(), options, caps);
        prop_assert_eq!(short, Record::of_long_way(&ChatCompletions, pieces, options, caps));
    }
}

#[test]
fn an_event_of_one_line_is_known_as_a_whole_however_its_lines_end() {
    let options = ReadOptions { one_choice: true, split_think_tags: false };
    let chunk = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
    for (before, behind, whole) in [
        ("data: ", "\n\n", true),
        ("data:", "\n\n", true),
        ("data: ", "\r\n\r\n", true),
        ("data: ", "\r\r", true),
        ("event: message\ndata: ", "\n\n", false),
        (": x\ndata: ", "\n\n", false),
        ("data: ", "\nid: 1\n\n", false),
        ("data: ", "\n: x\n\n", false),
        ("data:\ndata: ", "\n\n", false),
    ] {
        let event = |text| format!("{before}{}{behind}", chunk(text));
        let mut reader = ReplyReader::new(&ChatCompletions, options, CAPS);
        reader.feed(event("first").into());
        let mut texts = vec![];
        while let Step::Event(event) = reader.next() {
            texts.push(event);
        }
        assert_eq!(reader.fast_path_count().1, 0);
        reader.feed([event("second"), event("third")].concat().into());
        while let Step::Event(event) = reader.next() {
            texts.push(event);
        }
        let expected = ["first", "second", "third"].map(|text| StreamEvent::Text(text.into()));
        assert_eq!(texts, expected, "{before:?} {behind:?}");
        assert_eq!(reader.fast_path_count().1, if whole { 2 } else { 0 }, "{before:?} {behind:?}");
    }
}

#[test]
fn chunks_of_every_kind_take_the_short_way() {
    let options = ReadOptions { one_choice: true, split_think_tags: false };
    for chunk in [
        r#"{"id":"c","choices":[{"index":0,"delta":{"content":"T"},"finish_reason":null}],"usage":null}"#,
        r#"{"choices":[{"delta":{"content":"T"}}],"obfuscation":"pad"}"#,
        r#"{"choices":[{"delta":{"content":null,"reasoning_content":"T"}}]}"#,
        r#"{"choices":[{"delta":{"role":"assistant","content":"","reasoning":"T"}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"T"}}]}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"b","arguments":"T"}}]}}]}"#,
    ] {
        let event = |text: &str| format!("data: {}\n\n", chunk.replace('T', text));
        for (text, short) in
            [("kiln", true), ("\\\"a\\n", true), ("", true), ("é", true), ("\\u00e9", false)]
        {
            let body = [event("first"), event(text)].concat();
            assert_eq!(events(body.as_bytes(), options, false).1, short, "{text:?} in {chunk}");
        }
        let padded = [event("first"), event("kiln").replace("pad", "another")].concat();
        assert!(events(padded.as_bytes(), options, false).1, "{chunk}");
    }
}

#[test]
fn chunks_that_say_more_than_a_text_take_the_long_way() {
    let options = ReadOptions { one_choice: true, split_think_tags: false };
    for chunk in [
        r#"{"choices":[{"delta":{"content":"T"},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"delta":{"content":"T"}}],"usage":{"completion_tokens":1}}"#,
        r#"{"choices":[{"delta":{"content":"T","reasoning_content":"x"}}]}"#,
        r#"{"choices":[{"delta":{"content":"T","refusal":"x"}}]}"#,
        r#"{"choices":[{"delta":{"content":"T","reasoning_details":[{"text":"x"}]}}]}"#,
        r#"{"choices":[{"delta":{"content":"T"}},{"index":1,"delta":{"content":"x"}}]}"#,
        r#"{"choices":[{"index":1,"delta":{"content":"T"}}]}"#,
        r#"{"choices":[{"message":{"content":"T"}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"T"},"extra_content":{"a":1}}]}}]}"#,
    ] {
        let body = format!("data: {chunk}\n\n").repeat(3);
        assert!(!events(body.as_bytes(), options, false).1, "{chunk}");
    }
}

/// What comes of three events, the first of which is learned from.
fn outcome(caps: Caps, pieces: [String; 3]) -> Record {
    let options = ReadOptions { one_choice: true, split_think_tags: false };
    let pieces = pieces.map(String::into_bytes);
    Record::of(&ChatCompletions, pieces.iter().map(Vec::as_slice), options, caps)
}

#[test]
fn an_event_like_the_one_before_is_held_to_the_cap_and_to_its_name() {
    let event = |text: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let fault = |caps, pieces| match outcome(caps, pieces).end {
        End::Failed(fault, reply) => (fault, reply.content),
        End::Done(reply) => (String::new(), reply.content),
    };
    let caps = Caps { event: 60, ..CAPS };
    let (why, kept) = fault(caps, [event("a"), event("b"), event(&"c".repeat(40))]);
    assert!(why.contains("TooLarge") && kept == "ab", "{why} {kept}");
    let (why, kept) = fault(CAPS, [event("a"), "event: error\n".into(), event("b")]);
    assert!(why.contains("ErrorObject") && kept == "a", "{why} {kept}");
}
