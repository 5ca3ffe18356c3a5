//! OpenAI's Responses API: what is asked and what is answered.

use serde_json::{Value, json};

use super::{Protocol, Spoken};
use crate::answers::{Answer, Found, TOKENS};
use crate::scenario::{
    self, DELTAS, MAX_TOKENS, MODEL, Question, TOOL_DELTAS_PER_CALL, TOOL_DESCRIPTION, TOOL_NAMES,
    TOOLS,
};
use crate::{calls, words};

const ANSWERING: &str = "gpt-4o-mini-2024-07-18";
const ID: &str = "resp_67e554a155508191900ee113293c4c830794405d35281ae2";
const MESSAGE_ID: &str = "msg_67e554a1de488191af0831d35cbe082e0794405d35281ae2";

pub(super) const SPOKEN: Spoken = Spoken {
    version: "v1",
    model: MODEL,
    paths: ["/responses"; 2],
    headers: &[("authorization", "Bearer sk-0123456789abcdef")],
    request,
    answers: &[
        ("responses-small", small),
        ("responses-tools", tools),
        ("responses-sse", sse),
        ("responses-sse-tools", sse_tools),
    ],
};

fn request(question: Question, stream: bool) -> Value {
    let message = |(role, text)| json!({"role": role, "content": text});
    let input: Vec<Value> = scenario::conversation(question).into_iter().map(message).collect();
    let mut body = json!({"model": MODEL, "input": input, "temperature": 0.7,
        "max_output_tokens": MAX_TOKENS});
    if question == Question::Tools {
        body["tools"] = offered();
    }
    if stream {
        body["stream"] = true.into();
    }
    body
}

/// The tools, as they are asked for and as the answer repeats them.
fn offered() -> Value {
    let schema = scenario::schema();
    let tool = |name: &str| {
        json!({"type": "function", "name": name, "description": TOOL_DESCRIPTION,
            "parameters": schema, "strict": false})
    };
    TOOL_NAMES.map(tool).into_iter().collect()
}

/// A response, which repeats what was asked for.
///
/// Written by hand, here and below, so that the keys come in the order in which servers send them.
fn response(status: &str, output: &str, tools: &Value, usage: &str) -> String {
    format!(
        r#"{{"id":"{ID}","object":"response","created_at":1750000000,"status":"{status}","background":false,"error":null,"incomplete_details":null,"instructions":null,"max_output_tokens":{MAX_TOKENS},"max_tool_calls":null,"model":"{ANSWERING}","output":{output},"parallel_tool_calls":true,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{{"effort":null,"summary":null}},"safety_identifier":null,"service_tier":"default","store":true,"temperature":0.7,"text":{{"format":{{"type":"text"}},"verbosity":"medium"}},"tool_choice":"auto","tools":{tools},"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":{usage},"user":null,"metadata":{{}}}}"#
    )
}

fn usage() -> String {
    let total = 19 + TOKENS;
    format!(
        r#"{{"input_tokens":19,"input_tokens_details":{{"cached_tokens":0}},"output_tokens":{TOKENS},"output_tokens_details":{{"reasoning_tokens":0}},"total_tokens":{total}}}"#
    )
}

fn text_part(text: &str) -> String {
    let text = Value::from(text);
    format!(r#"{{"type":"output_text","annotations":[],"logprobs":[],"text":{text}}}"#)
}

fn message(status: &str, content: &str) -> String {
    format!(
        r#"{{"id":"{MESSAGE_ID}","type":"message","status":"{status}","content":[{content}],"role":"assistant"}}"#
    )
}

fn item_id(at: usize) -> String {
    format!("fc_67e554a1de488191af0831d35cbe082e0794405d35281a{at:02}")
}

fn call(at: usize, status: &str, arguments: &str) -> String {
    let (item, id, tool) = (item_id(at), calls::id("call", at), calls::NAME);
    let arguments = Value::from(arguments);
    format!(
        r#"{{"id":"{item}","type":"function_call","status":"{status}","arguments":{arguments},"call_id":"{id}","name":"{tool}"}}"#
    )
}

fn small(name: &'static str) -> Answer {
    let text = words::words(24);
    let output = format!("[{}]", message("completed", &text_part(&text)));
    let body = response("completed", &output, &json!([]), &usage());
    let found = Found { text: text.len(), tokens: TOKENS, ..Found::default() };
    Answer::whole(name, Protocol::Responses, body, found)
}

fn tools(name: &'static str) -> Answer {
    let arguments: Vec<_> = (0..TOOLS.len()).map(|at| calls::arguments(at).to_string()).collect();
    let items = arguments.iter().enumerate().map(|(at, json)| call(at, "completed", json));
    let output = format!("[{}]", items.collect::<Vec<_>>().join(","));
    let body = response("completed", &output, &offered(), &usage());
    let arguments = arguments.iter().map(String::len).sum();
    let found = Found { calls: TOOLS.len(), arguments, tokens: TOKENS, ..Found::default() };
    Answer::whole(name, Protocol::Responses, body, found)
}

/// A stream in the making: its events are numbered.
struct Stream {
    body: String,
    events: usize,
    /// The items that are done.
    output: Vec<String>,
}

impl Stream {
    fn begin() -> Self {
        let mut stream = Self { body: String::new(), events: 0, output: Vec::new() };
        let response = response("in_progress", "[]", &json!([]), "null");
        for kind in ["response.created", "response.in_progress"] {
            stream.event(kind, &format!(r#""response":{response}"#));
        }
        stream
    }

    fn event(&mut self, kind: &str, fields: &str) {
        let number = self.events;
        self.events += 1;
        self.body += &format!(
            "event: {kind}\ndata: {{\"type\":\"{kind}\",\"sequence_number\":{number},{fields}}}\n\n"
        );
    }

    fn add(&mut self, item: &str) {
        let index = self.output.len();
        self.event(
            "response.output_item.added",
            &format!(r#""output_index":{index},"item":{item}"#),
        );
    }

    /// Ends the item that was added last.
    fn done(&mut self, item: String) {
        let index = self.output.len();
        self.event(
            "response.output_item.done",
            &format!(r#""output_index":{index},"item":{item}"#),
        );
        self.output.push(item);
    }

    fn end(mut self, name: &'static str, found: Found) -> Answer {
        let output = format!("[{}]", self.output.join(","));
        let response = response("completed", &output, &json!([]), &usage());
        self.event("response.completed", &format!(r#""response":{response}"#));
        Answer::streamed(name, Protocol::Responses, self.body, found)
    }
}

fn sse(name: &'static str) -> Answer {
    let part = format!(r#""item_id":"{MESSAGE_ID}","output_index":0,"content_index":0"#);
    let mut stream = Stream::begin();
    stream.add(&message("in_progress", ""));
    let empty = text_part("");
    stream.event("response.content_part.added", &format!(r#"{part},"part":{empty}"#));
    for at in 0..DELTAS {
        let (text, padding) = (Value::from(words::word(at)), words::padding(at));
        stream.event(
            "response.output_text.delta",
            &format!(r#"{part},"delta":{text},"logprobs":[],"obfuscation":"{padding}""#),
        );
    }
    let text = words::words(DELTAS);
    let json = Value::from(text.as_str());
    stream.event("response.output_text.done", &format!(r#"{part},"text":{json},"logprobs":[]"#));
    let whole = text_part(&text);
    stream.event("response.content_part.done", &format!(r#"{part},"part":{whole}"#));
    stream.done(message("completed", &whole));
    let found = Found { text: text.len(), deltas: DELTAS, tokens: TOKENS, ..Found::default() };
    stream.end(name, found)
}

fn sse_tools(name: &'static str) -> Answer {
    let mut stream = Stream::begin();
    let mut found = Found { calls: TOOLS.len(), tokens: TOKENS, ..Found::default() };
    for (at, city) in TOOLS.iter().enumerate() {
        let item = format!(r#""item_id":"{}","output_index":{at}"#, item_id(at));
        stream.add(&call(at, "in_progress", ""));
        let pieces = calls::pieces(city);
        for (number, piece) in pieces.iter().enumerate() {
            let (json, padding) = (Value::from(piece.as_str()), words::padding(number));
            stream.event(
                "response.function_call_arguments.delta",
                &format!(r#"{item},"delta":{json},"obfuscation":"{padding}""#),
            );
        }
        let arguments = pieces.concat();
        let json = Value::from(arguments.as_str());
        stream.event(
            "response.function_call_arguments.done",
            &format!(r#"{item},"arguments":{json}"#),
        );
        stream.done(call(at, "completed", &arguments));
        found.deltas += TOOL_DELTAS_PER_CALL;
        found.arguments += arguments.len();
    }
    stream.end(name, found)
}
