//! The model's turn in the request that follows it: what has to be there so that nothing is lost.

use executionkit::ProtocolName;
use serde_json::{Value, json};

use super::json::difference;
use super::{Mismatch, differs, same};

/// Compares the turn that a case expects with the one in the body of the next request.
pub(super) fn turn(
    protocol: &ProtocolName,
    expected: &Value,
    next_request: &Value,
) -> Option<Mismatch> {
    let Some(mut found) = turn_of(protocol, next_request) else {
        return Some(differs("echo", expected, next_request.clone()));
    };
    let mut expected = expected.clone();
    same::turn(protocol, &mut expected);
    same::turn(protocol, &mut found);
    difference("echo", &expected, &found)
}

/// What stands between the question and what follows the model's turn.
fn turn_of(protocol: &ProtocolName, body: &Value) -> Option<Value> {
    match protocol {
        ProtocolName::OpenAiResponses => between_items(body),
        ProtocolName::GeminiGenerateContent => {
            let turns = of_role("model", &body["contents"])?;
            one_of(&turns, Value::clone, Value::Null)
        }
        _ => {
            let turns = of_role("assistant", &body["messages"])?;
            one_of(&turns, |turn| turn["content"].clone(), json!([]))
        }
    }
}

fn of_role<'a>(role: &str, turns: &'a Value) -> Option<Vec<&'a Value>> {
    Some(turns.as_array()?.iter().filter(|turn| turn["role"] == role).collect())
}

fn one_of(turns: &[&Value], take: impl Fn(&Value) -> Value, none: Value) -> Option<Value> {
    match turns {
        [] => Some(none),
        [turn] => Some(take(turn)),
        _ => None,
    }
}

/// The items behind the user's first message and before the user's second one or the results.
fn between_items(body: &Value) -> Option<Value> {
    let items = body["input"].as_array()?;
    let start = items.iter().position(|item| item["role"] == "user")? + 1;
    let follows = |item: &Value| {
        let result = matches!(
            item["type"].as_str(),
            Some("function_call_output" | "custom_tool_call_output")
        );
        item["role"] == "user" || result
    };
    let end = items.len() - items[start..].iter().rev().take_while(|item| follows(item)).count();
    (end < items.len()).then(|| items[start..end].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(protocol: &str, expected: &Value, next_request: &Value) -> bool {
        turn(&ProtocolName::from(protocol), expected, next_request).is_none()
    }

    fn anthropic(content: &Value) -> Value {
        json!({"messages": [
            {"role": "user", "content": "When?"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]},
        ]})
    }

    #[test]
    fn a_turn_of_anthropic_is_found_and_each_change_of_it_is_seen() {
        let thinking = json!({"type": "thinking", "thinking": "", "signature": "Eq=="});
        let call = json!({"type": "tool_use", "id": "a", "name": "tide", "input": {"port": "B"}});
        let expected = json!([thinking, call]);
        let held = |content: Value| held("anthropic_messages", &expected, &anthropic(&content));
        assert!(held(json!([thinking, call])));
        assert!(!held(json!([call, thinking])), "another order");
        assert!(!held(json!([call])), "a block less");
        assert!(!held(json!([thinking, call, {"type": "text", "text": "x"}])), "a block more");
        let other = json!({"type": "thinking", "thinking": "", "signature": "Eq="});
        assert!(!held(json!([other, call])), "another signature");
    }

    #[test]
    fn a_text_equals_one_text_block_and_no_message_an_empty_list() {
        let block = json!([{"type": "text", "text": "At 14:20."}]);
        assert!(held("anthropic_messages", &block, &anthropic(&json!("At 14:20."))));
        assert!(!held("anthropic_messages", &block, &anthropic(&json!("At 14:20"))));
        let none = json!({"messages": [{"role": "user", "content": "When?"}]});
        assert!(held("anthropic_messages", &json!([]), &none));
        assert!(!held("anthropic_messages", &block, &none));
    }

    #[test]
    fn two_turns_where_there_was_one_are_a_mismatch() {
        let twice = json!({"messages": [
            {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "a"},
        ]});
        assert!(!held("anthropic_messages", &json!([{"type": "text", "text": "a"}]), &twice));
    }

    fn responses(items: &[Value], end: &Value) -> Value {
        let mut input = vec![json!({"role": "user", "content": "When?"})];
        input.extend_from_slice(items);
        input.push(end.clone());
        json!({"instructions": "Be brief.", "input": input})
    }

    #[test]
    fn items_of_responses_are_found_before_results_and_before_a_message() {
        let reasoning = json!({"type": "reasoning", "summary": [], "encrypted_content": "gA"});
        let call = json!({"type": "function_call", "call_id": "c", "name": "t", "arguments": "{}"});
        let result = json!({"type": "function_call_output", "call_id": "c", "output": "1"});
        let expected = json!([reasoning, call]);
        let sent = responses(&[reasoning.clone(), call.clone()], &result);
        assert!(held("openai_responses", &expected, &sent));
        let message = json!({"role": "user", "content": "And then?"});
        assert!(held(
            "openai_responses",
            &expected,
            &responses(&[reasoning, call.clone()], &message)
        ));
        assert!(
            !held("openai_responses", &expected, &responses(&[call], &message)),
            "no reasoning"
        );
    }

    #[test]
    fn values_that_the_server_assumes_do_not_count_in_items() {
        let full = json!([{"type": "message", "role": "assistant", "status": "completed", "id": "m",
            "content": [{"type": "output_text", "text": "a", "annotations": []}]}]);
        let short = json!({"role": "assistant", "id": "m",
            "content": [{"type": "output_text", "text": "a", "annotations": []}]});
        let end = json!({"role": "user", "content": "And then?"});
        assert!(held("openai_responses", &full, &responses(std::slice::from_ref(&short), &end)));
        let mut cut = short.clone();
        cut["status"] = "incomplete".into();
        assert!(!held("openai_responses", &full, &responses(&[cut], &end)));
        let mut nameless = short;
        nameless.as_object_mut().expect("an object").remove("id");
        assert!(!held("openai_responses", &full, &responses(&[nameless], &end)));
    }

    fn gemini(parts: &Value) -> Value {
        json!({"contents": [
            {"role": "user", "parts": [{"text": "When?"}]},
            {"role": "model", "parts": parts},
            {"role": "user", "parts": [{"text": "And then?"}]},
        ]})
    }

    #[test]
    fn plain_texts_of_gemini_are_joined_and_signatures_stay_on_their_parts() {
        let expected = json!({"role": "model", "parts": [
            {"text": "Hm. ", "thought": true}, {"text": "One "}, {"text": "two", "thought": false},
            {"text": "", "thoughtSignature": "sig"}, {"functionCall": {"name": "t"}},
        ]});
        let held = |parts: Value| held("gemini_generate_content", &expected, &gemini(&parts));
        let (thought, signed) = (
            json!({"text": "Hm. ", "thought": true}),
            json!({"text": "", "thoughtSignature": "sig"}),
        );
        let call = json!({"functionCall": {"name": "t", "args": {}}});
        assert!(held(json!([thought, {"text": "One two"}, {"text": ""}, signed, call])));
        assert!(!held(json!([{"text": "Hm. One two"}, signed, call])), "thought as text");
        assert!(!held(json!([thought, {"text": "One two", "thoughtSignature": "sig"}, call])));
        assert!(!held(json!([thought, {"text": "One two"}, call])), "no signature");
        let with_id = json!({"functionCall": {"name": "t", "id": "made-up"}});
        assert!(!held(json!([thought, {"text": "One two"}, signed, with_id])), "an id made up");
    }

    #[test]
    fn null_means_that_nothing_of_the_turn_is_sent_back() {
        let none = json!({"contents": [{"role": "user", "parts": [{"text": "When?"}]}]});
        assert!(held("gemini_generate_content", &Value::Null, &none));
        assert!(held("gemini_generate_content", &Value::Null, &gemini(&json!([{"text": ""}]))));
        assert!(!held("gemini_generate_content", &Value::Null, &gemini(&json!([{"text": "x"}]))));
    }
}
