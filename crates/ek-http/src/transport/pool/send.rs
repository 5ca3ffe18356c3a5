//! A request on a connection: made up for the protocol, sent, and sent again where that is unseen.
//!
//! Again only if it is certain that the server has done nothing for it: hyper hands an HTTP/1 request
//! back that it never began to write, because the reused connection was found closed; an HTTP/2 server
//! says that it refused the stream, or went away before it. All else is the caller's to decide, since a
//! completion that is asked for twice may be paid for twice.

#[cfg(feature = "http2")]
use std::error::Error as _;
use std::sync::Arc;

use hyper::body::Incoming;
#[cfg(feature = "http2")]
use hyper::header::HOST;
use hyper::header::{HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Response, Uri};

use super::dial::Dial;
#[cfg(feature = "http2")]
use super::h2::Sender;
use super::permit::{Lease, Permit, Refused};
use crate::transport::Outgoing;
use crate::transport::body::OneShot;
use crate::transport::fault::Fault;
use crate::transport::proxy::Route;

/// How requests are addressed on this way.
pub(super) struct Addressing {
    /// For a plain-http endpoint behind an HTTP proxy: the proxy reads each request itself, and wants
    /// the whole URL (RFC 9112, section 3.2.2).
    is_forward: bool,
    proxy_authorization: Option<HeaderValue>,
}

impl Addressing {
    pub(super) fn new(route: &Route) -> Self {
        Self { is_forward: route.is_forward(), proxy_authorization: route.forward_authorization() }
    }
}

/// What is asked of which URL, in the form of each version of HTTP.
struct Target {
    method: Method,
    uri: Uri,
    is_forward: bool,
}

impl Target {
    /// The URL as HTTP/1 has it: mostly path and query alone (RFC 9112, section 3.2.1).
    fn http1(&self) -> Uri {
        match self.uri.path_and_query() {
            Some(path) if !self.is_forward => path.clone().into(),
            _ => self.uri.clone(),
        }
    }
}

/// How often a request is sent again that HTTP/2 connections have refused.
#[cfg(feature = "http2")]
const MAX_REFUSALS: u8 = 3;

/// A request that has not got the form of a protocol yet.
#[derive(Clone)]
struct Parts {
    headers: HeaderMap,
    body: OneShot,
}

impl Parts {
    fn to(self, method: &Method, uri: Uri) -> Request<OneShot> {
        let mut request = Request::new(self.body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        request
    }

    fn of(request: Request<OneShot>) -> Self {
        let (head, body) = request.into_parts();
        Self { headers: head.headers, body }
    }
}

/// What became of one try.
enum Tried {
    Answered(Response<Incoming>),
    /// The server has done nothing for it, and another connection may.
    Unsent(Parts),
    Failed(Fault),
}

/// Sends one request and waits for the head of the answer.
///
/// What is rare is boxed: every stream carries the size of this future around.
pub(super) async fn send(
    permit: &mut Permit,
    dial: &Arc<Dial>,
    addressing: &Addressing,
    outgoing: Outgoing,
) -> Result<Response<Incoming>, Fault> {
    let Outgoing { method, uri, mut headers, body } = outgoing;
    if let Some(authorization) = &addressing.proxy_authorization {
        headers.insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    let target = Target { method, uri, is_forward: addressing.is_forward };
    let mut parts = Parts { headers, body: OneShot::new(body) };
    loop {
        permit.connect(dial).await?;
        permit.sent = true;
        match permit.try_send(parts, &target).await {
            Tried::Answered(response) => return Ok(response),
            Tried::Failed(fault) => return Err(fault),
            Tried::Unsent(again) => parts = again,
        }
        permit.sent = false;
        Box::pin(permit.again()).await.map_err(|refused| match refused {
            Refused::NoConnection(error) => Fault::Connect(error),
            Refused::Closed | Refused::TooLate { .. } => Fault::Closed,
        })?;
    }
}

impl Permit {
    async fn try_send(&mut self, parts: Parts, target: &Target) -> Tried {
        match &mut self.lease {
            Lease::Exclusive { connection, reused } => {
                match connection
                    .sender
                    .try_send_request(parts.to(&target.method, target.http1()))
                    .await
                {
                    Ok(response) => Tried::Answered(response),
                    Err(mut error) => match error.take_message() {
                        // On a new connection it would only happen again.
                        Some(request) if *reused => Tried::Unsent(Parts::of(request)),
                        _ => Tried::Failed(Fault::Send(error.into_error())),
                    },
                }
            }
            #[cfg(feature = "http2")]
            Lease::Stream { sender, reused, .. } => {
                let refusals = &mut self.refusals;
                Box::pin(try_send_http2(sender, *reused, refusals, parts, target)).await
            }
            #[cfg(not(feature = "http2"))]
            Lease::Stream { sender, .. } => match *sender {},
            Lease::Nothing | Lease::Dial { .. } | Lease::Handshake { .. } => {
                debug_assert!(false, "a request without a connection");
                Tried::Failed(Fault::Closed)
            }
        }
    }
}

#[cfg(feature = "http2")]
async fn try_send_http2(
    sender: &mut Sender,
    reused: bool,
    refusals: &mut u8,
    parts: Parts,
    target: &Target,
) -> Tried {
    let copy = parts.clone();
    let mut request = parts.to(&target.method, target.uri.clone());
    // The authority says it.
    request.headers_mut().remove(HOST);
    let mut error = match sender.0.try_send_request(request).await {
        Ok(response) => return Tried::Answered(response),
        Err(error) => error,
    };
    let unsent = error.take_message().is_some() && reused;
    if (unsent || is_refused(error.error())) && *refusals < MAX_REFUSALS {
        *refusals += 1;
        return Tried::Unsent(copy);
    }
    Tried::Failed(Fault::Send(error.into_error()))
}

/// Whether the server says that it has not processed the request.
#[cfg(feature = "http2")]
fn is_refused(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.is_some_and(crate::transport::fault::is_unprocessed)
}
