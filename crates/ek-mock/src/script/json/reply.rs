//! One reply as JSON: a text, or an object whose keys say which kind of answer it is.

use ek_core::{Embeddings, FinishReason, LlmResponse};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::error::ErrorForm;
use super::fault::FaultForm;
use super::model::{CallForm, FragmentForm};
use super::period::Period;
use super::raw::RawForm;
use super::shorthand::{FromText, Object, some_text_or_object, text_or_object};
use super::usage::{UsageForm, usage_or_word};
use crate::embedding::VectorReply;
use crate::pace::Pace;
use crate::reply::{Answer, ModelReply};
use crate::{Cuts, ErrorReply, MockReply, chat_turn};

/// A text alone, or everything else.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ReplyForm {
    Text(String),
    Object(Box<Keys>),
}

impl<'de> Deserialize<'de> for ReplyForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: Keys = text_or_object(deserializer)?;
        Ok(Self::Object(Box::new(keys)))
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Keys {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Object<CallForm>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_call_fragments: Vec<Object<FragmentForm>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finish_reason: Option<String>,
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "usage_or_word",
        deserialize_with = "some_text_or_object"
    )]
    usage: Option<UsageForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    extra: Map<String, Value>,

    #[serde(skip_serializing_if = "Option::is_none")]
    vectors: Option<VectorsForm>,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_text_or_object")]
    error: Option<ErrorForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Object<RawForm>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<ReplyForm>>,

    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk_chars: Option<usize>,
    #[serde(skip_serializing_if = "are_usual")]
    cuts: Cuts,
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "some_text_or_object")]
    fault: Option<FaultForm>,
}

/// Rows of numbers, or the wish for made ones.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "lists of numbers, or `made`")]
enum VectorsForm {
    Said(Vec<Vec<f32>>),
    Word(VectorsWord),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum VectorsWord {
    Made,
}

fn are_usual(cuts: &Cuts) -> bool {
    *cuts == Cuts::default()
}

impl FromText for Keys {
    const EXPECTED: &'static str = "a reply: a text or an object";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self { text: Some(text.to_owned()), ..Self::default() })
    }
}

impl Keys {
    fn says_something(&self) -> bool {
        self.text.is_some()
            || self.reasoning.is_some()
            || self.refusal.is_some()
            || !self.tool_calls.is_empty()
            || !self.tool_call_fragments.is_empty()
            || self.finish_reason.is_some()
            || self.usage.is_some()
            || self.id.is_some()
            || self.model.is_some()
            || self.request_id.is_some()
            || !self.extra.is_empty()
    }

    /// Takes out vectors and what is said with them, if the reply is that.
    fn vectors(&mut self) -> Result<Option<VectorReply>, String> {
        let Some(vectors) = self.vectors.take() else { return Ok(None) };
        let is_made = matches!(vectors, VectorsForm::Word(VectorsWord::Made));
        let mut said = match vectors {
            VectorsForm::Said(rows) => {
                Embeddings::from_rows(rows).map_err(|error| error.to_string())?
            }
            VectorsForm::Word(VectorsWord::Made) => Embeddings::default(),
        };
        said.model = self.model.take();
        said.request_id = self.request_id.take();
        let usage = self.usage.take().unwrap_or_default();
        said.usage = (&usage).into();
        Ok(Some(VectorReply { said, is_made, counts_tokens: usage.counted }))
    }

    /// Takes out what a model says.
    fn model(&mut self) -> Result<ModelReply, String> {
        let calls = std::mem::take(&mut self.tool_calls);
        let calls: Result<Vec<_>, String> =
            (1..).zip(calls).map(|(number, call)| call.0.into_call(number)).collect();
        let mut response = LlmResponse::text(self.text.take().unwrap_or_default());
        response = response.with_tool_calls(calls?);
        if let Some(word) = &self.finish_reason {
            response.finish_reason = FinishReason::from_wire(word);
        }
        response.reasoning = self.reasoning.take();
        response.refusal = self.refusal.take();
        response.id = self.id.take();
        response.model = self.model.take();
        response.request_id = self.request_id.take();
        let keys = std::mem::take(&mut self.extra);
        response.native = chat_turn::turn(keys, &response.content, &response.tool_calls);
        let usage = self.usage.take().unwrap_or_default();
        response.usage = (&usage).into();
        let fragments = std::mem::take(&mut self.tool_call_fragments);
        let fragments = fragments.into_iter().map(|fragment| fragment.0.into()).collect();
        Ok(ModelReply { response, fragments, counts_tokens: usage.counted })
    }
}

impl TryFrom<ReplyForm> for MockReply {
    type Error = String;

    fn try_from(form: ReplyForm) -> Result<Self, String> {
        let mut keys = match form {
            ReplyForm::Text(text) => return Ok(text.into()),
            ReplyForm::Object(keys) => *keys,
        };
        let vectors = keys.vectors()?;
        let kinds = [
            ("`vectors`", vectors.is_some()),
            ("what a model says", keys.says_something()),
            ("`error`", keys.error.is_some()),
            ("`raw`", keys.raw.is_some()),
            ("`attempts`", keys.attempts.is_some()),
        ];
        let said: Vec<&str> =
            kinds.iter().filter(|(_, said)| *said).map(|(name, _)| *name).collect();
        if let [first, second, ..] = *said {
            return Err(format!("a reply is of one kind, and this has {first} and {second}"));
        }
        let mut reply = if let Some(vectors) = vectors {
            Self::new(Answer::Vectors(Box::new(vectors)))
        } else if let Some(error) = keys.error.take() {
            ErrorReply::from(error).into()
        } else if let Some(raw) = keys.raw.take() {
            crate::RawReply::try_from(raw.0)?.into()
        } else if let Some(attempts) = keys.attempts.take() {
            let replies: Result<Vec<Self>, String> =
                attempts.into_iter().map(Self::try_from).collect();
            Self::attempts(replies?)
        } else if said.is_empty() {
            return Err("the reply says nothing: write `text`, `tool_calls`, `vectors`, `error`, \
                        `raw` or `attempts`"
                .to_owned());
        } else {
            Self::new(Answer::Model(Box::new(keys.model()?)))
        };
        reply.pace = Pace {
            latency: keys.latency.map(|period| period.0),
            pause: keys.pause.map(|period| period.0),
            chunk_chars: keys.chunk_chars,
        };
        reply.cuts = keys.cuts;
        reply.fault = keys.fault.map(TryInto::try_into).transpose()?;
        reply.check().map_err(|error| error.to_string())?;
        Ok(reply)
    }
}

impl TryFrom<&MockReply> for ReplyForm {
    type Error = String;

    fn try_from(reply: &MockReply) -> Result<Self, String> {
        let mut keys = Keys::default();
        match &reply.answer {
            Answer::Model(model) => say(model, &mut keys)?,
            Answer::Vectors(vectors) => say_vectors(vectors, &mut keys)?,
            Answer::Error(error) => keys.error = Some(error.as_ref().try_into()?),
            Answer::Raw(raw) => keys.raw = Some(Object(raw.as_ref().into())),
            Answer::Attempts(replies) => {
                let replies: Result<Vec<_>, String> = replies.iter().map(Self::try_from).collect();
                keys.attempts = Some(replies?);
            }
        }
        keys.latency = reply.pace.latency.map(Period);
        keys.pause = reply.pace.pause.map(Period);
        keys.chunk_chars = reply.pace.chunk_chars;
        keys.cuts = reply.cuts.clone();
        keys.fault = reply.fault.as_ref().map(TryInto::try_into).transpose()?;
        let object = serde_json::to_value(&keys).map_err(|error| error.to_string())?;
        let only_text = object.as_object().is_some_and(|keys| keys.len() == 1);
        Ok(match keys.text.take() {
            Some(text) if only_text => Self::Text(text),
            text => Self::Object(Box::new(Keys { text, ..keys })),
        })
    }
}

/// Puts down vectors and what is said with them.
fn say_vectors(vectors: &VectorReply, keys: &mut Keys) -> Result<(), String> {
    let said = &vectors.said;
    if said.rate_limit.is_some() {
        return Err("a rate limit has no JSON form".to_owned());
    }
    keys.vectors = Some(if vectors.is_made {
        VectorsForm::Word(VectorsWord::Made)
    } else {
        VectorsForm::Said(said.iter().map(<[f32]>::to_vec).collect())
    });
    keys.usage = UsageForm::of(vectors.counts_tokens, &said.usage);
    keys.model.clone_from(&said.model);
    keys.request_id.clone_from(&said.request_id);
    Ok(())
}

/// Puts down what a model says.
fn say(model: &ModelReply, keys: &mut Keys) -> Result<(), String> {
    let response = &model.response;
    if response.rate_limit.is_some() {
        return Err("a rate limit has no JSON form".to_owned());
    }
    if response.native.is_some() && chat_turn::keys(response).is_empty() {
        return Err("a turn of another protocol than chat completions has no JSON form".to_owned());
    }
    let usual = LlmResponse::text("").with_tool_calls(response.tool_calls.iter().cloned());
    keys.text = Some(response.content.clone()).filter(|text| {
        let silent = response.tool_calls.is_empty() && response.refusal.is_none();
        !text.is_empty() || (silent && model.fragments.is_empty())
    });
    keys.reasoning.clone_from(&response.reasoning);
    keys.refusal.clone_from(&response.refusal);
    keys.tool_calls = response.tool_calls.iter().map(|call| Object(call.into())).collect();
    keys.tool_call_fragments = model.fragments.iter().map(|piece| Object(piece.into())).collect();
    if response.finish_reason != usual.finish_reason {
        let reason = response.finish_reason.as_ref().map_or("", FinishReason::as_str);
        keys.finish_reason = Some(reason.to_owned());
    }
    keys.usage = UsageForm::of(model.counts_tokens, &response.usage);
    keys.id.clone_from(&response.id);
    keys.model.clone_from(&response.model);
    keys.request_id.clone_from(&response.request_id);
    keys.extra = chat_turn::keys(response);
    Ok(())
}
