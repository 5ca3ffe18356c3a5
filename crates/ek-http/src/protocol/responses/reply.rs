//! A whole reply's bytes become an [`LlmResponse`].

use ek_core::LlmResponse;

use super::response::Response;
use super::turn::Turn;
use crate::failure::read_fault::ReadFault;
use crate::json::scan;
use crate::protocol::body::{self, Found};

/// Reads a reply. Of it, no more than `cap` bytes are kept.
pub(super) fn read(body: &[u8], cap: usize) -> Result<LlmResponse, ReadFault> {
    let found = Found { missing: "the reply has no output", wrapped: "output" };
    body::read(body, found, |text| {
        let response = scan::read::<Response<'_>>(text).ok().filter(Response::is_reply)?;
        Some(Turn::new(cap).finish(&response, None, &mut Vec::new()))
    })
}
