//! The indexes of calls and choices: they are keys of any kind, not positions.

use ek_core::ErrorKind::TooLarge;
use ek_core::StreamEvent;

use super::{DONE, Heard, answer, delta, finish, frame, hear, hear_with, text};
use crate::support::hidden::assert_error_hides;

/// Two interleaved calls with these indexes, in this order. Their ids come with each delta or only with
/// the first.
fn two_calls(first: &str, second: &str, ids: bool) -> String {
    let piece = |index: &str, rest: &str| {
        let index = if index.is_empty() { String::new() } else { format!("\"index\":{index},") };
        delta(&format!(r#"{{"tool_calls":[{{{index}{rest}}}]}}"#))
    };
    let begin = |index, id| {
        piece(index, &format!(r#""id":"{id}","function":{{"name":"tide","arguments":""}}"#))
    };
    let goes_on = |index, id, arguments: &str| {
        let arguments = serde_json::Value::from(arguments);
        let id = if ids { format!(r#""id":"{id}","#) } else { String::new() };
        piece(index, &format!(r#"{id}"function":{{"arguments":{arguments}}}"#))
    };
    [
        begin(first, "a"),
        begin(second, "b"),
        goes_on(first, "a", r#"{"port":"#),
        goes_on(second, "b", r#"{"port":"#),
        goes_on(second, "b", r#""Os"}"#),
        goes_on(first, "a", r#""Ny"}"#),
        finish("tool_calls"),
        DONE.to_owned(),
    ]
    .concat()
}

fn calls(heard: &Heard) -> Vec<(&str, &str)> {
    let calls = heard.reply().tool_calls.iter();
    calls.map(|call| (call.id.as_str(), call.arguments.as_str())).collect()
}

#[tokio::test]
async fn s69_an_index_of_a_call_may_be_of_any_kind() {
    let (ny, os) = (("a", r#"{"port":"Ny"}"#), ("b", r#"{"port":"Os"}"#));
    let odd = ["-1", "0.5", "null", "\"__proto__\"", "true", "[]", "{}", "1e999", "NaN", ""];
    for index in odd {
        let heard = hear(answer([two_calls(index, index, true)])).await;
        assert_eq!(calls(&heard), [ny, os], "{index}");
    }
    for (first, second, expected) in [
        ("0", "4294967294", [ny, os]),
        ("0", "18446744073709551615", [ny, os]),
        ("1", "2", [ny, os]),
        ("\"0\"", "\"1\"", [ny, os]),
        ("0.0", "1.0", [ny, os]),
        // Out of order: the reply has the server's order.
        ("7", "3", [os, ny]),
        // If one has no index, the order of arrival counts.
        ("7", "null", [ny, os]),
    ] {
        let heard = hear(answer([two_calls(first, second, false)])).await;
        assert_eq!(calls(&heard), expected, "{first} {second}");
        let told = heard.events.iter().filter_map(|event| match event {
            StreamEvent::ToolCall(call) => Some((call.id.as_str(), call.arguments.as_str())),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{first} {second}");
    }
}

#[tokio::test]
async fn s69_call_deltas_are_numbered_in_the_order_in_which_the_calls_began() {
    let heard = hear(answer([two_calls("7", "3", false)])).await;
    let mut arguments = [String::new(), String::new()];
    let mut ids = Vec::new();
    for event in &heard.events {
        if let StreamEvent::ToolCallDelta(piece) = event {
            arguments[piece.call].push_str(&piece.arguments);
            ids.extend(piece.id.as_deref().map(|id| (piece.call, id)));
        }
    }
    assert_eq!(ids, [(0, "a"), (1, "b")]);
    assert_eq!(arguments, [r#"{"port":"Ny"}"#, r#"{"port":"Os"}"#]);
}

#[tokio::test]
async fn s69_more_calls_than_the_limit_are_refused() {
    let call = |n: usize| {
        format!(r#"{{"index":{n},"id":"i{n}","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let all = |count: usize| {
        let calls: Vec<String> = (0..count).map(call).collect();
        let calls = calls
            .chunks(1000)
            .map(|calls| delta(&format!(r#"{{"tool_calls":[{}]}}"#, calls.join(","))));
        joined!(text("MARK one"), calls.collect::<String>(), finish("tool_calls"), DONE)
    };
    let heard = hear(answer([all(4096)])).await;
    assert_eq!(heard.reply().tool_calls.len(), 4096);
    let heard = hear(answer([all(4097)])).await;
    assert_eq!(heard.error().kind(), TooLarge);
    assert_eq!(heard.partial(), "MARK one");
    assert!(heard.error().to_string().contains("more than 4096 tool calls"));
    assert_error_hides(heard.error());
}

/// A chunk with these choices. Each is an index and a text.
fn choices(choices: &[(&str, &str)]) -> String {
    let choice = |(index, text): &(&str, &str)| {
        let index = if index.is_empty() { String::new() } else { format!("\"index\":{index},") };
        format!(r#"{{{index}"delta":{{"content":"{text}"}}}}"#)
    };
    let choices: Vec<String> = choices.iter().map(choice).collect();
    frame(format_args!(r#"{{"choices":[{}]}}"#, choices.join(",")))
}

#[tokio::test]
async fn s69_an_index_of_a_choice_may_be_of_any_kind() {
    for index in ["0", "null", "-1", "0.5", "\"__proto__\"", "\"0\"", "0.0", "1e999", ""] {
        let pieces = joined!(choices(&[(index, "one")]), choices(&[(index, " two")]));
        let body = joined!(pieces, finish("stop"), DONE);
        assert_eq!(hear(answer([body])).await.reply().content, "one two", "{index}");
    }
}

#[tokio::test]
async fn s69_the_choice_with_the_least_index_is_the_reply() {
    for body in [
        joined!(
            choices(&[("4294967294", "no"), ("0", "one")]),
            choices(&[("1", "no"), ("0", " two")]),
        ),
        joined!(choices(&[("1", "no")]), choices(&[("0", "one")]), choices(&[("0", " two")])),
        joined!(
            choices(&[("0", "one"), ("18446744073709551615", "no"), ("7", "no")]),
            choices(&[("0", " two")]),
        ),
    ] {
        let heard = hear(answer([joined!(body, finish("stop"), DONE)])).await;
        assert_eq!(heard.reply().content, "one two", "{body}");
    }
}

#[tokio::test]
async fn s69_the_only_choice_is_the_reply_under_any_index() {
    let chunk = |delta: &str, reason: &str| {
        frame(format_args!(
            r#"{{"id":"c-1","model":"test-model-7","choices":[{{"index":1,"delta":{delta},"finish_reason":{reason}}}]}}"#
        ))
    };
    let body = joined!(
        chunk(r#"{"reasoning_content":"Think \ud83d"}"#, "null"),
        chunk(r#"{"reasoning_content":"\ude00."}"#, "null"),
        chunk(r#"{"content":"one \ud83d"}"#, "null"),
        chunk(r#"{"content":"\ude00 two"}"#, "null"),
        chunk(r#"{"refusal":"No."}"#, "\"length\""),
        DONE,
    );
    let heard = hear_with(answer([&body]), |settings| settings).await;
    let reply = heard.reply();
    assert_eq!(reply.content, "one 😀 two");
    assert_eq!(reply.reasoning.as_deref(), Some("Think 😀."));
    assert_eq!(reply.refusal.as_deref(), Some("No."));
    assert_eq!(reply.id.as_deref(), Some("c-1"));
    assert_eq!(reply.model.as_deref(), Some("test-model-7"));
    assert!(reply.was_truncated());
    assert_eq!(
        heard.events,
        [
            StreamEvent::Reasoning("Think 😀.".to_owned()),
            StreamEvent::Text("one 😀 two".to_owned()),
            StreamEvent::Refusal("No.".to_owned()),
        ]
    );
}
