//! TLS: which crypto, which roots, whose certificate. TLS 1.2 and 1.3 only.
//!
//! What is set by a caller is checked here, when the provider is built; what the platform has is read
//! later ([`ClientTls`]).

use std::sync::Arc;
#[cfg(feature = "platform-verifier")]
use std::sync::{Mutex, PoisonError};

use ek_core::{Error, ErrorKind, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

#[cfg(feature = "platform-verifier")]
use super::dial_error::DialError;
use super::fault::with_cause;
#[cfg(feature = "platform-verifier")]
use super::roots::Verifier;
use super::roots::{ClientTls, ReadRoots};
use super::verified_chains::VerifiedChains;

/// The implementation of TLS's cryptography.
///
/// ```
/// use ek_http::{Provider, TlsBackend};
///
/// let settings = Provider::builder("https://api.openai.com/v1", "gpt-4.1-mini")
///     .tls_backend(TlsBackend::Ring);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsBackend {
    /// ring (feature `ring`); comes first where both are on.
    Ring,
    /// aws-lc-rs (feature `aws-lc-rs`).
    AwsLcRs,
}

/// Whose certificates are trusted.
///
/// ```
/// use ek_http::{Provider, TlsRoots};
///
/// // Trusts one authority, and no other.
/// let settings = Provider::builder("https://models.internal/v1", "llama3.2")
///     .tls_roots(TlsRoots::Added);
/// // .root_certificate(std::fs::read("authority.pem")?)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRoots {
    /// The platform's own verifier (feature `platform-verifier`); comes first where both are on.
    ///
    /// Its roots are read with the first connection, and once for a process (with added roots: once for a
    /// provider). A platform without any is a `Config` error of the first call or of
    /// [`connect`](crate::Provider::connect).
    Platform,
    /// Mozilla's roots, compiled in (feature `webpki-roots`).
    Bundled,
    /// Only those added with
    /// [`root_certificate`](crate::ProviderBuilder::root_certificate).
    Added,
}

#[derive(Clone, Default)]
pub(crate) struct TlsSettings {
    pub(crate) backend: Option<TlsBackend>,
    pub(crate) roots: Option<TlsRoots>,
    pub(crate) added_roots: Vec<CertificateDer<'static>>,
    pub(crate) identity: Option<Arc<Identity>>,
}

/// The certificate that this client shows.
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// Certificates as PEM text, or one as DER.
pub(crate) fn read_certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let refuse = || config("the certificate is neither PEM nor DER");
    if bytes.starts_with(&[0x30]) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let read: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(refuse()),
    }
}

/// A certificate chain and its key, both in one PEM text.
pub(crate) fn read_identity(pem: &[u8]) -> Result<Identity> {
    let chain: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let key = PrivateKeyDer::from_pem_slice(pem).ok();
    match (chain, key) {
        (Some(chain), Some(key)) => Ok(Identity { chain, key }),
        (None, _) => Err(config("the client identity's PEM text holds no certificate")),
        (_, None) => Err(config("the client identity's PEM text holds no private key")),
    }
}

impl TlsSettings {
    /// The configuration of all connections of one provider.
    pub(super) fn client_tls(&self, http2: bool) -> Result<ClientTls> {
        let crypto = self.crypto()?;
        let builder = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(|e| with_cause(config("TLS cannot be set up"), &e))?;
        let chosen = self.roots.unwrap_or(if cfg!(feature = "platform-verifier") {
            TlsRoots::Platform
        } else if cfg!(feature = "webpki-roots") {
            TlsRoots::Bundled
        } else {
            TlsRoots::Added
        });
        let platform = self.platform(chosen, builder.crypto_provider())?;
        let roots = self.known_roots(chosen)?;
        if roots.is_empty() && platform.is_none() {
            return Err(config(
                "https needs roots to trust: switch on the feature `platform-verifier` or \
                 `webpki-roots`, or add one with root_certificate",
            ));
        }
        let crypto = Arc::clone(builder.crypto_provider());
        let builder = match platform {
            // Its verifier comes later, in place of this one.
            Some(_) => builder.with_root_certificates(roots),
            None => {
                let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), crypto);
                let verifier = verifier
                    .build()
                    .map_err(|e| with_cause(config("the roots cannot be used"), &e))?;
                let verifier = VerifiedChains::of(verifier);
                builder.dangerous().with_custom_certificate_verifier(verifier)
            }
        };
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(|e| with_cause(config("the client identity cannot be used"), &e))?,
        };
        config.alpn_protocols = match http2 {
            true => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            false => vec![b"http/1.1".to_vec()],
        };
        Ok(ClientTls::new(config, platform))
    }

    fn chosen_backend(&self) -> TlsBackend {
        self.backend.unwrap_or(match cfg!(feature = "ring") {
            true => TlsBackend::Ring,
            false => TlsBackend::AwsLcRs,
        })
    }

    fn crypto(&self) -> Result<Arc<CryptoProvider>> {
        match self.chosen_backend() {
            #[cfg(feature = "ring")]
            TlsBackend::Ring => Ok(Arc::new(rustls::crypto::ring::default_provider())),
            #[cfg(feature = "aws-lc-rs")]
            TlsBackend::AwsLcRs => Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider())),
            #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
            missing => Err(config(&match (missing, self.backend) {
                (_, None) => "https needs cryptography: switch on the feature `ring` or \
                              `aws-lc-rs`"
                    .to_owned(),
                (TlsBackend::Ring, _) => "the feature `ring` is off".to_owned(),
                (TlsBackend::AwsLcRs, _) => "the feature `aws-lc-rs` is off".to_owned(),
            })),
        }
    }

    /// The roots that need no reading.
    fn known_roots(&self, chosen: TlsRoots) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        match chosen {
            TlsRoots::Platform | TlsRoots::Added => {}
            #[cfg(feature = "webpki-roots")]
            TlsRoots::Bundled => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            #[cfg(not(feature = "webpki-roots"))]
            TlsRoots::Bundled => return Err(config("the feature `webpki-roots` is off")),
        }
        for certificate in &self.added_roots {
            roots
                .add(certificate.clone())
                .map_err(|e| with_cause(config("an added root certificate cannot be used"), &e))?;
        }
        Ok(roots)
    }

    #[cfg(not(feature = "platform-verifier"))]
    #[allow(clippy::unused_self, reason = "the same shape as with the feature")]
    fn platform(&self, chosen: TlsRoots, _: &Arc<CryptoProvider>) -> Result<Option<ReadRoots>> {
        match chosen {
            TlsRoots::Platform => Err(config("the feature `platform-verifier` is off")),
            TlsRoots::Bundled | TlsRoots::Added => Ok(None),
        }
    }

    /// What reads the platform's roots, if they are chosen. Those of a process are read once; together with
    /// added ones they are a provider's own.
    #[cfg(feature = "platform-verifier")]
    fn platform(
        &self,
        chosen: TlsRoots,
        crypto: &Arc<CryptoProvider>,
    ) -> Result<Option<ReadRoots>> {
        if chosen != TlsRoots::Platform {
            return Ok(None);
        }
        let (backend, added) = (self.chosen_backend(), self.added_roots.clone());
        let crypto = Arc::clone(crypto);
        Ok(Some(Arc::new(move || {
            static READ: Mutex<Vec<(TlsBackend, Verifier)>> = Mutex::new(Vec::new());
            let read = || {
                let added = added.iter().cloned();
                let crypto = Arc::clone(&crypto);
                rustls_platform_verifier::Verifier::new_with_extra_roots(added, crypto)
                    .map(|verifier| Arc::new(verifier) as Verifier)
                    .map_err(|_| DialError::NoRoots)
            };
            if !added.is_empty() {
                return read();
            }
            let mut known = READ.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, verifier)) = known.iter().find(|(of, _)| *of == backend) {
                return Ok(Arc::clone(verifier));
            }
            let verifier = read()?;
            known.push((backend, Arc::clone(&verifier)));
            Ok(verifier)
        })))
    }
}

fn config(why: &str) -> Error {
    Error::new(ErrorKind::Config, why)
}
