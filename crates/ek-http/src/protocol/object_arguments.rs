//! Arguments for a server that takes an object and nothing else.

use ek_core::Arguments;

use crate::json::write;

/// An object always. What is none stands in one under `invalid_json`, as Anthropic advises for arguments
/// that are cut; free text stands under `input`.
pub(crate) fn object_of(arguments: &Arguments) -> String {
    if !arguments.is_free_text() {
        return arguments.to_sendable().as_str().trim().to_owned();
    }
    let mut text = Vec::with_capacity(arguments.as_str().len() + 2);
    write::write(arguments.as_str(), &mut text);
    [r#"{"input":"#, std::str::from_utf8(&text).unwrap_or_default(), "}"].concat()
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
}
