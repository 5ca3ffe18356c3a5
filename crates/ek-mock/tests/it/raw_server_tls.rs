//! The scripted server over TLS: who is trusted, and what a client sees of a broken handshake.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use ek_mock::wire::{Closed, Connection, RawServer, ServerTls, response};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::raw_server::{connect, in_time};

const GET: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

fn ok() -> Connection {
    Connection::new().read_request().write(response(200, &[], "ok"))
}

fn trusting(tls: &ServerTls, identity: Option<&str>) -> ClientConfig {
    let ca = CertificateDer::from_pem_slice(tls.ca_pem().as_bytes()).expect("a PEM");
    assert_eq!(ca, tls.ca_der());
    let mut roots = RootCertStore::empty();
    roots.add(ca).expect("a CA");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    match identity {
        None => config.with_no_client_auth(),
        Some(pem) => {
            let chain = CertificateDer::pem_slice_iter(pem.as_bytes());
            let chain = chain.collect::<Result<Vec<_>, _>>().expect("a chain");
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
            config.with_client_auth_cert(chain, key).expect("a client")
        }
    }
}

async fn handshake(
    server: &RawServer,
    config: ClientConfig,
    name: &'static str,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = connect(server).await;
    let name = ServerName::try_from(name).expect("a name");
    in_time(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

async fn exchange(mut client: TlsStream<TcpStream>) -> io::Result<String> {
    client.write_all(GET).await?;
    let mut text = String::new();
    in_time(client.read_to_string(&mut text)).await?;
    Ok(text)
}

/// What a client that trusts the CA and asks for `name` gets to hear.
async fn refusal(tls: ServerTls, name: &'static str) -> String {
    let config = trusting(&tls, None);
    let server = RawServer::start_tls(ok(), tls).await;
    let error = handshake(&server, config, name).await.expect_err("no trust");
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    assert_eq!(server.handshake_failures().len(), 1);
    error.to_string()
}

#[tokio::test]
async fn steps_run_over_tls_for_a_client_that_trusts_the_ca() {
    let tls = ServerTls::localhost();
    let server = RawServer::start_tls(ok(), tls.clone()).await;
    assert_eq!(server.uri(), format!("https://localhost:{}", server.addr().port()));
    for name in ["localhost", "127.0.0.1"] {
        let client = handshake(&server, trusting(&tls, None), name).await;
        let answer = exchange(client.expect("a handshake")).await;
        assert!(answer.expect("an answer").ends_with("\r\n\r\nok"));
    }
    assert_eq!(server.request_count(), 2);
    assert!(server.handshake_failures().is_empty());
    let of_server = server.tls().map(ServerTls::ca_pem);
    assert_eq!(of_server, Some(tls.ca_pem()));
}

#[tokio::test]
async fn a_client_that_refuses_the_certificate_is_recorded_and_no_failure() {
    let server = RawServer::start_tls(ok(), ServerTls::localhost()).await;
    let stranger = trusting(&ServerTls::localhost(), None);
    let refused = handshake(&server, stranger, "localhost").await;
    refused.expect_err("another CA");
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    let failures = server.handshake_failures();
    assert_eq!(failures[0].connection, 0);
    assert_eq!(failures[0].reason, "received fatal alert: UnknownCA");
    // The next one is served.
    let tls = server.tls().expect("TLS");
    let client = handshake(&server, trusting(tls, None), "localhost").await;
    exchange(client.expect("a handshake")).await.expect("an answer");
}

#[tokio::test]
async fn wrong_names_and_expired_certificates_are_refused() {
    let text = refusal(ServerTls::for_names(["example.test"]), "localhost").await;
    assert!(text.contains("not valid for name \"localhost\""), "{text}");
    let text = refusal(ServerTls::for_names(["localhost"]), "127.0.0.1").await;
    assert!(text.contains("not valid for name \"127.0.0.1\""), "{text}");
    let text = refusal(ServerTls::expired(), "localhost").await;
    assert!(text.contains("certificate expired"), "{text}");
}

#[tokio::test]
async fn a_client_certificate_is_demanded_on_request() {
    let tls = ServerTls::localhost().with_client_auth();
    let server = RawServer::start_tls(ok(), tls.clone()).await;
    // With TLS 1.3 the client has ended its handshake before it hears of the refusal.
    let client = handshake(&server, trusting(&tls, None), "localhost").await;
    let refused = exchange(client.expect("a handshake")).await;
    let text = refused.expect_err("no certificate").to_string();
    assert_eq!(text, "received fatal alert: CertificateRequired");
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByServer);
    let failures = server.handshake_failures();
    assert_eq!(failures[0].reason, "peer sent no certificates");

    let identity = tls.client_identity_pem().expect("an identity");
    let config = trusting(&tls, Some(&identity));
    let client = handshake(&server, config, "localhost").await;
    exchange(client.expect("a handshake")).await.expect("an answer");
    assert_eq!(ServerTls::localhost().client_identity_pem(), None);
    assert!(!format!("{tls:?}").contains("PRIVATE"));
}

#[tokio::test]
async fn protocols_and_versions_are_negotiated_as_set() {
    let tls = ServerTls::localhost().alpn(["http/1.1"]).tls12_only();
    let server = RawServer::start_tls(ok(), tls.clone()).await;
    let offering = |protocols: &[&str]| {
        let mut config = trusting(&tls, None);
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        handshake(&server, config, "localhost")
    };
    let client = offering(&["h2", "http/1.1"]).await.expect("a handshake");
    let (_, session) = client.get_ref();
    assert_eq!(session.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_2));
    drop(client);
    let error = offering(&["h2"]).await.expect_err("no protocol in common");
    assert_eq!(error.to_string(), "received fatal alert: NoApplicationProtocol");
}

#[tokio::test]
async fn no_session_is_resumed() {
    for tls in [ServerTls::localhost(), ServerTls::localhost().tls12_only()] {
        let server = RawServer::start_tls(ok(), tls.clone()).await;
        let config = trusting(&tls, None);
        for _ in 0..2 {
            let client = handshake(&server, config.clone(), "localhost").await;
            let client = client.expect("a handshake");
            let kind = client.get_ref().1.handshake_kind();
            assert_eq!(kind, Some(HandshakeKind::Full));
            exchange(client).await.expect("an answer");
        }
    }
}

#[tokio::test]
async fn a_client_that_leaves_right_after_the_handshake_leaves_in_order() {
    let tls = ServerTls::localhost();
    let server = RawServer::start_tls(Connection::new().stall(), tls.clone()).await;
    let client = handshake(&server, trusting(&tls, None), "localhost").await;
    drop(client.expect("a handshake"));
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    assert!(server.handshake_failures().is_empty());
}

#[tokio::test]
async fn a_stalled_handshake_is_never_answered() {
    let script = Connection::new().stall_handshake();
    let server = RawServer::start_tls(script, ServerTls::localhost()).await;
    let mut client = connect(&server).await;
    client.write_all(b"as if it were a hello").await.expect("sent");
    client.shutdown().await.expect("a half-closed connection");
    let mut answer = Vec::new();
    in_time(client.read_to_end(&mut answer)).await.expect("an end");
    assert!(answer.is_empty());
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    assert_eq!(server.bytes_received(0), 21);
    assert!(server.handshake_failures().is_empty());
}

#[tokio::test]
async fn a_server_can_answer_a_handshake_in_plain_text() {
    let tls = ServerTls::localhost();
    let script = Connection::new().without_handshake().read_some(4096).write(response(
        400,
        &[],
        "this port speaks plain HTTP",
    ));
    let server = RawServer::start_tls(script, tls.clone()).await;
    let refused = handshake(&server, trusting(&tls, None), "localhost").await;
    let text = refused.expect_err("no TLS").to_string();
    assert_eq!(text, "received corrupt message of type InvalidContentType");
    assert_eq!(server.unparsed(0).first(), Some(&0x16));
}

#[tokio::test]
async fn the_end_of_a_body_a_cut_and_a_reset_differ() {
    let begun = Connection::new().read_request().write("HTTP/1.1 200 OK\r\n\r\n");
    for (script, end) in [
        (begun.clone(), None),
        (begun.clone().fin(), None),
        (begun.clone().cut(), Some(ErrorKind::UnexpectedEof)),
        (begun.rst(), Some(ErrorKind::ConnectionReset)),
    ] {
        let tls = ServerTls::localhost();
        let server = RawServer::start_tls(script, tls.clone()).await;
        let client = handshake(&server, trusting(&tls, None), "localhost").await;
        let answer = exchange(client.expect("a handshake")).await;
        assert_eq!(answer.err().map(|error| error.kind()), end);
        assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByServer);
    }
}
