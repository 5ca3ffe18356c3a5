//! One exchange that turns texts into vectors.

use ek_core::{EmbeddingRequest, Embeddings, Error, ErrorKind, Result};
use hyper::Method;

use super::Call;
use super::context::Context;
use crate::protocol::embeddings::{self, Asked};
use crate::telemetry::CallSpan;
use std::sync::Arc;

/// Sends the request and reads the whole answer, within the attempt's time.
pub(crate) async fn embed(
    context: &Arc<Context>,
    request: &EmbeddingRequest,
    span: &CallSpan,
) -> Result<Embeddings> {
    let Some(profile) = &context.embedding.profile else {
        let name = context.protocol.name();
        let why = format!("{} has no way to embed texts; another provider has to", name.as_str());
        return Err(Error::new(ErrorKind::Unsupported, why));
    };
    let (model, protocol) = (context.embedding_model(), &context.defaults.protocol);
    let asked = Asked { request, profile, model, protocol };
    let uri = embeddings::target(&asked, &context.endpoint)?;
    let body = embeddings::write(&asked)?;
    let written = (Method::POST, uri, body);
    let mut call = Call::begin(context, request.into(), written).await?;
    let (head, body) = call.document_body().await?;
    let found = head.vectors(&body, asked.due())?;
    embeddings::check_whole(&asked, &found)?;
    span.record_vectors(&found, head.secrets());
    Ok(found)
}
