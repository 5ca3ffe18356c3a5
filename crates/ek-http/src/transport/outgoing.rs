//! What goes into the transport: a request, whatever version of HTTP it will travel by.

use bytes::Bytes;
use hyper::http::HeaderMap;
use hyper::{Method, Uri};

/// A request that is ready to be sent.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    /// The whole URL.
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}
