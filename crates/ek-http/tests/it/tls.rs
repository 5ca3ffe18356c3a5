//! Connections over TLS: handshakes that fail, whom they trust, and how they end. Apart from the rest,
//! because it needs a feature for cryptography.

use std::time::Duration;

use ek_core::{Error, ErrorKind, LlmProvider as _};
use ek_http::TlsRoots;
use ek_mock::wire::{Connection, RawServer, ServerTls, response, response_head};
use tokio::time::Instant;

use crate::before_response::assert_ambiguous;
use crate::connect::assert_safe_to_repeat;
use crate::support::dial::Dials;
use crate::support::hidden::assert_error_hides;
use crate::support::memory::Memory;
use crate::support::rig::{Rig, Socket};
use crate::support::{REPLY, completion, good, in_time, question, settings};

#[tokio::test(start_paused = true)]
async fn s05_a_handshake_that_is_never_answered_ends_at_the_connect_limit() {
    let memory = Memory::new(|stream| async { stream });
    let settings = settings("https://model.test").connector(memory.clone());
    let provider = settings.connect_timeout(Duration::from_secs(7)).build();
    let provider = provider.expect("sound settings");
    let start = Instant::now();
    let error = in_time(provider.complete(&question())).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(start.elapsed(), Duration::from_secs(7));
    assert_safe_to_repeat(&error);
    assert_error_hides(&error);
    assert_eq!(error.to_string(), "no connection to model.test:443 within 7s");
    in_time(memory.all_closed()).await;
    assert_eq!(memory.accepted(), 1);
}

#[tokio::test]
async fn s05_over_tcp_the_socket_of_such_a_handshake_is_closed() {
    let short = Duration::from_millis(200);
    let stalled = Connection::new().stall_handshake();
    let rig = Rig::tls(stalled, ServerTls::localhost(), |s| s.connect_timeout(short)).await;
    // The limit is too short for a second handshake on a slow machine, which this test does not need.
    let error = rig.ask().await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_safe_to_repeat(&error);
    assert_error_hides(&error);
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
}

/// The first connection leads to a server that TLS must refuse, the second one to a good server.
struct Refused {
    bad: RawServer,
    error: Error,
}

impl Refused {
    async fn by(bad: RawServer, host: &str, trusted: Option<&ServerTls>) -> Self {
        let tls = ServerTls::for_names(["localhost", "127.0.0.1", "model.test"]);
        let fine = RawServer::start_tls(good(), tls.clone()).await;
        let dials = Dials::in_order([bad.addr(), fine.addr()]);
        let mut settings = settings(&format!("https://{host}"))
            .connector(dials)
            .tls_roots(TlsRoots::Added)
            .root_certificate(tls.ca_pem());
        if let Some(trusted) = trusted {
            settings = settings.root_certificate(trusted.ca_pem());
        }
        let provider = settings.build().expect("sound settings");
        let error = in_time(provider.complete(&question())).await;
        let error = error.expect_err("a refusal");
        assert_eq!(error.kind(), ErrorKind::Tls, "{error:?}");
        assert!(!error.is_retryable() && !error.may_have_executed());
        assert_eq!(error.attempts(), 1);
        assert_error_hides(&error);
        in_time(bad.wait_closed(0)).await;
        assert_eq!((bad.connection_count(), bad.request_count()), (1, 0));
        let reply = in_time(provider.complete(&question())).await;
        assert_eq!(reply.expect("an answer").content, REPLY);
        Self { bad, error }
    }

    #[track_caller]
    fn says(&self, words: &str) {
        let text = self.error.to_string();
        assert!(text.contains(words), "{text}");
        assert_eq!(self.bad.open_connections(), 0);
    }
}

#[tokio::test]
async fn s06_an_unknown_issuer_is_a_tls_error_on_one_connection() {
    let bad = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let refused = Refused::by(bad, "localhost", None).await;
    refused.says("TLS with localhost failed");
    refused.says("root_certificate");
    let failures = refused.bad.handshake_failures();
    assert_eq!(failures.len(), 1, "{failures:?}");
}

#[tokio::test]
async fn s06_an_unknown_issuer_is_a_tls_error_with_the_default_roots() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let provider = settings(&server.uri()).build().expect("sound settings");
    let error = in_time(provider.complete(&question())).await;
    assert_eq!(error.map_err(|e| e.kind()).expect_err("refused"), ErrorKind::Tls);
    assert_eq!(server.connection_count(), 1);
}

#[tokio::test]
async fn a_root_certificate_is_trusted_beside_the_default_roots() {
    for pem in [true, false] {
        let tls = ServerTls::localhost();
        let server = RawServer::start_tls(good(), tls.clone()).await;
        let settings = settings(&server.uri());
        let settings = match pem {
            true => settings.root_certificate(tls.ca_pem()),
            false => settings.root_certificate(tls.ca_der()),
        };
        let provider = settings.build().expect("sound settings");
        let reply = in_time(provider.complete(&question())).await;
        assert_eq!(reply.expect("an answer").content, REPLY);
    }
}

#[tokio::test]
async fn s07_another_host_s_certificate_is_refused() {
    for (names, host) in [("example.test", "localhost"), ("localhost", "127.0.0.1")] {
        let tls = ServerTls::for_names([names]);
        let bad = RawServer::start_tls(good(), tls.clone()).await;
        let refused = Refused::by(bad, host, Some(&tls)).await;
        refused.says(&format!("not valid for {host}"));
    }
}

#[tokio::test]
async fn s08_an_expired_certificate_is_refused() {
    let tls = ServerTls::expired();
    let bad = RawServer::start_tls(good(), tls.clone()).await;
    Refused::by(bad, "localhost", Some(&tls)).await.says("expired");
}

#[tokio::test]
async fn s09_a_server_without_a_version_in_common_is_refused() {
    // No current library speaks TLS 1.1. This is its alert `protocol_version`.
    let alert = [0x15, 3, 2, 0, 2, 2, 70];
    let bad = Connection::new().read_some(4096).write(alert).stall();
    let bad = RawServer::start(bad).await;
    Refused::by(bad, "localhost", None).await.says("ProtocolVersion");
}

#[tokio::test]
async fn s09_a_server_that_answers_with_tls_1_1_is_refused() {
    // No current library speaks it. These are the bytes of such a server's first message.
    let random = [7; 32];
    let session_and_suite_and_compression = [0, 0xc0, 0x13, 0];
    let hello = [&[3, 2][..], &random, &session_and_suite_and_compression].concat();
    let length = u8::try_from(hello.len()).expect("a short message");
    let record = [&[0x16, 3, 2, 0, length + 4, 2, 0, 0, length][..], &hello].concat();
    let bad = Connection::new().read_some(4096).write(record).stall();
    let bad = RawServer::start(bad).await;
    Refused::by(bad, "localhost", None).await.says("ServerDoesNotSupportTls12Or13");
}

#[tokio::test]
async fn s10_plain_http_behind_an_https_url_is_a_tls_error_that_helps() {
    let plain = response(400, &[], "this port speaks plain HTTP");
    let bad = Connection::new().read_some(4096).write(plain).stall();
    let bad = RawServer::start(bad).await;
    Refused::by(bad, "localhost", None).await.says("plain http://");
}

#[tokio::test]
async fn s11_a_server_that_requires_a_client_certificate_is_a_tls_error() {
    let tls = ServerTls::localhost().with_client_auth();
    let bad = RawServer::start_tls(good(), tls.clone()).await;
    Refused::by(bad, "localhost", Some(&tls)).await.says("CertificateRequired");
}

#[tokio::test]
async fn a_client_identity_is_sent_to_a_server_that_requires_one() {
    for tls in [ServerTls::localhost(), ServerTls::localhost().tls12_only()] {
        let tls = tls.with_client_auth();
        let identity = tls.client_identity_pem().expect("an identity");
        let rig = Rig::tls(good(), tls, |s| s.client_identity(identity)).await;
        rig.works().await;
    }
}

#[tokio::test]
async fn s13_over_tls_the_error_is_the_same_with_and_without_close_notify() {
    for script in [Connection::new().read_request().fin(), Connection::new().read_request().cut()] {
        let rig = Rig::tls(script, ServerTls::localhost(), |s| s).await;
        let error = rig.fails(ErrorKind::Interrupted, Socket::Gone).await;
        assert_ambiguous(&error);
    }
}

#[tokio::test]
async fn s73_a_call_that_is_dropped_while_it_connects_gives_its_place_back() {
    let stalled = Connection::new().stall_handshake();
    let rig = Rig::tls(stalled, ServerTls::localhost(), |s| s.max_connections(1)).await;
    tokio::select! {
        outcome = rig.ask() => panic!("{outcome:?}"),
        () = rig.server.wait_for_connections(1) => {}
    }
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    rig.works().await;
}

#[tokio::test]
async fn s39_a_body_that_only_the_connection_ends_is_judged_by_what_it_says_with_or_without_close_notify()
 {
    let reply = completion(REPLY);
    for (body, kind) in [(&*reply, None), (&reply[..90], Some(ErrorKind::Interrupted))] {
        let answer = [&response_head(200, &[("connection", "close")]), body.as_bytes()].concat();
        let script = Connection::new().read_request().write(answer);
        for script in [script.clone().fin(), script.cut()] {
            let rig = Rig::tls(script, ServerTls::localhost(), |s| s).await;
            match kind {
                None => assert_eq!(rig.works().await.content, REPLY),
                Some(kind) => drop(rig.fails(kind, Socket::Gone).await),
            }
        }
    }
}
