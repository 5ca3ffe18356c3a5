//! Requests that ask no model, over what a provider is made of: connections, TLS, proxies, keys, limits.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use bytes::Bytes;
use ek_core::Result;
use futures_core::Stream;
use hyper::body::Incoming;
use hyper::{Method, Response};

use crate::builder::ProviderBuilder;
use crate::call::{Context, Head, plain};
use crate::endpoint::Paths;
use crate::transport::{Fault, Paced, Permit};

/// A client for one URL that speaks HTTP and no protocol of a model, such as the URL of an MCP server.
///
/// It has the connections of a provider, and is set up as one: certificates, proxies, key, headers, limits. A
/// key goes nowhere else: no redirect is followed. One call is one request.
///
/// Cheap to clone; clones share the connections. `Debug` shows neither the key nor a header's value.
///
/// ```no_run
/// use bytes::Bytes;
/// use ek_http::HttpClient;
///
/// # async fn run(token: &str) -> ek_core::Result<()> {
/// let client = HttpClient::builder("https://tides.example/mcp").api_key(token).build_http_client()?;
/// let answer = client.send("POST", &[], Bytes::from_static(b"{}")).await?;
/// println!("{}", answer.status());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpClient(Arc<Context>);

impl HttpClient {
    /// Settings for a URL, with every default. The URL is taken as it is. What concerns models has no effect;
    /// [`timeout`](ProviderBuilder::timeout) is the longest time to the head of an answer.
    pub fn builder(url: impl Into<String>) -> ProviderBuilder {
        ProviderBuilder::new(url, "none")
    }

    /// Sends a request to the client's URL and waits for the head of the answer. The headers are added to those
    /// of the builder, or stand in their place; a body is said to be JSON, unless they say otherwise.
    ///
    /// # Errors
    /// As [`complete`](ek_core::LlmProvider::complete) for an answer that is no success, with its
    /// [`status`](ek_core::Error::status), and where there is none; `Config` for a header or a method that is
    /// none.
    pub async fn send(
        &self,
        method: &str,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Response<HttpBody>> {
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| {
            ek_core::Error::new(ek_core::ErrorKind::Config, "the method is none of HTTP")
        })?;
        let (head, body, permit) = plain::exchange(&self.0, method, headers, body).await?;
        let mut answer = Response::new(());
        *answer.status_mut() = head.parts().status;
        *answer.version_mut() = head.parts().version;
        *answer.headers_mut() = head.parts().headers.clone();
        let head = Box::new(head.without_buffer());
        let first = Some(body.first).filter(|first| !first.is_empty());
        let body =
            HttpBody { head, first, body: Paced::new(body.rest), over: false, _permit: permit };
        Ok(answer.map(|()| body))
    }

    /// The text, in which what the client is configured with to keep secret is masked, and what looks like a
    /// credential. At most 16 KiB of it.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0.secrets.mask(text)
    }
}

impl ProviderBuilder {
    /// Checks the settings and makes a client that asks no model. Nothing is connected yet.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_http_client(self) -> Result<HttpClient> {
        let context = self.context(Paths { version: None, main: "" })?;
        Ok(HttpClient(Arc::new(context)))
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("url", &self.0.shown.base_url).finish_non_exhaustive()
    }
}

/// The body of an answer to [`HttpClient::send`], piece by piece as it comes. It has no limit in time or size of
/// its own. One that is dropped before its end closes the connection.
///
/// ```no_run
/// use std::future::poll_fn;
/// use std::pin::Pin;
/// use futures_core::Stream;
/// use ek_http::HttpBody;
///
/// # async fn run(mut body: HttpBody) -> ek_core::Result<usize> {
/// let mut bytes = 0;
/// while let Some(piece) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
///     bytes += piece?.len();
/// }
/// # Ok(bytes)
/// # }
/// ```
pub struct HttpBody {
    head: Box<Head>,
    /// What was read of the body before.
    first: Option<Bytes>,
    body: Paced<Incoming>,
    over: bool,
    _permit: Permit,
}

impl Stream for HttpBody {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        while !this.over {
            let broken = match this.body.poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => return Poll::Ready(Some(Ok(bytes))),
                    Err(_) => continue,
                },
                Poll::Ready(Some(Err(error))) => Some(Fault::Body(error)),
                Poll::Ready(None) => None,
            };
            this.over = true;
            this.head.restore();
            if let Some(fault) = broken {
                return Poll::Ready(Some(Err(this.head.transport_error(fault))));
            }
            if this.body.is_cut(this.head.parts().version) {
                return Poll::Ready(Some(Err(this.head.cut())));
            }
        }
        Poll::Ready(None)
    }
}

impl fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpBody").finish_non_exhaustive()
    }
}
