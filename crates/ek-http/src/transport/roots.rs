//! The configuration of TLS, complete as soon as the platform's roots are read.
//!
//! Reading them takes a cold process some milliseconds, half of what building a provider costs. So it
//! happens with the first connection, on another thread while TCP connects, and once for a process. What a
//! caller can get wrong is found when the provider is built all the same.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustls::ClientConfig;
use tokio::task::JoinHandle;

use super::dial_error::DialError;
use super::verified_chains::VerifiedChains;

/// What gives the verifier of certificates; it may block.
pub(super) type ReadRoots = Arc<dyn Fn() -> Result<Verifier, DialError> + Send + Sync>;
pub(super) type Verifier = Arc<dyn rustls::client::danger::ServerCertVerifier>;

/// The configuration of all connections of one provider.
pub(super) struct ClientTls {
    config: Arc<ClientConfig>,
    roots: Option<Arc<Roots>>,
}

/// Roots that are read with the first connection.
struct Roots {
    read: ReadRoots,
    complete: OnceLock<Arc<ClientConfig>>,
    /// Held by the one who reads: of dials side by side, one does.
    reading: Mutex<()>,
}

impl Roots {
    /// Blocks the thread. A failure is not kept.
    fn complete(&self, mut config: ClientConfig) -> Result<Arc<ClientConfig>, DialError> {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(complete) = self.complete.get() {
            return Ok(Arc::clone(complete));
        }
        config.dangerous().set_certificate_verifier(VerifiedChains::of((self.read)()?));
        Ok(Arc::clone(self.complete.get_or_init(|| Arc::new(config))))
    }
}

/// A configuration that is complete, or is being completed by another thread.
pub(super) enum Pending {
    Complete(Arc<ClientConfig>),
    Reading(JoinHandle<Result<Arc<ClientConfig>, DialError>>),
}

impl ClientTls {
    /// Where roots are still to be read, `config` has any verifier in place of theirs.
    pub(super) fn new(config: ClientConfig, roots: Option<ReadRoots>) -> Self {
        let roots = roots.map(|read| {
            Arc::new(Roots { read, complete: OnceLock::new(), reading: Mutex::default() })
        });
        Self { config: Arc::new(config), roots }
    }

    /// Begins to complete the configuration, on another thread if there is something to do.
    pub(super) fn begin(&self) -> Pending {
        let Some(roots) = &self.roots else {
            return Pending::Complete(Arc::clone(&self.config));
        };
        if let Some(config) = roots.complete.get() {
            return Pending::Complete(Arc::clone(config));
        }
        let (roots, config) = (Arc::clone(roots), ClientConfig::clone(&self.config));
        Pending::Reading(tokio::task::spawn_blocking(move || roots.complete(config)))
    }
}

impl Pending {
    pub(super) async fn complete(self) -> Result<Arc<ClientConfig>, DialError> {
        match self {
            Self::Complete(config) => Ok(config),
            // It fails only with the runtime, or by a panic of the platform's reader.
            Self::Reading(reading) => reading.await.unwrap_or(Err(DialError::NoRoots)),
        }
    }
}

#[cfg(all(test, any(feature = "ring", feature = "aws-lc-rs")))]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::crypto::CryptoProvider;

    use super::*;

    fn provider() -> Arc<CryptoProvider> {
        #[cfg(feature = "ring")]
        return Arc::new(rustls::crypto::ring::default_provider());
        #[cfg(not(feature = "ring"))]
        return Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    }

    /// Fails this often, and counts how often it was asked.
    fn tls(failures: usize) -> (ClientTls, Arc<AtomicUsize>) {
        let reads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&reads);
        let config = ClientConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions().expect("versions");
        let config = config.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        let roots: ReadRoots = Arc::new(move || {
            if counted.fetch_add(1, Ordering::SeqCst) < failures {
                return Err(DialError::NoRoots);
            }
            let mut roots = RootCertStore::empty();
            let ca = a_root();
            roots.add(ca).expect("a certificate");
            let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider());
            Ok(verifier.build().expect("a verifier"))
        });
        (ClientTls::new(config, Some(roots)), reads)
    }

    fn a_root() -> rustls::pki_types::CertificateDer<'static> {
        let pem = ek_mock::wire::ServerTls::localhost().ca_pem().to_owned();
        let read = super::super::tls::read_certificates(pem.as_bytes()).expect("PEM");
        read.into_iter().next().expect("one")
    }

    #[tokio::test]
    async fn roots_are_read_once_and_again_only_after_a_failure() {
        let (tls, reads) = tls(1);
        assert!(matches!(tls.begin().complete().await, Err(DialError::NoRoots)));
        let first = tls.begin().complete().await.expect("roots");
        assert!(matches!(tls.begin(), Pending::Complete(config) if Arc::ptr_eq(&config, &first)));
        assert_eq!(reads.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn dials_side_by_side_read_the_roots_once() {
        let (tls, reads) = tls(0);
        let all: Vec<_> = (0..8).map(|_| tls.begin()).collect();
        for pending in all {
            assert!(pending.complete().await.is_ok());
        }
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }
}
