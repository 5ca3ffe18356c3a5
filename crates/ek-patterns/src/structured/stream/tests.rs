//! What is found in a reply while it comes: in fences and prose, after thoughts and drafts, however it is cut.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::super::StructuredOptions;
use super::find::Finder;

fn finder(schema: Option<&str>, lenient: bool) -> Finder {
    let mut options = StructuredOptions::<Value>::default().with_lenient(lenient);
    if let Some(schema) = schema {
        options = options.with_schema("value", ek_core::RawJson::new(schema).expect("JSON"));
    }
    Finder::new(&options, false)
}

fn value(finder: &Finder) -> Option<Value> {
    finder.json().and_then(crate::PartialJson::value)
}

/// What is known after each sign, without the repetitions.
fn shown_with(mut finder: Finder, reply: &str) -> Vec<Value> {
    let mut shown = Vec::new();
    for sign in reply.chars() {
        let before = value(&finder);
        let changed = finder.push(sign.encode_utf8(&mut [0; 4]));
        assert_eq!(changed, value(&finder) != before, "{reply}");
        if changed {
            shown.push(value(&finder).unwrap_or_default());
        }
    }
    shown
}

fn shown(reply: &str) -> Vec<Value> {
    shown_with(finder(None, false), reply)
}

#[test]
fn json_is_shown_raw_fenced_or_as_a_block_in_prose() {
    let steps = [json!({"a": ""}), json!({"a": "x"}), json!({"a": "x", "b": []})];
    let steps = [&steps[..], &[json!({"a": "x", "b": [1]})]].concat();
    for reply in [
        "{\"a\":\"x\",\"b\":[1]}",
        "\u{feff} \n{\"a\":\"x\",\"b\":[1]}\n",
        "Here you are:\n```json\n{\"a\":\"x\",\"b\":[1]}\n```\nAnything else?",
        "In {curly}, [square] and { spaced } signs, [tr: {\"a\":\"x\",\"b\":[1]}.",
        "<think>{\"a\":\"draft\"}, or [2]?</think>{\"a\":\"x\",\"b\":[1]}",
        "[THINK]{\"a\":\"draft\"[/THINK] {\"a\":\"x\",\"b\":[1]}",
    ] {
        assert_eq!(shown(reply), steps, "{reply}");
    }
}

#[test]
fn the_newest_block_counts_and_a_draft_within_thoughts_does_not() {
    assert_eq!(shown("No [1], but {\"a\":2}"), [json!([1]), json!({"a": 2})]);
    assert_eq!(shown("[true to form]: {\"a\":2}"), [json!([true]), json!({"a": 2})]);
    assert_eq!(shown("{\"a\":2}, and a </think> tag").last(), Some(&json!({"a": 2})));
    let late = "Perhaps [1]?\n</think>\n[2]";
    assert_eq!(shown(late), [json!([1]), Value::Null, json!([2])]);
    let broken = "Perhaps {\"a\":1, hm.\n</think>\n[2]";
    assert_eq!(shown(broken), [json!({"a": 1}), Value::Null, json!([2])]);
}

#[test]
fn a_text_may_be_the_value_at_the_start_alone() {
    assert_eq!(shown("\"ab\""), [json!(""), json!("a"), json!("ab")]);
    assert_eq!(shown("The \"ab\" of 12"), [] as [Value; 0]);
}

#[test]
fn where_the_schema_names_the_kind_other_brackets_begin_nothing() {
    for (kind, value) in [("object", json!({"b": 2})), ("array", json!([3]))] {
        let schema = format!(r#"{{"type":"{kind}"}}"#);
        let found = shown_with(finder(Some(&schema), false), "See {\"b\":2} and [3].");
        assert_eq!(found, [value], "{kind}");
    }
}

#[test]
fn after_a_mistake_what_was_known_stays_and_no_part_of_the_rest_is_shown() {
    for rest in ["],\"b\":{\"c\":2}", "],\"b\":\"\\d {}\"", "x \"}\" ]", "x"] {
        let known = json!({"a": [1]});
        assert_eq!(shown(&format!("{{\"a\":[1,{rest}}}")).last(), Some(&known), "{rest}");
    }
    let next = "{\"a\":[1,],\"b\":{\"c\":2}} {\"d\":3}";
    assert_eq!(shown(next).last(), Some(&json!({"d": 3})));
    let lenient = "{\"a\":[1,],\"b\":\"x\ny\\d\",}";
    let found = shown_with(finder(None, true), lenient);
    assert_eq!(found.last(), Some(&json!({"a": [1], "b": "x\ny\\d"})));
}

#[test]
fn any_number_of_signs_is_searched_in_one_pass() {
    for sign in
        ["[", "{\"\":", "{\"", "{ ", "<think", "<think>", "</think>", "<", "◁", "[t", "\"<", "{}"]
    {
        let reply = sign.repeat(100_000);
        let mut finder = finder(None, false);
        let cost = allocation_counter::measure(|| {
            for piece in reply.as_bytes().chunks(30) {
                finder.push(&String::from_utf8_lossy(piece));
            }
        });
        assert!(cost.bytes_total < 400 * reply.len() as u64, "{sign}: {cost:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reply_may_be_cut_anywhere(
        reply in "([a-z \n\"`{}\\[\\],:1é◁▷]|<think>|</think>|\\[/?THINK\\]|```json\n|\\{\"a\":|◁/?think▷){0,60}",
        cuts in prop::collection::vec(any::<Index>(), 0..5),
    ) {
        let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(reply.len() + 1)).collect();
        places.retain(|place| reply.is_char_boundary(*place));
        places.extend([0, reply.len()]);
        places.sort_unstable();
        let (mut cut, mut whole) = (finder(None, false), finder(None, false));
        for pair in places.windows(2) {
            cut.push(&reply[pair[0]..pair[1]]);
        }
        whole.push(&reply);
        prop_assert_eq!(value(&cut), value(&whole));
    }
}
