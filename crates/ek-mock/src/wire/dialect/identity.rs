//! Which reply it is, as every protocol says it: its id, its model, when it was made.

use ek_core::LlmResponse;
use serde_json::Value;

use super::Call;
use crate::chat_turn;
use crate::script::model_of;

/// When every reply was made: a time of its own would make no two runs the same.
pub(super) const CREATED: u64 = 1_700_000_000;

/// The signature of reasoning where the script has none.
const SIGNATURE: &str = "ZWstbW9jaw==";

/// The id of the reply, else one that begins so.
pub(super) fn id(whole: &LlmResponse, call: Call<'_>, begin: &str) -> String {
    whole.id.clone().unwrap_or_else(|| format!("{begin}{}", call.number))
}

pub(super) fn model<'a>(whole: &'a LlmResponse, call: Call<'a>) -> &'a str {
    whole.model.as_deref().or(model_of(call.request)).unwrap_or("mock")
}

/// What proves that reasoning is the server's own. A reply's `signature` is the key of that name in the
/// turn of a script in JSON.
pub(super) fn signature(whole: &LlmResponse) -> String {
    let keys = chat_turn::keys(whole);
    keys.get("signature").and_then(Value::as_str).unwrap_or(SIGNATURE).to_owned()
}
