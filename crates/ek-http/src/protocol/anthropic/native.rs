//! A turn as this protocol wrote it, read again: the list of its blocks, or an object with the list under
//! `content` and the sandbox's container beside it.

use ek_core::{Message, ProtocolName};

use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Scanner, Unreadable};

/// The parts of a native turn.
#[derive(Default)]
pub(super) struct Native<'a> {
    pub(super) blocks: Vec<Raw<'a>>,
    /// The id of the container.
    container: Option<String>,
}

impl<'a> Native<'a> {
    /// The turn of a message, if this protocol wrote it and it still holds.
    pub(super) fn of(message: &'a Message) -> Option<Self> {
        let json = message.native_for(&ProtocolName::AnthropicMessages)?;
        match scan::read::<Vec<Raw<'a>>>(json) {
            Ok(blocks) => Some(Self { blocks, container: None }),
            Err(Unreadable) => {
                let turn = scan::read::<Parts<'a>>(json).ok()?;
                let container = turn.container.and_then(|container| container.id);
                Some(Self { blocks: turn.content?, container })
            }
        }
    }

    /// Whether the turn begins with the model's thinking.
    pub(super) fn begins_with_thinking(&self) -> bool {
        self.blocks.first().is_some_and(|block| is_thinking(*block))
    }

    /// The container in which the turn goes on: that of a turn that was paused, or whose calls come from the
    /// sandbox, which waits for them there.
    pub(super) fn container_to_go_on_in(&self, is_last: bool) -> Option<&str> {
        let waits = || self.blocks.iter().any(|block| is_called_by_sandbox(*block));
        self.container.as_deref().filter(|_| is_last || waits())
    }
}

#[derive(Default)]
struct Parts<'a> {
    content: Option<Vec<Raw<'a>>>,
    container: Option<Tags>,
}

impl<'a> Fields<'a> for Parts<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "content" => self.content = Some(value.value()?),
            "container" => self.container = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// What tells an object of the protocol.
#[derive(Default)]
struct Tags {
    kind: Option<String>,
    id: Option<String>,
    caller: Option<String>,
}

impl<'a> Fields<'a> for Tags {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = scalar::text(value.value()?),
            "id" => self.id = scalar::text(value.value()?),
            "caller" => self.caller = value.value::<Caller>()?.0,
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[derive(Default)]
struct Caller(Option<String>);

impl<'a> Fields<'a> for Caller {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.0 = scalar::text(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

fn tags(block: Raw<'_>) -> Tags {
    scan::read(block.get()).unwrap_or_default()
}

/// Whether a block is the model's thinking, readable or redacted.
pub(super) fn is_thinking(block: Raw<'_>) -> bool {
    tags(block).kind.is_some_and(|kind| kind.ends_with("thinking"))
}

fn is_called_by_sandbox(block: Raw<'_>) -> bool {
    let Tags { kind, caller, .. } = tags(block);
    kind.as_deref() == Some("tool_use") && caller.is_some_and(|caller| caller != "direct")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{LlmResponse, NativeTurn, RawJson};

    fn message(json: &str) -> Message {
        let json = RawJson::new(json).expect("JSON");
        let turn = NativeTurn::new(ProtocolName::AnthropicMessages, json, "", &[]);
        Message::from(LlmResponse::default().with_native(turn))
    }

    #[test]
    fn a_turn_goes_on_in_its_container_when_it_was_paused_or_the_sandbox_waits() {
        let turn = |block: &str| {
            message(&format!(r#"{{"container":{{"id":"c-1"}},"content":[{block}]}}"#))
        };
        let sandbox = r#"{"type":"tool_use","caller":{"type":"code_execution_20250825"}}"#;
        let direct = r#"{"type":"tool_use","caller":{"type":"direct"}}"#;
        for (block, is_last, goes_on) in [
            (direct, false, false),
            (direct, true, true),
            (sandbox, false, true),
            (r#"{"type":"server_tool_use"}"#, true, true),
        ] {
            let message = turn(block);
            let native = Native::of(&message).expect("a turn");
            assert_eq!(native.container_to_go_on_in(is_last).is_some(), goes_on, "{block}");
            assert_eq!(native.blocks[0].get(), block);
        }
        let message = message(&format!("[{sandbox}]"));
        let native = Native::of(&message).expect("a turn");
        assert_eq!(native.container_to_go_on_in(true), None);
    }

    #[test]
    fn what_is_no_turn_of_this_protocol_is_none() {
        for json in ["7", "{}", r#"{"content":7}"#] {
            assert!(Native::of(&message(json)).is_none(), "{json}");
        }
    }
}
