//! The yardstick: hyper-util's pooled client, which posts prepared bytes and counts those that come.
//! The connector is a parameter, since TLS is not built in where it is not measured.

use std::sync::Arc;

use bench_load::Outcome;
use bench_load::client::{Client, Outcomes};
use bench_load::job::Job;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// How connections are made.
pub trait Dial: Clone + Send + Sync + 'static {
    /// What makes them.
    type Connector: Connect + Clone + Send + Sync + 'static;

    /// For this job.
    ///
    /// # Errors
    /// If it cannot be built.
    fn connector(job: &Job) -> Outcome<Self::Connector>;
}

/// TCP alone.
#[derive(Clone, Debug)]
pub struct Tcp;

impl Dial for Tcp {
    type Connector = HttpConnector;

    fn connector(_: &Job) -> Outcome<HttpConnector> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok(connector)
    }
}

/// One pool for all calls.
#[derive(Clone, Debug)]
pub struct RawHyper<D: Dial> {
    pool: Pool<D::Connector, Full<Bytes>>,
    uri: hyper::Uri,
    headers: Arc<[(HeaderName, HeaderValue)]>,
    body: Bytes,
}

/// An open stream, and how many bytes of it have come.
#[derive(Debug)]
pub struct Open {
    answer: Incoming,
    bytes: usize,
}

impl<D: Dial> Client for RawHyper<D> {
    const READS: bool = false;

    type Open = Open;

    fn new(job: &Job) -> Outcome<Self> {
        let mut builder = Pool::builder(TokioExecutor::new());
        if let Some(idle) = job.idle {
            builder.pool_timer(TokioTimer::new()).pool_idle_timeout(idle);
        }
        let pool = builder.build(D::connector(job)?);
        let (protocol, stream) = (job.answer.protocol, job.answer.stream);
        let uri = format!("{}{}", job.base, protocol.path(stream)).parse()?;
        let header = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let headers = protocol.headers().iter().map(header).collect();
        // What the others send too.
        let body = protocol.request(job.scenario.question, stream).to_string();
        Ok(Self { pool, uri, headers, body: body.into() })
    }

    async fn call(&self) -> Outcome<Outcomes> {
        Self::rest(self.open().await?).await
    }

    async fn open(&self) -> Outcome<Open> {
        let mut request = Request::post(self.uri.clone()).body(Full::new(self.body.clone()))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in &*self.headers {
            headers.insert(name, value.clone());
        }
        let answer = self.pool.request(request).await?.into_body();
        let mut open = Open { answer, bytes: 0 };
        open.next().await?;
        Ok(open)
    }

    async fn rest(mut open: Open) -> Outcome<Outcomes> {
        while open.next().await? {}
        Ok(Outcomes { bytes: open.bytes, ..Outcomes::default() })
    }
}

impl Open {
    /// Takes one frame; false at the end.
    async fn next(&mut self) -> Outcome<bool> {
        let Some(frame) = self.answer.frame().await else {
            return Ok(false);
        };
        self.bytes += frame?.data_ref().map_or(0, Bytes::len);
        Ok(true)
    }
}
