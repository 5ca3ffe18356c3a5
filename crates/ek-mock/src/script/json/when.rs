//! Conditions as JSON: one key for each kind.

use serde::{Deserialize, Serialize};

use super::shorthand::OneOrMany;
use crate::When;
use crate::script::Condition;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhenForm {
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    user_text: OneOrMany<String>,
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    user_text_contains: OneOrMany<String>,
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    model: OneOrMany<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_result: Option<bool>,
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    tool_result_of: OneOrMany<String>,
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    offers_tool: OneOrMany<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    streamed: Option<bool>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    embedding: bool,
    #[serde(skip_serializing_if = "OneOrMany::is_empty")]
    embedding_text_contains: OneOrMany<String>,
}

impl WhenForm {
    pub(super) fn is_empty(&self) -> bool {
        When::from(self).conditions.is_empty()
    }
}

impl From<&WhenForm> for When {
    fn from(form: &WhenForm) -> Self {
        let all = |texts: &OneOrMany<String>, kind: fn(String) -> Condition| {
            texts.0.iter().cloned().map(kind).collect::<Vec<_>>()
        };
        let conditions = [
            all(&form.user_text, Condition::UserText),
            all(&form.user_text_contains, Condition::UserTextContains),
            all(&form.model, Condition::Model),
            form.tool_result.map(Condition::ToolResult).into_iter().collect(),
            all(&form.tool_result_of, Condition::ToolResultOf),
            all(&form.offers_tool, Condition::OffersTool),
            form.streamed.map(Condition::Streamed).into_iter().collect(),
            form.embedding.then_some(Condition::Embedding).into_iter().collect(),
            all(&form.embedding_text_contains, Condition::EmbeddingTextContains),
        ];
        Self { conditions: conditions.into_iter().flatten().collect() }
    }
}

impl TryFrom<&When> for WhenForm {
    type Error = String;

    fn try_from(when: &When) -> Result<Self, String> {
        let mut form = Self::default();
        let once = |slot: &mut Option<bool>, value: bool| match slot.replace(value) {
            Some(other) if other != value => Err("its conditions exclude each other".to_owned()),
            _ => Ok(()),
        };
        for condition in &when.conditions {
            match condition.clone() {
                Condition::UserText(text) => form.user_text.0.push(text),
                Condition::UserTextContains(text) => form.user_text_contains.0.push(text),
                Condition::Model(model) => form.model.0.push(model),
                Condition::ToolResult(wanted) => once(&mut form.tool_result, wanted)?,
                Condition::ToolResultOf(tool) => form.tool_result_of.0.push(tool),
                Condition::OffersTool(tool) => form.offers_tool.0.push(tool),
                Condition::Streamed(wanted) => once(&mut form.streamed, wanted)?,
                Condition::Embedding => form.embedding = true,
                Condition::EmbeddingTextContains(text) => form.embedding_text_contains.0.push(text),
                Condition::Predicate(name, _) => {
                    return Err(format!("the condition {name:?} is a closure"));
                }
            }
        }
        Ok(form)
    }
}
