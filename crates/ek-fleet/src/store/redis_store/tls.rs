//! Certificates of one's own for a Redis behind TLS, and the cryptography that TLS uses.

use std::fmt;

use ek_core::{Error, ErrorKind, Result};
use redis::{ClientTlsConfig, TlsCertificates};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Certificates for a Redis behind TLS.
///
/// ```no_run
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use ek_fleet::{RedisStore, RedisTls};
///
/// let tls = RedisTls::default()
///     .with_root_certificates(std::fs::read("ca.pem")?)
///     .with_client_identity(std::fs::read("client.pem")?);
/// let store = RedisStore::open_with_tls("rediss://redis.internal:6380/", &tls)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct RedisTls {
    roots: Option<Vec<u8>>,
    identity: Option<Vec<u8>>,
}

impl RedisTls {
    /// Trusts these certificate authorities in place of those of the system: PEM text.
    #[must_use]
    pub fn with_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots = Some(pem.into());
        self
    }

    /// Shows this certificate to a Redis that asks for one (`tls-auth-clients`, which is on by default): the chain
    /// and the private key in one PEM text.
    #[must_use]
    pub fn with_client_identity(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(pem.into());
        self
    }

    /// Reads everything once, so that the error says which of them is wrong.
    pub(super) fn certificates(&self) -> Result<TlsCertificates> {
        if let Some(roots) = &self.roots {
            require_certificate(roots, "root certificates")?;
        }
        if let Some(identity) = &self.identity {
            require_certificate(identity, "client identity")?;
            PrivateKeyDer::from_pem_slice(identity).map_err(|_| {
                unreadable("client identity of the Redis store holds no private key")
            })?;
        }
        let client_tls = self
            .identity
            .clone()
            .map(|pem| ClientTlsConfig { client_cert: pem.clone(), client_key: pem });
        Ok(TlsCertificates { client_tls, root_cert: self.roots.clone() })
    }
}

fn require_certificate(pem: &[u8], what: &str) -> Result<()> {
    let certificates: std::result::Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(()),
        Ok(_) => Err(unreadable(&format!("{what} of the Redis store hold no certificate"))),
        Err(_) => Err(unreadable(&format!("{what} of the Redis store are not PEM text"))),
    }
}

fn unreadable(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the {why}"))
}

/// Sees to it that the process has a default for the cryptography of TLS, which the client uses.
pub(super) fn install_cryptography() -> Result<()> {
    if CryptoProvider::get_default().is_some() {
        return Ok(());
    }
    #[cfg(feature = "ring")]
    let provider = Some(rustls::crypto::ring::default_provider());
    #[cfg(all(feature = "aws-lc-rs", not(feature = "ring")))]
    let provider = Some(rustls::crypto::aws_lc_rs::default_provider());
    #[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
    let provider: Option<CryptoProvider> = None;
    let why = "a Redis behind TLS needs the feature `ring` or `aws-lc-rs`, or a default of rustls";
    let provider = provider.ok_or_else(|| Error::new(ErrorKind::Config, why))?;
    // Another thread may have been first; then its choice holds.
    let _ = provider.install_default();
    Ok(())
}

/// Shows no certificate and no key.
impl fmt::Debug for RedisTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisTls")
            .field("has_roots", &self.roots.is_some())
            .field("has_identity", &self.identity.is_some())
            .finish()
    }
}
