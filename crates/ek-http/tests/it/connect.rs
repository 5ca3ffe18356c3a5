//! Faults before the connection is ready: names and TCP. Those of TLS are in `tls.rs`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use ek_core::{Error, ErrorKind, LlmProvider as _};
use ek_http::Provider;
use ek_mock::wire::{Connection, RawServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::time::Instant;

use crate::support::hidden::assert_error_hides;
use crate::support::rig::Rig;
use crate::support::{REPLY, good, in_time, question, settings, well};

/// Nothing was sent, so a retry is safe.
pub(crate) fn assert_safe_to_repeat(error: &Error) {
    assert!(error.is_retryable() && !error.may_have_executed(), "{error:?}");
}

#[tokio::test]
async fn s01_a_closed_port_is_a_connect_error() {
    // Bound but not listening: the port is closed, and no other process can take it.
    let socket = TcpSocket::new_v4().expect("a socket");
    let port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(port).expect("a free port");
    let address = socket.local_addr().expect("an address");
    let provider = settings(&format!("http://{address}")).build();
    let provider = provider.expect("sound settings");
    let error = in_time(provider.complete(&question())).await;
    let error = error.expect_err("a closed port");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.attempts(), 1);
    assert_safe_to_repeat(&error);
    assert_error_hides(&error);
    assert_eq!(
        error.to_string(),
        format!("cannot connect to {address}: connection refused; is the server running?")
    );

    // Now the port opens.
    let listener = socket.listen(1).expect("a listener");
    let server = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = vec![0; 64 * 1024];
        let read = stream.read(&mut request).await.expect("a request");
        stream.write_all(&well()).await.expect("taken");
        read
    };
    let request = question();
    let (reply, read) = in_time(async { tokio::join!(provider.complete(&request), server) }).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    assert!(read > 0);
}

#[tokio::test]
async fn s02_a_host_that_does_not_resolve_is_named_and_its_url_is_not() {
    let settings = settings("http://nowhere.invalid").query("team", "MARKquery-55aa");
    let provider =
        settings.connect_timeout(Duration::from_secs(100)).allow_insecure_key(true).build();
    let error = in_time(provider.expect("sound").complete(&question())).await;
    let error = error.expect_err("an unknown host");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1));
    assert_safe_to_repeat(&error);
    assert_error_hides(&error);
    assert_eq!(
        error.to_string(),
        "cannot connect to nowhere.invalid:80: the host name does not resolve"
    );
    assert!(!format!("{error:?} {error:#?}").contains("/v1"), "{error:?}");
}

/// A network that drops every packet: a connection is neither made nor refused.
#[derive(Clone)]
struct BlackHole;

impl tower_service::Service<hyper::Uri> for BlackHole {
    type Response = hyper_util::rt::TokioIo<tokio::net::TcpStream>;
    type Error = std::io::Error;
    type Future = std::future::Pending<std::io::Result<Self::Response>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: hyper::Uri) -> Self::Future {
        std::future::pending()
    }
}

#[tokio::test(start_paused = true)]
async fn s03_a_network_that_drops_packets_is_a_timeout_at_the_connect_limit() {
    let schemes = [
        ("http", 80),
        #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
        ("https", 443),
    ];
    for (scheme, port) in schemes {
        let settings = settings(&format!("{scheme}://model.test"));
        let limited = settings.connect_timeout(Duration::from_secs(3)).allow_insecure_key(true);
        let provider = limited.connector(BlackHole).build().expect("sound settings");
        let start = Instant::now();
        let error = in_time(provider.complete(&question())).await.expect_err("silence");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        assert_safe_to_repeat(&error);
        assert_error_hides(&error);
        assert_eq!(error.to_string(), format!("no connection to model.test:{port} within 3s"));
    }
}

#[tokio::test]
async fn s04_the_second_address_of_a_host_is_tried_if_the_first_is_dead() {
    let closed = TcpSocket::new_v4().expect("a socket");
    closed.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
    let dead = closed.local_addr().expect("an address");
    let server = RawServer::start(good()).await;
    let settings = settings("http://model.test").allow_insecure_key(true);
    let provider = settings.resolve("MODEL.test", [dead, server.addr()]).build();
    let reply = in_time(provider.expect("sound").complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
    assert_eq!(server.requests()[0].header("host"), Some("model.test"));
}

#[tokio::test]
async fn s12_a_reset_right_after_the_accept_may_be_retried() {
    let rig = Rig::new(Connection::new().rst()).await;
    let error = rig.ask().await.expect_err("a reset");
    // The reset may come before the connection is ready.
    let kinds = [ErrorKind::Interrupted, ErrorKind::Connect];
    assert!(kinds.contains(&error.kind()) && error.is_retryable(), "{error:?}");
    assert_error_hides(&error);
    assert_eq!((rig.server.connection_count(), rig.server.request_count()), (1, 0));
    rig.works().await;
}

#[tokio::test]
async fn a_provider_is_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let rig = Rig::with(good(), |settings| settings).await;
    shared::<Provider>(&rig.provider);
    let clone = rig.provider.clone();
    let asked = tokio::spawn(async move { clone.complete(&question()).await });
    let reply = in_time(asked).await.expect("no panic").expect("an answer");
    assert_eq!(reply.content, REPLY);
}
