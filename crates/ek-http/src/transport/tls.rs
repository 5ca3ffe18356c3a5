//! TLS: which crypto, which roots, whose certificate. TLS 1.2 and 1.3 only.

use std::sync::Arc;

use ek_core::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::fault::with_cause;

/// The implementation of TLS's cryptography.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsBackend {
    /// ring (feature `ring`); comes first where both are on.
    Ring,
    /// aws-lc-rs (feature `aws-lc-rs`).
    AwsLcRs,
}

/// Whose certificates are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRoots {
    /// The platform's own verifier (feature `platform-verifier`); comes first where both are on.
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
    pub(super) fn client_config(&self, http2: bool) -> Result<ClientConfig> {
        let crypto = self.crypto()?;
        let builder = ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .map_err(|e| with_cause(config("TLS cannot be set up"), &e))?;
        let builder = self.verified(builder)?;
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
        Ok(config)
    }

    fn crypto(&self) -> Result<Arc<CryptoProvider>> {
        let chosen = self.backend.unwrap_or(match cfg!(feature = "ring") {
            true => TlsBackend::Ring,
            false => TlsBackend::AwsLcRs,
        });
        match chosen {
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

    fn verified(
        &self,
        builder: rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>,
    ) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>> {
        let chosen = self.roots.unwrap_or(if cfg!(feature = "platform-verifier") {
            TlsRoots::Platform
        } else if cfg!(feature = "webpki-roots") {
            TlsRoots::Bundled
        } else {
            TlsRoots::Added
        });
        let mut roots = rustls::RootCertStore::empty();
        match chosen {
            #[cfg(feature = "platform-verifier")]
            TlsRoots::Platform => return self.platform(builder),
            #[cfg(feature = "webpki-roots")]
            TlsRoots::Bundled => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            TlsRoots::Added => {}
            #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
            TlsRoots::Platform => return Err(config("the feature `platform-verifier` is off")),
            #[allow(unreachable_patterns, reason = "reachable where a feature is off")]
            TlsRoots::Bundled => return Err(config("the feature `webpki-roots` is off")),
        }
        for certificate in &self.added_roots {
            roots
                .add(certificate.clone())
                .map_err(|e| with_cause(config("an added root certificate cannot be used"), &e))?;
        }
        if roots.is_empty() {
            return Err(config(
                "https needs roots to trust: switch on the feature `platform-verifier` or \
                 `webpki-roots`, or add one with root_certificate",
            ));
        }
        Ok(builder.with_root_certificates(roots))
    }

    #[cfg(feature = "platform-verifier")]
    fn platform(
        &self,
        builder: rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>,
    ) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>> {
        let crypto = Arc::clone(builder.crypto_provider());
        let added = self.added_roots.iter().cloned();
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(added, crypto);
        let verifier = verifier.map_err(|e| {
            let error = config(
                "the platform has no usable root certificates: install them (ca-certificates), add \
                 one with root_certificate, or switch on the feature `webpki-roots` and choose \
                 TlsRoots::Bundled",
            );
            with_cause(error, &e)
        })?;
        Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)))
    }
}

fn config(why: &str) -> Error {
    Error::new(ErrorKind::Config, why)
}
