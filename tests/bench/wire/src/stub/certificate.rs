//! A certificate that lives as long as the server.

use std::sync::Arc;

use bench_load::Outcome;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

pub(super) struct Certificate {
    pem: String,
    http1: TlsAcceptor,
    http2: TlsAcceptor,
}

impl Certificate {
    pub(super) fn new() -> Outcome<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
        let key = signing_key.serialize_der();
        let acceptor = |protocols: &[&[u8]]| {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.clone()));
            let mut config = ServerConfig::builder()
                .with_no_client_auth()
                .with_single_cert(vec![cert.der().clone()], key)?;
            config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
            Outcome::Ok(TlsAcceptor::from(Arc::new(config)))
        };
        let (http1, http2) = (acceptor(&[b"http/1.1"])?, acceptor(&[b"h2", b"http/1.1"])?);
        Ok(Self { pem: cert.pem(), http1, http2 })
    }

    pub(super) fn pem(&self) -> String {
        self.pem.clone()
    }

    /// Offers HTTP/2 or not.
    pub(super) fn acceptor(&self, http2: bool) -> &TlsAcceptor {
        if http2 { &self.http2 } else { &self.http1 }
    }
}
