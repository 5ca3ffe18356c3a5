//! JSON-RPC over a pair of pipes, a message a line. Apart from rmcp's own, which drops a message that is too
//! large and lets its call wait.

use std::io;
use std::sync::Arc;

use rmcp::RoleClient;
use rmcp::model::{ErrorCode, ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::service::TxJsonRpcMessage;
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracing::debug;

use super::child::{GRACE, Process};
use super::lines::{Line, Lines};
use crate::connection::Connection;
use crate::failure::{TOO_LARGE, unreadable};

pub(crate) struct Pipes<R, W> {
    lines: Lines<BufReader<R>>,
    /// `None` once it is closed.
    writer: Arc<Mutex<Option<W>>>,
    process: Option<Process>,
    connection: Arc<Connection>,
}

impl<R, W> Pipes<R, W>
where
    R: AsyncRead + Unpin,
{
    pub(crate) fn new(
        reader: R,
        writer: W,
        process: Option<Process>,
        connection: Arc<Connection>,
        max_message_bytes: usize,
    ) -> Self {
        let lines = Lines::new(BufReader::new(reader), max_message_bytes);
        Self { lines, writer: Arc::new(Mutex::new(Some(writer))), process, connection }
    }

    async fn ended(&mut self) {
        let why = match &mut self.process {
            Some(process) => process.ending().await,
            None => "the other end has closed".to_owned(),
        };
        self.end(why);
    }

    fn end(&self, why: String) {
        // The first reason is the right one.
        let _ = self.connection.ended.set(why);
    }
}

impl<R, W> Transport<RoleClient> for Pipes<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let writer = Arc::clone(&self.writer);
        async move {
            let mut line = serde_json::to_vec(&item)?;
            line.push(b'\n');
            match &mut *writer.lock().await {
                Some(writer) => {
                    writer.write_all(&line).await?;
                    writer.flush().await
                }
                None => Err(io::ErrorKind::NotConnected.into()),
            }
        }
    }

    async fn receive(&mut self) -> Option<ServerJsonRpcMessage> {
        loop {
            let Ok(Some(line)) = self.lines.next().await else {
                self.ended().await;
                return None;
            };
            match line {
                Line::Whole(line) => {
                    self.connection.schemas.note(&line);
                    match serde_json::from_slice(&line) {
                        Ok(message) => return Some(message),
                        // Many programs greet on their standard output.
                        Err(_) if line.trim_ascii().is_empty() => {}
                        Err(_) => {
                            debug!(bytes = line.len(), "a line of an MCP server is no message");
                            if let Some(failed) = unreadable(&line) {
                                return Some(failed);
                            }
                        }
                    }
                }
                Line::TooLong { head, tail } => match Large::of(&head, &tail) {
                    Large::Answer(id) => {
                        let error = ErrorData::new(ErrorCode::INTERNAL_ERROR, TOO_LARGE, None);
                        return Some(ServerJsonRpcMessage::error(error, Some(id)));
                    }
                    Large::Other => debug!("a message of an MCP server is too large, and skipped"),
                    Large::Unknown => {
                        let why = "it sent a line larger than max_message_bytes that is no message";
                        self.end(why.to_owned());
                        return None;
                    }
                },
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        // A server that reads nothing holds a message, and with it the writer.
        if let Ok(mut writer) = timeout(GRACE, self.writer.lock()).await {
            writer.take();
        }
        match &mut self.process {
            Some(process) => process.end().await,
            None => Ok(()),
        }
    }
}

/// What a message is of which only the ends are known.
#[derive(Debug, PartialEq)]
enum Large {
    /// It answers this request.
    Answer(RequestId),
    /// A notification or a request.
    Other,
    Unknown,
}

impl Large {
    /// Servers write the id of an answer first or last, and the method of anything else first.
    fn of(head: &[u8], tail: &[u8]) -> Self {
        const VERSION: &str = r#""jsonrpc":"2.0""#;
        let head: String = String::from_utf8_lossy(head).split_ascii_whitespace().collect();
        let tail: String = String::from_utf8_lossy(tail).split_ascii_whitespace().collect();
        let begin = head.strip_prefix('{').unwrap_or_default();
        let begin = begin.strip_prefix(VERSION).map_or(begin, |rest| rest.trim_start_matches(','));
        if begin.starts_with(r#""method":"#) {
            return Self::Other;
        }
        let first = begin.strip_prefix(r#""id":"#).and_then(|rest| rest.split_once(','));
        let end = tail.strip_suffix('}').unwrap_or_default();
        let end = end.strip_suffix(VERSION).map_or(end, |rest| rest.trim_end_matches(','));
        let last = end.rsplit_once(r#","id":"#);
        // Ids of this client are numbers.
        let id = first.map(|(id, _)| id).or(last.map(|(_, id)| id));
        match id.and_then(|id| id.parse().ok()) {
            Some(id) if !begin.is_empty() => Self::Answer(RequestId::Number(id)),
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_answer_is_found_at_either_end() {
        let seven = || Large::Answer(RequestId::Number(7));
        for (head, tail, large) in [
            (r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"id":1,"#, r#""}]}}"#, seven()),
            (r#"{"id": 7, "jsonrpc": "2.0", "result": {"#, "}}", seven()),
            (r#"{"result":{"content":[{"text":"a"#, r#"z"}]},"jsonrpc":"2.0","id":7}"#, seven()),
            (r#"{"result":{"content":[{"text":"a"#, r#"z"}]},"id":7,"jsonrpc":"2.0"}"#, seven()),
            (r#"{"jsonrpc":"2.0","result":{"a":{"#, r#""b":1,"id":3}}}"#, Large::Unknown),
            (r#"{"jsonrpc":"2.0","method":"notifications/message","params":{"#, "}}", Large::Other),
            (r#"{"method":"x","params":{"#, r#"},"jsonrpc":"2.0","id":7}"#, Large::Other),
            (r#"{"jsonrpc":"2.0","id":"x","result":{"#, "}}", Large::Unknown),
            ("no message at all", r#","id":7}"#, Large::Unknown),
        ] {
            assert_eq!(Large::of(head.as_bytes(), tail.as_bytes()), large, "{head}...{tail}");
        }
    }
}
