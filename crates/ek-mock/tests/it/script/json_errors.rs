//! What is wrong with a script in JSON: the place, and what is allowed there.

use ek_core::ErrorKind;
use ek_mock::Script;

fn why(json: &str) -> String {
    let error = Script::from_json(json).expect_err(json);
    assert_eq!(error.kind(), ErrorKind::Config);
    error.to_string()
}

/// The message about a rule that has this reply second.
fn reply(json: &str) -> String {
    why(&format!(r#"{{"rules": [{{"replies": ["sound", {json}]}}]}}"#))
}

/// The message about a second rule with these keys.
fn rule(json: &str) -> String {
    why(&format!(r#"{{"rules": [{{"replies": []}}, {{{json}}}]}}"#))
}

#[test]
fn a_typing_error_is_reported_with_its_place_and_the_keys_that_there_are() {
    let messages = [
        why("{"),
        why("[]"),
        why(r#"{"rule": []}"#),
        why(r#"{"rules": [], "latency": 2}"#),
        why(r#"{"rules": []} more"#),
        rule(r#""name": "x""#),
        rule(r#""replies": "a", "wen": {}"#),
        rule(r#""replies": "a", "when": {"user_txt": "x"}"#),
        rule(r#""replies": "a", "when": {"tool_result": "tide"}"#),
        rule(r#""replies": "a", "at_end": "repeat""#),
        rule(r#""replies": "a", "per": "call""#),
        rule(r#""replies": "a", "expect_calls": "2""#),
        rule(r#""replies": 7"#),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: EOF while parsing an object at line 1 column 1
    the script cannot be read: invalid type: sequence, expected an object at line 1 column 0
    the script cannot be read: rule: unknown field `rule`, expected one of `rules`, `latency`, `pause`, `chunk_chars`, `chaos` at line 1 column 7
    the script cannot be read: latency: invalid type: integer `2`, expected a time: a whole number with its unit (us, ms, s, m or h), such as "250ms" or "20s" at line 1 column 26
    the script cannot be read: trailing characters at line 1 column 15
    the script cannot be read: rules[1]: missing field `replies` at line 1 column 41
    the script cannot be read: rules[1].wen: unknown field `wen`, expected one of `name`, `when`, `replies`, `at_end`, `per`, `expect_calls` at line 1 column 50
    the script cannot be read: rules[1].when.user_txt: unknown field `user_txt`, expected one of `user_text`, `user_text_contains`, `model`, `tool_result`, `tool_result_of`, `offers_tool`, `streamed`, `embedding`, `embedding_text_contains` at line 1 column 64
    the script cannot be read: rules[1].when.tool_result: invalid type: string "tide", expected a boolean at line 1 column 75
    the script cannot be read: rules[1].at_end: unknown variant `repeat`, expected one of `cycle`, `strict`, `repeat_last` at line 1 column 63
    the script cannot be read: rules[1].per: unknown variant `call`, expected `attempt` or `request` at line 1 column 58
    the script cannot be read: rules[1].expect_calls: a number, or an object with `at_least`, `at_most` or both at line 1 column 65
    the script cannot be read: rules[1].replies: invalid type: integer `7`, expected a value or a list of values at line 1 column 41
    "#);
}

#[test]
fn a_reply_that_cannot_be_meant_is_reported_with_its_place() {
    let messages = [
        reply("7"),
        reply("{}"),
        reply(r#"{"latency": "2s"}"#),
        reply(r#"{"text": "a", "error": "server"}"#),
        reply(r#"{"text": "a", "latency": "2 days"}"#),
        reply(r#"{"error": "overloaded"}"#),
        reply(r#"{"error": {"kind": "server", "stauts": 500}}"#),
        reply(r#"{"error": {}}"#),
        reply(r#"{"raw": {"status": 70000}}"#),
        reply(r#"{"raw": {"status": 200, "body": "", "body_base64": ""}}"#),
        reply(r#"{"raw": {"status": 200, "body_base64": "?"}}"#),
        reply(r#"{"tool_calls": [{"arguments": {}}]}"#),
        reply(r#"{"tool_calls": [{"name": "t", "arguments": {}, "input": ""}]}"#),
        reply(r#"{"tool_call_fragments": [{"index": 0, "arguments": "{\"a\":1}"}]}"#),
        reply(r#"{"text": "a", "usage": "guessed"}"#),
        reply(r#"{"attempts": [{"attempts": ["a"]}]}"#),
        reply(r#"{"attempts": ["a"], "latency": "2s"}"#),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: rules[0].replies[1]: invalid type: integer `7`, expected a reply: a text or an object at line 1 column 34
    the script cannot be read: rules[0].replies[1]: the reply says nothing: write `text`, `tool_calls`, `vectors`, `error`, `raw` or `attempts` at line 1 column 36
    the script cannot be read: rules[0].replies[1]: the reply says nothing: write `text`, `tool_calls`, `vectors`, `error`, `raw` or `attempts` at line 1 column 51
    the script cannot be read: rules[0].replies[1]: a reply is of one kind, and this has what a model says and `error` at line 1 column 66
    the script cannot be read: rules[0].replies[1].latency: invalid value: string "2 days", expected a time: a whole number with its unit (us, ms, s, m or h), such as "250ms" or "20s" at line 1 column 66
    the script cannot be read: rules[0].replies[1].error: unknown kind of error `overloaded`, expected one of `config`, `unsupported`, `rejected`, `quota_exhausted`, `rate_limited`, `server`, `timeout`, `connect`, `tls`, `interrupted`, `malformed`, `too_large`, `budget_exhausted`, `consensus_failed`, `max_iterations` at line 1 column 55
    the script cannot be read: rules[0].replies[1].error.stauts: unknown field `stauts`, expected one of `kind`, `message`, `status`, `code`, `request_id`, `retry_after`, `retryable`, `headers`, `body` at line 1 column 70
    the script cannot be read: rules[0].replies[1].error: missing field `kind` at line 1 column 45
    the script cannot be read: rules[0].replies[1].raw.status: invalid value: integer `70000`, expected u16 at line 1 column 57
    the script cannot be read: rules[0].replies[1]: `body` and `body_base64` exclude each other at line 1 column 89
    the script cannot be read: rules[0].replies[1]: `body_base64` is none: Invalid symbol 63, offset 0. at line 1 column 78
    the script cannot be read: rules[0].replies[1].tool_calls[0]: missing field `name` at line 1 column 66
    the script cannot be read: rules[0].replies[1]: tool call 1: `arguments` and `input` exclude each other at line 1 column 95
    the script cannot be read: rules[0].replies[1]: the fragments make no tool calls: the reply has a tool call without a name at line 1 column 99
    the script cannot be read: rules[0].replies[1].usage: unknown usage `guessed`, expected an object of token counts, or `counted` or `none` at line 1 column 65
    the script cannot be read: rules[0].replies[1]: a sequence of attempts stands within another one at line 1 column 69
    the script cannot be read: rules[0].replies[1]: latency, pieces and faults belong to the replies inside a sequence at line 1 column 70
    "#);
}

#[test]
fn a_fault_has_one_place_and_a_cut_a_known_form() {
    let fault = |json: &str| reply(&format!(r#"{{"text": "a", "fault": {json}}}"#));
    let messages = [
        fault(r#""reset""#),
        fault(r#"{"kind": "reset"}"#),
        fault(r#"{"kind": "reset", "after_pieces": 1, "at_byte": 1}"#),
        fault(r#"{"kind": "rset", "after_pieces": 1}"#),
        fault(r#"{"kind": "no_done", "after_pieces": 1}"#),
        fault(r#"{"kind": "error", "after_pieces": 1}"#),
        fault(r#"{"kind": "reset", "after_pieces": 1, "error": "server"}"#),
        reply(r#"{"text": "a", "cuts": "bytes"}"#),
        reply(r#"{"text": "a", "cuts": {"every": -1}}"#),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: rules[0].replies[1].fault: a fault has a place: write {"kind": "reset", "after_pieces": 2} or "at_byte" at line 1 column 63
    the script cannot be read: rules[0].replies[1]: a fault has one place: `after_pieces` or `at_byte` at line 1 column 75
    the script cannot be read: rules[0].replies[1]: a fault has one place: `after_pieces` or `at_byte` at line 1 column 108
    the script cannot be read: rules[0].replies[1].fault.kind: unknown variant `rset`, expected one of `reset`, `cut`, `end`, `hang`, `malformed`, `no_done`, `error` at line 1 column 71
    the script cannot be read: rules[0].replies[1]: the fault `no_done` has no place at line 1 column 96
    the script cannot be read: rules[0].replies[1]: the fault `error` needs an `error` at line 1 column 94
    the script cannot be read: rules[0].replies[1]: only the fault `error` has an `error` at line 1 column 113
    the script cannot be read: rules[0].replies[1].cuts: unknown variant `bytes`, expected one of `frames`, `every`, `at`, `inside_chars`, `inside_fields` at line 1 column 62
    the script cannot be read: rules[0].replies[1].cuts.every: invalid value: integer `-1`, expected usize at line 1 column 67
    "#);
}

#[test]
fn settings_of_a_rule_that_contradict_each_other_are_refused() {
    let messages = [
        rule(r#""replies": {"attempts": ["a"]}, "per": "attempt""#),
        rule(r#""replies": "a", "name": "n", "expect_calls": {"at_least": 3, "at_most": 2}"#),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the script cannot be read: rule 2 (any request): a reply that is a sequence of attempts needs a rule per request: each attempt of a rule per attempt takes a reply of its own
    the script cannot be read: rule "n": at least more calls are expected than at most
    "#);
}
