//! Plays a script on one connection, over anything that reads and writes: requests in, replies out,
//! with keep-alive, until either side ends it.

use std::sync::Arc;

use tokio::time::sleep;

use super::dialect::{self, Call};
use super::endpoint::{self, Endpoint};
#[cfg(feature = "record")]
use super::forward::forward;
use super::raw::closed::Ending;
use super::raw::connection_log::ConnectionLog;
use super::raw::handler::{Handler, Handlers};
use super::raw::no_request::NoRequest;
use super::raw::peer::{ByteStream, Peer};
use super::raw::read_request::read_request;
use super::render::{End, Output, Rendered, page, refusal, render};
use super::{Closed, RawRequest, incoming, introspection};
#[cfg(feature = "record")]
use crate::cassette::NoAnswer;
use crate::engine::{CallGuard, Engine, IncomingRequest};
use crate::masking::{Mask, credentials_of};

/// Serves until the connection ends. The caller drops the stream afterwards.
pub(super) async fn serve<S: ByteStream>(
    stream: &mut S,
    engine: &Engine,
    log: &ConnectionLog,
) -> Ending {
    let mut served = Served { peer: Peer::new(stream, log), engine, log };
    loop {
        if let Some(ending) = served.one().await {
            return ending;
        }
    }
}

/// The same script on every connection.
impl Handlers for Arc<Engine> {
    type Handler = Self;

    fn handler(&self, _: usize) -> Result<Self, String> {
        Ok(Self::clone(self))
    }
}

impl Handler for Arc<Engine> {
    async fn handle<S: ByteStream>(&self, stream: &mut S, log: &ConnectionLog) -> Ending {
        serve(stream, self, log).await
    }
}

struct Served<'a, S> {
    peer: Peer<'a, S>,
    engine: &'a Engine,
    log: &'a ConnectionLog,
}

impl<S: ByteStream> Served<'_, S> {
    /// One request and its reply; how the connection has ended, if it has.
    async fn one(&mut self) -> Option<Ending> {
        let request = match read_request(&mut self.peer, self.log.index()).await {
            Ok(request) => request,
            Err(NoRequest::Ended(closed)) => return Some(closed.into()),
            Err(NoRequest::Incomplete(closed, what)) => {
                self.log.incomplete_request(&what);
                return Some(closed.into());
            }
            Err(NoRequest::Malformed(why)) => {
                self.engine.call_log().unmatched(format!("what is no HTTP/1 request: {why}"));
                let why = format!("this is no HTTP/1 request: {why}");
                let refusal = refusal(dialect::DEFAULT, 400, &why);
                return self.play(Rendered { end: End::Close, ..refusal }, None).await;
            }
        };
        self.log.request(request.clone());
        let ended = self.respond(&request).await;
        if ended.is_none() && wants_close(&request) {
            self.peer.shut_down().await;
            return Some(Closed::ByServer.into());
        }
        ended
    }

    /// Answers a request; how the connection has ended, if it has.
    async fn respond(&mut self, raw: &RawRequest) -> Option<Ending> {
        if introspection::is_own(raw) {
            return match introspection::answer(raw, self.engine) {
                Some(page) => self.play(page, None).await,
                None => self.refuse(raw).await,
            };
        }
        let endpoint = Endpoint::of(raw.path()).filter(|_| raw.method == "POST");
        let incoming = endpoint.map(|endpoint| (endpoint, incoming::read(raw, endpoint)));
        #[cfg(feature = "record")]
        if let Some(tape) = self.engine.tape_for(incoming.as_ref().map(|(_, incoming)| incoming)) {
            return match forward(&mut self.peer, raw, tape).await {
                Ok(ended) => ended,
                Err(NoAnswer { status, why }) => {
                    let dialect = endpoint.map_or(dialect::DEFAULT, Endpoint::dialect);
                    self.play(refusal(dialect, status, &why), None).await
                }
            };
        }
        if let Some((endpoint, incoming)) = incoming {
            return self.answer(endpoint, raw, &incoming).await;
        }
        match dialect::page(raw, self.engine.script()) {
            Some((_, Ok(json))) => self.play(page(&json), None).await,
            Some((dialect, Err(why))) => self.play(refusal(dialect, 400, &why), None).await,
            None => self.refuse(raw).await,
        }
    }

    /// Answers from the script.
    async fn answer(
        &mut self,
        endpoint: Endpoint,
        raw: &RawRequest,
        incoming: &IncomingRequest,
    ) -> Option<Ending> {
        let (guard, reply) = self.engine.begin(incoming, false);
        let dialect = endpoint.dialect();
        let call = Call {
            dialect,
            request: &incoming.request,
            streamed: incoming.streamed,
            form: (dialect.stream_form)(raw),
            usage: incoming.usage,
            number: guard.number(),
        };
        let embedding = match (endpoint, &incoming.embedding) {
            (Endpoint::Embeddings(dialect), Some(request)) => Some((dialect, request)),
            _ => None,
        };
        let rendered = render(&reply, self.engine.pace(), call, embedding);
        self.play(rendered, Some(guard)).await
    }

    /// Refuses a request that the mock has no answer to, and notes it.
    async fn refuse(&mut self, raw: &RawRequest) -> Option<Ending> {
        let (method, path) = (&raw.method, raw.path());
        let mask = Mask::knowing(&credentials_of(raw));
        self.engine.call_log().unmatched(mask.text(&format!("{method} {path}")).into_owned());
        let refusal = match Endpoint::of(path) {
            Some(endpoint) => {
                let why = format!("this mock answers POST, and not {method}");
                refusal(endpoint.dialect(), 405, &why)
            }
            None => {
                let paths = endpoint::paths();
                let why = format!(
                    "this mock answers POST to a path that ends in {paths}, and not {method} {path}"
                );
                refusal(dialect::DEFAULT, 404, &why)
            }
        };
        self.play(refusal, None).await
    }

    async fn play(&mut self, rendered: Rendered, mut guard: Option<CallGuard>) -> Option<Ending> {
        for output in rendered.output {
            let done = match output {
                Output::Pause(pause) => self.peer.unless_closed(sleep(pause)).await,
                Output::Write(bytes) => {
                    if let Some(guard) = &guard {
                        guard.begins();
                    }
                    let written = self.peer.write(&bytes).await;
                    // A reader on the same thread is to see each write for itself.
                    tokio::task::yield_now().await;
                    written
                }
            };
            if let Err(closed) = done {
                return Some(closed.into());
            }
        }
        if rendered.end == End::Hang {
            if let Some(guard) = &mut guard {
                guard.hangs();
            }
            return Some(self.peer.until_closed().await.into());
        }
        if let Some(guard) = guard {
            if rendered.fails { guard.fail() } else { guard.finish() }
        }
        match rendered.end {
            End::KeepAlive | End::Hang => None,
            End::Close => {
                self.peer.shut_down().await;
                Some(Closed::ByServer.into())
            }
            End::Reset => Some(Ending { closed: Closed::ByServer, reset: true }),
        }
    }
}

fn wants_close(request: &RawRequest) -> bool {
    let said = request.header_values("connection").flat_map(|value| value.split(','));
    let mut said = said.map(str::trim);
    if said.any(|word| word.eq_ignore_ascii_case("close")) {
        return true;
    }
    let first_line = request.head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    first_line.ends_with(b"HTTP/1.0")
}
