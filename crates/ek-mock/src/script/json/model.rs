//! What a model says, as JSON: the calls and their fragments.

use ek_core::{Arguments, ToolCall, ToolCallFragment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    name: String,
    /// An object, or the text of what is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arguments: Option<Value>,
    /// The free text of a custom tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    extra: Map<String, Value>,
}

impl CallForm {
    /// The call; `number` counts from 1 and makes the id where there is none.
    pub(super) fn into_call(self, number: usize) -> Result<ToolCall, String> {
        let arguments = match (self.arguments, self.input) {
            (Some(_), Some(_)) => {
                return Err(format!(
                    "tool call {number}: `arguments` and `input` exclude each other"
                ));
            }
            (None, Some(input)) => Arguments::free_text(input),
            (Some(Value::String(text)), None) => Arguments::from_text(text),
            (Some(other), None) => Arguments::from_text(other.to_string()),
            (None, None) => Arguments::from_text(""),
        };
        let id = self.id.unwrap_or_else(|| format!("call_{number}"));
        let mut call = ToolCall::with_arguments(id, self.name, arguments);
        call.extra = self.extra;
        Ok(call)
    }
}

impl From<&ToolCall> for CallForm {
    fn from(call: &ToolCall) -> Self {
        let text = call.arguments.as_str();
        let (arguments, input) = if call.arguments.is_free_text() {
            (None, Some(text.to_owned()))
        } else {
            (Some(readable(text).unwrap_or_else(|| text.into())), None)
        };
        Self {
            id: Some(call.id.clone()),
            name: call.name.clone(),
            arguments,
            input,
            extra: call.extra.clone(),
        }
    }
}

/// Arguments as an object, unless writing it would change what the model wrote.
fn readable(text: &str) -> Option<Value> {
    let object = serde_json::from_str::<Value>(text).ok().filter(Value::is_object)?;
    let written = object.to_string();
    (written == text).then_some(object)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FragmentForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arguments: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    extra: Map<String, Value>,
}

impl From<FragmentForm> for ToolCallFragment<'static> {
    fn from(form: FragmentForm) -> Self {
        let mut fragment = Self::new();
        fragment.index = form.index;
        fragment.id = form.id.map(Into::into);
        fragment.name = form.name.map(Into::into);
        fragment.custom = form.input.is_some();
        fragment.arguments = form.input.or(form.arguments).map(Into::into);
        fragment.extra = form.extra;
        fragment
    }
}

impl From<&ToolCallFragment<'static>> for FragmentForm {
    fn from(fragment: &ToolCallFragment<'static>) -> Self {
        let text =
            |text: &Option<std::borrow::Cow<'static, str>>| text.as_deref().map(str::to_owned);
        let piece = text(&fragment.arguments);
        let (arguments, input) = if fragment.custom { (None, piece) } else { (piece, None) };
        Self {
            index: fragment.index,
            id: text(&fragment.id),
            name: text(&fragment.name),
            arguments,
            input,
            extra: fragment.extra.clone(),
        }
    }
}
