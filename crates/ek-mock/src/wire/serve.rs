//! Plays a script on one connection, over anything that reads and writes: requests in, replies out,
//! with keep-alive, until either side ends it.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use super::dialect::chat_completions::request as question;
use super::raw::closed::Ending;
use super::raw::connection_log::ConnectionLog;
use super::raw::handler::{Handler, Handlers};
use super::raw::peer::Peer;
use super::raw::read_request::{NoRequest, read_request};
use super::render::{Asked, End, Output, Rendered, render, render_error};
use super::{Closed, RawRequest, introspection};
use crate::engine::{CallGuard, Engine};
use crate::masking::{Mask, credentials_of};

/// Serves until the connection ends. The caller drops the stream afterwards.
pub(super) async fn serve<S>(stream: &mut S, engine: &Engine, log: &ConnectionLog) -> Ending
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
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
    async fn handle<S>(&self, stream: &mut S, log: &ConnectionLog) -> Ending
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        serve(stream, self, log).await
    }
}

struct Served<'a, S> {
    peer: Peer<'a, S>,
    engine: &'a Engine,
    log: &'a ConnectionLog,
}

impl<S> Served<'_, S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
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
                let mut refusal = refusal(400, &format!("this is no HTTP/1 request: {why}"));
                refusal.end = End::Close;
                return self.play(refusal, None).await;
            }
        };
        self.log.request(request.clone());
        let closes = wants_close(&request);
        #[cfg(feature = "record")]
        if let Some(tape) = self.engine.tape_for(&question::read(&request).question)
            && !introspection::is_own(&request)
        {
            let ended = super::forward::forward(&mut self.peer, &request, tape).await;
            return self.after(ended, closes).await;
        }
        let ended = if let Some(told) = introspection::answer(&request, self.engine) {
            self.play(told, None).await
        } else if let Some((status, why)) = stray(&request) {
            let line = format!("{} {}", request.method, request.path());
            let mask = Mask::knowing(&credentials_of(&request));
            self.engine.call_log().unmatched(mask.text(&line).into_owned());
            self.play(refusal(status, &why), None).await
        } else {
            self.answer(&request).await
        };
        self.after(ended, closes).await
    }

    /// Closes the connection after an answer if that is wanted and it has not ended yet.
    async fn after(&mut self, ended: Option<Ending>, closes: bool) -> Option<Ending> {
        if ended.is_none() && closes {
            self.peer.shut_down().await;
            return Some(Closed::ByServer.into());
        }
        ended
    }

    async fn answer(&mut self, raw: &RawRequest) -> Option<Ending> {
        let wanted = question::read(raw);
        let (request, streamed) = (wanted.question.request.clone(), wanted.question.streamed);
        let (guard, reply) = self.engine.begin(wanted.question, false);
        let number = guard.number();
        let asked = Asked { request: &request, streamed, usage: wanted.usage, number };
        let rendered = render(&reply, self.engine.defaults(), asked);
        self.play(rendered, Some(guard)).await
    }

    async fn play(&mut self, rendered: Rendered, mut guard: Option<CallGuard>) -> Option<Ending> {
        for output in rendered.output {
            let done = match output {
                Output::Pause(pause) => self.pause(pause).await,
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

    /// Waits, and sees at once when the peer ends the connection meanwhile.
    async fn pause(&mut self, pause: Duration) -> Result<(), Closed> {
        let slept = sleep(pause);
        tokio::pin!(slept);
        loop {
            tokio::select! {
                () = &mut slept => return Ok(()),
                // More may come: a request that does not wait for its turn.
                more = self.peer.fill() => more?,
            }
        }
    }
}

/// Why a request is none that a script answers.
fn stray(request: &RawRequest) -> Option<(u16, String)> {
    let path = request.path();
    if !path.ends_with("/chat/completions") {
        let why = format!(
            "this mock answers POST to a path that ends in /chat/completions, and not {} {path}",
            request.method
        );
        return Some((404, why));
    }
    let wrong = request.method != "POST";
    wrong.then(|| (405, format!("this mock answers POST, and not {}", request.method)))
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

fn refusal(status: u16, why: &str) -> Rendered {
    render_error(&Error::new(ErrorKind::Rejected, why).with_status(status))
}
