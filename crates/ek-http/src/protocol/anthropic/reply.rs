//! A whole reply's bytes become an [`LlmResponse`].

use ek_core::{LlmResponse, StreamEvent};

use super::message::{Content, Message};
use super::turn::{Turn, too_many};
use crate::failure::read_fault::ReadFault;
use crate::json::{scan, string};
use crate::protocol::body::{self, Found};

/// Reads a reply. Of it, no more than `cap` bytes are kept.
pub(super) fn read(body: &[u8], cap: usize) -> Result<LlmResponse, ReadFault> {
    let found = Found { missing: "the reply has no content", wrapped: "stop_reason" };
    body::read(body, found, |text| {
        let message = scan::read::<Message<'_>>(text).ok().filter(Message::is_reply)?;
        Some(settle(&message, cap))
    })
}

fn settle(message: &Message<'_>, cap: usize) -> Result<LlmResponse, ReadFault> {
    if let Some(error) = message.error() {
        return Err(ReadFault::ErrorObject(Box::new(error)));
    }
    let mut turn = Turn::new(cap);
    let mut events = Vec::new();
    take(message, &mut turn, &mut events)?;
    turn.stop(message.stop());
    turn.finish(&mut events)
}

/// Takes what a message object holds, and shows it, but for why the model stopped.
pub(super) fn take(
    message: &Message<'_>,
    turn: &mut Turn,
    out: &mut impl Extend<StreamEvent>,
) -> Result<(), ReadFault> {
    turn.id = message.id();
    turn.model = message.model();
    if let Some(counts) = &message.usage {
        turn.counts.update(counts);
    }
    match &message.content {
        Content::None => {}
        Content::TooMany => return Err(too_many()),
        Content::Text(text) => {
            out.extend(turn.take_text(&string::read(text.get()))?);
        }
        Content::Blocks(blocks) => {
            for (block, index) in blocks.iter().zip(0..) {
                if block.get().starts_with('"') {
                    out.extend(turn.take_text(&string::read(block.get()))?);
                } else {
                    out.extend(turn.open(Some(index), block.get())?);
                    turn.close(Some(index), out);
                }
            }
        }
    }
    Ok(())
}
