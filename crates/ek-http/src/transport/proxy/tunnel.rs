//! A way through an HTTP proxy to an https endpoint: CONNECT, to which any 2xx opens it (RFC 9110, section
//! 9.3.6). It is a request like any other, and hyper speaks it.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use hyper::client::conn::http1::Builder;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Method, Request, StatusCode, Uri};

use crate::transport::body::OneShot;
use crate::transport::dial_error::DialError;
use crate::transport::dialer::BoxIo;

/// Asks the proxy at the other end for a way to this `host:port`.
pub(super) async fn open(
    io: BoxIo,
    to: &str,
    authorization: Option<HeaderValue>,
) -> Result<BoxIo, DialError> {
    let request = connect(to, authorization).map_err(|error| DialError::Proxy(error.into()))?;
    let failed = |error: hyper::Error| DialError::Proxy(error.into());
    // As proxies that compare letters expect them.
    let handshake = Builder::new().title_case_headers(true).handshake(io);
    let (mut sender, mut connection) = handshake.await.map_err(failed)?;
    let mut answer = pin!(sender.send_request(request));
    let answer = poll_fn(|cx| {
        // The answer says what has ended it.
        let _: Poll<_> = connection.poll_without_shutdown(cx);
        answer.as_mut().poll(cx)
    });
    match answer.await.map_err(failed)?.status() {
        // An endpoint over TLS does not speak first, so nothing of it has been read.
        status if status.is_success() => Ok(connection.into_parts().io),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => Err(DialError::ProxyCredentials),
        status => Err(DialError::ProxyStatus(status)),
    }
}

fn connect(
    to: &str,
    authorization: Option<HeaderValue>,
) -> Result<Request<OneShot>, hyper::http::Error> {
    let mut request = Request::new(OneShot::none());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::builder().authority(to).build()?;
    request.headers_mut().insert(HOST, to.parse()?);
    if let Some(authorization) = authorization {
        request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
    }
    Ok(request)
}
