//! The server's end of HTTP/2: one task for a connection, and one for each answer on it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ek_mock::wire::ServerTls;
use tokio::io::{AsyncReadExt as _, ReadHalf, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::fault::Fault;
use super::frames::{
    ACK, DATA, END_STREAM, Frame, Frames, HEADERS, INTERNAL_ERROR, NO_ERROR, PING, PREFACE,
    REFUSED_STREAM, RST_STREAM, SETTINGS, WINDOW_UPDATE,
};
use super::question::{Question, Seen};
use super::server::{CAP, LAST, REPLY, STAGED, STAGED_500, delta};

/// Streams on a connection: fewer than callers.
const STREAMS: u32 = 20;

/// The highest number of a stream.
const MAX_STREAM: u32 = (1 << 31) - 1;

/// More than a reply may have, and less than the client's window.
const BEYOND_CAP: usize = 4 * CAP;

/// Frames without data. h2 takes a hundred.
const FLOOD: usize = 500;

type Stream = TlsStream<TcpStream>;

/// Answers on a free port, over TLS; the URL.
pub(super) async fn start(tls: ServerTls, seen: Seen) -> Result<String, String> {
    let config = tls.alpn(["h2"]).server_config().map_err(|e| e.to_string())?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(|e| e.to_string())?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            tokio::spawn(async move {
                let stream = acceptor.accept(socket).await?;
                serve(stream, seen).await
            });
        }
    });
    Ok(format!("https://localhost:{port}"))
}

/// Answers until the client leaves, or a fault ends the connection.
async fn serve(stream: Stream, seen: Seen) -> io::Result<()> {
    let (mut read, write) = split(stream);
    let mut preface = [0; PREFACE.len()];
    read.read_exact(&mut preface).await?;
    let (frames, written) = Frames::new();
    let out = Out { frames, end: Arc::default() };
    out.frames.settings(STREAMS).await?;
    let mut answers = Answers::default();
    let served = tokio::select! {
        served = answers.run(&mut read, &out, &seen) => served,
        served = written.to(write) => served,
        () = out.end.notified() => Ok(()),
    };
    for (_, answer) in answers.running {
        answer.abort();
    }
    served
}

/// What answers write to.
#[derive(Clone)]
struct Out {
    frames: Frames,
    /// The connection is to end without a word.
    end: Arc<Notify>,
}

/// The streams of a connection.
#[derive(Default)]
struct Answers {
    asked: HashMap<u32, Vec<u8>>,
    running: HashMap<u32, AbortHandle>,
}

impl Answers {
    async fn run(&mut self, read: &mut ReadHalf<Stream>, out: &Out, seen: &Seen) -> io::Result<()> {
        loop {
            let Frame { kind, flags, stream, payload } = Frame::read(read).await?;
            match kind {
                HEADERS => drop(self.asked.insert(stream, Vec::new())),
                DATA => {
                    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
                    if length > 0 {
                        let update = length.to_be_bytes();
                        out.frames.write(WINDOW_UPDATE, 0, 0, &update).await?;
                    }
                    if let Some(body) = self.asked.get_mut(&stream) {
                        body.extend_from_slice(&payload);
                    }
                    if flags & END_STREAM != 0
                        && let Some(body) = self.asked.remove(&stream)
                    {
                        self.answer(stream, &body, out, seen).await?;
                    }
                }
                RST_STREAM => {
                    self.asked.remove(&stream);
                    if let Some(answer) = self.running.remove(&stream) {
                        answer.abort();
                    }
                }
                SETTINGS | PING if flags & ACK == 0 => {
                    let echo = if kind == PING { &payload[..] } else { &[] };
                    out.frames.write(kind, ACK, 0, echo).await?;
                }
                _ => {}
            }
        }
    }

    async fn answer(&mut self, stream: u32, body: &[u8], out: &Out, seen: &Seen) -> io::Result<()> {
        let question = Question::of(&String::from_utf8_lossy(body));
        let frames = &out.frames;
        match question.fault {
            // The server says that it has not begun it, so it may come again.
            Fault::RefusedStream => return frames.reset(stream, REFUSED_STREAM).await,
            // No stream is named as the last, since others are under way here that this server has not
            // seen (RFC 9113, section 6.8).
            Fault::GoingAway => frames.go_away(MAX_STREAM, NO_ERROR).await?,
            _ => {}
        }
        seen.add(&question);
        let out = out.clone();
        let answer = tokio::spawn(async move { Answer { stream, out }.give(&question).await });
        self.running.retain(|_, answer| !answer.is_finished());
        self.running.insert(stream, answer.abort_handle());
        Ok(())
    }
}

/// One answer.
struct Answer {
    stream: u32,
    out: Out,
}

impl Answer {
    async fn give(self, question: &Question) -> io::Result<()> {
        let json = "application/json";
        match question.fault {
            Fault::Silence => std::future::pending().await,
            Fault::Status302 => self.whole(302, json, STAGED).await,
            Fault::Status400 => self.whole(400, json, STAGED).await,
            Fault::Status401 => self.whole(401, json, STAGED).await,
            Fault::Status429 => self.whole(429, json, STAGED).await,
            Fault::Status500 => self.whole(500, json, STAGED).await,
            Fault::Status503 => {
                self.head(503, json).await?;
                self.data("bu").await?;
                self.reset(INTERNAL_ERROR).await
            }
            Fault::Page => {
                self.whole(200, "text/html", "<!doctype html><title>Sign in</title>").await
            }
            Fault::NotJson => self.whole(200, json, "no upstream").await,
            Fault::ErrorUnder200 => self.whole(200, json, STAGED_500).await,
            Fault::StalledBody => {
                self.head(200, json).await?;
                self.data(&REPLY[..40]).await
            }
            Fault::TooLarge => {
                self.head(200, json).await?;
                self.endless("a").await
            }
            Fault::ResetBeforeHead => self.reset(INTERNAL_ERROR).await,
            Fault::ResetInside if !question.streamed => {
                self.head(200, json).await?;
                self.data(&REPLY[..40]).await?;
                self.reset(INTERNAL_ERROR).await
            }
            Fault::ResetWithoutError if !question.streamed => {
                self.head(200, json).await?;
                self.data(&REPLY[..40]).await?;
                self.reset(NO_ERROR).await
            }
            Fault::GoneAway => {
                // Any stream may have been processed, so none may come again.
                self.out.frames.go_away(MAX_STREAM, INTERNAL_ERROR).await?;
                self.out.end.notify_one();
                Ok(())
            }
            Fault::BrokenRules => self.out.frames.data(0, "of no stream", false).await,
            Fault::Died if !question.streamed => {
                self.head(200, json).await?;
                self.data(&REPLY[..40]).await?;
                self.out.end.notify_one();
                Ok(())
            }
            _ if question.streamed || question.fault == Fault::Flood => {
                self.head(200, "text/event-stream").await?;
                self.stream(question.fault).await
            }
            _ => self.whole(200, json, REPLY).await,
        }
    }

    async fn stream(&self, fault: Fault) -> io::Result<()> {
        if fault == Fault::SlowStream {
            for word in ["one ", "two ", "three "] {
                tokio::time::sleep(Duration::from_millis(40)).await;
                self.data(&delta(word)).await?;
            }
            return self.last(&format!("data: {LAST}\n\ndata: [DONE]\n\n")).await;
        }
        self.data(&delta("one ")).await?;
        match fault {
            Fault::StreamCut => self.last("data: {\"choices\":[{").await,
            Fault::StreamStall => Ok(()),
            Fault::StreamFrame => self.data("data: {\"choices\":[{]\n\n").await,
            Fault::StreamError => self.data(&format!("data: {STAGED_500}\n\n")).await,
            Fault::HugeEvent => {
                self.data("data: ").await?;
                self.endless("a").await
            }
            Fault::ResetInside => self.reset(INTERNAL_ERROR).await,
            Fault::ResetWithoutError => self.reset(NO_ERROR).await,
            Fault::Died => {
                self.out.end.notify_one();
                Ok(())
            }
            Fault::Flood => {
                for _ in 0..FLOOD {
                    self.data("").await?;
                }
                Ok(())
            }
            _ => {
                if fault == Fault::Held {
                    let comment = format!(": {}\n", "held ".repeat(200));
                    for _ in 0..150 {
                        self.data(&comment).await?;
                    }
                }
                let done = if fault == Fault::NoDone { "" } else { "data: [DONE]\n\n" };
                let [two, three] = [delta("two "), delta("three ")];
                self.last(&format!("{two}{three}data: {LAST}\n\n{done}")).await
            }
        }
    }

    async fn head(&self, status: u16, kind: &str) -> io::Result<()> {
        self.out.frames.head(self.stream, status, kind).await
    }

    async fn data(&self, text: &str) -> io::Result<()> {
        self.out.frames.data(self.stream, text, false).await
    }

    async fn last(&self, text: &str) -> io::Result<()> {
        self.out.frames.data(self.stream, text, true).await
    }

    async fn reset(&self, code: u32) -> io::Result<()> {
        self.out.frames.reset(self.stream, code).await
    }

    async fn whole(&self, status: u16, kind: &str, body: &str) -> io::Result<()> {
        self.head(status, kind).await?;
        self.last(body).await
    }

    async fn endless(&self, text: &str) -> io::Result<()> {
        let piece = text.repeat(4096);
        for _ in 0..BEYOND_CAP / piece.len() {
            self.data(&piece).await?;
        }
        Ok(())
    }
}
