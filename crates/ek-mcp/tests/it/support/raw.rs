//! A server that says what a test writes, for what no sound server would say.

use ek_core::Result;
use ek_mcp::{McpOptions, McpServer};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines};

pub(crate) struct Raw {
    lines: Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
    writer: tokio::io::WriteHalf<DuplexStream>,
}

impl Raw {
    /// The server's end, and the connection that is being made to it.
    pub(crate) fn new(
        options: McpOptions,
    ) -> (Self, impl Future<Output = Result<McpServer>> + Send) {
        let (ours, theirs) = tokio::io::duplex(1024);
        let (reader, writer) = tokio::io::split(theirs);
        let raw = Self { lines: BufReader::new(reader).lines(), writer };
        let (reader, writer) = tokio::io::split(ours);
        (raw, McpServer::over(reader, writer, options.with_name("raw")))
    }

    /// The next message of the client; `None` once it is gone.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let line = self.lines.next_line().await.ok()??;
        Some(serde_json::from_str(&line).expect("a message"))
    }

    pub(crate) async fn say(&mut self, line: &str) {
        // The client may be gone.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes()).await;
    }

    /// Answers a request.
    pub(crate) async fn answer(&mut self, request: &Value, result: &Value) {
        let answer = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        self.say(&answer.to_string()).await;
    }

    /// Shakes hands.
    pub(crate) async fn greet(&mut self) {
        let request = self.next().await.expect("a request");
        let ready = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "raw", "version": "1"},
        });
        self.answer(&request, &ready).await;
        let ready = self.next().await.expect("a notification");
        assert_eq!(ready["method"], "notifications/initialized");
    }

    /// Shakes hands, and answers each request after it.
    pub(crate) async fn serve(mut self, answer: impl Fn(&Value) -> Value) {
        self.greet().await;
        while let Some(request) = self.next().await {
            let result = answer(&request);
            self.answer(&request, &result).await;
        }
    }
}
