//! The request's body: a portable request in the words of the Responses API.
//!
//! Nothing is sent that was not asked for, but for `strict: false`: a server takes a missing one as true.

mod input;
mod parts;
mod tools;

use std::borrow::Cow;

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, ProtocolName, ResponseFormat, Result};
use serde_json::{Map, Value};

use crate::json::object::Object;
use crate::protocol::names::allowed_name;
use crate::protocol::{Asked, body_size, refused, unwritable, value};
use crate::telemetry::left_out;

const PROTOCOL: ProtocolName = ProtocolName::OpenAiResponses;

/// Keys that say how to answer, and so do not belong to a prompt that is only counted.
const NOT_OF_THE_PROMPT: [&str; 12] = [
    "background",
    "include",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "prompt_cache_key",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
];

/// Writes the body of a request for a reply.
///
/// # Errors
/// `Unsupported` for what the API has no counterpart for, `Config` for what it cannot take.
pub(super) fn write(asked: &Asked<'_>) -> Result<Bytes> {
    Body::of(asked)?.write(true)
}

/// Writes the body of a request for the number of its tokens.
///
/// # Errors
/// As [`write`].
pub(super) fn write_count(asked: &Asked<'_>) -> Result<Bytes> {
    Body::of(asked)?.write(false)
}

struct Body<'a> {
    asked: &'a Asked<'a>,
    request: &'a ChatRequest,
    extra: Cow<'a, Map<String, Value>>,
}

impl<'a> Body<'a> {
    fn of(asked: &'a Asked<'a>) -> Result<Self> {
        let request = asked.request;
        let extra = request.extra_of(&PROTOCOL);
        let temperature = request.temperature.or(asked.defaults.temperature);
        refused::check(&PROTOCOL, "the Responses API", asked, temperature)?;
        for (is_asked, field) in [
            (!request.stop.is_empty(), "stop"),
            (request.seed.is_some(), "seed"),
            (request.reasoning_budget.is_some(), "reasoning_budget"),
            (request.cache.is_some(), "cache"),
        ] {
            if is_asked {
                left_out(&PROTOCOL, field);
            }
        }
        Ok(Self { asked, request, extra })
    }

    fn write(&self, for_reply: bool) -> Result<Bytes> {
        let request = self.request;
        let mut out = Vec::with_capacity(body_size::estimate(request));
        let mut object = Object::begin(&mut out);
        let own = |key: &str| !self.extra.contains_key(key);
        if own("model") {
            object.text("model", self.asked.defaults.model_of(request));
        }
        if own("input") {
            input::write(&request.messages, object.key("input"))?;
        }
        if !request.tools.is_empty() && own("tools") {
            tools::write(&request.tools, object.key("tools"))?;
        }
        if let Some(choice) = request.tool_choice.as_ref().filter(|_| own("tool_choice")) {
            tools::write_choice(choice, &request.tools, object.key("tool_choice"));
        }
        if let Some(parallel) = request.parallel_tool_calls.filter(|_| own("parallel_tool_calls")) {
            value(&mut object, "parallel_tool_calls", &parallel)?;
        }
        self.write_reasoning(&mut object)?;
        self.write_text(&mut object)?;
        if for_reply {
            self.write_settings(&mut object)?;
        }
        for (key, extra) in self.extra.iter() {
            let is_merged = matches!(key.as_str(), "reasoning" | "text") && extra.is_object();
            let is_known = key == "n" || (!for_reply && NOT_OF_THE_PROMPT.contains(&key.as_str()));
            if !is_merged && !is_known {
                serde_json::to_writer(object.any_key(key), extra).map_err(unwritable)?;
            }
        }
        object.end();
        Ok(out.into())
    }

    /// The object under a key of `extra`: what was asked for by name stands beside its members.
    fn extra_object(&self, key: &str) -> Option<&Map<String, Value>> {
        self.extra.get(key).and_then(Value::as_object)
    }

    fn write_reasoning(&self, object: &mut Object<'_>) -> Result<()> {
        let extra = self.extra_object("reasoning");
        let is_own = !self.extra.contains_key("reasoning") || extra.is_some();
        let has_own = |key: &str| extra.is_some_and(|extra| extra.contains_key(key));
        let effort = self.request.reasoning_effort.as_ref();
        let effort = effort.filter(|_| is_own && !has_own("effort"));
        if effort.is_none() && extra.is_none() {
            return Ok(());
        }
        let mut reasoning = Object::begin(object.key("reasoning"));
        if let Some(effort) = effort {
            reasoning.text("effort", effort);
        }
        members(&mut reasoning, extra)?;
        reasoning.end();
        Ok(())
    }

    fn write_text(&self, object: &mut Object<'_>) -> Result<()> {
        let extra = self.extra_object("text");
        let is_own = !self.extra.contains_key("text") || extra.is_some();
        let has_own = |key: &str| extra.is_some_and(|extra| extra.contains_key(key));
        let format = self.request.response_format.as_ref();
        let format = format.filter(|_| is_own && !has_own("format"));
        if format.is_none() && extra.is_none() {
            return Ok(());
        }
        let mut text = Object::begin(object.key("text"));
        if let Some(format) = format {
            write_format(format, text.key("format"))?;
        }
        members(&mut text, extra)?;
        text.end();
        Ok(())
    }

    /// What says how to answer.
    fn write_settings(&self, object: &mut Object<'_>) -> Result<()> {
        let request = self.request;
        let own = |key: &str| !self.extra.contains_key(key);
        let limit = request.max_tokens.or(self.asked.defaults.max_tokens);
        if let Some(limit) = limit.filter(|_| own("max_output_tokens")) {
            value(object, "max_output_tokens", &limit)?;
        }
        let temperature = request.temperature.or(self.asked.defaults.temperature);
        if let Some(temperature) = temperature.filter(|_| own("temperature")) {
            value(object, "temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p.filter(|_| own("top_p")) {
            value(object, "top_p", &top_p)?;
        }
        if self.asked.mode.is_stream() && own("stream") {
            value(object, "stream", &true)?;
        }
        Ok(())
    }
}

fn write_format(format: &ResponseFormat, out: &mut Vec<u8>) -> Result<()> {
    let mut object = match format {
        ResponseFormat::Raw(raw) => {
            out.extend_from_slice(raw.as_str().as_bytes());
            return Ok(());
        }
        _ => Object::begin(out),
    };
    match format {
        ResponseFormat::Text => object.text("type", "text"),
        ResponseFormat::JsonObject => object.text("type", "json_object"),
        ResponseFormat::JsonSchema { name, schema, strict } => {
            object.text("type", "json_schema");
            object.text("name", &allowed_name(name));
            object.key("schema").extend_from_slice(schema.as_str().as_bytes());
            value(&mut object, "strict", strict)?;
        }
        _ => {
            let why = "the Responses API has no counterpart for this response format";
            return Err(Error::new(ErrorKind::Unsupported, why));
        }
    }
    object.end();
    Ok(())
}

/// Writes the members of an object of `extra`.
fn members(object: &mut Object<'_>, extra: Option<&Map<String, Value>>) -> Result<()> {
    for (key, member) in extra.into_iter().flatten() {
        serde_json::to_writer(object.any_key(key), member).map_err(unwritable)?;
    }
    Ok(())
}
