//! Makes a conversation fit to be sent: every call has a result, and an id of its own.

use std::collections::HashSet;

use ek_core::{Error, ErrorKind, Message, Result, Role, ToolCall};

use crate::schema::{is_plain_name, plain_name};

/// The calls at the end of a conversation that have no result yet: those of a transcript that was saved
/// between a reply and its results. They are run before the model is asked.
///
/// # Errors
/// `Config` if there is no message, or an earlier call has no result: providers refuse both.
pub(super) fn unanswered(messages: &[Message]) -> Result<Vec<ToolCall>> {
    let refuse = |why: String| Err(Error::new(ErrorKind::Config, why));
    if messages.is_empty() {
        return refuse("the conversation has no message".to_owned());
    }
    for (place, message) in messages.iter().enumerate() {
        if message.tool_calls.is_empty() {
            continue;
        }
        let rest = &messages[place + 1..];
        let results = rest.iter().take_while(|m| m.role == Role::Tool);
        let mut ids: Vec<&str> =
            results.map(|m| m.tool_call_id.as_deref().unwrap_or_default()).collect();
        let at_end = ids.len() == rest.len();
        let mut open = message.tool_calls.clone();
        open.retain(|call| match ids.iter().position(|id| *id == call.id) {
            Some(found) => {
                ids.swap_remove(found);
                false
            }
            None => true,
        });
        match open.first() {
            Some(_) if at_end => return Ok(open),
            Some(call) => {
                let why = format!(
                    "message {place} of the conversation (counted from 0) calls the tool `{}` and no \
                     tool message after it has the result: add the result, or end the conversation there to have \
                     the tool run",
                    call.name
                );
                return refuse(why);
            }
            None => {}
        }
    }
    Ok(Vec::new())
}

/// Gives a call a new id where it has none, or where another call of the reply has the same: results are
/// matched to their calls by nothing else.
pub(super) fn give_ids(calls: &mut [ToolCall]) {
    let mut taken = HashSet::new();
    for call in calls {
        if call.id.is_empty() || taken.contains(&call.id) {
            call.id = ToolCall::generate_id();
        }
        taken.insert(call.id.clone());
    }
}

/// Wraps arguments that are no JSON object, as `{"invalid_json": "..."}`, and gives a name that no tool can
/// have one that servers take.
///
/// The model has to read what it wrote, but many servers read the arguments of earlier calls as JSON
/// (llama.cpp, Ollama and vLLM do), or check their names (OpenAI and Bedrock do), and refuse the whole
/// conversation because of one invalid call.
pub(super) fn make_sendable(calls: &mut [ToolCall]) {
    for call in calls {
        if !call.arguments.is_valid() {
            call.arguments = call.arguments.to_sendable().into_owned();
        }
        if !is_plain_name(&call.name) {
            call.name = plain_name(&call.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(ids: &[&str]) -> Message {
        let calls = ids.iter().map(|id| ToolCall::new(*id, "tide", "{}"));
        Message::assistant("").with_tool_calls(calls)
    }

    fn open(messages: &[Message]) -> Vec<String> {
        unanswered(messages).expect("sound").into_iter().map(|call| call.id).collect()
    }

    #[test]
    fn the_calls_without_a_result_are_those_at_the_end() {
        let user = || Message::user("?");
        let result = |id: &str| Message::tool(id, "04:12");
        assert!(open(&[user()]).is_empty());
        assert!(open(&[user(), calls(&["a", "b"]), result("b"), result("a")]).is_empty());
        assert_eq!(open(&[user(), calls(&["a", "b"])]), ["a", "b"]);
        assert_eq!(open(&[user(), calls(&["a", "b"]), result("a")]), ["b"]);
        // Some servers begin the ids again in each reply: an earlier result answers no later call.
        assert_eq!(open(&[user(), calls(&["a"]), result("a"), calls(&["a"])]), ["a"]);
        // Two calls with one id need two results.
        assert_eq!(open(&[user(), calls(&["a", "a"]), result("a")]), ["a"]);
    }

    #[test]
    fn an_earlier_call_without_its_result_is_a_config_error_that_says_where() {
        let error = unanswered(&[Message::user("?"), calls(&["a"]), Message::user("and?")]);
        let error = error.expect_err("no result");
        assert_eq!(error.kind(), ErrorKind::Config);
        let start = "message 1 of the conversation (counted from 0) calls the tool `tide` and no";
        assert!(error.to_string().starts_with(start), "{error}");
        let error = unanswered(&[]).expect_err("empty");
        assert_eq!(error.to_string(), "the conversation has no message");
    }

    #[test]
    fn arguments_that_are_no_object_are_wrapped_and_others_stay_as_they_are() {
        let mut calls = [
            ToolCall::new("a", "tide", r#"{"city": "Os"#),
            ToolCall::new("b", "tide", r#"{"city": "Oslo"}"#),
            ToolCall::custom("c", "shell", "ls {"),
        ];
        make_sendable(&mut calls);
        let sent = calls.map(|call| call.arguments.as_str().to_owned());
        let wrapped = r#"{"invalid_json":"{\"city\": \"Os"}"#;
        assert_eq!(sent, [wrapped, r#"{"city": "Oslo"}"#, "ls {"]);
    }

    #[test]
    fn names_that_servers_refuse_are_replaced_and_others_stay_as_they_are() {
        let long = "x".repeat(100);
        for (name, sent) in [
            ("get_tide-2", "get_tide-2"),
            ("browser.tabs.open", "browser_tabs_open"),
            ("high tide ü", "high_tide__"),
            ("", "_"),
            (&long, &long[..64]),
        ] {
            let mut calls = [ToolCall::new("a", name, "{}"), ToolCall::custom("b", name, "ls")];
            make_sendable(&mut calls);
            assert_eq!([&calls[0].name, &calls[1].name], [sent, sent]);
        }
    }

    #[test]
    fn empty_and_repeated_ids_are_replaced_and_others_are_kept() {
        let mut calls = calls(&["a", "", "a", "b", ""]).tool_calls;
        give_ids(&mut calls);
        let ids: HashSet<_> = calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids.len(), 5);
        assert!(!ids.contains(""));
        assert_eq!((calls[0].id.as_str(), calls[3].id.as_str()), ("a", "b"));
    }
}
