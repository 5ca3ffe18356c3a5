//! The TLS of a scripted server: a certificate that a test can trust, refuse, or find expired.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS12;
use rustls::{DEFAULT_VERSIONS, RootCertStore, ServerConfig};

use super::certificates::{Authority, Identity};

/// A certificate of its own making for a [`RawServer`](super::RawServer), signed by a CA of its own
/// making: two values never trust each other.
///
/// Session resumption is off, so that every connection makes a whole handshake, and no ticket is
/// left unread when a client closes.
///
/// ```
/// use ek_mock::wire::{Connection, RawServer, ServerTls, response};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tls = ServerTls::localhost().alpn(["http/1.1"]);
/// let ca = tls.ca_pem().to_owned(); // for the client's configuration
/// let ok = Connection::new().read_request().write(response(200, &[], "ok"));
/// let server = RawServer::start_tls(ok, tls).await;
/// assert!(server.uri().starts_with("https://localhost:"));
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct ServerTls {
    authority: Arc<Authority>,
    server: Arc<Identity>,
    client: Option<Arc<Identity>>,
    ca_pem: String,
    alpn: Vec<Vec<u8>>,
    tls12_only: bool,
}

impl ServerTls {
    /// For `localhost` and `127.0.0.1`.
    pub fn localhost() -> Self {
        Self::signed(&["localhost", "127.0.0.1"], false)
    }

    /// For these DNS names and IP addresses and no others.
    ///
    /// # Panics
    ///
    /// If a name cannot stand in a certificate.
    pub fn for_names<I>(names: I) -> Self
    where
        I: IntoIterator<Item: Into<String>>,
    {
        Self::signed(&names.into_iter().map(Into::into).collect::<Vec<_>>(), false)
    }

    /// For `localhost` and `127.0.0.1`, until the end of the year 2001.
    pub fn expired() -> Self {
        Self::signed(&["localhost", "127.0.0.1"], true)
    }

    fn signed(names: &[impl ToString], expired: bool) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        let signed = Authority::new().and_then(|authority| {
            let server = authority.server(names, expired)?;
            Ok((authority, server))
        });
        let (authority, server) =
            signed.unwrap_or_else(|error| panic!("no certificate can be made: {error}"));
        Self {
            ca_pem: authority.pem(),
            authority: Arc::new(authority),
            server: Arc::new(server),
            client: None,
            alpn: Vec::new(),
            tls12_only: false,
        }
    }

    /// Demands a client certificate of the same CA; [`client_identity_pem`](Self::client_identity_pem)
    /// is one.
    ///
    /// # Panics
    ///
    /// If the client's certificate cannot be made.
    pub fn with_client_auth(mut self) -> Self {
        let client = self.authority.client();
        let client = client.unwrap_or_else(|error| panic!("no certificate can be made: {error}"));
        self.client = Some(Arc::new(client));
        self
    }

    /// Takes part in protocol negotiation with these protocols, best first. A client that offers
    /// others only is refused; one that offers none is not.
    pub fn alpn<I>(mut self, protocols: I) -> Self
    where
        I: IntoIterator<Item: AsRef<[u8]>>,
    {
        let protocols = protocols.into_iter();
        self.alpn = protocols.map(|name| name.as_ref().to_vec()).collect();
        self
    }

    /// Speaks TLS 1.2 only. By default 1.3 is spoken as well.
    pub fn tls12_only(mut self) -> Self {
        self.tls12_only = true;
        self
    }

    /// The CA's certificate, in PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The CA's certificate, in DER.
    pub fn ca_der(&self) -> CertificateDer<'static> {
        self.authority.der()
    }

    /// A client certificate and its private key (PKCS #8), one after the other in PEM. `None`
    /// without [`with_client_auth`](Self::with_client_auth).
    pub fn client_identity_pem(&self) -> Option<String> {
        self.client.as_ref().map(|client| client.pem())
    }

    /// The same as a configuration for rustls, for a server of one's own; with the ring provider
    /// whatever the process default is.
    ///
    /// # Errors
    ///
    /// What rustls says of a certificate that it cannot use.
    pub fn server_config(&self) -> Result<ServerConfig, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let versions = if self.tls12_only { &[&TLS12] } else { DEFAULT_VERSIONS };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)?;
        let builder = if self.client.is_some() {
            let mut roots = RootCertStore::empty();
            roots.add(self.ca_der())?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let mut config = builder.with_single_cert(self.server.chain(), self.server.key())?;
        config.alpn_protocols.clone_from(&self.alpn);
        // A ticket that the client has not read when it closes would turn its FIN into a reset.
        // Without a store for sessions there are none.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        Ok(config)
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerTls")
            .field("client_auth", &self.client.is_some())
            .field("tls12_only", &self.tls12_only)
            .finish_non_exhaustive()
    }
}
