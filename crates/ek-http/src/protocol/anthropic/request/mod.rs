//! The request's body: a portable request in the words of the Messages API.

mod answer_schema;
mod blocks;
mod messages;
mod parts;
mod tools;

use bytes::Bytes;
use ek_core::{
    ChatRequest, Error, ErrorKind, ProtocolName, ReasoningBudget, ResponseFormat, Result,
};
use serde_json::{Map, Value};

use crate::json::object::Object;
use crate::protocol::{Asked, body_size, refused, unwritable, value};
use crate::telemetry::left_out;

const PROTOCOL: ProtocolName = ProtocolName::AnthropicMessages;

/// The longest reply where none was asked for, in tokens, without what the model thinks.
pub(super) const DEFAULT_MAX_TOKENS: u32 = 4096;

/// The lowest thinking budget that the API takes, in tokens.
const LEAST_BUDGET: u32 = 1024;

/// Keys that say how to answer, and so do not belong to a prompt that is only counted.
const NOT_OF_THE_PROMPT: [&str; 8] = [
    "max_tokens",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "metadata",
    "service_tier",
];

/// Writes the body of a request for a reply.
///
/// # Errors
/// `Unsupported` for what the API has no counterpart for, `Config` for what it cannot take.
pub(super) fn write(asked: &Asked<'_>) -> Result<Bytes> {
    Body::of(asked)?.write(true)
}

/// Writes the body of a request for the number of tokens in the prompt.
///
/// # Errors
/// As [`write`].
pub(super) fn write_count(asked: &Asked<'_>) -> Result<Bytes> {
    Body::of(asked)?.write(false)
}

struct Body<'a> {
    asked: &'a Asked<'a>,
    request: &'a ChatRequest,
    extra: std::borrow::Cow<'a, Map<String, Value>>,
    budget: Option<ReasoningBudget>,
}

impl<'a> Body<'a> {
    fn of(asked: &'a Asked<'a>) -> Result<Self> {
        let request = asked.request;
        let extra = request.extra_of(&PROTOCOL);
        let temperature = request.temperature.or(asked.defaults.temperature);
        refused::check(&PROTOCOL, "Anthropic's Messages API", asked, temperature)?;
        let has_budget = matches!(request.reasoning_budget, Some(ReasoningBudget::Tokens(_)));
        let cannot_think = has_budget && messages::goes_on_without_thinking(&request.messages);
        if cannot_think {
            left_out(&PROTOCOL, "reasoning_budget");
        }
        let budget = request.reasoning_budget.filter(|_| !cannot_think);
        Ok(Self { asked, request, extra, budget })
    }

    /// The budget, or a lower one where the limit of the whole reply, which a ledger may have lowered, is not
    /// above it: half of the limit, so that there is an answer as well. The API takes no budget below 1,024.
    fn budget_within_the_limit(&self) -> Option<ReasoningBudget> {
        let Some(ReasoningBudget::Tokens(budget)) = self.budget else { return self.budget };
        let limit = match self.extra.get("max_tokens") {
            // The caller's own value, whatever it is.
            Some(limit) => limit.as_u64().and_then(|limit| u32::try_from(limit).ok()),
            None => Some(self.max_tokens()),
        };
        let Some(limit) = limit else { return self.budget };
        let half = limit / 2;
        match limit > budget {
            true => self.budget,
            false if half >= LEAST_BUDGET => Some(ReasoningBudget::Tokens(half)),
            false => {
                left_out(&PROTOCOL, "reasoning_budget");
                None
            }
        }
    }

    fn write(&self, for_reply: bool) -> Result<Bytes> {
        let request = self.request;
        let mut out = Vec::with_capacity(body_size::estimate(request));
        let mut object = Object::begin(&mut out);
        let own = |key: &str| !self.extra.contains_key(key);
        if own("model") {
            object.text("model", self.asked.defaults.model_of(request));
        }
        if for_reply && own("max_tokens") {
            value(&mut object, "max_tokens", &self.max_tokens())?;
        }
        if own("system") {
            let mut system = Vec::new();
            if messages::system(&request.messages, &mut system)? {
                object.key("system").extend_from_slice(&system);
            }
        }
        let budget = if for_reply { self.budget_within_the_limit() } else { self.budget };
        if own("messages") {
            // Where nothing is asked for, the model decides whether it thinks.
            let is_off = request.reasoning_budget.is_some()
                && matches!(budget, None | Some(ReasoningBudget::Off));
            let thinks = !is_off || !own("thinking");
            messages::conversation(&request.messages, thinks, object.key("messages"))?;
        }
        if !request.tools.is_empty() && own("tools") {
            tools::write(&request.tools, object.key("tools"))?;
        }
        let mut choice = Vec::new();
        if own("tool_choice") && tools::write_choice(request, &mut choice) {
            object.key("tool_choice").extend_from_slice(&choice);
        }
        if own("thinking") {
            write_thinking(budget, &mut object)?;
        }
        if own("output_config") {
            self.write_output_config(&mut object)?;
        }
        if let Some(id) =
            messages::container(&request.messages).filter(|_| for_reply && own("container"))
        {
            object.text("container", &id);
        }
        if own("cache_control") {
            tools::write_cache(request, &mut object);
        }
        if for_reply {
            self.write_settings(&mut object)?;
        }
        for (key, extra) in self.extra.iter() {
            let is_known = key == "n" || (!for_reply && NOT_OF_THE_PROMPT.contains(&key.as_str()));
            if !is_known {
                serde_json::to_writer(object.any_key(key), extra).map_err(unwritable)?;
            }
        }
        object.end();
        Ok(out.into())
    }

    /// The limit that was asked for, else the provider's and the thinking on top of it.
    fn max_tokens(&self) -> u32 {
        let unasked = || {
            let limit = self.asked.defaults.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS);
            match self.budget {
                Some(ReasoningBudget::Tokens(budget)) => limit.saturating_add(budget),
                _ => limit,
            }
        };
        self.request.max_tokens.unwrap_or_else(unasked)
    }

    fn write_output_config(&self, object: &mut Object<'_>) -> Result<()> {
        let request = self.request;
        let format = match &request.response_format {
            None | Some(ResponseFormat::Text) => None,
            Some(ResponseFormat::JsonSchema { schema, .. }) => Some((true, schema)),
            Some(ResponseFormat::Raw(raw)) => Some((false, raw)),
            Some(_) => {
                let why = "Anthropic's Messages API has no counterpart for any JSON object: ask \
                           for a schema (ResponseFormat::JsonSchema)";
                return Err(Error::new(ErrorKind::Unsupported, why));
            }
        };
        if request.reasoning_effort.is_none() && format.is_none() {
            return Ok(());
        }
        let mut config = Object::begin(object.key("output_config"));
        if let Some(effort) = &request.reasoning_effort {
            config.text("effort", effort);
        }
        match format {
            None => {}
            Some((false, raw)) => config.key("format").extend_from_slice(raw.as_str().as_bytes()),
            Some((true, schema)) => {
                let mut format = Object::begin(config.key("format"));
                format.text("type", "json_schema");
                let schema = answer_schema::taken(schema);
                format.key("schema").extend_from_slice(schema.as_bytes());
                format.end();
            }
        }
        config.end();
        Ok(())
    }

    /// What says how to answer.
    fn write_settings(&self, object: &mut Object<'_>) -> Result<()> {
        let request = self.request;
        let own = |key: &str| !self.extra.contains_key(key);
        if !request.stop.is_empty() && own("stop_sequences") {
            value(object, "stop_sequences", &request.stop)?;
        }
        let temperature = request.temperature.or(self.asked.defaults.temperature);
        if let Some(temperature) = temperature.filter(|_| own("temperature")) {
            value(object, "temperature", &temperature)?;
        }
        if let Some(top_p) = request.top_p.filter(|_| own("top_p")) {
            value(object, "top_p", &top_p)?;
        }
        if request.seed.is_some() {
            left_out(&PROTOCOL, "seed");
        }
        if self.asked.mode.is_stream() && own("stream") {
            value(object, "stream", &true)?;
        }
        Ok(())
    }
}

fn write_thinking(budget: Option<ReasoningBudget>, object: &mut Object<'_>) -> Result<()> {
    let (kind, budget) = match budget {
        None => return Ok(()),
        Some(ReasoningBudget::Off) => ("disabled", None),
        Some(ReasoningBudget::Adaptive) => ("adaptive", None),
        Some(ReasoningBudget::Tokens(budget)) => ("enabled", Some(budget)),
        Some(_) => {
            left_out(&PROTOCOL, "reasoning_budget");
            return Ok(());
        }
    };
    let mut thinking = Object::begin(object.key("thinking"));
    thinking.text("type", kind);
    if let Some(budget) = budget {
        value(&mut thinking, "budget_tokens", &budget)?;
    }
    thinking.end();
    Ok(())
}
