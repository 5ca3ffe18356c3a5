//! How often the way from bytes to events allocates: once for each text, and to let the reply grow.
//!
//! The counting allocator counts for each thread, so that tests do not disturb one another.

use allocation_counter::measure;
use bytes::Bytes;

use crate::call::reader::{ReplyReader, Step};
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::{Caps, ReadOptions};

const DELTAS: u64 = 2000;

/// What grows by doubling: the reply's text, the buffer of bytes, the queue of events; besides the id,
/// the model, and the reply in its box.
const GROWTH: u64 = 60;

/// How many allocations a stream costs, by its number of chunks and the size of the reads.
///
/// The first text decides about think tags, which are split where there is one.
fn allocations(chunk: &str, read: usize, first: Option<&str>) -> u64 {
    let mut body = String::from("data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[]}\n\n");
    let split_think_tags = first.is_some();
    if let Some(text) = first {
        body.push_str(&format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        ));
    }
    for _ in 0..DELTAS {
        body.push_str(&format!("data: {chunk}\n\n"));
    }
    body.push_str("data: [DONE]\n\n");
    let body = Bytes::from(body);
    let options = ReadOptions { one_choice: true, split_think_tags };
    let mut events = 0;
    let counted = measure(|| {
        let mut reader =
            ReplyReader::new(&ChatCompletions, options, Caps { event: 1 << 20, document: 1 << 20 });
        for start in (0..body.len()).step_by(read) {
            reader.feed(body.slice(start..body.len().min(start + read)));
            loop {
                match reader.next() {
                    Step::Event(event) => {
                        drop(event);
                        events += 1;
                    }
                    Step::NeedBytes => break,
                    Step::Failed(fault) => panic!("{fault:?}"),
                }
            }
        }
    });
    assert!(events > DELTAS, "{events} events");
    counted.count_total
}

/// Chunks as servers write them, each with a text that differs in form.
const CHUNKS: [(&str, &str); 6] = [
    (
        "plain",
        r#"{"id":"c","object":"chat.completion.chunk","created":1750000000,"model":"m","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" kiln"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
    ),
    ("escaped", r#"{"choices":[{"index":0,"delta":{"content":"\"a\"\n\u00e9\ud83d\udd25"}}]}"#),
    (
        "reasoning",
        r#"{"choices":[{"index":0,"delta":{"content":null,"reasoning_content":"So."}}]}"#,
    ),
    (
        "role in each",
        r#"{"choices":[{"delta":{"role":"assistant","content":"a","tool_calls":[]}}]}"#,
    ),
    ("no model", r#"{"id":"chatcmpl-123","choices":[{"index":0,"delta":{"content":"a"}}]}"#),
    (
        "usage in each",
        r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#,
    ),
];

#[test]
fn a_text_costs_its_own_allocation_and_nothing_else() {
    for (name, chunk) in CHUNKS {
        for read in [7, 1400, 1 << 20] {
            let count = allocations(chunk, read, None);
            assert!(count <= DELTAS + GROWTH, "{name} in reads of {read}: {count}");
            // The counter counts: each event has a text of its own.
            assert!(count >= DELTAS, "{name}: {count}");
        }
    }
}

#[test]
fn a_text_costs_no_more_where_think_tags_are_split() {
    for (name, chunk) in CHUNKS {
        for first in ["No tags.", "<think>So", "<think>So.</think>Six"] {
            let count = allocations(chunk, 1400, Some(first));
            assert!(count <= DELTAS + GROWTH, "{name} after {first}: {count}");
        }
    }
}

#[test]
fn a_chunk_without_text_costs_nothing() {
    for chunk in [
        r#"{"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#,
        "{}",
    ] {
        let text = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
        let with = allocations(&format!("{text}\n\ndata: {chunk}"), 1400, None);
        let without = allocations(text, 1400, None);
        assert!(with <= without + 8, "{chunk}: {with} and {without}");
    }
}
