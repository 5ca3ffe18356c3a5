//! The frames of HTTP/2 (RFC 9113), allowed or not: what the server of faults reads and writes.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;

pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

pub(super) const NO_ERROR: u32 = 0;
pub(super) const INTERNAL_ERROR: u32 = 2;
pub(super) const REFUSED_STREAM: u32 = 7;

const MAX_CONCURRENT_STREAMS: u16 = 3;

/// A frame that has come.
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

impl Frame {
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut head = [0; 9];
        from.read_exact(&mut head).await?;
        let [a, b, c, kind, flags, s, t, u, v] = head;
        let length = u32::from_be_bytes([0, a, b, c]);
        let mut payload = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        from.read_exact(&mut payload).await?;
        Ok(Self { kind, flags, stream: u32::from_be_bytes([s, t, u, v]), payload })
    }
}

/// Where frames are left to be written. An answer may be given up at any moment, and a frame of which a
/// half was written would be the end of all streams of the connection.
#[derive(Clone)]
pub(super) struct Frames(Sender<Vec<u8>>);

/// Frames that are left.
pub(super) struct Written(Receiver<Vec<u8>>);

impl Written {
    /// Writes them in their order.
    pub(super) async fn to(mut self, mut write: impl AsyncWrite + Unpin) -> io::Result<()> {
        while let Some(frame) = self.0.recv().await {
            write.write_all(&frame).await?;
            write.flush().await?;
        }
        Ok(())
    }
}

impl Frames {
    pub(super) fn new() -> (Self, Written) {
        let (frames, written) = channel(16);
        (Self(frames), Written(written))
    }

    pub(super) async fn write(
        &self,
        kind: u8,
        flags: u8,
        stream: u32,
        payload: &[u8],
    ) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?.to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        let sent = self.0.send([&head, payload].concat()).await;
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// The settings, with a limit of streams.
    pub(super) async fn settings(&self, streams: u32) -> io::Result<()> {
        let limit = [&MAX_CONCURRENT_STREAMS.to_be_bytes()[..], &streams.to_be_bytes()].concat();
        self.write(SETTINGS, 0, 0, &limit).await
    }

    /// A head, by indices of HPACK's static table (RFC 7541, section 6.2.2): `:status`, `content-type`.
    pub(super) async fn head(&self, stream: u32, status: u16, kind: &str) -> io::Result<()> {
        let length = u8::try_from(kind.len()).map_err(io::Error::other)?;
        let status = status.to_string();
        let block =
            [&[0x08, 3], status.as_bytes(), &[0x0f, 0x10, length], kind.as_bytes()].concat();
        self.write(HEADERS, END_HEADERS, stream, &block).await
    }

    pub(super) async fn data(
        &self,
        stream: u32,
        bytes: impl AsRef<[u8]>,
        is_last: bool,
    ) -> io::Result<()> {
        let flags = if is_last { END_STREAM } else { 0 };
        self.write(DATA, flags, stream, bytes.as_ref()).await
    }

    pub(super) async fn reset(&self, stream: u32, code: u32) -> io::Result<()> {
        self.write(RST_STREAM, 0, stream, &code.to_be_bytes()).await
    }

    /// Streams after the last one are not going to be processed.
    pub(super) async fn go_away(&self, last: u32, code: u32) -> io::Result<()> {
        self.write(GOAWAY, 0, 0, &[last.to_be_bytes(), code.to_be_bytes()].concat()).await
    }
}
