//! A request on a connection: made up for the protocol, sent, and sent again where that is unseen.
//!
//! Again only if it is certain that the server has done nothing for it: hyper hands an HTTP/1 request
//! back that it never began to write, because the reused connection was found closed; an HTTP/2 server
//! says that it refused the stream, or went away before it. All else is the caller's to decide, since a
//! completion that is asked for twice may be paid for twice.

#[cfg(feature = "http2")]
use std::error::Error as _;
use std::mem::take;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
#[cfg(feature = "http2")]
use hyper::header::HOST;
use hyper::header::{HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, Response, Uri};

use super::dial::Dial;
#[cfg(feature = "http2")]
use super::h2::Sender;
use super::permit::{Lease, Permit, Refused};
#[cfg(feature = "http2")]
use super::upload::{UnderWay, Upload};
use crate::transport::body::OneShot;
use crate::transport::fault::Fault;
use crate::transport::outgoing::{Outgoing, Sent};
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

impl Addressing {
    /// The URL as HTTP/1 has it: mostly path and query alone (RFC 9112, section 3.2.1).
    fn http1(&self, uri: Uri) -> Uri {
        match uri.path_and_query() {
            Some(path) if !self.is_forward => path.clone().into(),
            _ => uri,
        }
    }
}

/// How often a request is sent again that HTTP/2 connections have refused.
#[cfg(feature = "http2")]
const MAX_REFUSALS: u8 = 3;

/// What became of one try.
enum Tried {
    Answered(Response<Incoming>),
    /// The server has done nothing for it, and another connection may. This is its body.
    Unsent(Bytes),
    Failed(Fault),
}

/// Sends one request and waits for the head of the answer.
///
/// What is rare is boxed: every stream carries the size of this future around.
pub(super) async fn send(
    permit: &mut Permit,
    dial: &Arc<Dial>,
    addressing: &Addressing,
    outgoing: &mut Outgoing,
) -> Result<Sent, Fault> {
    if let Some(authorization) = &addressing.proxy_authorization {
        outgoing.headers.insert(PROXY_AUTHORIZATION, authorization.clone());
    }
    permit.connect(dial).await?;
    permit.sent = true;
    let body = match permit.try_send(outgoing, addressing).await {
        Tried::Answered(response) => return Ok(Sent::Answered(response)),
        Tried::Failed(fault) => return Err(fault),
        Tried::Unsent(body) => body,
    };
    permit.sent = false;
    Box::pin(permit.again()).await.map_err(|refused| match refused {
        Refused::NoConnection(error) => Fault::Connect(error),
        Refused::Closed | Refused::TooLate { .. } => Fault::Closed,
    })?;
    Ok(Sent::Unsent(body))
}

impl Permit {
    async fn try_send(&mut self, outgoing: &mut Outgoing, addressing: &Addressing) -> Tried {
        match &mut self.lease {
            Lease::Exclusive { connection, reused } => {
                let request = request(outgoing, OneShot::new, |uri| addressing.http1(uri));
                match connection.sender.try_send_request(request).await {
                    Ok(response) => Tried::Answered(response),
                    Err(mut error) => match error.take_message().and_then(whole_body) {
                        // On a new connection it would only happen again.
                        Some(body) if *reused => Tried::Unsent(body),
                        _ => Tried::Failed(Fault::Send(error.into_error())),
                    },
                }
            }
            #[cfg(feature = "http2")]
            Lease::Stream { sender, reused, .. } => {
                let tried = (&mut self.refusals, &mut self.upload);
                Box::pin(try_send_http2(sender, *reused, tried, outgoing)).await
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
    (refusals, upload): (&mut u8, &mut Option<UnderWay>),
    outgoing: &mut Outgoing,
) -> Tried {
    // The authority says it.
    outgoing.headers.remove(HOST);
    let body = outgoing.body.clone();
    let request = request(outgoing, Upload::new, |uri| uri);
    let under_way = request.body().under_way();
    let mut error = match sender.requests.try_send_request(request).await {
        Ok(response) => {
            *upload = Some(under_way);
            return Tried::Answered(response);
        }
        Err(error) => error,
    };
    let unsent = error.take_message().is_some();
    if (unsent && reused || is_refused(error.error())) && *refusals < MAX_REFUSALS {
        *refusals += 1;
        return Tried::Unsent(body);
    }
    Tried::Failed(match sender.failure().filter(|_| unsent) {
        Some(failure) => Fault::Connect(failure),
        None => Fault::Send(error.into_error()),
    })
}

/// The request in hyper's form, with body and URL as this connection wants them. Nothing is left behind.
fn request<B>(
    outgoing: &mut Outgoing,
    body: impl Fn(Bytes) -> B,
    address: impl Fn(Uri) -> Uri,
) -> Request<B> {
    let mut request = Request::new(body(take(&mut outgoing.body)));
    *request.method_mut() = take(&mut outgoing.method);
    *request.uri_mut() = address(take(&mut outgoing.uri));
    *request.headers_mut() = take(&mut outgoing.headers);
    request
}

/// The body of a request that hyper hands back; `None` if hyper has begun to send it.
fn whole_body(request: Request<OneShot>) -> Option<Bytes> {
    request.into_body().into_bytes()
}

/// Whether the server says that it has not processed the request.
#[cfg(feature = "http2")]
fn is_refused(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.is_some_and(crate::transport::fault::is_unprocessed)
}
