//! A Redis behind TLS, with certificates that are made here.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use ek_core::ErrorKind;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::*;
use crate::server::RedisServer;

/// A certificate authority, and a folder with a certificate that it has signed for the server and its clients.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, format!("{:x}", fastrand::u64(..)));
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority");
        let folder = std::env::temp_dir().join(format!("ek-tls-{:x}", fastrand::u64(..)));
        std::fs::create_dir_all(&folder).expect("a folder");
        let authority = Self { issuer, folder };
        std::fs::write(authority.file("ca.pem"), authority.issuer.pem()).expect("a file");
        std::fs::write(authority.file("both.pem"), authority.identity()).expect("a file");
        authority
    }

    /// A certificate and its key in one text.
    fn identity(&self) -> String {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }

    fn file(&self, name: &str) -> OsString {
        self.folder.join(name).into_os_string()
    }

    fn client(&self) -> RedisTls {
        RedisTls::default().with_root_certificates(self.issuer.pem())
    }

    /// A Redis with this certificate; `None` where there is none, or one without TLS.
    fn server(
        &self,
        test: &str,
        password: &str,
        asks_for_certificates: bool,
    ) -> Option<RedisServer> {
        let (ca, both) = (self.file("ca.pem"), self.file("both.pem"));
        let asks = if asks_for_certificates { "yes" } else { "no" };
        let words = [
            OsStr::new("--tls-ca-cert-file"),
            &ca,
            OsStr::new("--tls-cert-file"),
            &both,
            OsStr::new("--tls-key-file"),
            &both,
            OsStr::new("--tls-auth-clients"),
            OsStr::new(asks),
            OsStr::new("--requirepass"),
            OsStr::new(password),
        ];
        RedisServer::tls_for_test(test, words)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn url(server: &RedisServer, password: &str) -> String {
    format!("rediss://:{password}@127.0.0.1:{}/", server.port())
}

async fn lease(store: &RedisStore) -> Result<u64, StoreError> {
    let question = tests::lease("ek-test:tls", "a");
    Ok(store.lease(&question).await?.granted[0])
}

#[tokio::test]
async fn a_lease_comes_over_tls_from_a_redis_with_a_certificate_of_one_s_own_authority() {
    let authority = Authority::new();
    let Some(server) = authority.server("TLS", "secret", false) else { return };
    let store = RedisStore::open_with_tls(&url(&server, "secret"), &authority.client());
    assert_eq!(lease(&store.expect("a URL")).await, Ok(50));
}

#[tokio::test]
async fn a_redis_that_asks_for_a_certificate_gets_it() {
    let authority = Authority::new();
    let Some(server) = authority.server("TLS both ways", "secret", true) else { return };
    let url = url(&server, "secret");
    let without = RedisStore::open_with_tls(&url, &authority.client()).expect("a URL");
    let error = lease(&without).await.expect_err("it has no certificate").to_string();
    assert!(error.starts_with("the TLS of Redis failed: "), "{error}");
    let with = authority.client().with_client_identity(authority.identity());
    assert_eq!(lease(&RedisStore::open_with_tls(&url, &with).expect("a URL")).await, Ok(50));
}

#[tokio::test]
async fn an_unknown_authority_and_a_wrong_password_are_said_without_the_password() {
    let authority = Authority::new();
    let Some(server) = authority.server("an unknown authority", "secret", false) else { return };
    let other = Authority::new();
    let cases = [
        ("hunter2", &other, "the TLS of Redis failed: invalid peer certificate: UnknownIssuer"),
        ("hunter2", &authority, "Redis refused the user or the password"),
    ];
    for (password, authority, expected) in cases {
        let url = url(&server, password);
        let store = RedisStore::open_with_tls(&url, &authority.client()).expect("a URL");
        let error = lease(&store).await.expect_err(expected);
        assert_eq!(error.to_string(), expected);
        let shown = format!("{error:?} {store:?} {:?}", authority.client());
        assert!(!shown.contains(password), "{shown}");
    }
    // The roots of the system do not know the authority either.
    let store = RedisStore::open(&url(&server, "hunter2")).expect("a URL");
    let error = lease(&store).await.expect_err("unknown").to_string();
    assert_eq!(error, cases[0].2);
}

#[tokio::test]
async fn certificates_that_cannot_be_read_and_urls_without_tls_are_config_errors() {
    let (url, tls) = ("rediss://:hunter2@127.0.0.1/", RedisTls::default);
    let authority = Authority::new();
    let no_key = authority.issuer.pem();
    for (url, tls, expected) in [
        (
            url,
            tls().with_root_certificates(""),
            "the root certificates of the Redis store hold no certificate",
        ),
        (
            url,
            tls().with_root_certificates("-----BEGIN CERTIFICATE-----\n!"),
            "the root certificates of the Redis store are not PEM text",
        ),
        (
            url,
            tls().with_client_identity(no_key),
            "the client identity of the Redis store holds no private key",
        ),
        ("redis://:hunter2@127.0.0.1/", authority.client(), "InvalidClientConfig"),
    ] {
        let error = RedisStore::open_with_tls(url, &tls).expect_err(expected);
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert!(text.contains(expected) && !text.contains("hunter2"), "{text}");
    }
}
