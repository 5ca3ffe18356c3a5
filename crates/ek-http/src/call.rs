//! One call: one request, one answer, one outcome.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ek_core::{ChatRequest, Error, ErrorKind, LlmResponse, Result};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};
use hyper::http::response::Parts;
use hyper::{Method, Request, StatusCode};
use tokio::sync::OwnedSemaphorePermit;

use crate::failure::retry_hint::rate_limit;
use crate::failure::status::{self, Answer};
use crate::headers;
use crate::payload;
use crate::provider::{Inner, insecure_key};
use crate::reply::{self, ReadOptions};
use crate::secrets::Secrets;
use crate::transport::{Collected, Fault, collect, ends_with_connection};

/// How much of an error's body is read, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// A request that may be sent: written, checked, and with leave to use a socket.
pub(crate) struct Call<'a> {
    inner: &'a Inner,
    request: &'a ChatRequest,
    body: Bytes,
    limit: Duration,
    _permit: OwnedSemaphorePermit,
}

impl<'a> Call<'a> {
    /// Writes the request and waits for its turn.
    pub(crate) async fn prepare(inner: &'a Inner, request: &'a ChatRequest) -> Result<Self> {
        if tokio::runtime::Handle::try_current().is_err() {
            let why = "the provider was called outside a tokio runtime";
            return Err(Error::new(ErrorKind::Config, why));
        }
        let limit = request.timeout.unwrap_or(inner.timeout);
        if limit.is_zero() {
            return Err(Error::new(
                ErrorKind::Config,
                "the request's timeout is zero",
            ));
        }
        let body = payload::write(request, &inner.defaults)?;
        let permit = inner.transport.enter(limit).await?;
        Ok(Self {
            inner,
            request,
            body,
            limit,
            _permit: permit,
        })
    }

    /// Sends the request and reads the whole answer, within the attempt's time.
    pub(crate) async fn complete(self) -> Result<LlmResponse> {
        match tokio::time::timeout(self.limit, self.exchange()).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let message = format!("no whole answer within {:?}", self.limit);
                Err(Error::new(ErrorKind::Timeout, message))
            }
        }
    }

    async fn exchange(&self) -> Result<LlmResponse> {
        let mut secrets = Secrets::default();
        let headers = self.headers(&mut secrets).await?;
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.inner.endpoint.uri.clone();
        *request.headers_mut() = headers;
        let response = self.inner.transport.send(request).await;
        let response = response.map_err(|fault| self.fault(fault))?;
        let secrets = self.inner.secrets.and(secrets);
        let (parts, body) = response.into_parts();
        let exchange = Exchange {
            call: self,
            parts,
            secrets,
            now: (self.inner.clock)(),
        };
        exchange.read(body).await
    }

    /// The provider's headers, the key, and the request's own, in rising precedence. What is secret
    /// among them is noted.
    async fn headers(&self, secrets: &mut Secrets) -> Result<HeaderMap> {
        let inner = self.inner;
        let mut map = inner.headers.clone();
        if let Some(key) = inner.key.key().await? {
            secrets.add(key.expose());
            if let Some((name, value)) = inner.auth.header(&key)? {
                map.insert(name, value);
            }
        }
        if let Some(name) = &inner.idempotency_header {
            let value = match &self.request.idempotency_key {
                Some(key) => headers::checked(name.as_str(), key)?.1,
                None => HeaderValue::try_from(reply::generated_id())
                    .unwrap_or_else(|_| HeaderValue::from_static("")),
            };
            map.insert(name.clone(), value);
        }
        for (name, value) in &self.request.headers {
            let (name, header) = headers::checked(name, value)?;
            secrets.add(value);
            map.insert(name, header);
        }
        let exposed = headers::has_credentials(&map) && !inner.endpoint.keeps_key_private();
        if exposed && !inner.allow_insecure_key {
            return Err(insecure_key());
        }
        Ok(map)
    }

    fn fault(&self, fault: Fault) -> Error {
        fault.into_error(&self.inner.endpoint.host.to_string())
    }
}

/// An answer whose head has come.
struct Exchange<'a> {
    call: &'a Call<'a>,
    parts: Parts,
    secrets: Secrets,
    now: SystemTime,
}

impl Exchange<'_> {
    fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.parts.status,
            headers: &self.parts.headers,
            secrets: &self.secrets,
            now: self.now,
        }
    }

    async fn read(self, body: Incoming) -> Result<LlmResponse> {
        if self.parts.status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(self
                .answer()
                .malformed("the server wants to switch protocols"));
        }
        let encoded = self.encoding();
        if !self.parts.status.is_success() {
            // Whatever happens to the body, the status is known.
            let body = match collect(body, MAX_ERROR_BYTES).await {
                _ if encoded.is_some() => Bytes::new(),
                Collected::Whole(body) | Collected::TooLarge(body) | Collected::Failed(body, _) => {
                    body
                }
            };
            return Err(self.answer().error(&body));
        }
        if let Some(encoding) = encoded {
            let why = format!("the reply is encoded ({encoding}), which was not asked for");
            return Err(self.answer().malformed(&why));
        }
        let cap = self.call.inner.max_response_bytes;
        match collect(body, cap).await {
            Collected::Whole(body) => self.reply(body),
            Collected::TooLarge(_) => {
                let why = format!("the reply is larger than {cap} bytes (max_response_bytes)");
                Err(self.answer().fault(ErrorKind::TooLarge, &why))
            }
            Collected::Failed(_, error) => {
                let status = self.parts.status.as_u16();
                let error = self.call.fault(Fault::Body(error)).with_status(status);
                Err(match status::request_id(&self.parts.headers) {
                    Some(id) => error.with_request_id(self.secrets.mask(&id)),
                    None => error,
                })
            }
        }
    }

    /// A content encoding other than none.
    fn encoding(&self) -> Option<&str> {
        let encoding = self.parts.headers.get(CONTENT_ENCODING)?;
        let encoding = encoding.to_str().unwrap_or("of an unreadable name").trim();
        Some(encoding).filter(|e| !e.is_empty() && !e.eq_ignore_ascii_case("identity"))
    }

    fn reply(&self, body: Bytes) -> Result<LlmResponse> {
        let options = ReadOptions {
            one_choice: self.call.request.extra.get("n").is_none_or(|n| n == 1),
            split_think_tags: self.call.inner.split_think_tags,
        };
        match reply::read(body, options) {
            Ok(mut response) => {
                response.request_id = status::request_id(&self.parts.headers);
                response.rate_limit = rate_limit(&self.parts.headers, self.now);
                Ok(response)
            }
            Err(reply::Fault::ErrorObject(read)) => Err(self.answer().error_object(&read)),
            Err(reply::Fault::Malformed(why)) => Err(self.answer().malformed(&why)),
            Err(reply::Fault::CutOff)
                if ends_with_connection(self.parts.version, &self.parts.headers) =>
            {
                // Only the connection's end marks the end of such a body: a cut looks whole to HTTP.
                let why = "the connection was closed before the reply was whole";
                Err(self.answer().fault(ErrorKind::Interrupted, why))
            }
            Err(reply::Fault::CutOff) => Err(self
                .answer()
                .malformed("the reply is JSON that ends too early")),
        }
    }
}
