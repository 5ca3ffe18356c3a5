//! What fragments of tool calls become, one rule a test.

use serde_json::json;

use super::{ResponseAssembly, ToolCallFragment};
use crate::ToolCall;

fn piece() -> ToolCallFragment<'static> {
    ToolCallFragment::new().with_index(0)
}

fn calls(fragments: impl IntoIterator<Item = ToolCallFragment<'static>>) -> Vec<ToolCall> {
    let mut reply = ResponseAssembly::new();
    for fragment in fragments {
        reply.push_tool_call(fragment).expect("few calls");
    }
    reply.finish().expect("named calls").tool_calls
}

fn arguments(fragments: impl IntoIterator<Item = ToolCallFragment<'static>>) -> Vec<String> {
    calls(fragments).iter().map(|call| call.arguments.as_str().to_owned()).collect()
}

#[test]
fn the_real_arguments_replace_a_placeholder() {
    let pieces = ["{}", r#"{"city""#, r#":"Oslo"}"#];
    let begin = piece().with_id("a").with_name("tide");
    let rest = pieces.map(|text| piece().with_arguments(text));
    assert_eq!(arguments([begin].into_iter().chain(rest)), [r#"{"city":"Oslo"}"#]);

    // The name comes with each piece, and no id.
    let named = pieces.map(|text| piece().with_name("tide").with_arguments(text));
    assert_eq!(arguments(named), [r#"{"city":"Oslo"}"#]);
}

#[test]
fn a_placeholder_without_anything_behind_it_is_no_arguments() {
    assert_eq!(arguments([piece().with_name("tide").with_arguments("{ }")]), ["{ }"]);
}

#[test]
fn the_same_arguments_again_add_nothing_whole_or_in_pieces() {
    let whole = r#"{"city":"Oslo"}"#;
    let begin = || piece().with_id("a").with_name("tide").with_arguments(whole);
    let spaced = "{ \"city\" : \"Oslo\" }\n";
    assert_eq!(arguments([begin(), piece().with_arguments(spaced)]), [whole]);
    let pieces = [r#"{"city":"#, r#" "Oslo"}"#].map(|text| piece().with_arguments(text));
    assert_eq!(arguments([begin()].into_iter().chain(pieces)), [whole]);
    assert_eq!(arguments([begin(), begin()]), [whole]);
}

#[test]
fn pieces_that_each_hold_all_so_far_are_the_last_one() {
    let begin = || piece().with_id("a").with_name("tide");
    let of = |pieces: &[&'static str]| {
        let rest = pieces.iter().map(|text| piece().with_arguments(*text));
        arguments([begin()].into_iter().chain(rest)).concat()
    };
    let whole = r#"{"city":"Oslo","days":[3]}"#;
    for ends in [vec![5, 12], vec![1, 8, 9], vec![15], vec![23, 24, 25], vec![1, 1, 7]] {
        let pieces = ends.iter().map(|end| &whole[..*end]).chain([whole, "", whole, ""]);
        let pieces: Vec<_> = pieces.collect();
        assert_eq!(of(&pieces), whole, "{ends:?}");
    }
    // These are no such pieces: the text as it came, valid or not.
    for pieces in [
        [r#"{"a":"#, r#"{"a":1}"#, "}"],
        [r#"{"a":"#, r#"{"a":1}"#, ""],
        [r#"{"a":"x"#, r#"{"a":"x"#, r#"{"a":"xy"#],
        [r#"{"a":"x"#, r#"{"b":"x"}"#, ""],
    ] {
        assert_eq!(of(&pieces), pieces.concat());
    }
}

#[test]
fn another_object_behind_a_whole_one_is_another_call_of_the_same_tool() {
    let begin = piece().with_id("a").with_name("tide").with_arguments(r#"{"city":"Oslo"}"#);
    let more =
        [r#"{"city":"#, r#""Bergen"}"#].map(|text| piece().with_id("a").with_arguments(text));
    let found = calls([begin].into_iter().chain(more));
    let texts: Vec<_> = found.iter().map(|call| call.arguments.as_str()).collect();
    assert_eq!(texts, [r#"{"city":"Oslo"}"#, r#"{"city":"Bergen"}"#]);
    assert!(found.iter().all(|call| call.name == "tide") && found[0].id != found[1].id);
}

#[test]
fn what_is_no_json_behind_an_object_reaches_the_caller_as_invalid() {
    let found =
        calls([piece().with_name("tide").with_arguments("{}"), piece().with_arguments("}")]);
    assert_eq!(found[0].arguments.as_str(), "{}}");
    assert!(!found[0].arguments.is_valid());
}

#[test]
fn a_call_without_name_id_and_arguments_is_none() {
    let mut signed = piece();
    signed.extra.insert("x".into(), json!(1));
    for empty in [piece(), piece().with_arguments("null"), piece().with_arguments(" "), signed] {
        let real = ToolCallFragment::new().with_index(1).with_id("b").with_name("tide");
        assert_eq!(calls([empty.clone()]), [], "{empty:?}");
        assert_eq!(calls([empty, real]).len(), 1);
    }
}

#[test]
fn unknown_keys_of_all_fragments_of_a_call_are_joined() {
    let with = |key: &str, value| {
        let mut fragment = piece();
        fragment.extra.insert("function".into(), json!({ key: value }));
        fragment
    };
    let found = calls([piece().with_name("tide"), with("a", 1), with("b", 2)]);
    assert_eq!(found[0].extra["function"], json!({"a": 1, "b": 2}));
}

#[test]
fn arguments_under_an_index_of_their_own_go_to_the_call_that_lacks_them() {
    let whole = r#"{"city":"Oslo","days":3}"#;
    let begin = || piece().with_id("a").with_name("tide");
    let counted =
        |at: u64, text: &'static str| ToolCallFragment::new().with_index(at).with_arguments(text);
    let pieces = [r#"{"city":"#, r#""Oslo","#, r#""days":3}"#];
    for (first, step) in [(1, 0), (1, 1), (7, 2)] {
        let rest = (0..).zip(pieces).map(|(n, text)| counted(first + n * step, text));
        assert_eq!(arguments([begin()].into_iter().chain(rest)), [whole], "{first} {step}");
    }
    // An id is made up for each piece too, and a placeholder stands before them.
    let rest = pieces.iter().zip(["b", "c", "d"]).zip(1..);
    let rest = rest.map(|((text, id), at)| counted(at, text).with_id(id).with_name(""));
    assert_eq!(arguments([begin()].into_iter().chain(rest)), [whole]);
    let rest = pieces.map(|text| counted(1, text));
    assert_eq!(arguments([begin().with_arguments("{}")].into_iter().chain(rest)), [whole]);

    // The next call begins with a name, also under an index that was a piece's.
    let next = ToolCallFragment::new().with_index(1).with_id("b").with_name("wind");
    let all = [begin(), counted(1, whole), next, counted(2, r#"{"city":"Bergen"}"#)];
    let found = calls(all);
    let names: Vec<_> = found.iter().map(|call| (&*call.name, &*call.id)).collect();
    assert_eq!(names, [("tide", "a"), ("wind", "b")]);
    assert_eq!(found[1].arguments.as_str(), r#"{"city":"Bergen"}"#);
}

#[test]
fn the_id_of_another_call_outweighs_the_index() {
    let at = |index: u64, id: &'static str| ToolCallFragment::new().with_index(index).with_id(id);
    let found = calls([
        at(0, "a").with_name("tide").with_arguments(r#"{"city":"#),
        at(1, "b").with_name("wind").with_arguments(r#"{"city":"#),
        at(1, "a").with_arguments(r#""Oslo"}"#),
        at(9, "b").with_arguments(r#""Bergen"}"#),
    ]);
    let texts: Vec<_> = found.iter().map(|call| call.arguments.as_str()).collect();
    assert_eq!(texts, [r#"{"city":"Oslo"}"#, r#"{"city":"Bergen"}"#]);
    // A whole call again, or its arguments behind its name.
    let whole = r#"{"city":"Oslo"}"#;
    let call = |index| at(index, "a").with_name("tide").with_arguments(whole);
    assert_eq!(arguments([call(0), call(1)]), [whole]);
    assert_eq!(arguments([at(0, "a").with_name("tide"), call(1), call(2)]), [whole]);
    // One id for all calls tells nothing.
    let same = [0, 1].map(|index| at(index, "0").with_name("tide").with_arguments(r#"{"city":"#));
    let rest = [0, 1].map(|index| at(index, "0").with_arguments(r#""Oslo"}"#));
    assert_eq!(arguments(same.into_iter().chain(rest)), [whole, whole]);
}
