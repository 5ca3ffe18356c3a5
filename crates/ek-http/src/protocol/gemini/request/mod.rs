//! The request: where it goes, and its body, a portable request in the words of `generateContent`.

mod calls;
mod contents;
mod lone_references;
mod merged;
mod parts;
mod results;
mod settings;
mod tools;

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, ProtocolName, Result};
use hyper::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::endpoint::Endpoint;
use crate::protocol::{Asked, body_size, refused};
use crate::telemetry::left_out;
use merged::Merged;

const PROTOCOL: ProtocolName = ProtocolName::GeminiGenerateContent;

/// The characters that the name of a model encodes in a path.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Names that lead to a model elsewhere than under `/models`, as the API itself writes them.
const COLLECTIONS: [&str; 4] = ["models/", "tunedModels/", "publishers/", "endpoints/"];

/// Where the request goes: the path has the model, and what is asked of it.
///
/// # Errors
/// `Config` if the model cannot stand in a URL.
pub(super) fn target(endpoint: &Endpoint, asked: &Asked<'_>) -> Result<Uri> {
    let (method, query) = match asked.mode.is_stream() {
        true => ("streamGenerateContent", Some("alt=sse")),
        false => ("generateContent", None),
    };
    // The base URL may be that of a streamed call.
    let has_alt =
        endpoint.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "alt=sse"));
    endpoint.target(&path(endpoint, model(asked), method), query.filter(|_| !has_alt))
}

/// Where the tokens of its prompt are counted.
///
/// # Errors
/// As [`target`].
pub(super) fn target_of_count(endpoint: &Endpoint, asked: &Asked<'_>) -> Result<Uri> {
    target_of(endpoint, model(asked), "countTokens")
}

/// Where a method of a model is called.
///
/// # Errors
/// As [`target`].
pub(crate) fn target_of(endpoint: &Endpoint, model: &str, method: &str) -> Result<Uri> {
    endpoint.target(&path(endpoint, model, method), None)
}

fn model<'a>(asked: &'a Asked<'_>) -> &'a str {
    asked.defaults.model_of(asked.request)
}

/// The path of a method of a model. On Vertex AI, models are those of a publisher: Google's, unless the
/// base URL or the model names another.
fn path(endpoint: &Endpoint, model: &str, method: &str) -> String {
    let is_location = endpoint.base_path().rsplit('/').nth(1) == Some("locations");
    let is_whole = COLLECTIONS.iter().any(|collection| model.starts_with(collection));
    let before = match (is_location, is_whole) {
        (true, false) => "/publishers/google/models",
        (false, false) => "/models",
        (true, true) if model.starts_with("models/") => "/publishers/google",
        (_, true) => "",
    };
    let mut path = String::with_capacity(before.len() + model.len() + method.len() + 8);
    path.push_str(before);
    for segment in model.split(|c| is_whole && c == '/') {
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    path.push(':');
    path.push_str(method);
    path
}

/// Whether the base URL is one of Vertex AI: of a project, or of a publisher.
pub(super) fn is_vertex(endpoint: &Endpoint) -> bool {
    let base = format!("{}/", endpoint.base_path());
    ["/projects/", "/publishers/"].iter().any(|part| base.contains(part))
}

/// Writes the body of a request for a reply.
///
/// # Errors
/// `Unsupported` for what the API has no counterpart for, `Config` for what it cannot take.
pub(super) fn write(asked: &Asked<'_>) -> Result<Bytes> {
    let extra = asked.request.extra_of(&PROTOCOL);
    refused::check(&PROTOCOL, "the Gemini API", asked, settings::temperature(asked))?;
    name_left_out(asked.request);
    let mut out = Vec::with_capacity(body_size::estimate(asked.request));
    let mut body = Merged::begin(&mut out, Some(&extra), &["model", "n"]);
    write_prompt(asked, &mut body)?;
    tools::write_config(asked.request, &mut body)?;
    settings::write(asked, &mut body)?;
    body.end()?;
    Ok(out.into())
}

/// The caller's keys that belong to the prompt.
const OF_THE_PROMPT: [&str; 4] = ["contents", "systemInstruction", "tools", "cachedContent"];

/// Writes the body of a request that counts the prompt of this one, without what says how to answer.
/// Google's own endpoint takes instructions and tools within the request that they belong to; Vertex AI
/// takes them beside the contents.
///
/// # Errors
/// As [`write`].
pub(super) fn write_count(endpoint: &Endpoint, asked: &Asked<'_>) -> Result<Bytes> {
    let mut extra = asked.request.extra_of(&PROTOCOL).into_owned();
    extra.retain(|key, _| OF_THE_PROMPT.contains(&key.as_str()));
    let is_vertex = is_vertex(endpoint);
    let mut prompt = Vec::with_capacity(body_size::estimate(asked.request));
    let mut body = Merged::begin(&mut prompt, Some(&extra), &[]);
    if !is_vertex {
        let name = model(asked);
        let collection = if name.contains('/') { "" } else { "models/" };
        body.value("model", &[collection, name].concat())?;
    }
    write_prompt(asked, &mut body)?;
    body.end()?;
    if is_vertex {
        return Ok(prompt.into());
    }
    Ok([br#"{"generateContentRequest":"#, prompt.as_slice(), b"}"].concat().into())
}

/// Writes what the model reads: instructions, conversation and tools.
fn write_prompt(asked: &Asked<'_>, body: &mut Merged<'_, '_>) -> Result<()> {
    let request = asked.request;
    if body.is_own("systemInstruction") {
        let mut system = Vec::new();
        if contents::system(&request.messages, &mut system)? {
            body.json("systemInstruction", &system);
        }
    }
    if body.is_own("contents") {
        contents::conversation(&request.messages, body.key("contents"))?;
    }
    if !request.tools.is_empty() && body.is_own("tools") {
        tools::write(&request.tools, body.key("tools"));
    }
    Ok(())
}

/// Names what the API has no word for.
fn name_left_out(request: &ChatRequest) {
    let marks = request.messages.iter().any(|message| message.cache.is_some())
        || request.tools.iter().any(|tool| tool.cache.is_some());
    for (is_set, field) in [
        (request.cache.is_some() || marks, "cache"),
        (request.parallel_tool_calls.is_some(), "parallel_tool_calls"),
        (request.messages.iter().any(|message| message.name.is_some()), "messages.name"),
        (request.tools.iter().any(|tool| tool.strict.is_some()), "tools.strict"),
    ] {
        if is_set {
            left_out(&PROTOCOL, field);
        }
    }
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the Gemini API has no counterpart for {what}"))
}
