//! The request's body, written from borrowed data straight into one buffer.

use std::borrow::Cow;

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, ResponseFormat, Result};
use serde_json::{Map, Value};

mod calls;
mod content;
mod conversation;
mod tools;

use super::PROTOCOL;
use super::profile::TokenLimitField;
use crate::json::object::Object;
use crate::protocol::names::{allowed_name, is_allowed_name};
use crate::protocol::{Defaults, Mode, body_size, unwritable};
use crate::telemetry::left_out;
use calls::Calls;

struct Payload<'a> {
    request: &'a ChatRequest,
    extra: &'a Map<String, Value>,
    model: &'a str,
    temperature: Option<f64>,
    token_limit: Option<(TokenLimitField, u32)>,
    mode: Mode,
}

/// Writes the body.
///
/// # Errors
/// `Config` for a number that JSON cannot hold.
pub(crate) fn write(request: &ChatRequest, defaults: &Defaults, mode: Mode) -> Result<Bytes> {
    let model = defaults.model_of(request);
    let profile = defaults.profile_of(model);
    let unasked = request.suggested_temperature.or(defaults.temperature);
    let temperature = request.temperature.or(unasked.filter(|_| profile.accepts_temperature));
    for (name, number) in [("temperature", temperature), ("top_p", request.top_p)] {
        if number.is_some_and(|number| !number.is_finite()) {
            return Err(Error::new(ErrorKind::Config, format!("{name} is not a finite number")));
        }
    }
    let extra = request.extra_of(&PROTOCOL);
    if request.reasoning_budget.is_some() {
        left_out(&PROTOCOL, "reasoning_budget");
    }
    let field = defaults.token_limit_field.unwrap_or(profile.token_limit_field);
    // A limit in `extra` under either name replaces ours: servers refuse both together.
    let limited = [TokenLimitField::MaxTokens, TokenLimitField::MaxCompletionTokens]
        .into_iter()
        .any(|field| extra.contains_key(field.key()));
    let limit = request.max_tokens.or(defaults.max_tokens).filter(|_| !limited);
    let token_limit = limit.map(|limit| (field, limit));
    let payload = Payload { request, extra: &extra, model, temperature, token_limit, mode };

    let mut body = Vec::with_capacity(body_size::estimate(request));
    payload.write(&mut body).map_err(unwritable)?;
    Ok(body.into())
}

impl Payload<'_> {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let request = self.request;
        let mut object = Object::begin(out);
        macro_rules! entry {
            ($key:expr, $value:expr) => {
                if !self.extra.contains_key($key) {
                    object.value($key, $value)?;
                }
            };
        }
        if !self.extra.contains_key("model") {
            object.text("model", self.model);
        }
        if !self.extra.contains_key("messages") {
            let tools = (!self.extra.contains_key("tools")).then_some(request.tools.as_slice());
            let calls = Calls::new(self.model, tools);
            conversation::messages(&request.messages, &calls, object.key("messages"))?;
        }
        if let Some(temperature) = self.temperature {
            entry!("temperature", &temperature);
        }
        if let Some(top_p) = request.top_p {
            entry!("top_p", &top_p);
        }
        if let Some((field, limit)) = self.token_limit {
            entry!(field.key(), &limit);
        }
        if !request.tools.is_empty() && !self.extra.contains_key("tools") {
            tools::write(&request.tools, object.key("tools"));
        }
        if let Some(choice) = &request.tool_choice {
            entry!("tool_choice", choice);
        }
        if let Some(parallel) = request.parallel_tool_calls {
            entry!("parallel_tool_calls", &parallel);
        }
        if let Some(format) = &request.response_format {
            entry!("response_format", &*sendable(format));
        }
        if !request.stop.is_empty() {
            entry!("stop", &request.stop);
        }
        if let Some(seed) = request.seed {
            entry!("seed", &seed);
        }
        if let Some(effort) = &request.reasoning_effort {
            entry!("reasoning_effort", effort);
        }
        if let Mode::Stream { usage } = self.mode {
            entry!("stream", &true);
            if usage && !self.extra.contains_key("stream_options") {
                let mut options = Object::begin(object.key("stream_options"));
                options.value("include_usage", &true)?;
                options.end();
            }
        }
        for (key, value) in self.extra {
            serde_json::to_writer(object.any_key(key), value)?;
        }
        object.end();
        Ok(())
    }
}

/// The format with a name that OpenAI takes.
fn sendable(format: &ResponseFormat) -> Cow<'_, ResponseFormat> {
    match format {
        ResponseFormat::JsonSchema { name, schema, strict } if !is_allowed_name(name) => {
            let (name, schema) = (allowed_name(name), schema.clone());
            Cow::Owned(ResponseFormat::JsonSchema { name, schema, strict: *strict })
        }
        format => Cow::Borrowed(format),
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::ModelProfile;
    use super::*;
    use ek_core::{
        CacheMark, Message, ProtocolName, ReasoningBudget, ResponseFormat, ToolChoice, ToolSpec,
    };
    use serde_json::Value;
    use serde_json::json;

    fn defaults() -> Defaults {
        Defaults {
            protocol: PROTOCOL,
            model: "m".into(),
            temperature: Some(0.7),
            max_tokens: Some(4096),
            profile: ModelProfile::of("m"),
            is_profile_of_all: false,
            token_limit_field: None,
        }
    }

    fn sent(request: &ChatRequest) -> Value {
        let body = write(request, &defaults(), Mode::Unary).expect("writes");
        serde_json::from_slice(&body).expect("JSON")
    }

    #[test]
    fn the_payload_is_model_messages_temperature_and_limit_by_default() {
        let expected = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
            "temperature": 0.7, "max_tokens": 4096});
        assert_eq!(sent(&ChatRequest::user("hi")), expected);
    }

    #[test]
    fn values_of_the_call_win_over_defaults_and_extra_over_everything() {
        let request = ChatRequest::user("hi")
            .with_model("own")
            .with_temperature(0.0)
            .with_max_tokens(7)
            .with_extra("model", "extra")
            .with_extra("messages", json!([]))
            .with_top_p(0.9)
            .with_extra("top_p", 0.5)
            .with_extra_for(PROTOCOL, "model", "alone")
            .with_extra_for(ProtocolName::AnthropicMessages, "top_k", 3);
        let expected = json!({"model": "alone", "messages": [], "temperature": 0.0,
            "max_tokens": 7, "top_p": 0.5});
        assert_eq!(defaults().model_of(&request), "alone");
        assert_eq!(sent(&request), expected);
    }

    #[test]
    fn every_field_of_a_request_is_sent_under_its_name() {
        let tool = ToolSpec::new("t", "d", "{}").expect("a schema");
        let request = ChatRequest::new([Message::user("x")])
            .with_tools([tool])
            .with_tool_choice(ToolChoice::Required)
            .with_response_format(ResponseFormat::JsonObject)
            .with_stop(["a", "b"])
            .with_seed(-3)
            .with_reasoning_effort("low")
            .with_top_p(0.5)
            .with_parallel_tool_calls(false);
        let sent = sent(&request);
        assert_eq!(sent["tools"][0]["function"]["name"], "t");
        assert_eq!(sent["tool_choice"], "required");
        assert_eq!(sent["response_format"], json!({"type": "json_object"}));
        assert_eq!(sent["stop"], json!(["a", "b"]));
        assert_eq!((&sent["seed"], &sent["reasoning_effort"]), (&json!(-3), &json!("low")));
        assert_eq!((&sent["top_p"], &sent["parallel_tool_calls"]), (&json!(0.5), &json!(false)));
    }

    #[test]
    fn the_name_of_a_schema_is_held_to_what_openai_takes() {
        for (name, sent_name) in [("Tide", "Tide"), ("Tides<Ebb>", "Tides_Ebb_"), ("", "_")] {
            let schema = ek_core::RawJson::new("{}").expect("JSON");
            let format = ResponseFormat::JsonSchema { name: name.into(), schema, strict: true };
            let body = sent(&ChatRequest::user("x").with_response_format(format));
            assert_eq!(body["response_format"]["json_schema"]["name"], sent_name);
        }
    }

    #[test]
    fn reasoning_models_get_their_own_limit_and_only_an_explicit_temperature() {
        let request = ChatRequest::user("x").with_model("o3-mini").with_suggested_temperature(0.9);
        let body = sent(&request);
        assert_eq!(body["max_completion_tokens"], 4096);
        assert!(body.get("temperature").is_none() && body.get("max_tokens").is_none());
        assert_eq!(sent(&request.with_temperature(1.0))["temperature"], 1.0);
    }

    #[test]
    fn a_suggested_temperature_stands_between_the_explicit_one_and_the_default() {
        let request = ChatRequest::user("x").with_suggested_temperature(0.9);
        assert_eq!(sent(&request)["temperature"], 0.9);
        assert_eq!(sent(&request.with_temperature(0.1))["temperature"], 0.1);
    }

    #[test]
    fn a_limit_in_extra_replaces_the_default_one_under_either_name() {
        let request = ChatRequest::user("x").with_extra("max_completion_tokens", 5);
        let body = sent(&request);
        assert_eq!(body["max_completion_tokens"], 5);
        assert!(body.get("max_tokens").is_none());
    }

    #[test]
    fn defaults_set_to_none_are_absent() {
        let none = Defaults { temperature: None, max_tokens: None, ..defaults() };
        let body = write(&ChatRequest::user("x"), &none, Mode::Unary).expect("writes");
        assert_eq!(body, r#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#);
    }

    #[test]
    fn a_stream_is_asked_for_with_its_usage_unless_told_otherwise() {
        let sent = |usage, request: &ChatRequest| {
            let body = write(request, &defaults(), Mode::Stream { usage }).expect("writes");
            serde_json::from_slice::<Value>(&body).expect("JSON")
        };
        let request = ChatRequest::user("x");
        assert_eq!(sent(true, &request)["stream"], true);
        assert_eq!(sent(true, &request)["stream_options"], json!({"include_usage": true}));
        assert!(sent(false, &request).get("stream_options").is_none());
        let own = request.with_extra("stream_options", json!({"x": 1}));
        assert_eq!(sent(true, &own)["stream_options"], json!({"x": 1}));
    }

    /// Readers take the first or the last of two, or refuse both.
    #[test]
    fn no_key_is_sent_twice_whatever_the_caller_adds() {
        let tool = ToolSpec::new("t", "d", "{}").expect("a schema");
        let mut all = ChatRequest::user("x").with_tools([tool]).with_seed(1);
        let body = |request: &ChatRequest| {
            write(request, &defaults(), Mode::Stream { usage: true }).expect("writes")
        };
        let plain: Value = serde_json::from_slice(&body(&all)).expect("JSON");
        for key in plain.as_object().expect("an object").keys() {
            all = all.with_extra(key, "MINE");
        }
        let text = String::from_utf8(body(&all).to_vec()).expect("UTF-8");
        let keys = plain.as_object().expect("an object").keys();
        for key in keys {
            assert_eq!(text.matches(&format!("\"{key}\":")).count(), 1, "{key} in {text}");
        }
    }

    #[test]
    fn a_key_of_the_callers_own_may_hold_anything() {
        let request = ChatRequest::user("x").with_extra("a\"b\n\u{1}é", 1);
        assert_eq!(sent(&request)["a\"b\n\u{1}é"], 1);
    }

    #[test]
    fn a_number_that_json_cannot_hold_is_refused() {
        let request = ChatRequest::user("x");
        for (request, name) in [
            (request.clone().with_temperature(f64::NAN), "temperature"),
            (request.with_top_p(f64::INFINITY), "top_p"),
        ] {
            let error = write(&request, &defaults(), Mode::Unary).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.to_string(), format!("{name} is not a finite number"));
        }
    }

    #[test]
    fn what_the_protocol_has_no_word_for_is_left_out() {
        let plain = ChatRequest::user("x").with_tools([ToolSpec::custom("t", "d")]);
        let mut marked = plain.clone().with_cache(CacheMark::new());
        marked.reasoning_budget = Some(ReasoningBudget::Off);
        marked.tools[0].cache = Some(CacheMark::new());
        assert_eq!(sent(&marked), sent(&plain));
    }
}
