//! The head of an answer, and the results that need it.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use ek_core::{Embeddings, LlmResponse, Result};
use hyper::header::CONTENT_ENCODING;
use hyper::http::response::Parts;
use hyper::{Uri, Version};

use super::context::Context;
use super::reader::read_whole;
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::failure::retained_headers::RetainedHeaders;
use crate::failure::retry_hint::rate_limit;
use crate::failure::status::{self, Answer};
use crate::protocol::ReadOptions;
use crate::protocol::body::{self, Found};
use crate::protocol::embeddings::{self, Due};
use crate::secrets::Secrets;
use crate::transport::{Transport, ends_with_connection, is_head_too_large};

/// An answer whose body is not read yet.
pub(crate) struct Head {
    context: Arc<Context>,
    /// The URL of the request.
    uri: Uri,
    parts: Parts,
    /// What of the headers is kept while the body of a stream comes. They are not in `parts` then.
    retained: Option<RetainedHeaders>,
    /// The secrets of the provider and of this request, which no error may show.
    secrets: Secrets,
    now: SystemTime,
}

impl Head {
    pub(crate) fn new(context: Arc<Context>, uri: Uri, parts: Parts, secrets: Secrets) -> Self {
        let now = (context.clock)();
        Self { context, uri, parts, retained: None, secrets, now }
    }

    /// Releases the connection's buffer, which holds the headers. For an exchange that lasts; a result of
    /// it needs [`restore`](Self::restore) first.
    pub(crate) fn without_buffer(mut self) -> Self {
        let headers = std::mem::take(&mut self.parts.headers);
        self.retained = Some(RetainedHeaders::of(&headers));
        self
    }

    /// Brings back what was kept of the headers.
    pub(crate) fn restore(&mut self) {
        if let Some(retained) = self.retained.take() {
            self.parts.headers = retained.restore();
        }
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The secrets of this exchange.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.context.transport
    }

    /// What an error of this answer is made from.
    pub(crate) fn answer(&self) -> Answer<'_> {
        Answer {
            status: self.parts.status,
            headers: &self.parts.headers,
            secrets: &self.secrets,
            now: self.now,
            path: self.uri.path(),
        }
    }

    /// Whether it is a success of which nothing more is to be asked before the body is read.
    pub(super) fn is_plain(&self) -> bool {
        let is_encoded = self.parts.headers.contains_key(CONTENT_ENCODING);
        self.parts.status.is_success() && !is_encoded && !self.is_too_large()
    }

    /// Whether it is larger than what is taken; over HTTP/1 such a head never gets here.
    pub(super) fn is_too_large(&self) -> bool {
        self.parts.version == Version::HTTP_2 && is_head_too_large(&self.parts.headers)
    }

    /// The content encoding that is named, if there is one.
    pub(super) fn encoding(&self) -> Option<&str> {
        let lines = self.parts.headers.get_all(CONTENT_ENCODING).iter();
        let names = lines.map(|line| line.to_str().unwrap_or("of an unreadable name"));
        let mut names = names.flat_map(|line| line.split(',')).map(str::trim);
        names.find(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"))
    }

    /// Adds the head's request id and rate limit to a reply.
    pub(crate) fn complete(&self, response: &mut LlmResponse) {
        response.request_id = status::request_id(&self.parts.headers);
        response.rate_limit = rate_limit(&self.parts.headers, self.now);
    }

    /// Reads a whole body as a reply.
    pub(super) fn reply(
        &self,
        body: Bytes,
        options: ReadOptions,
        cap: usize,
    ) -> Result<Box<LlmResponse>> {
        let text = body.clone();
        match read_whole(self.context.protocol, body, options, cap) {
            Ok(mut response) => {
                self.complete(&mut response);
                Ok(response)
            }
            Err(ReadFault::Malformed(why)) => {
                let said = ErrorBody::of_text(&text).map(|said| self.answer().excerpt(&said));
                let said = said.map(|said| format!("; it says: {said}")).unwrap_or_default();
                Err(self.answer().malformed(&format!("{why}{said}")))
            }
            Err(fault) => {
                let cut = ends_with_connection(self.parts.version, &self.parts.headers);
                Err(self.reply_error(fault, cut))
            }
        }
    }

    /// Reads a body as vectors, and adds the head's request id and rate limit to them.
    pub(super) fn vectors(&self, body: &[u8], due: Due) -> Result<Embeddings> {
        match embeddings::read(body, due) {
            Ok(mut found) => {
                found.request_id = status::request_id(&self.parts.headers);
                found.rate_limit = rate_limit(&self.parts.headers, self.now);
                Ok(found)
            }
            Err(ReadFault::Events(_)) => {
                Err(self.answer().malformed("the answer is several documents in place of one"))
            }
            Err(fault) => {
                let cut = ends_with_connection(self.parts.version, &self.parts.headers);
                Err(self.reply_error(fault, cut))
            }
        }
    }

    /// Reads a body that is no reply of a model by `read`, which gives `None` for anything else.
    pub(super) fn document<T>(
        &self,
        body: &[u8],
        found: Found,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T> {
        body::read(body, found, |text| read(text).map(Ok)).map_err(|fault| {
            let cut = ends_with_connection(self.parts.version, &self.parts.headers);
            self.reply_error(fault, cut)
        })
    }
}
