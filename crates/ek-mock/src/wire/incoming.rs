//! A request over HTTP becomes a request to the script: the dialect reads path and body, and the headers
//! are the same for all.

use ek_core::REDACTED;

use super::RawRequest;
use super::endpoint::Endpoint;
use crate::SentRequest;
use crate::engine::IncomingRequest;
use crate::masking::{Mask, credentials_of, is_secret_header};

/// Reads a request for a reply, or for embeddings; one that cannot be read keeps the reason.
pub(super) fn read(raw: &RawRequest, endpoint: Endpoint) -> IncomingRequest {
    let mut incoming = endpoint
        .read(raw.path(), &raw.body)
        .unwrap_or_else(|why| IncomingRequest { problem: Some(why), ..IncomingRequest::default() });
    let headers = raw.headers.iter().map(|(name, value)| {
        let secret = is_secret_header(name, value);
        (name.clone(), if secret { REDACTED.to_owned() } else { value.clone() })
    });
    incoming.headers = headers.collect();
    incoming.credentials = credentials_of(raw);
    let mask = Mask::knowing(&incoming.credentials);
    incoming.sent = Some(SentRequest {
        method: raw.method.clone(),
        path: mask.text(raw.path()).into_owned(),
        query: mask.text(raw.query()).into_owned(),
        body: raw.body.clone(),
    });
    incoming.protocol = Some(endpoint.dialect().protocol.clone());
    incoming.request.idempotency_key = raw.header("idempotency-key").map(str::to_owned);
    incoming
}
