//! One call: one request, one answer, one result.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ek_core::{ChatRequest, ChatStream, Error, ErrorKind, LlmResponse, Result, ToolCall};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Response, StatusCode, Uri};
use tokio::time::timeout_at;

use crate::auth::KeySource;
use crate::call::stream::HttpStream;
use crate::endpoint::insecure_key;
use crate::protocol::{Asked, Caps, Mode, ReadOptions};
use crate::secrets::Secrets;
use crate::telemetry::CallSpan;
use crate::transport::{Collected, Fault, Outgoing, Permit, Sent, collect, collect_head};

mod answer;
mod context;
mod deadlines;
mod document;
mod embed;
pub(crate) mod headers;
mod list;
mod opened;
pub(crate) mod plain;
mod questions;
pub(crate) mod reader;
#[cfg(any(test, fuzzing))]
pub(crate) mod record;
mod reply_error;
mod settings;
mod stream;
#[cfg(test)]
pub(crate) mod streams_for_tests;

pub(crate) use answer::Head;
pub(crate) use context::{Clock, Context, Embedding, Shown};
use deadlines::Deadlines;
pub(crate) use embed::embed;
use opened::{Opened, first_bytes, is_text};
use reader::ReplyReader;
use settings::Settings;

/// How much of an error's body is read, in bytes.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// A request that may be sent: it is written and checked, and has a permit for a socket.
pub(crate) struct Call<'a> {
    context: &'a Arc<Context>,
    settings: Settings<'a>,
    mode: Mode,
    /// Whether one choice was asked for.
    one_choice: bool,
    /// What an error of too little time advises.
    advice: &'static str,
    method: Method,
    uri: Uri,
    body: Bytes,
    limit: Duration,
    permit: Permit,
}

impl<'a> Call<'a> {
    /// Writes the request and waits for its permit.
    pub(crate) async fn prepare(
        context: &'a Arc<Context>,
        request: &'a ChatRequest,
        mode: Mode,
    ) -> Result<Self> {
        if !request.tools.is_empty() && !context.supports_tools {
            let why = "the request has tools, but this provider does not support them";
            return Err(Error::new(ErrorKind::Unsupported, why));
        }
        let asked = Asked { request, defaults: &context.defaults, mode };
        let uri = context.protocol.target(&context.endpoint, &asked)?;
        let body = context.protocol.write(&asked)?;
        let settings = Settings::from(request);
        let (limit, permit) = Self::permit(context, settings).await?;
        let choices = request.extra_value(&context.protocol.name(), "n");
        let one_choice = choices.is_none_or(|n| n == 1);
        // The time of a stream is limited to its head: what follows may take as long as it takes.
        let advice = if mode.is_stream() { "" } else { "; ask for long replies with stream" };
        let method = Method::POST;
        Ok(Self { context, settings, mode, one_choice, advice, method, uri, body, limit, permit })
    }

    /// Waits for the permit of a request that is written, and whose answer is no reply of a model.
    async fn begin(
        context: &'a Arc<Context>,
        settings: Settings<'a>,
        (method, uri, body): (Method, Uri, Bytes),
    ) -> Result<Self> {
        let (limit, permit) = Self::permit(context, settings).await?;
        let (mode, one_choice, advice) = (Mode::Unary, true, "");
        Ok(Self { context, settings, mode, one_choice, advice, method, uri, body, limit, permit })
    }

    /// The time of the attempt, and leave to send the request.
    async fn permit(context: &Context, settings: Settings<'_>) -> Result<(Duration, Permit)> {
        let runtime = runtime()?;
        let limit = settings.timeout.unwrap_or(context.timeout);
        if limit.is_zero() {
            return Err(Error::new(ErrorKind::Config, "the request's timeout is zero"));
        }
        Ok((limit, context.transport.acquire(limit, runtime).await?))
    }

    /// Sends the request and reads the whole answer, within the attempt's time.
    pub(crate) async fn complete(&mut self, span: &CallSpan) -> Result<Box<LlmResponse>> {
        let limits = self.deadlines();
        let (head, body) = self.exchange(&limits, "no whole answer").await?;
        let body = self.whole_body(&head, body, &limits).await?;
        let reply = head.reply(body, self.read_options(), self.context.max_response_bytes)?;
        span.record_response(&reply, head.secrets());
        Ok(reply)
    }

    fn deadlines(&self) -> Deadlines {
        Deadlines::start(self.limit, self.context.stream_idle_timeout)
    }

    /// Sends the request and reads the whole body of an answer that is no reply of a model, within the
    /// attempt's time.
    async fn document_body(&mut self) -> Result<(Head, Bytes)> {
        let limits = self.deadlines();
        let (head, body) = self.exchange(&limits, "no whole answer").await?;
        let body = self.whole_body(&head, body, &limits).await?;
        Ok((head, body))
    }

    /// The whole body of an answer, within the attempt's time.
    async fn whole_body(&self, head: &Head, body: Opened, limits: &Deadlines) -> Result<Bytes> {
        let cap = self.context.max_response_bytes;
        let collected = collect(body.first, body.rest, cap, head.parts().version);
        let Ok(collected) = timeout_at(limits.attempt, collected).await else {
            return Err(self.timed_out("no whole answer"));
        };
        match collected {
            Collected::Whole(body) => Ok(body),
            Collected::TooLarge => {
                let why = format!("the reply is larger than {cap} bytes (max_response_bytes)");
                Err(head.answer().fault(ErrorKind::TooLarge, &why))
            }
            Collected::Cut => Err(head.cut()),
            Collected::Failed(error) => Err(head.transport_error(Fault::Body(error))),
        }
    }

    /// Sends the request and waits for the head of the answer within the attempt's time. The stream has
    /// its own limit.
    pub(crate) async fn stream(mut self, span: CallSpan) -> Result<ChatStream> {
        let limits = self.deadlines();
        span.issued();
        let (head, body) = self.exchange(&limits, "no answer").await?;
        let context = self.context;
        let caps = Caps { event: context.max_event_bytes, document: context.max_response_bytes };
        let mut reader = ReplyReader::new(context.protocol, self.read_options(), caps);
        reader.feed(body.first);
        Ok(ChatStream::new(HttpStream::new(
            head.without_buffer(),
            body.rest,
            reader,
            limits,
            span,
            self.permit,
        )))
    }

    fn timed_out(&self, what: &str) -> Error {
        let why = format!("{what} within {:?}{}", self.limit, self.advice);
        let error = Error::new(ErrorKind::Timeout, why);
        error.with_may_have_executed(self.permit.has_sent())
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions { one_choice: self.one_choice, split_think_tags: self.context.split_think_tags }
    }

    /// Sends the request and waits for the head of an answer, which has to be a success.
    /// `missing` names what did not come in time.
    async fn exchange(&mut self, limits: &Deadlines, missing: &str) -> Result<(Head, Opened)> {
        let mut secrets = self.context.secrets.clone();
        let sent = timeout_at(limits.attempt, self.send(&mut secrets)).await;
        let response = sent.unwrap_or_else(|_| Err(self.timed_out(missing)))?;
        // The status is known from here on, and a time limit does not hide it.
        let (parts, rest) = response.into_parts();
        let head = Head::new(Arc::clone(self.context), mem::take(&mut self.uri), parts, secrets);
        let mut body = Opened { first: Bytes::new(), rest };
        if !head.is_plain() {
            Box::pin(self.judge(&head, &mut body, limits, missing)).await?;
        }
        Ok((head, body))
    }

    async fn send(&mut self, secrets: &mut Secrets) -> Result<Response<Incoming>> {
        loop {
            let headers = self.headers(secrets).await?;
            let (method, uri) = (self.method.clone(), self.uri.clone());
            let mut outgoing = Outgoing { method, uri, headers, body: mem::take(&mut self.body) };
            match self.context.transport.send(&mut self.permit, &mut outgoing).await? {
                Sent::Answered(response) => return Ok(response),
                Sent::Unsent(body) => self.body = body,
            }
        }
    }

    /// Refuses what is no success, and reads the body of an error. Of a body that is said to be encoded the
    /// first bytes are read.
    async fn judge(
        &mut self,
        head: &Head,
        body: &mut Opened,
        limits: &Deadlines,
        missing: &str,
    ) -> Result<()> {
        let status = head.parts().status;
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(head.answer().malformed("the server wants to switch protocols"));
        }
        let encoding = head.encoding();
        if !status.is_success() {
            let mut body = collect_head(&mut body.rest, MAX_ERROR_BYTES, limits.error_body()).await;
            if encoding.is_some() && !is_text(&body) {
                body = Bytes::new();
            }
            return Err(head.answer().error(&body));
        }
        if head.is_too_large() {
            return Err(head.answer().fault(ErrorKind::TooLarge, "the answer's head is too large"));
        }
        if let Some(encoding) = encoding {
            let first = timeout_at(limits.attempt, first_bytes(&mut body.rest)).await;
            let first = first.map_err(|_| self.timed_out(missing))?;
            body.first = first.map_err(|error| head.transport_error(Fault::Body(error)))?;
            if !is_text(&body.first) {
                let why = format!("the reply is encoded ({encoding}), which was not asked for");
                return Err(head.answer().malformed(&why));
            }
        }
        Ok(())
    }

    /// The provider's headers, the key and the request's headers, in rising precedence. Adds their
    /// secrets to `secrets`.
    async fn headers(&self, secrets: &mut Secrets) -> Result<HeaderMap> {
        let context = self.context;
        let mut map = context.headers.clone();
        let is_post = self.method == Method::POST;
        if is_post {
            map.insert(CONTENT_LENGTH, self.body.len().into());
        } else {
            map.remove(CONTENT_LENGTH);
            map.remove(CONTENT_TYPE);
        }
        if self.mode.is_stream() && !context.own_accept {
            let accept = HeaderValue::from_static("text/event-stream, application/json");
            map.insert(ACCEPT, accept);
        }
        // The provider's headers already hold a fixed key.
        if let KeySource::Callback(ask) = &context.key {
            let key = ask().await?;
            secrets.add_key(key.expose());
            if let Some((name, value)) = context.auth.header(&key)? {
                map.insert(name, value);
            }
        }
        if let Some(name) = context.idempotency_header.as_ref().filter(|_| is_post) {
            let value = match self.settings.idempotency_key {
                Some(key) => headers::checked(name.as_str(), key)?.1,
                None => headers::checked(name.as_str(), &ToolCall::generate_id())?.1,
            };
            map.insert(name.clone(), value);
        }
        for (name, value) in self.settings.headers {
            let (name, header) = headers::checked(name, value)?;
            secrets.add(value);
            let joined = match context.protocol.list_headers().contains(&name.as_str()) {
                true => headers::joined(map.get(&name), &header),
                false => header,
            };
            map.insert(name, joined);
        }
        if !context.key_may_travel && headers::has_credentials(&map) {
            return Err(insecure_key());
        }
        Ok(map)
    }
}

/// The runtime that this is called in.
pub(crate) fn runtime() -> Result<tokio::runtime::Handle> {
    let why = "the provider was called outside a tokio runtime";
    tokio::runtime::Handle::try_current().map_err(|_| Error::new(ErrorKind::Config, why))
}
