//! Google's Gemini API: what is asked and what is answered.

use serde_json::{Value, json};

use super::{Protocol, Spoken};
use crate::answers::{Answer, Found, TOKENS};
use crate::scenario::{self, DELTAS, MAX_TOKENS, Question, TOOL_DESCRIPTION, TOOL_NAMES, TOOLS};
use crate::{calls, words};

const MODEL: &str = "gemini-3-flash";
const ID: &str = "bH6LaZW8Fp_3nsEPqtaSwQ4";

pub(super) const SPOKEN: Spoken = Spoken {
    version: "v1beta",
    model: MODEL,
    paths: [
        "/models/gemini-3-flash:generateContent",
        "/models/gemini-3-flash:streamGenerateContent?alt=sse",
    ],
    headers: &[("x-goog-api-key", scenario::API_KEY)],
    request,
    answers: &[
        ("gemini-small", small),
        ("gemini-tools", tools),
        ("gemini-sse", sse),
        ("gemini-sse-tools", sse_tools),
    ],
};

fn request(question: Question, _: bool) -> Value {
    let content = |(role, text)| {
        let role = if role == "user" { "user" } else { "model" };
        json!({"role": role, "parts": [{"text": text}]})
    };
    let contents: Vec<Value> = scenario::conversation(question).into_iter().map(content).collect();
    let mut body = json!({"contents": contents,
        "generationConfig": {"temperature": 0.7, "maxOutputTokens": MAX_TOKENS}});
    if question == Question::Tools {
        let schema = scenario::schema();
        let tool = |name: &str| json!({"name": name, "description": TOOL_DESCRIPTION, "parametersJsonSchema": schema});
        body["tools"] = json!([{"functionDeclarations": TOOL_NAMES.map(tool)}]);
    }
    body
}

/// A whole reply, or an event of a stream, with this part or these parts.
///
/// Written by hand, here and below, so that the keys come in the order in which servers send them.
fn document(parts: &str, reason: Option<&str>, tokens: u64) -> String {
    let reason = reason.map_or_else(String::new, |word| format!(r#""finishReason":"{word}","#));
    let total = 19 + tokens;
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{parts}],"role":"model"}},{reason}"index":0}}],"usageMetadata":{{"promptTokenCount":19,"candidatesTokenCount":{tokens},"totalTokenCount":{total},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":19}}]}},"modelVersion":"{MODEL}","responseId":"{ID}"}}"#
    )
}

fn event(parts: &str, reason: Option<&str>, tokens: u64) -> String {
    format!("data: {}\r\n\r\n", document(parts, reason, tokens))
}

fn text(text: &str) -> String {
    json!({"text": text}).to_string()
}

fn small(name: &'static str) -> Answer {
    let words = words::words(24);
    let found = Found { text: words.len(), tokens: TOKENS, ..Found::default() };
    Answer::whole(name, Protocol::Gemini, document(&text(&words), Some("STOP"), TOKENS), found)
}

fn tools(name: &'static str) -> Answer {
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    let call = |at: usize| {
        let args = calls::arguments(at);
        found.arguments += args.to_string().len();
        let (tool, id) = (calls::NAME, calls::id("call", at));
        format!(r#"{{"functionCall":{{"name":"{tool}","args":{args},"id":"{id}"}}}}"#)
    };
    let parts = (0..TOOLS.len()).map(call).collect::<Vec<_>>().join(",");
    Answer::whole(name, Protocol::Gemini, document(&parts, Some("STOP"), TOKENS), found)
}

fn sse(name: &'static str) -> Answer {
    let mut body = String::new();
    for at in 0..DELTAS {
        body += &event(&text(words::word(at)), None, at as u64 + 1);
    }
    body += &event(&text(""), Some("STOP"), TOKENS);
    let text = words::words(DELTAS).len();
    let found = Found { text, deltas: DELTAS, tokens: TOKENS, ..Found::default() };
    Answer::streamed(name, Protocol::Gemini, body, found)
}

/// The pieces of the arguments have paths. The call is shown when it begins, and its arguments when it
/// ends.
fn sse_tools(name: &'static str) -> Answer {
    let tool = calls::NAME;
    let mut body = String::new();
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    let piece = |path: &str, text: &str, goes_on: bool| {
        let value = Value::from(text);
        let more = if goes_on { r#","willContinue":true"# } else { "" };
        let part = format!(
            r#"{{"functionCall":{{"partialArgs":[{{"jsonPath":"{path}","stringValue":{value}{more}}}],"willContinue":true}}}}"#
        );
        event(&part, None, 1)
    };
    for (at, city) in TOOLS.iter().enumerate() {
        let id = calls::id("call", at);
        let begin =
            format!(r#"{{"functionCall":{{"name":"{tool}","id":"{id}","willContinue":true}}}}"#);
        body += &event(&begin, None, 1);
        body += &piece("$.city", city, false);
        let words: Vec<_> = calls::note().collect();
        for (at, word) in words.iter().enumerate() {
            body += &piece("$.note", word, at + 1 < words.len());
        }
        body += &event(r#"{"functionCall":{}}"#, None, 1);
        found.arguments += calls::pieces(city).concat().len();
        found.deltas += 2;
    }
    body += &event(&text(""), Some("STOP"), TOKENS);
    Answer::streamed(name, Protocol::Gemini, body, found)
}
