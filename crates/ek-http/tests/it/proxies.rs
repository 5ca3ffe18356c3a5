//! Proxies: CONNECT, the absolute form, SOCKS5 (`socks`), and hosts that are reached without them.

mod socks;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ek_core::ErrorKind::{Connect, Rejected, Timeout, Tls};
use ek_core::{Error, ErrorKind, LlmProvider as _};
use ek_http::{Provider, ProviderBuilder, TlsRoots};
use ek_mock::wire::{Connection, RawServer, ServerTls, response, response_head};
use tokio::net::TcpSocket;

use crate::support::hidden::{assert_error_hides, assert_hidden};
use crate::support::{REPLY, good, in_time, logs, question, settings, well};

/// `user` and `MARKpass%20word`, decoded and in base 64.
const BASIC: &str = "Basic dXNlcjpNQVJLcGFzcyB3b3Jk";

fn url(scheme: &str, proxy: &RawServer) -> String {
    format!("{scheme}://user:MARKpass%20word@{}", proxy.addr())
}

/// Opens a tunnel to this server for every request.
fn opens_tunnel_to(server: &RawServer) -> Connection {
    let open = "HTTP/1.1 200 Connection established\r\n\r\n";
    Connection::new().read_request().write(open).tunnel(server.addr())
}

/// Trusts the server's authority and goes through this proxy.
fn through(server: &RawServer, proxy: String) -> ProviderBuilder {
    let settings = settings(&server.uri()).proxy(proxy).tls_roots(TlsRoots::Added);
    match server.tls() {
        Some(tls) => settings.root_certificate(tls.ca_pem()),
        None => settings,
    }
}

async fn assert_works(settings: ProviderBuilder) -> Provider {
    let provider = settings.build().expect("sound settings");
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    assert_hidden("Debug", &format!("{provider:?}"));
    assert_hidden("the log", &logs::so_far());
    provider
}

async fn fails(settings: ProviderBuilder, kind: ErrorKind) -> Error {
    let provider = settings.build().expect("sound settings");
    let error = in_time(provider.complete(&question())).await.expect_err("a failure");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(!error.may_have_executed(), "{error:?}");
    assert_error_hides(&error);
    error
}

#[tokio::test]
async fn an_https_endpoint_is_reached_through_connect() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let proxy = RawServer::start(opens_tunnel_to(&server)).await;
    let provider = assert_works(through(&server, url("http", &proxy))).await;
    let asked = &proxy.requests()[0];
    let authority = format!("localhost:{}", server.addr().port());
    assert_eq!((asked.method.as_str(), &asked.target), ("CONNECT", &authority));
    assert_eq!(asked.header("host"), Some(authority.as_str()));
    assert_eq!(asked.header("proxy-authorization"), Some(BASIC));
    assert_eq!(asked.header("authorization"), None, "the key is the endpoint's");
    let got = &server.requests()[0];
    assert_eq!(got.target, "/v1/chat/completions");
    assert_eq!(got.header("proxy-authorization"), None);
    drop(provider);
    assert!(in_time(server.wait_closed(0)).await.is_by_peer());
    in_time(proxy.wait_closed(0)).await;
}

#[tokio::test]
async fn a_proxy_without_credentials_gets_none() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let proxy = RawServer::start(opens_tunnel_to(&server)).await;
    assert_works(through(&server, format!("http://{}", proxy.addr()))).await;
    assert_eq!(proxy.requests()[0].header("proxy-authorization"), None);
}

#[tokio::test]
async fn the_endpoint_s_certificate_counts_behind_a_tunnel() {
    let names = ServerTls::for_names(["other.test"]);
    let server = RawServer::start_tls(good(), names).await;
    let proxy = RawServer::start(opens_tunnel_to(&server)).await;
    let error = fails(through(&server, url("http", &proxy)), Tls).await;
    assert!(!error.is_retryable());
    assert_eq!((proxy.connection_count(), server.request_count()), (1, 0));
}

#[tokio::test]
async fn a_proxy_that_requires_other_credentials_rejects_the_call() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let wants = response(407, &[("proxy-authenticate", "Basic realm=\"MARKrealm\"")], "");
    let proxy = RawServer::start(Connection::new().read_request().write(wants)).await;
    let error = fails(through(&server, url("http", &proxy)), Rejected).await;
    assert!(!error.is_retryable());
    assert_eq!(error.status(), Some(407));
    let expected = format!("HTTP 407: the proxy {} wants credentials", proxy.addr());
    assert!(error.to_string().starts_with(&expected), "{error}");
    in_time(proxy.wait_closed(0)).await;
    assert_eq!((proxy.connection_count(), server.connection_count()), (1, 0));
}

#[tokio::test]
async fn any_2xx_opens_the_way_whatever_comes_before_it_and_however_it_comes() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let long = response_head(200, &[("x-long", &"x".repeat(100_000))]);
    for answer in [
        response_head(200, &[("content-length", "1000")]),
        response_head(200, &[("transfer-encoding", "chunked")]),
        response_head(201, &[]),
        response_head(204, &[]),
        response_head(299, &[("connection", "close")]),
        b"HTTP/1.0 200\r\n\r\n".to_vec(),
        [response_head(100, &[]), response_head(103, &[]), response_head(200, &[])].concat(),
        long,
    ] {
        let asked = Connection::new().read_request();
        let pieces = answer.chunks(7);
        for script in [asked.clone().write(&answer), asked.write_pieces(pieces)] {
            let proxy = RawServer::start(script.tunnel(server.addr())).await;
            assert_works(through(&server, url("http", &proxy))).await;
        }
    }
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_is_a_connect_error() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let closed = "the connection was closed while it was being set up";
    let asked = || Connection::new().read_request();
    let refuses = |status| asked().write(response(status, &[], "MARK"));
    for (script, why, is_final) in [
        (refuses(502), ": it answered HTTP 502", false),
        (refuses(429), ": it answered HTTP 429", false),
        (refuses(403), ": it answered HTTP 403", true),
        (refuses(302), ": it answered HTTP 302", true),
        (asked().write("220 smtp.MARK.test ESMTP\r\n\r\n"), "", false),
        (asked().write("HTTP/1.1 200 x\r\n").write_endlessly("x-head: MARK\r\n"), "", false),
        (asked().fin(), &*format!(": {closed}"), false),
        (asked().write("HTTP/1.1 200 MARK\r\nx-").fin(), &*format!(": {closed}"), false),
        (asked().rst(), &*format!(": {closed}"), false),
    ] {
        let proxy = RawServer::start(script).await;
        let error = fails(through(&server, url("http", &proxy)), Connect).await;
        assert_eq!(error.is_retryable(), !is_final, "{error}");
        assert_eq!(error.status().is_some(), why.contains("HTTP"), "{error}");
        let way = format!("{} opened no way to localhost:{}", proxy.addr(), server.addr().port());
        assert_eq!(error.to_string(), format!("the proxy {way}{why}"));
        in_time(proxy.wait_closed(0)).await;
    }
    assert_eq!(server.connection_count(), 0);
}

#[tokio::test]
async fn a_proxy_that_never_answers_is_a_timeout_at_the_connect_limit() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let asked = Connection::new().read_request().stall();
    let greeted = Connection::new().read_exactly(3).stall();
    for (scheme, script) in [("http", asked), ("socks5h", greeted)] {
        let proxy = RawServer::start(script).await;
        let settings = through(&server, url(scheme, &proxy));
        let limited = settings.connect_timeout(Duration::from_millis(200));
        let error = fails(limited, Timeout).await;
        assert!(error.is_retryable() && !error.may_have_executed(), "{error:?}");
        assert!(in_time(proxy.wait_closed(0)).await.is_by_peer());
    }
    assert_eq!(server.connection_count(), 0);
}

#[tokio::test]
async fn an_unreachable_proxy_is_named_by_its_address() {
    let closed = TcpSocket::new_v4().expect("a socket");
    closed.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
    let proxy = closed.local_addr().expect("an address");
    let refused = "connection refused; is the server running?";
    for (base, scheme, opening) in [
        ("http://a.lan", "http", format!("cannot connect to the proxy {proxy}")),
        ("https://a.lan", "http", format!("the proxy {proxy} opened no way to a.lan:443")),
        ("https://a.lan:8443", "socks5h", format!("the proxy {proxy} opened no way to a.lan:8443")),
    ] {
        let url = format!("{scheme}://user:MARKpass%20word@{proxy}");
        let error = fails(settings(base).proxy(url), Connect).await;
        assert!(error.to_string().starts_with(&opening), "{error}");
        assert!(error.to_string().ends_with(refused), "{error}");
    }
}

#[tokio::test]
async fn a_plain_endpoint_is_asked_for_in_the_absolute_form() {
    let proxy = RawServer::start(good()).await;
    let settings = settings("http://model.lan:8080").proxy(url("http", &proxy));
    let provider = assert_works(settings.query("api-version", "7")).await;
    let reply = in_time(provider.complete(&question())).await;
    reply.expect("an answer on the same connection");
    assert_eq!(proxy.connection_count(), 1);
    for asked in proxy.requests() {
        let target = "http://model.lan:8080/v1/chat/completions?api-version=7";
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", target));
        assert_eq!(asked.header("host"), Some("model.lan:8080"));
        assert_eq!(asked.header("proxy-authorization"), Some(BASIC));
    }
}

#[tokio::test]
async fn in_the_absolute_form_a_407_is_rejected_as_well() {
    let proxy = RawServer::start(
        Connection::new().read_request().write(response(407, &[], "")).read_request().write(well()),
    )
    .await;
    let error = fails(settings("http://model.lan").proxy(url("http", &proxy)), Rejected).await;
    assert_eq!(error.status(), Some(407));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_exception_is_reached_without_the_proxy() {
    for (host, except) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.0.0.1", "a.test, 127.0.0.1"),
        ("llm.a.internal", "a.internal"),
        ("llm.a.internal", ".A.internal"),
        ("llm.a.internal", "*"),
    ] {
        let server = RawServer::start(good()).await;
        let proxy = RawServer::start(Connection::new()).await;
        let settings = settings(&format!("http://{host}:{}", server.addr().port()));
        let settings = settings.resolve("llm.a.internal", [server.addr()]).no_proxy(except);
        assert_works(settings.proxy(url("http", &proxy))).await;
        assert_eq!(proxy.connection_count(), 0, "{except}");
        assert_eq!(server.requests()[0].target, "/v1/chat/completions");
        assert_eq!(server.requests()[0].header("proxy-authorization"), None);
    }
}

#[test]
fn a_proxy_that_is_not_a_url_is_refused_without_showing_it() {
    let long = format!("socks5://u:MARK{}@p", "x".repeat(252));
    for bad in
        ["http://user:MARKpass@", "http://u:MARK@p:99999", "http://u:MARK@p/MARK", "MARK p", &long]
    {
        let settings = settings("https://model.test").proxy(bad);
        assert_hidden("Debug", &format!("{settings:?}"));
        let error = settings.build().expect_err(bad);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_error_hides(&error);
        assert!(error.to_string().starts_with("the proxy URL"), "{error}");
    }
}

#[test]
fn s81_a_key_does_not_go_unencrypted_to_a_proxy_that_is_not_local() {
    for (base, proxy, sound) in [
        ("http://ollama:11434", "http://proxy.model.test:3128", false),
        ("http://ollama:11434", "socks5://proxy.model.test:1080", false),
        ("http://ollama:11434", "http://127.0.0.1:3128", true),
        ("https://api.model.test", "http://proxy.model.test:3128", true),
        ("https://api.model.test", "socks5h://proxy.model.test", true),
    ] {
        let built = settings(base).proxy(proxy).build();
        assert_eq!(built.is_ok(), sound, "{base} through {proxy}: {built:?}");
        assert!(Provider::builder(base, "m").proxy(proxy).build().is_ok(), "{base} without a key");
    }
}

#[test]
fn s86_debug_shows_no_credentials_of_a_proxy() {
    let settings = settings("http://127.0.0.1:9").proxy("http://user:MARKpassword@127.0.0.1:9");
    assert_hidden("Debug", &format!("{settings:?} {:?}", settings.clone().build()));
}
