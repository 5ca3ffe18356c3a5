//! What is logged: names and kinds, and no text of a call or of the server.

use std::io;
use std::sync::{Arc, Mutex};

use ek_core::ErrorKind;
use ek_mcp::{McpOptions, McpServer};
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::raw::Raw;
use crate::support::{call, connect};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }

    /// Listens on this thread.
    pub(crate) fn listen(&self, filter: &str) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(filter))
            .with_span_events(FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_arguments_nor_results_nor_texts_of_the_server_are_logged() {
    let log = Log::default();
    let listening = log.listen("trace,rmcp=debug");
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(async move {
        let request = raw.next().await.expect("a request");
        let early = json!({"jsonrpc": "2.0", "id": 7, "method": "MARK", "params": {"a": "MARK"}});
        raw.say(&early.to_string()).await;
        let ready = json!({
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "raw", "version": "1"}, "instructions": "MARK",
        });
        raw.answer(&request, &ready).await;
        raw.say("a greeting MARK").await;
        while let Some(request) = raw.next().await {
            let tools = json!([{"name": "t", "description": "MARK", "inputSchema": {"MARK": 1}}]);
            match request["method"].as_str() {
                Some("tools/list") => raw.answer(&request, &json!({"tools": tools})).await,
                Some("tools/call") => {
                    let said = json!({"level": "info", "data": "MARK"});
                    let said = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": said});
                    raw.say(&said.to_string()).await;
                    let asked =
                        json!({"jsonrpc": "2.0", "id": 1, "method": "x", "params": {"a": "MARK"}});
                    raw.say(&asked.to_string()).await;
                    let text = json!([{"type": "text", "text": "MARK"}]);
                    let failed = json!({"content": text, "isError": true});
                    raw.answer(&request, &failed).await;
                }
                _ => {}
            }
        }
    });
    let server = connecting.await.expect("a connection");
    let error = call(&server, "t", r#"{"town":"MARK"}"#).await.expect_err("a failure");
    assert_eq!(error.for_model(), "MARK");
    drop(listening);
    let log = log.text();
    assert!(log.contains("tools/call t") && log.contains("an MCP server is ready"), "{log}");
    assert!(!log.contains("MARK"), "{log}");
}

#[tokio::test]
async fn a_failed_call_is_a_span_with_the_kind_of_its_error() {
    let log = Log::default();
    let listening = log.listen("ek_mcp=info");
    let (server, _) = connect(McpOptions::default()).await;
    call(&server, "break", "{}").await.expect_err("a failure");
    call(&server, "fail", "{}").await.expect_err("a failure");
    call(&server, "tide", "{}").await.expect("a result");
    drop(listening);
    let log = log.text();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), 3, "{log}");
    let kind = format!("error.type=\"{:?}\"", ErrorKind::Server);
    assert!(lines[0].contains("tools/call break") && lines[0].contains(&kind), "{log}");
    assert!(lines[1].contains("error.type=\"tool_error\""), "{log}");
    assert!(lines[2].contains("mcp.server=\"tides\"") && !lines[2].contains("error.type"), "{log}");
    let _: McpServer = server;
}
