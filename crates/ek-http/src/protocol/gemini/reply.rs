//! A whole reply's bytes become an [`LlmResponse`].

use ek_core::LlmResponse;

use super::answer::Answer;
use super::turn::Turn;
use crate::failure::read_fault::ReadFault;
use crate::json::scan;
use crate::protocol::body::{self, Found};

/// Reads a reply. Of it, no more than `cap` bytes are kept.
pub(super) fn read(body: &[u8], cap: usize) -> Result<LlmResponse, ReadFault> {
    let found = Found {
        missing: "the reply has neither a candidate nor a reason why there is none",
        wrapped: "candidates",
    };
    body::read(body, found, |text| {
        let answer = scan::read::<Answer<'_>>(text).ok().filter(Answer::is_reply)?;
        Some(settle(&answer, cap))
    })
}

fn settle(answer: &Answer<'_>, cap: usize) -> Result<LlmResponse, ReadFault> {
    if let Some(error) = answer.error() {
        return Err(ReadFault::ErrorObject(Box::new(error)));
    }
    let mut turn = Turn::new(cap);
    let mut events = Vec::new();
    turn.take(answer, &mut events)?;
    turn.finish(&mut events)
}
