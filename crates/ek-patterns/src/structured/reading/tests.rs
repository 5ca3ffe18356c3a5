//! What a reply is read as, and why one cannot be used.

use std::sync::Arc;

use ek_core::{FinishReason, RawJson, ToolCall};

use super::*;

type Pair = (u32, String);

fn plain<T>() -> Reader<T> {
    Reader { schema: None, strict: None, lenient: false, check: None }
}

fn read<T: DeserializeOwned>(reply: impl Into<LlmResponse>) -> Option<T> {
    plain().read(&reply.into()).ok()
}

fn misfit<T: DeserializeOwned>(reply: impl Into<LlmResponse>) -> Option<(Misfit, String)> {
    plain::<T>().read(&reply.into()).err().map(|problem| (problem.misfit, problem.for_model))
}

fn cut(text: &str) -> LlmResponse {
    LlmResponse::text(text).with_finish_reason(FinishReason::Length)
}

#[test]
fn the_last_json_that_fits_is_the_value() {
    let reply = r#"See [1] and ["x", 2]: [6, "draft"], no, [7, "seven"], not ["eight", 8]."#;
    assert_eq!(read(reply), Some((7, "seven".to_owned())));
    assert_eq!(read(" 42\n"), Some(42));
    assert_eq!(read("```json\n\"x\"\n```"), Some("x".to_owned()));
    let fenced =
        "```json\n[6, \"draft\"]\n```\nBetter:\n```json\n[7, \"seven\"]\n```\nlike [8, \"x\"]";
    assert_eq!(read(fenced), Some((7, "seven".to_owned())));
}

#[test]
fn a_draft_in_the_model_s_thoughts_is_no_value() {
    let reply = r#"<think>Raku? [1000, "raku"]</think>[1260, "tenmoku"]"#;
    assert_eq!(read(reply), Some((1260, "tenmoku".to_owned())));
    assert_eq!(misfit::<Pair>(r#"<think>[1000, "raku"]"#).map(|m| m.0), Some(Misfit::Empty));
    let lost = r#"<think>[1000, "raku"]</think>I do not know."#;
    assert_eq!(misfit::<Pair>(lost).map(|m| m.0), Some(Misfit::NotJson));
}

#[test]
fn the_model_reads_what_was_wrong() {
    let for_model = |reply: &str| misfit::<Pair>(reply).expect("a misfit");
    assert_eq!(for_model(" \n"), (Misfit::Empty, "It was empty.".into()));
    assert_eq!(for_model("I cannot."), (Misfit::NotJson, "There was no JSON in it.".into()));
    let (kind, text) = for_model(r#"Here: [7, "seven",]"#);
    assert_eq!(kind, Misfit::NotJson);
    assert_eq!(text, "It is not valid JSON: trailing comma, near `[7, \"seven\",]`.");
    let (kind, text) = for_model(r#"Here: ["seven", 7]"#);
    assert_eq!(kind, Misfit::WrongShape);
    assert_eq!(text, "It has the wrong form:\n- /0: expected u32, found string");
}

#[test]
fn a_mistake_in_a_long_line_is_shown_with_the_text_around_it() {
    let (_, for_model) =
        misfit::<Pair>(&*format!("[{}\u{e6} x, 1]", "1, ".repeat(1_000))).expect("a misfit");
    assert!(
        for_model.contains("near `") && for_model.contains("\u{e6} x, 1]") && for_model.len() < 120,
        "{for_model}"
    );
}

#[test]
fn a_call_of_a_tool_is_no_answer_and_neither_is_reasoning() {
    let call = LlmResponse::default().with_tool_calls([ToolCall::new("a", "answer", "{}")]);
    let (kind, for_model) = misfit::<Pair>(call).expect("a misfit");
    assert_eq!(kind, Misfit::Empty);
    assert!(for_model.starts_with("It calls a tool."), "{for_model}");
    let thoughts = LlmResponse::text("").with_reasoning(r#"[7, "seven"]"#);
    let (kind, for_model) = misfit::<Pair>(thoughts).expect("a misfit");
    assert_eq!(kind, Misfit::Empty);
    assert!(for_model.starts_with("It holds reasoning and no answer."), "{for_model}");
}

#[test]
fn a_reply_that_was_cut_is_reported_as_such_unless_its_json_is_whole() {
    assert_eq!(misfit::<Pair>(cut("[7, \"sev")).map(|m| m.0), Some(Misfit::Truncated));
    assert_eq!(misfit::<u32>(cut("12")).map(|m| m.0), Some(Misfit::Truncated));
    assert_eq!(misfit::<Pair>(cut("")).map(|m| m.0), Some(Misfit::Truncated));
    assert_eq!(misfit::<Pair>(cut("[7, \"seven\"] which is")), None);
}

#[test]
fn json_that_would_make_too_large_a_tree_is_not_read() {
    let large = format!("[{}0]", "{\"\":0},".repeat(MAX_JSON_VALUES));
    let (kind, for_model) = misfit::<Value>(&*large).expect("too large");
    assert_eq!(kind, Misfit::TooLarge);
    assert_eq!(for_model, "Its JSON has more than 50000 values. Be shorter.");
    let prose = "one, ".repeat(MAX_JSON_VALUES);
    assert_eq!(misfit::<Value>(&*prose).map(|m| m.0), Some(Misfit::NotJson));
}

#[test]
fn json_that_its_type_would_read_in_exponential_time_is_not_read() {
    let schema = RawJson::new(
        r##"{"anyOf":[{"properties":{"l":{"$ref":"#"},"op":{"const":"and"}}},{"properties":{"l":{"$ref":"#"},"op":{"const":"or"}}}]}"##,
    );
    let schema = Schema::compile(&schema.expect("JSON")).expect("a schema");
    let reader = Reader::<Value> { schema: Some(schema), ..plain() };
    let reply = format!("{}1{}", "{\"l\":".repeat(40), ",\"op\":\"or\"}".repeat(40));
    let problem = reader.read(&LlmResponse::text(reply)).expect_err("too complex");
    assert_eq!(problem.misfit, Misfit::TooLarge);
}

#[test]
fn a_value_that_the_check_refuses_is_none() {
    let check: ValueCheck<u32> =
        Arc::new(|n| if *n > 9 { Err("at most 9".into()) } else { Ok(()) });
    let reader = Reader { check: Some(check), ..plain() };
    assert_eq!(reader.read(&"9".into()).ok(), Some(9));
    let problem = reader.read(&"10".into()).expect_err("refused");
    assert_eq!(problem.misfit, Misfit::Refused);
    assert_eq!(problem.for_model, "Its values are wrong: at most 9");
}

#[test]
fn what_is_nearly_json_is_read_where_that_is_wanted() {
    for reply in [
        "[7, \"se\nven\"]",
        "[7, \"se\\nven\",]",
        "Sure: ['7' , 'x'] [7, 'se\\nven', ] !",
        "The list [\"a, and: [7, \"se\nven\"]",
    ] {
        let reader = Reader::<Pair> { lenient: true, ..plain() };
        let value = reader.read(&reply.into()).map_err(|problem| problem.for_model);
        assert_eq!(value, Ok((7, "se\nven".to_owned())), "{reply}");
        assert_eq!(read::<Pair>(reply), None, "{reply}");
    }
}
