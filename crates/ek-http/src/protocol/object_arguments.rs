//! Arguments at servers that take an object and nothing else, and write mostly that.

use std::borrow::Cow;

use ek_core::Arguments;
use serde_json::json;

use crate::json::string;

/// Arguments as a server writes them, as text: an object, a text that holds one, or neither; `None` if
/// there is nothing in them.
pub(crate) fn text_of(json: &str) -> Option<Cow<'_, str>> {
    if json.starts_with('"') {
        return Some(string::read(json)).filter(|text| !text.trim().is_empty());
    }
    let nothing = json == "null" || json.strip_prefix('{').is_some_and(|rest| rest.trim() == "}");
    (!nothing).then_some(Cow::Borrowed(json))
}

/// An object always. What is none stands in one under `invalid_json`, as Anthropic advises for arguments
/// that are cut; free text stands under `input`.
pub(crate) fn object_of(arguments: &Arguments) -> String {
    if !arguments.is_free_text() {
        return arguments.to_sendable().as_str().trim().to_owned();
    }
    json!({ "input": arguments.as_str() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_no_object_are_sent_within_one() {
        for (arguments, sent) in [
            (Arguments::from_text(r#"{"a": 1}"#), r#"{"a": 1}"#),
            (Arguments::from_text(""), "{}"),
            (Arguments::from_text("{\"a\":\"x"), r#"{"invalid_json":"{\"a\":\"x"}"#),
            (Arguments::invalid(""), r#"{"invalid_json":""}"#),
            (Arguments::free_text("x\n"), r#"{"input":"x\n"}"#),
        ] {
            assert_eq!(object_of(&arguments), sent);
        }
    }

    #[test]
    fn arguments_are_an_object_or_a_text_that_holds_one() {
        for (json, expected) in [
            (r#"{"a":1}"#, Some(r#"{"a":1}"#)),
            (r#""{\"a\":1}""#, Some(r#"{"a":1}"#)),
            ("[1]", Some("[1]")),
            ("{ }", None),
            ("null", None),
            (r#""""#, None),
        ] {
            assert_eq!(text_of(json).as_deref(), expected, "{json}");
        }
    }
}
