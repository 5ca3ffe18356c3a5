//! What goes into the transport, a request whatever version of HTTP it will travel by, and what comes out.

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::HeaderMap;
use hyper::{Method, Response, Uri};

/// A request that is ready to be sent.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// The whole URL.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What became of a request.
pub(crate) enum Sent {
    Answered(Response<Incoming>),
    /// It is certain that no server has seen it, and the permit is good for another try. This is its body.
    Unsent(Bytes),
}
