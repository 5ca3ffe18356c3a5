//! What the caps of a stream hold, whatever is sent.

use bytes::Bytes;

use crate::call::reader::{ReplyReader, Step};
use crate::failure::read_fault::ReadFault;
use crate::protocol::chat_completions::ChatCompletions;
use crate::protocol::chat_completions::reply::read;
use crate::protocol::{Caps, ReadOptions};

const OPTIONS: ReadOptions = ReadOptions { one_choice: true, split_think_tags: false };
const CAP: usize = 100_000;

/// How many of these chunks are taken before the cap ends the stream.
fn taken(delta: &str) -> usize {
    let mut reader =
        ReplyReader::new(&ChatCompletions, OPTIONS, Caps { event: CAP, document: CAP });
    let chunk = format!("data: {{\"choices\":[{{\"delta\":{delta}}}]}}\n\n");
    for count in 0..CAP {
        reader.feed(Bytes::copy_from_slice(chunk.as_bytes()));
        loop {
            match reader.next() {
                Step::NeedBytes => break,
                Step::Failed(ReadFault::TooLarge(_)) => return count,
                Step::Failed(fault) => panic!("{fault:?}"),
                Step::Event(_) => {}
            }
        }
    }
    CAP
}

#[test]
fn what_a_stream_keeps_as_trees_counts_as_much_as_the_trees_weigh() {
    let small = format!("[{}{{}}]", r#"{"":0},"#.repeat(10));
    for delta in [
        format!(r#"{{"reasoning_details":{small}}}"#),
        format!(r#"{{"extra_content":{small}}}"#),
        format!(r#"{{"tool_calls":[{{"index":0,"x":{small}}}]}}"#),
        format!(r#"{{"tool_calls":[{{"index":0,"function":{{"name":"t","x":{small}}}}}]}}"#),
        format!(r#"{{"content":[{{"type":"thinking","thinking":"t","x":{small}}}]}}"#),
    ] {
        assert!(taken(&delta) < CAP / 6_000, "{delta}");
    }
}

#[test]
fn a_stream_of_calls_with_nothing_in_them_comes_to_an_end() {
    for delta in [r#"{"tool_calls":[{"index":3}]}"#, r#"{"tool_calls":[{}]}"#] {
        assert_eq!(taken(delta), CAP / 2, "{delta}");
    }
}

#[test]
fn what_a_unary_reply_keeps_as_trees_counts_as_much_as_the_trees_weigh() {
    let small = format!("[{}{{}}]", r#"{"":0},"#.repeat(500));
    for message in [
        format!(r#"{{"content":"x","reasoning_details":{small}}}"#),
        format!(r#"{{"tool_calls":[{{"id":"a","x":{small},"function":{{"name":"t"}}}}]}}"#),
        format!(r#"{{"content":[{{"type":"thinking","thinking":"t","x":{small}}}]}}"#),
    ] {
        let body = format!(r#"{{"choices":[{{"message":{message},"finish_reason":"stop"}}]}}"#);
        assert!(body.len() < CAP);
        let read = |cap| read(body.as_bytes(), OPTIONS, cap);
        assert!(matches!(read(CAP), Err(ReadFault::TooLarge(_))), "{message}");
        assert!(read(100 * CAP).is_ok(), "{message}");
    }
}

/// A list that the content is handed over as is text, and weighs no more.
#[test]
fn content_that_is_json_is_kept_as_its_text() {
    let list = format!("[[{}{{}}]]", r#"{"":0},"#.repeat(500));
    let body = format!(r#"{{"choices":[{{"message":{{"content":{list}}}}}]}}"#);
    assert_eq!(read(body.as_bytes(), OPTIONS, CAP).expect("a reply").content, list);
}
