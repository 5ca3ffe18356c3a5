//! A server's end of an HTTP/2 connection, frame by frame (RFC 9113): it says what a test wants said,
//! allowed or not. What is asked is not looked into; the bodies of requests end them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::secure::Secure;
use crate::support::{KEY, PROMPT, REPLY, completion};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// The setting that bounds the streams.
pub(super) const MAX_CONCURRENT_STREAMS: u16 = 3;

const INITIAL_WINDOW_SIZE: u16 = 4;

pub(super) const NO_ERROR: u32 = 0;
pub(super) const INTERNAL_ERROR: u32 = 2;
pub(super) const REFUSED_STREAM: u32 = 7;
pub(super) const CANCEL: u32 = 8;
pub(super) const HTTP_1_1_REQUIRED: u32 = 13;

/// What the client does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Did {
    /// A whole request on this stream.
    Ask(u32),
    /// This stream, for this reason.
    Reset(u32, u32),
    /// The end of the connection.
    Leave,
}

pub(super) struct Frames {
    stream: Secure,
    deaf: bool,
}

impl Frames {
    /// Shakes hands, telling these settings.
    pub(super) async fn begin(mut stream: Secure, told: &[(u16, u32)]) -> Option<Self> {
        let mut preface = vec![0; PREFACE.len()];
        stream.read_exact(&mut preface).await.ok()?;
        assert_eq!(preface, PREFACE);
        let mut frames = Self { stream, deaf: false };
        let one = |(id, value): &(u16, u32)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat();
        let told: Vec<u8> = told.iter().flat_map(one).collect();
        frames.send(SETTINGS, 0, 0, &told).await;
        Some(frames)
    }

    /// From now on, pings are not answered.
    pub(super) fn go_deaf(&mut self) {
        self.deaf = true;
    }

    /// From now on, this many bytes more may be sent on the connection and on each new stream.
    pub(super) async fn widen(&mut self, window: u32) {
        let setting = [&INITIAL_WINDOW_SIZE.to_be_bytes()[..], &window.to_be_bytes()].concat();
        self.send(SETTINGS, 0, 0, &setting).await;
        self.send(WINDOW_UPDATE, 0, 0, &window.to_be_bytes()).await;
    }

    /// What the frames go over.
    pub(super) fn into_stream(self) -> Secure {
        self.stream
    }

    /// Changes the key of what TLS sends from now on.
    pub(super) fn change_key(&mut self) {
        self.stream.get_mut().1.refresh_traffic_keys().expect("TLS 1.3");
    }

    /// Waits for the client to do something. Housekeeping is answered on the way.
    pub(super) async fn next(&mut self) -> Did {
        loop {
            let Some((kind, flags, stream, payload)) = self.read().await else {
                return Did::Leave;
            };
            match kind {
                HEADERS | DATA if flags & END_STREAM != 0 => return Did::Ask(stream),
                SETTINGS if flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]).await,
                PING if flags & ACK == 0 && !self.deaf => {
                    self.send(PING, ACK, 0, &payload).await;
                }
                RST_STREAM => {
                    let code = payload.try_into().map_or(0, u32::from_be_bytes);
                    return Did::Reset(stream, code);
                }
                _ => {}
            }
        }
    }

    /// Waits for the head of a request, of which nothing further is taken.
    pub(super) async fn begun(&mut self) -> u32 {
        loop {
            match self.read().await.expect("a request") {
                (HEADERS, _, stream, _) => return stream,
                (SETTINGS, 0, ..) => self.send(SETTINGS, ACK, 0, &[]).await,
                _ => {}
            }
        }
    }

    /// Waits for the next request.
    pub(super) async fn asked(&mut self) -> Option<u32> {
        loop {
            match self.next().await {
                Did::Ask(stream) => return Some(stream),
                Did::Reset(..) => {}
                Did::Leave => return None,
            }
        }
    }

    /// Answers requests well until the client leaves.
    pub(super) async fn answer_all(&mut self) {
        while let Some(stream) = self.asked().await {
            self.answer(stream).await;
        }
    }

    pub(super) async fn answer(&mut self, stream: u32) {
        self.head(stream).await;
        self.data(stream, completion(REPLY), true).await;
    }

    /// The head of a good answer: `:status: 200`, by its place in the static table.
    pub(super) async fn head(&mut self, stream: u32) {
        self.send(HEADERS, END_HEADERS, stream, &[0x88]).await;
    }

    /// A head with further headers, in as many frames as it takes (RFC 7541, section 6.2.2). The status is
    /// a place in the static table: 0x88 is 200, 0x8e is 500.
    pub(super) async fn head_with(
        &mut self,
        stream: u32,
        status: u8,
        headers: &[(String, String)],
    ) {
        let mut block = vec![status];
        for (name, value) in headers {
            block.push(0);
            for text in [name, value] {
                // An integer of a prefix of seven bits (section 5.1).
                let mut rest = text.len();
                block.push(u8::try_from(rest.min(127)).expect("seven bits"));
                if let Some(more) = rest.checked_sub(127) {
                    rest = more;
                    while rest >= 128 {
                        block.push(u8::try_from(rest % 128).expect("seven bits") | 128);
                        rest /= 128;
                    }
                    block.push(u8::try_from(rest).expect("seven bits"));
                }
                block.extend(text.bytes());
            }
        }
        let mut pieces = block.chunks(16 * 1024).peekable();
        let mut kind = HEADERS;
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            self.send(kind, flags, stream, piece).await;
            kind = CONTINUATION;
        }
    }

    pub(super) async fn data(&mut self, stream: u32, bytes: impl AsRef<[u8]>, is_last: bool) {
        let flags = if is_last { END_STREAM } else { 0 };
        self.send(DATA, flags, stream, bytes.as_ref()).await;
    }

    /// From now on, this many streams may be open.
    pub(super) async fn limit_streams(&mut self, limit: u32) {
        let told = [&MAX_CONCURRENT_STREAMS.to_be_bytes()[..], &limit.to_be_bytes()].concat();
        self.send(SETTINGS, 0, 0, &told).await;
    }

    pub(super) async fn reset(&mut self, stream: u32, code: u32) {
        self.send(RST_STREAM, 0, stream, &code.to_be_bytes()).await;
    }

    /// Streams after the last one are not going to be processed. The frame ends in debug data, as a server
    /// that echoes the request fills it.
    pub(super) async fn go_away(&mut self, last: u32, code: u32) {
        let debug_data = format!("{KEY} {PROMPT} {REPLY}");
        let payload =
            [&last.to_be_bytes()[..], &code.to_be_bytes(), debug_data.as_bytes()].concat();
        self.send(GOAWAY, 0, 0, &payload).await;
    }

    /// Any frame, sound or not. That the client has left is no matter here.
    pub(super) async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        let _ = self.stream.write_all(&[&head, payload].concat()).await;
        let _ = self.stream.flush().await;
    }

    async fn read(&mut self) -> Option<(u8, u8, u32, Vec<u8>)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let [a, b, c, kind, flags, s, t, u, v] = head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(length).ok()?];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((kind, flags, u32::from_be_bytes([s, t, u, v]), payload))
    }
}
