//! One exchange from the request to the file, or to the reason why there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ek_core::Result;
use hyper::Response;
use hyper::body::Incoming;
use serde_json::Value;

use super::answer_check::{refused_body, refused_head};
use super::frame_buffer::FrameBuffer;
use super::headers::{self, sent_back};
use super::leak_check;
use super::mode::{RecordMode, Shelf};
use super::recorder::Recording;
use super::upstream::{NoAnswer, Upstream};
use crate::cassette::check::check;
use crate::cassette::exchange::{Exchange, Frame, Request, Response as Recorded, VERSION};
use crate::masking::{Mask, credentials_of};
use crate::watched::Watched;
use crate::wire::RawRequest;
use crate::wire::dialect::Dialect;
use crate::wire::endpoint::Endpoint;

/// What is asked, and where it is written to.
pub(crate) struct Tape {
    upstream: Upstream,
    shelf: Shelf,
    outcomes: Watched<Vec<Recording>>,
}

/// A body that came to its end.
#[derive(Clone, Copy)]
pub(super) struct Keeping<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) status: u16,
    pub(super) streamed: bool,
    pub(super) json: bool,
    pub(super) bytes: &'a [u8],
}

/// An answer that is under way. Dropping it says that the client did not wait for the end.
pub(crate) struct Take {
    tape: Arc<Tape>,
    mask: Mask,
    path: String,
    /// What was asked for, and the body of the request; `None` if the exchange is not kept.
    asked: Option<(Endpoint, Vec<u8>)>,
    status: u16,
    headers: Vec<(String, String)>,
    at: Duration,
    frames: FrameBuffer,
}

impl Tape {
    pub(crate) fn new(folder: &Path, upstream: &str, mode: RecordMode) -> Result<Self> {
        let upstream = Upstream::new(upstream)?;
        let shelf = Shelf::open(folder, mode)?;
        Ok(Self { upstream, shelf, outcomes: Watched::default() })
    }

    pub(super) fn outcomes(&self) -> &Watched<Vec<Recording>> {
        &self.outcomes
    }

    /// Asks the endpoint.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub(crate) async fn ask(&self, raw: &RawRequest) -> Result<Response<Incoming>, NoAnswer> {
        let answer = self.upstream.ask(raw).await;
        if let (Err(none), Some(_)) = (&answer, kept(raw)) {
            self.refuse(&none.why);
        }
        answer
    }

    /// Begins to keep an answer whose head came after this time.
    pub(crate) fn take(
        self: &Arc<Self>,
        raw: &RawRequest,
        response: &Response<Incoming>,
        at: Duration,
    ) -> Take {
        let headers = sent_back(response.headers());
        let content_type = headers.iter().find(|(name, _)| name == "content-type");
        let frames = FrameBuffer::new(content_type.map_or("", |(_, value)| value.as_str()));
        Take {
            tape: Arc::clone(self),
            mask: Mask::knowing(&credentials_of(raw)),
            path: raw.path().to_owned(),
            asked: kept(raw).map(|endpoint| (endpoint, raw.body.clone())),
            status: response.status().as_u16(),
            headers,
            at,
            frames,
        }
    }

    fn refuse(&self, why: &str) {
        self.outcomes.update(|all| all.push(Recording::Refused { why: why.to_owned() }));
    }
}

impl Take {
    /// The headers for the client, those of framing excepted.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub(crate) fn push(&mut self, at: Duration, bytes: &[u8]) {
        if self.asked.is_some() {
            self.frames.push(at, bytes);
        }
    }

    /// The endpoint broke the answer off.
    pub(crate) fn cut(mut self) {
        self.end("the answer is cut: the endpoint closed the connection in the middle");
    }

    /// The answer came to its end. Writing a file is quick and done at once: the client has its answer,
    /// and the next request may need the number.
    pub(crate) fn finish(mut self) {
        let Some((endpoint, body)) = self.asked.take() else { return };
        let outcome = match self.write(endpoint, &body) {
            Ok(path) => Recording::Written { path },
            Err(why) => Recording::Refused { why },
        };
        self.tape.outcomes.update(|all| all.push(outcome));
    }

    /// Writes the exchange and gives the file.
    fn write(&mut self, endpoint: Endpoint, body: &[u8]) -> Result<PathBuf, String> {
        let streamed = self.frames.is_stream();
        let frames = std::mem::replace(&mut self.frames, FrameBuffer::new("")).finish();
        let bytes = frames.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect::<Vec<u8>>();
        let json = self
            .headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("application/json"));
        let keeping = Keeping {
            dialect: endpoint.dialect(),
            status: self.status,
            streamed,
            json,
            bytes: &bytes,
        };
        if let Some(why) =
            refused_head(self.status, &self.headers).or_else(|| refused_body(&keeping))
        {
            return Err(why);
        }
        let frames = frames.iter().map(|(at, bytes)| Frame::new(*at, &self.mask.body(bytes)));
        let exchange = Exchange {
            version: VERSION,
            request: Request {
                path: self.mask.text(&self.path).into_owned(),
                body: self.asked(endpoint, body)?,
            },
            response: Recorded {
                status: self.status,
                headers: headers::kept(&self.headers, &self.mask),
                at_ms: u64::try_from(self.at.as_millis()).unwrap_or(u64::MAX),
                frames: frames.collect(),
            },
        };
        check(&exchange)?;
        let text = serde_json::to_string_pretty(&exchange).map_err(|error| error.to_string())?;
        if let Some(why) = leak_check::refused(&exchange, &text, &self.mask) {
            return Err(why);
        }
        self.tape.shelf.add(&exchange, &text).map_err(|error| error.to_string())
    }

    /// The body of the request, masked.
    fn asked(&self, endpoint: Endpoint, body: &[u8]) -> Result<Value, String> {
        endpoint.read(&self.path, body)?;
        let text = String::from_utf8_lossy(body);
        serde_json::from_str(&self.mask.json_text(&text)).map_err(|error| error.to_string())
    }

    fn end(&mut self, why: &str) {
        if self.asked.take().is_some() {
            self.tape.refuse(why);
        }
    }
}

impl Drop for Take {
    fn drop(&mut self) {
        self.end("the client closed the connection before the answer was whole");
    }
}

/// What a request for a reply or for embeddings asks for: only such exchanges can be replayed, and are kept.
fn kept(raw: &RawRequest) -> Option<Endpoint> {
    Endpoint::of(raw.path()).filter(|_| raw.method == "POST")
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").field("folder", &self.shelf.folder()).finish_non_exhaustive()
    }
}
