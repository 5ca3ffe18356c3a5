//! What an origin spoke last is remembered for the providers that come after.

use std::sync::Arc;

use ek_http::{Provider, TlsRoots};
use ek_mock::wire::ServerTls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{ask, assert_well};
use crate::support::memory::{read_request, write};
use crate::support::{in_time, settings, well};

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    while read_request(&mut stream).await {
        write(&mut stream, well()).await;
    }
}

#[tokio::test]
async fn an_origin_that_spoke_http1_is_dialled_by_every_caller_of_the_next_provider() {
    const CALLERS: usize = 12;
    let tls = ServerTls::localhost().alpn(&["http/1.1"]);
    let ca = tls.ca_pem().to_owned();
    let acceptor = TlsAcceptor::from(Arc::new(tls.server_config().expect("a certificate")));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let server = tokio::spawn(async move {
        let all = Arc::new(Barrier::new(CALLERS));
        for number in 0.. {
            let (tcp, _) = listener.accept().await.expect("a connection");
            let (acceptor, all) = (acceptor.clone(), Arc::clone(&all));
            tokio::spawn(async move {
                // No handshake until all callers of the second provider have dialled.
                if number > 0 {
                    all.wait().await;
                }
                if let Ok(stream) = acceptor.accept(tcp).await {
                    answer(stream).await;
                }
            });
        }
    });
    let provider = || -> Provider {
        let settings = settings(&format!("https://localhost:{port}")).root_certificate(&ca);
        let settings = settings.resolve("localhost", [([127, 0, 0, 1], port).into()]);
        settings.tls_roots(TlsRoots::Added).build().expect("sound settings")
    };
    assert_well(in_time(ask(provider())).await);
    let second = provider();
    let mut calls: JoinSet<_> = (0..CALLERS).map(|_| ask(second.clone())).collect();
    while let Some(outcome) = in_time(calls.join_next()).await {
        assert_well(outcome.expect("no panic"));
    }
    server.abort();
}
