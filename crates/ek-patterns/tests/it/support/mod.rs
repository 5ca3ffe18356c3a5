//! What several tests need.

mod backend;
mod dropping;
pub(crate) mod logs;
pub(crate) mod spans;

pub(crate) use backend::{Answers, Backend};
pub(crate) use dropping::{drop_at_every_poll, settled_at_every_drop};

use ek_core::{LlmResponse, NativeTurn, ProtocolName, RawJson};

/// A reply whose turn has more than its text: the signature of its thinking.
pub(crate) fn signed(text: &str) -> LlmResponse {
    let json =
        r#"[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"x"}]"#;
    let json = RawJson::new(json).expect("JSON");
    let turn = NativeTurn::new(ProtocolName::AnthropicMessages, json, text, &[]);
    LlmResponse::text(text).with_native(turn)
}
