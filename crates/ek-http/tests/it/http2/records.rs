//! How many records of TLS the requests of a connection are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_http::TlsRoots;
use ek_mock::wire::ServerTls;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio_rustls::TlsAcceptor;

use super::frames::Frames;
use super::{all_well, ask, assert_well};
use crate::support::metered::Metered;
use crate::support::{in_time, settings, settled};

/// What a record of application data begins with (RFC 8446, section 5.1).
const APPLICATION_DATA: u8 = 23;

/// Hands on what the client writes, and counts its records.
async fn counted(client: DuplexStream, server: DuplexStream, records: Arc<AtomicUsize>) {
    let (mut from_client, mut to_client) = split(client);
    let (mut from_server, mut to_server) = split(server);
    let there = async {
        let mut head = [0; 5];
        while from_client.read_exact(&mut head).await.is_ok() {
            let mut record = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            from_client.read_exact(&mut record).await?;
            records.fetch_add(usize::from(head[0] == APPLICATION_DATA), Ordering::SeqCst);
            to_server.write_all(&[&head[..], &record].concat()).await?;
        }
        to_server.shutdown().await
    };
    let back = tokio::io::copy(&mut from_server, &mut to_client);
    let _ = tokio::join!(there, back);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_one_record_and_requests_side_by_side_share_it() {
    let tls = ServerTls::localhost().alpn(&["h2"]);
    let acceptor = TlsAcceptor::from(Arc::new(tls.server_config().expect("a certificate")));
    let records = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&records);
    let wire = Metered::new(move |client| {
        let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
        async move {
            let (near, far) = duplex(64 * 1024);
            let serve = async {
                let stream = acceptor.accept(far).await.expect("TLS");
                let mut frames = Frames::begin(stream, &[]).await.expect("HTTP/2");
                frames.answer_all().await;
            };
            tokio::join!(counted(client, near, count), serve);
        }
    });
    let settings = settings("https://localhost").root_certificate(tls.ca_pem());
    let settings = settings.tls_roots(TlsRoots::Added).connector(wire.clone());
    let provider = settings.build().expect("sound settings");
    assert_well(in_time(ask(provider.clone())).await);
    settled().await;
    let before = records.load(Ordering::SeqCst);
    for _ in 0..10 {
        assert_well(in_time(ask(provider.clone())).await);
    }
    assert_eq!(records.load(Ordering::SeqCst) - before, 10, "one for each");
    all_well(&provider, 64).await;
    let together = records.load(Ordering::SeqCst) - before - 10;
    assert!(together < 8, "{together} records for 64 requests");
}
