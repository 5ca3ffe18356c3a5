//! Removes echoes: text of the request or of the reply, which an error must not show.

use serde_json::Value;

use crate::failure::names;

/// Names of fields that may hold text of the request or of the reply.
const NAMES: &[&str] = &["text", "value", "instance", "inputvalue"];

/// Words that make a name such a name if they are its last word: `user_prompt`, `requestBody`.
const LAST_WORDS: &[&str] = &[
    "answer",
    "args",
    "arguments",
    "audio",
    "body",
    "choices",
    "completion",
    "completions",
    "content",
    "contents",
    "conversation",
    "delta",
    "documents",
    "file",
    "files",
    "functions",
    "generation",
    "headers",
    "history",
    "image",
    "images",
    "input",
    "inputs",
    "instructions",
    "messages",
    "output",
    "outputs",
    "parameters",
    "params",
    "payload",
    "prompt",
    "prompts",
    "query",
    "question",
    "request",
    "response",
    "schema",
    "system",
    "tools",
];

/// Words of parsers before a text of the request in quotes: those of llama.cpp's, and serde's.
const PHRASES: [&str; 3] = ["last read: ", "invalid type: string ", "invalid value: string "];

/// The longest name that is checked, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Whether the value of a name may be an echo.
pub(super) fn is_echo(name: &str) -> bool {
    let last = || names::words(name).pop().is_some_and(|word| LAST_WORDS.contains(&word.as_str()));
    names::is_any(name, NAMES) || (name.len() <= MAX_NAME_BYTES && last())
}

/// A copy of a document without its echoes.
pub(super) fn without_echoes(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| match is_echo(name) {
                true => (name.clone(), Value::from("...")),
                false => (name.clone(), without_echoes(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(without_echoes).collect(),
        Value::String(text) => Value::from(before_echo(text)),
        other => other.clone(),
    }
}

/// A text up to its first echo. The echo may be JSON or Python within prose, whole or cut, with or without
/// escapes.
pub(super) fn before_echo(text: &str) -> &str {
    let bytes = text.as_bytes();
    let behind = |at: usize, passed: &[u8]| {
        bytes[at..].iter().position(|byte| !passed.contains(byte)).map_or(bytes.len(), |n| at + n)
    };
    // A name stands behind `{` or `,`.
    let mut opens = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' | b',' => opens = true,
            b' ' | b'\n' | b'\r' | b'\t' | b'\\' => {}
            b'"' | b'\'' if PHRASES.iter().any(|phrase| text[..at].ends_with(phrase)) => {
                return shortened(text, at);
            }
            b'"' | b'\'' if opens => {
                opens = false;
                let rest = &bytes[at + 1..bytes.len().min(at + 2 + MAX_NAME_BYTES)];
                let Some(end) = rest.iter().position(|b| b == byte) else { continue };
                let name = text.get(at + 1..at + 1 + end).unwrap_or_default();
                let colon = behind(at + 2 + end, b" \t");
                if bytes.get(colon) != Some(&b':') || !is_echo(name.trim_end_matches('\\')) {
                    continue;
                }
                let value = bytes.get(behind(colon + 1, b" \t\\"));
                if value.is_none_or(|value| matches!(value, b'"' | b'\'' | b'{' | b'[' | b'(')) {
                    return shortened(text, at);
                }
            }
            // Pydantic writes this.
            b'i' if bytes[at..].starts_with(b"input_value=") => return shortened(text, at),
            _ => opens = false,
        }
    }
    text
}

fn shortened(text: &str, at: usize) -> &str {
    text[..at].trim_end_matches([' ', ',', '{', '[', '\\', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_echoes_are_recognised_in_any_spelling() {
        for name in
            ["input", "messages", "user_prompt", "requestBody", "Request-Body", "flagged_input"]
        {
            assert!(is_echo(name), "{name}");
        }
        for name in
            ["message", "input_tokens", "request_id", "prompt_too_long", "max_context", "err"]
        {
            assert!(!is_echo(name), "{name}");
        }
    }

    #[test]
    fn a_text_ends_before_its_first_echo() {
        for (text, kept) in [
            (r#"bad: {"loc": 1, "input": {"p": "PROMPT"}}"#, r#"bad: {"loc": 1"#),
            ("[{'msg': 'm', 'input': {'p': 'say \"PROMPT'}}]", "[{'msg': 'm'"),
            (r#"upstream: "{\"msg\":\"m\",\"prompt\":\"PROMPT"#, r#"upstream: "{\"msg\":\"m\""#),
            (
                "field\n  wrong [type=x, input_value='PROMPT', input_type=str]",
                "field\n  wrong [type=x",
            ),
            ("parse error; last read: '\"PROMPT'", "parse error; last read:"),
            (
                "messages[0]: invalid type: string \"PROMPT\", expected a map",
                "messages[0]: invalid type: string",
            ),
            (r#"{"messages":"#, ""),
            (
                "Invalid type for 'messages': expected a list",
                "Invalid type for 'messages': expected a list",
            ),
            ("unknown {'input': 7}", "unknown {'input': 7}"),
            ("don't, 'x", "don't, 'x"),
        ] {
            assert_eq!(before_echo(text), kept, "{text}");
        }
    }

    #[test]
    fn many_quotes_take_linear_time() {
        let text = "{'".repeat(500_000);
        assert_eq!(before_echo(&text).len(), text.len());
    }
}
