//! No secret is shown, however a call ends, with everything logged at TRACE.
//!
//! The other tests look for a marked secret in one fault each. Here every place that can hold a secret
//! holds one, and the libraries below are known to have logged something.

mod causes;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ek_core::ErrorKind::{
    Connect, Interrupted, Malformed, RateLimited, Rejected, Server, Timeout, Tls, TooLarge,
};
use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider as _, Message, ToolSpec};
use ek_http::{Auth, ProviderBuilder};
use ek_mock::wire::{Connection, RawServer, ServerTls, response, response_head};
use tokio::net::TcpSocket;

use crate::support::hidden::{assert_error_hides, assert_hidden};
use crate::support::rig::Rig;
use crate::support::{JSON, MARK, good, in_time, logs, settings};

/// A request with a secret in every place.
fn request() -> ChatRequest {
    let tool = ToolSpec::new("tool", "MARKwhat", r#"{"type":"object","title":"MARK"}"#);
    ChatRequest::new([Message::system("MARKsystem"), Message::user("MARKuser")])
        .with_tools([tool.expect("a schema")])
        .with_header("x-tenant", "MARKtenant-0001")
        .with_idempotency_key("MARKcall-0001")
        .with_stop(["MARKstop"])
        .with_extra("metadata", MARK)
}

/// A provider with a secret in every place.
fn secretive(settings: ProviderBuilder) -> ProviderBuilder {
    settings
        .header("x-gateway", "MARKgateway-0001")
        .header("authorization", "Bearer MARKauthorization-0001")
        .query("sig", "MARKquery-0001")
        .auth(Auth::ApiKeyHeader)
        .idempotency_header("idempotency-key")
        .max_response_bytes(1024 * 1024)
}

fn answers(bytes: impl AsRef<[u8]>) -> Connection {
    Connection::new().read_request().write(bytes).stall()
}

/// An answer with a secret in every place that is not shown.
fn bodies() -> [Vec<u8>; 4] {
    let error = r#"{"error":{"message":"no","param":"MARK","input":"MARK"},"MARK":["MARK"]}"#;
    let headers = [JSON, ("x-debug", "MARKdebug"), ("set-cookie", "session=MARK")];
    [
        response(401, &headers, error),
        response(429, &headers, error),
        response(500, &headers, "<html><title>no</title><body>MARK</body></html>"),
        response(200, &headers, r#"{"MARK": tru"#),
    ]
}

/// Makes the call, and searches everything that it shows.
async fn fails(settings: ProviderBuilder, kind: ErrorKind) -> Error {
    let provider = settings.build().expect("sound settings");
    let error = in_time(provider.complete(&request())).await.expect_err("a failure");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert_error_hides(&error);
    assert_hidden("Debug", &format!("{provider:?} {:?}", request()));
    drop(provider);
    assert_spoke(&["hyper_util", "ek_http", "chat"]);
    error
}

/// Checks that the libraries below have logged something, so that there was something to search.
#[track_caller]
fn assert_spoke(names: &[&str]) {
    let log = logs::so_far();
    assert_hidden("the log", &log);
    for name in names {
        assert!(log.contains(name), "{name} has not logged: {log:.2000}");
    }
}

#[tokio::test]
async fn s86_a_success_over_plain_http_leaves_no_trace() {
    let rig = Rig::with(good(), secretive).await;
    let reply = in_time(rig.provider.complete(&request())).await.expect("an answer");
    assert_hidden("Debug", &format!("{reply:?} {reply:#?} {:?}", rig.provider));
    assert_spoke(&["hyper_util", "TRACE", "chat", "gen_ai.request.model"]);
}

#[tokio::test]
async fn s86_a_success_over_tls_leaves_no_trace() {
    for client_auth in [false, true] {
        let tls = ServerTls::localhost();
        let tls = if client_auth { tls.with_client_auth() } else { tls };
        let identity = tls.client_identity_pem();
        let rig = Rig::tls(good(), tls, |settings| match &identity {
            Some(identity) => secretive(settings).client_identity(identity),
            None => secretive(settings),
        })
        .await;
        in_time(rig.provider.complete(&request())).await.expect("an answer");
        assert_spoke(&["rustls::client", "ClientHello", "hyper_util", "chat"]);
        assert!(!logs::so_far().contains("PRIVATE KEY"));
    }
}

#[tokio::test]
async fn s86_an_answer_that_fails_leaves_no_trace() {
    let kinds = [Rejected, RateLimited, Server, Malformed];
    for (bytes, kind) in bodies().into_iter().zip(kinds) {
        let server = RawServer::start(answers(bytes)).await;
        fails(secretive(settings(&server.uri())), kind).await;
    }
    let redirect = response(307, &[("location", "https://MARK.test/?t=MARK")], "");
    let cut = [response_head(200, &[("content-length", "99")]), b"MARK".to_vec()].concat();
    let long = [response_head(200, &[]), MARK.repeat(1 << 19).into_bytes()].concat();
    for (script, kind) in [
        (answers(redirect), Rejected),
        (answers(b"MARK no http\r\n\r\n"), Malformed),
        (answers(response_head(101, &[("upgrade", "MARK")])), Malformed),
        (Connection::new().read_request().write(cut).fin(), Interrupted),
        (Connection::new().read_request().rst(), Interrupted),
        (answers(long), TooLarge),
    ] {
        let server = RawServer::start(script).await;
        fails(secretive(settings(&server.uri())), kind).await;
    }
}

#[tokio::test]
async fn s86_a_connection_that_fails_leaves_no_trace() {
    let closed = TcpSocket::new_v4().expect("a socket");
    closed.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
    let address = closed.local_addr().expect("an address");
    fails(secretive(settings(&format!("http://{address}"))), Connect).await;
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    fails(secretive(settings(&server.uri())), Tls).await;
    assert_spoke(&["rustls"]);
    let plain = RawServer::start(Connection::new().read_some(4096).write("MARK\r\n").stall()).await;
    fails(secretive(settings(&format!("https://{}", plain.addr()))), Tls).await;
}

#[tokio::test]
async fn s86_a_timeout_leaves_no_trace() {
    let short = Duration::from_millis(200);
    let silent = RawServer::start(Connection::new().read_request().stall()).await;
    fails(secretive(settings(&silent.uri())).timeout(short), Timeout).await;
    let stalled = Connection::new().stall_handshake();
    let stalled = RawServer::start_tls(stalled, ServerTls::localhost()).await;
    fails(secretive(settings(&stalled.uri())).connect_timeout(short), Timeout).await;
}

#[tokio::test]
async fn s86_a_proxy_that_fails_leaves_no_trace() {
    let refused = || {
        Connection::new().read_request().write(response(407, &[("proxy-authenticate", MARK)], ""))
    };
    for base in ["http://model.lan", "https://model.lan"] {
        let proxy = RawServer::start(refused()).await;
        let url = format!("http://user:MARKpassword-0001@{}", proxy.addr());
        fails(secretive(settings(base)).proxy(url), Rejected).await;
        let log = logs::so_far();
        let encoded = "TUFSS3Bhc3N3b3JkLTAwMD";
        assert!(!log.contains(encoded) && !log.contains("dXNlcjpNQVJLcGFzc3dvcmQ"), "{log}");
    }
    let socks = Connection::new().read_exactly(3).write([5, 2]).read_some(64).write([1, 1]);
    let proxy = RawServer::start(socks).await;
    let url = format!("socks5h://user:MARKpassword-0001@{}", proxy.addr());
    fails(secretive(settings("https://model.lan")).proxy(url), Connect).await;
}
