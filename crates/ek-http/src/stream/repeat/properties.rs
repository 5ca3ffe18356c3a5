//! The short way gives what the long way gives, event by event, for any stream: the cases of the
//! corpus with chunks of theirs sent again, as they were and with other texts.

use ek_core::StreamEvent;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::properties::{CASES, config};
use super::super::reader::{Caps, ReplyReader, Step};
use super::super::record::Record;
use crate::reply::ReadOptions;

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

/// A case, one event of which is followed by so many like it.
fn repeating() -> impl Strategy<Value = Vec<u8>> {
    let copy = (any::<bool>(), any::<Index>(), select(TEXTS));
    (any::<Index>(), any::<Index>(), any::<Index>(), vec(copy, 1..6)).prop_map(
        |(case, event, string, copies)| {
            let case: &Vec<u8> = case.get(&CASES);
            let text = String::from_utf8_lossy(case).replace("\r\n", "\n");
            let mut events: Vec<Vec<u8>> =
                text.split_inclusive("\n\n").map(|event| event.as_bytes().to_vec()).collect();
            if events.is_empty() {
                return case.clone();
            }
            let at = event.index(events.len());
            let model = events[at].clone();
            for (same, elsewhere, text) in copies {
                let string = if same { string } else { elsewhere };
                events.insert(at + 1, with_text(&model, string, text));
            }
            events.concat()
        },
    )
}

/// Every event as it is given out, each fault by its name.
fn events(body: &[u8], options: ReadOptions, long_way: bool) -> (Vec<String>, bool) {
    let mut reader = ReplyReader::new(options, CAPS);
    if long_way {
        reader.read_every_chunk();
    }
    reader.feed(body);
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
            Step::NeedBytes => return (events, reader.has_repeated()),
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
        body in repeating(), options in options(),
        cap in select(vec![20, 60, 200, 1 << 20]),
    ) {
        let caps = Caps { event: 1 << 20, document: cap };
        let short = Record::of([body.as_slice()], options, caps);
        prop_assert_eq!(short, Record::of_long_way([body.as_slice()], options, caps));
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
