//! What a verified chain of certificates stands for, and what it does not.

use std::sync::Arc;

use ek_core::{ErrorKind, LlmProvider as _};
use ek_http::TlsRoots;
use ek_mock::wire::ServerTls;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::{CertifiedKey, SigningKey};

use crate::support::memory::{read_request, write};
use crate::support::{REPLY, in_time, question, settings, well};

/// Shows the chain of another server, and has not its key.
#[derive(Debug)]
struct Impostor {
    chain: Arc<dyn ResolvesServerCert>,
    key: Arc<dyn SigningKey>,
}

impl ResolvesServerCert for Impostor {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.chain.resolve(hello)?;
        Some(Arc::new(CertifiedKey::new(shown.cert.clone(), Arc::clone(&self.key))))
    }
}

fn impostor(tls: &ServerTls) -> ServerConfig {
    let mut config = tls.server_config().expect("a certificate");
    let pem = ServerTls::localhost().with_client_auth().client_identity_pem().expect("a key");
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).expect("a key");
    let key = any_supported_type(&key).expect("a key of a known kind");
    config.cert_resolver = Arc::new(Impostor { chain: Arc::clone(&config.cert_resolver), key });
    config
}

#[tokio::test]
async fn a_server_without_the_key_is_refused_although_its_chain_was_verified_before() {
    const HONEST: usize = 3;
    let tls = ServerTls::localhost();
    let ca = tls.ca_pem().to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let server = tokio::spawn(async move {
        for number in 0..=HONEST {
            // Its own configuration for each connection, so that no session is resumed.
            let config = match number {
                HONEST => impostor(&tls),
                _ => tls.server_config().expect("a certificate"),
            };
            let (tcp, _) = listener.accept().await.expect("a connection");
            match TlsAcceptor::from(Arc::new(config)).accept(tcp).await {
                Ok(mut stream) if number < HONEST => {
                    assert!(read_request(&mut stream).await);
                    write(&mut stream, well()).await;
                }
                Ok(_) => panic!("the client takes the impostor for the server"),
                Err(_) => assert_eq!(number, HONEST),
            }
        }
    });
    let settings = settings(&format!("https://localhost:{port}")).root_certificate(&ca);
    let settings = settings.resolve("localhost", [([127, 0, 0, 1], port).into()]);
    let provider = settings.tls_roots(TlsRoots::Added).build().expect("sound settings");
    for _ in 0..HONEST {
        let reply = in_time(provider.complete(&question())).await.expect("a reply");
        assert_eq!(reply.content, REPLY);
    }
    let error = in_time(provider.complete(&question())).await.expect_err("it cannot sign");
    assert_eq!((error.kind(), error.may_have_executed()), (ErrorKind::Tls, false), "{error}");
    in_time(server).await.expect("no panic");
}
