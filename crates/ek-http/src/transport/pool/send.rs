//! A request on a connection: made up for the protocol, sent, and sent again where that is unseen.
//!
//! Again only if it is certain that the server has done nothing for it: hyper hands an HTTP/1 request
//! back that it never began to write, because the reused connection was found closed; an HTTP/2 server
//! says that it refused the stream, or went away before it. All else is the caller's to decide, since a
//! completion that is asked for twice may be paid for twice.

#[cfg(feature = "http2")]
use std::error::Error as _;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, Response, Uri};

use super::turn::{Hold, Turn};
use super::{Pool, Refused};
use crate::endpoint::Endpoint;
use crate::transport::body::OneShot;
use crate::transport::fault::Fault;
use crate::transport::proxy::Route;

/// Where requests go, in the form of each protocol.
pub(super) struct Target {
    http1: Uri,
    host: HeaderValue,
    #[cfg(feature = "http2")]
    http2: Uri,
    /// For a plain-http endpoint behind an HTTP proxy: the proxy reads each request itself.
    proxy_authorization: Option<HeaderValue>,
}

impl Target {
    pub(super) fn new(endpoint: &Endpoint, route: &Route) -> Self {
        let is_forwarded = matches!(route, Route::Forward { .. });
        Self {
            http1: if is_forwarded { endpoint.uri.clone() } else { endpoint.origin_form() },
            host: endpoint.host_header(),
            #[cfg(feature = "http2")]
            http2: endpoint.uri.clone(),
            proxy_authorization: route.forward_authorization(),
        }
    }
}

/// How often a request is sent again that HTTP/2 connections have refused.
#[cfg(feature = "http2")]
const MAX_REFUSALS: u8 = 3;

/// What became of one try.
enum Tried {
    Answered(Response<Incoming>),
    /// The server has done nothing for it, and another connection may.
    Unsent(Request<OneShot>),
    Failed(Fault),
}

impl Pool {
    /// Sends one request and waits for the head of the answer.
    pub(in crate::transport) async fn send(
        &self,
        turn: &mut Turn,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Fault> {
        let mut request = Request::new(OneShot::new(body));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = headers;
        if let Some(authorization) = &self.target.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        loop {
            turn.connect(&self.dial).await?;
            turn.sent = true;
            match turn.try_send(request, &self.target).await {
                Tried::Answered(response) => return Ok(response),
                Tried::Failed(fault) => return Err(fault),
                Tried::Unsent(again) => request = again,
            }
            turn.sent = false;
            turn.again().await.map_err(|refused| match refused {
                Refused::NoConnection(error) => Fault::Connect(error),
                Refused::Closed | Refused::TooLate { .. } => Fault::Closed,
            })?;
        }
    }
}

impl Turn {
    async fn try_send(&mut self, mut request: Request<OneShot>, target: &Target) -> Tried {
        match &mut self.hold {
            Hold::Http1 { handle, reused } => {
                *request.uri_mut() = target.http1.clone();
                request.headers_mut().insert(HOST, target.host.clone());
                match handle.sender.try_send_request(request).await {
                    Ok(response) => Tried::Answered(response),
                    Err(mut error) => match error.take_message() {
                        // On a new connection it would only happen again.
                        Some(request) if *reused => Tried::Unsent(request),
                        _ => Tried::Failed(Fault::Send(error.into_error())),
                    },
                }
            }
            #[cfg(feature = "http2")]
            Hold::Http2(stream) => {
                *request.uri_mut() = target.http2.clone();
                // The authority says it, and two of them could differ.
                request.headers_mut().remove(HOST);
                let copy = request.clone();
                match stream.sender.0.try_send_request(request).await {
                    Ok(response) => Tried::Answered(response),
                    Err(mut error) => {
                        let unsent = error.take_message().is_some() && stream.reused;
                        let refused = unsent || is_refused(error.error());
                        if refused && self.refusals < MAX_REFUSALS {
                            self.refusals += 1;
                            Tried::Unsent(copy)
                        } else {
                            Tried::Failed(Fault::Send(error.into_error()))
                        }
                    }
                }
            }
            Hold::Nothing | Hold::Dial { .. } | Hold::Handshake { .. } => {
                debug_assert!(false, "a request without a connection");
                Tried::Failed(Fault::Closed)
            }
        }
    }
}

/// Whether the server says that it has not processed the request.
#[cfg(feature = "http2")]
fn is_refused(error: &hyper::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.is_some_and(crate::transport::is_unprocessed)
}
