//! HTTP on a connection that stands.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bench_load::Outcome;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Stub;
use super::answer::Pieces;

pub(super) async fn http1<S>(stream: S, stub: Arc<Stub>) -> Outcome<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| answer(request, Arc::clone(&stub)));
    Ok(conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await?)
}

pub(super) async fn http2<S>(stream: S, stub: Arc<Stub>, limit: Option<u32>) -> Outcome<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| answer(request, Arc::clone(&stub)));
    let mut builder = conn::http2::Builder::new(TokioExecutor::new());
    builder.max_concurrent_streams(limit);
    Ok(builder.serve_connection(TokioIo::new(stream), service).await?)
}

/// Reads the request to its end, as a model does.
async fn answer(request: Request<Incoming>, stub: Arc<Stub>) -> Outcome<Response<Pieces>> {
    stub.counts.requests.fetch_add(1, Ordering::Relaxed);
    let name = request.uri().path().split('/').nth(1).ok_or("no path")?.to_owned();
    request.into_body().collect().await?;
    Ok(stub.answers.get(name.as_str()).ok_or("no such answer")?.response())
}
