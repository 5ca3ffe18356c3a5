//! An exchange whose answer is no reply of a model: the head is judged as always, the body is handed on.

use std::sync::Arc;

use bytes::Bytes;
use ek_core::Result;
use hyper::Method;

use super::opened::Opened;
use super::{Call, Context, Head, Settings};
use crate::transport::Permit;

/// Sends a request to the endpoint's URL, and waits for the head of an answer that is a success. The permit
/// is to be held as long as the body.
pub(crate) async fn exchange(
    context: &Arc<Context>,
    method: Method,
    headers: &[(String, String)],
    body: Bytes,
) -> Result<(Head, Opened, Permit)> {
    let settings = Settings { headers, ..Settings::default() };
    let written = (method, context.endpoint.uri.clone(), body);
    let mut call = Call::begin(context, settings, written).await?;
    let limits = call.deadlines();
    let (head, body) = call.exchange(&limits, "no answer").await?;
    Ok((head, body, call.permit))
}
