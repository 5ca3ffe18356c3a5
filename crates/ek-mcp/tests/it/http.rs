//! Servers behind a URL: rmcp's service on a port of loopback, and what no sound server would say.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{ErrorKind, Result};
use ek_mcp::{McpOptions, McpServer, McpUrl};
use ek_mock::wire::{Connection, RawRequest, RawServer, chunk, response, response_head};
use futures_util::FutureExt as _;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};

use crate::logs::Log;
use crate::support::tides::{Seen, Tides};
use crate::support::{call, failure};

const KEY: &str = "0a1b2c3d4e5f60718293";

/// Whether the server keeps sessions and answers with events, or neither.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Sessions,
    Documents,
}

async fn serve(mode: Mode) -> (McpUrl, Arc<Seen>) {
    let tides = Tides::default();
    let seen = Arc::clone(&tides.seen);
    let mut config = StreamableHttpServerConfig::default();
    config.legacy_session_mode = matches!(mode, Mode::Sessions);
    config.json_response = matches!(mode, Mode::Documents);
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(tides.clone()), sessions, config);
    let router = axum::Router::new().route_service("/mcp", service);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    let options = McpOptions::default().with_name("tides");
    (McpServer::url(format!("http://{address}/mcp")).options(options), seen)
}

/// Connects to a server that keeps sessions.
pub(crate) async fn connect() -> (McpServer, Arc<Seen>) {
    let (url, seen) = serve(Mode::Sessions).await;
    (url.connect().await.expect("a connection"), seen)
}

#[tokio::test]
async fn a_server_behind_a_url_is_listed_and_called() {
    for mode in [Mode::Sessions, Mode::Documents] {
        let (url, _) = serve(mode).await;
        let server = url.bearer(KEY).connect().await.expect("a connection");
        assert_eq!(server.tools().await.expect("a list").len(), 12, "{mode:?}");
        assert_eq!(server.instructions(), Some("Ask for one town at a time."));
        let echoed = call(&server, "echo", r#"{"town":"Bergen"}"#).await;
        assert_eq!(echoed.expect("a result"), r#"{"town":"Bergen"}"#);
        let said = failure(&server, "fail").await;
        assert_eq!(said, ("no such town".to_owned(), String::new()));
        let (for_model, _) = failure(&server, "refuse").await;
        assert_eq!(for_model, "the MCP server `tides` refused the arguments: `town` is missing");
        server.close().await;
        assert_eq!(server.tools().await.expect_err("closed").kind(), ErrorKind::Interrupted);
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_fails_its_call_and_no_other() {
    for mode in [Mode::Sessions, Mode::Documents] {
        let (url, _) = serve(mode).await;
        let options = McpOptions::default().with_name("tides").with_max_message_bytes(4096);
        let server = url.options(options).connect().await.expect("a connection");
        let error = call(&server, "large", r#"{"bytes":10000}"#).await.expect_err("too large");
        let text = "the MCP server `tides` did not run \"large\": its answer is larger than 4096 \
                    bytes (max_message_bytes)";
        assert_eq!(error.for_model(), text, "{mode:?}");
        assert_eq!(call(&server, "large", r#"{"bytes":3}"#).await.expect("a result"), "xxx");
    }
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_an_error_and_is_cancelled_at_the_server() {
    let (url, seen) = serve(Mode::Sessions).await;
    let options = McpOptions::default().with_name("tides");
    let options = options.with_call_timeout(Duration::from_millis(300));
    let server = url.options(options).connect().await.expect("a connection");
    let text = "the MCP server `tides` did not run \"wait\": no answer within 300ms";
    assert_eq!(failure(&server, "wait").await, (text.to_owned(), text.to_owned()));
    seen.cancelled.notified().await;
}

/// Answers a request of the client as a server does that has one tool, or by `call`.
fn answer(request: &RawRequest, call: impl Fn(&Value) -> Vec<u8>) -> Vec<u8> {
    let Ok(message) = serde_json::from_slice::<Value>(&request.body) else {
        return response(405, &[], "");
    };
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
            "serverInfo": {"name": "raw", "version": "1"},
        }),
        Some("tools/list") => json!({"tools": [{"name": "t", "inputSchema": {}}]}),
        Some("tools/call") => return call(&message),
        _ => return response(202, &[], ""),
    };
    let body = json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string();
    let headers = [("content-type", "application/json"), ("mcp-session-id", "SESSION-MARK")];
    response(200, &headers, body)
}

fn script(call: fn(&Value) -> Vec<u8>) -> Connection {
    Connection::new().read_request().respond(move |request| answer(request, call)).repeat()
}

async fn raw(server: &RawServer) -> Result<McpServer> {
    let options = McpOptions::default().with_name("raw");
    McpServer::url(format!("{}/mcp", server.uri())).bearer(KEY).options(options).connect().await
}

#[tokio::test]
async fn the_key_the_session_and_the_version_of_the_protocol_go_with_each_request() {
    let http = RawServer::start(script(|_| response(500, &[], ""))).await;
    let server = raw(&http).await.expect("a connection");
    server.tools().await.expect("a list");
    server.close().await;
    let requests = http.requests();
    let bearer = format!("Bearer {KEY}");
    assert!(requests.iter().all(|request| request.header("authorization") == Some(&bearer)));
    let list = requests.iter().find(|request| request.body_text().contains("tools/list"));
    let list = list.expect("such a request");
    assert_eq!(list.header("mcp-session-id"), Some("SESSION-MARK"));
    assert_eq!(list.header("mcp-protocol-version"), Some("2025-06-18"));
    assert_eq!(list.header("accept"), Some("application/json, text/event-stream"));
    let last = requests.last().expect("a request");
    assert_eq!(
        (last.method.as_str(), last.header("mcp-session-id")),
        ("DELETE", Some("SESSION-MARK"))
    );
}

#[tokio::test]
async fn a_session_id_beside_a_later_answer_replaces_none() {
    let named = |request: &RawRequest| {
        let answered = answer(request, |_| response(500, &[], ""));
        let text = String::from_utf8_lossy(&answered);
        let id =
            serde_json::from_slice::<Value>(&request.body).unwrap_or_default()["id"].to_string();
        text.replace("SESSION-MARK", &format!("SESSION-{id}")).into_bytes()
    };
    let connection = Connection::new().read_request().respond(named).repeat();
    let http = RawServer::start(connection).await;
    let server = raw(&http).await.expect("a connection");
    for _ in 0..4 {
        server.tools().await.expect("a list");
    }
    server.close().await;
    let requests = http.requests();
    let sessions: Vec<_> = requests.iter().skip(1).map(|it| it.header("mcp-session-id")).collect();
    assert!(sessions.len() > 5, "{sessions:?}");
    assert!(sessions.iter().all(|id| *id == Some("SESSION-0")), "{sessions:?}");
}

#[tokio::test]
async fn an_event_that_cannot_be_read_fails_its_call_at_once() {
    let call = |message: &Value| {
        let head = response_head(
            200,
            &[("content-type", "text/event-stream"), ("transfer-encoding", "chunked")],
        );
        let event = json!({"jsonrpc": "2.0", "id": message["id"], "error": "MARK"});
        // The stream stays open.
        [head, chunk(format!("data: nothing\n\ndata: {event}\n\n"))].concat()
    };
    let http = RawServer::start(script(call)).await;
    let server = raw(&http).await.expect("a connection");
    let text = "the MCP server `raw` did not run \"t\": its answer is not one of the protocol";
    assert_eq!(failure(&server, "t").await, (text.to_owned(), text.to_owned()));
}

#[tokio::test]
async fn neither_the_key_nor_the_session_is_logged() {
    let log = Log::default();
    let listening = log.listen("trace,rmcp=debug");
    let http = RawServer::start(script(|_| response(500, &[], ""))).await;
    let server = raw(&http).await.expect("a connection");
    failure(&server, "t").await;
    server.close().await;
    drop(listening);
    let log = log.text();
    assert!(log.contains("session-1"), "rmcp logs the session: {log}");
    assert!(!log.contains("SESSION-MARK") && !log.contains(KEY), "{log}");
}

#[tokio::test]
async fn a_status_is_named_and_the_key_is_not() {
    let said = |status| {
        let body = json!({"error": {"message": format!("the key {KEY} is unknown")}}).to_string();
        response(status, &[("content-type", "application/json")], body)
    };
    let http = RawServer::start(Connection::new().read_request().write(said(401))).await;
    let error = raw(&http).await.expect_err("refused");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Rejected, Some(401)));
    let text = error.to_string();
    assert!(text.starts_with("the MCP server `raw` did not get ready: HTTP 401"), "{text}");
    assert!(!format!("{text} {error:?}").contains(KEY), "{text}");

    let http = RawServer::start(script(|_| response(500, &[], "broken"))).await;
    let server = raw(&http).await.expect("a connection");
    let (for_model, error) = failure(&server, "t").await;
    assert_eq!(for_model, "the MCP server `raw` did not run \"t\": provider error");
    assert!(error.starts_with("the MCP server `raw` did not run \"t\": HTTP 500"), "{error}");
}

#[tokio::test]
async fn a_host_that_is_not_there_is_a_connect_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error =
        McpServer::url(format!("http://{address}/mcp")).connect().await.expect_err("no server");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().starts_with("the MCP server `127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_stream_that_ends_in_the_middle_of_a_call_is_an_error() {
    let call = |_: &Value| {
        let head = response_head(
            200,
            &[("content-type", "text/event-stream"), ("transfer-encoding", "chunked")],
        );
        [head, chunk(": wait\n\n"), b"0\r\n\r\n".to_vec()].concat()
    };
    let http = RawServer::start(script(call)).await;
    let server = raw(&http).await.expect("a connection");
    let text = "the MCP server `raw` did not run \"t\": the connection ended";
    assert_eq!(failure(&server, "t").await, (text.to_owned(), text.to_owned()));
}

#[tokio::test]
async fn a_page_in_the_place_of_an_answer_is_an_error() {
    let page = |_: &Value| response(200, &[("content-type", "text/html")], "<p>MARK</p>");
    let http = RawServer::start(script(page)).await;
    let server = raw(&http).await.expect("a connection");
    let text = "the MCP server `raw` did not run \"t\": its answer is not one of the protocol";
    assert_eq!(failure(&server, "t").await, (text.to_owned(), text.to_owned()));
}

#[test]
fn without_a_runtime_there_is_no_connection() {
    let connecting = McpServer::url("http://127.0.0.1:1/mcp").connect();
    let error = connecting.now_or_never().expect("at once").expect_err("no runtime");
    assert_eq!(error.kind(), ErrorKind::Config);
    let connecting = McpServer::command("true").connect();
    let error = connecting.now_or_never().expect("at once").expect_err("no runtime");
    assert!(error.to_string().ends_with("was connected outside a tokio runtime"), "{error}");
}

#[tokio::test]
async fn a_key_does_not_travel_in_the_clear_to_a_host_that_is_not_local() {
    let error = McpServer::url("http://tides.example/mcp").bearer(KEY).connect().await;
    assert_eq!(error.expect_err("in the clear").kind(), ErrorKind::Config);
}
