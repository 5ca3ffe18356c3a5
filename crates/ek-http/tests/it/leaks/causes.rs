//! The texts of other errors (of a connector, its sockets, a certificate) are in none of ours, which name
//! only the kind of failure.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Ready, ready};
use std::io::{self, ErrorKind::ConnectionRefused, ErrorKind::ConnectionReset};
use std::pin::Pin;
use std::task::{Context, Poll};

use ek_core::ErrorKind::{Connect, Timeout, Tls};
use ek_core::{Error, ErrorKind, LlmProvider as _};
use ek_http::{ProviderBuilder, TlsRoots};
use ek_mock::wire::{RawServer, ServerTls};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use tower_service::Service;

use crate::support::hidden::assert_error_hides;
use crate::support::{MARK, good, in_time, question, settings};

type BoxError = Box<dyn StdError + Send + Sync>;

/// An error of the caller's own type that quotes its input.
struct Talkative(Option<io::Error>);

impl fmt::Debug for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MARK in Debug, Auth")
    }
}

impl fmt::Display for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MARK in Display")
    }
}

impl StdError for Talkative {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.as_ref().map(|inner| inner as _)
    }
}

/// Fails to connect, or makes a connection that fails.
#[derive(Clone)]
struct Failing(Dial);

type Dial = fn() -> Result<Broken, BoxError>;

impl Service<Uri> for Failing {
    type Response = Broken;
    type Error = BoxError;
    type Future = Ready<Result<Broken, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready((self.0)())
    }
}

/// A connection that fails when it is used.
struct Broken;

fn broken<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::Error::new(ConnectionReset, Talkative(None))))
}

impl Read for Broken {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        broken()
    }
}

impl Write for Broken {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        broken()
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        broken()
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        broken()
    }
}

const DIALS: [(Dial, &str); 4] = [
    (|| Err(Talkative(None).into()), ""),
    (|| Err(io::Error::other(MARK).into()), "other error"),
    (|| Err(io::Error::new(ConnectionRefused, Talkative(None)).into()), "connection refused"),
    (|| Err(Talkative(Some(io::Error::new(ConnectionRefused, MARK))).into()), "connection refused"),
];

/// Checks that the call fails with this kind and that the error shows nothing.
async fn fails(settings: ProviderBuilder, kind: ErrorKind) -> Error {
    let provider = settings.build().expect("sound settings");
    let error = in_time(provider.complete(&question())).await.expect_err("a failure");
    assert_eq!(error.kind(), kind, "{error:?}");
    assert_error_hides(&error);
    error
}

/// The text of the innermost cause.
fn root(error: &Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[tokio::test]
async fn s86_a_connector_s_text_is_in_no_error_but_its_kind_is() {
    for base in ["http://model.lan", "https://model.lan"] {
        for (dial, known) in DIALS {
            let error = fails(settings(base).connector(Failing(dial)), Connect).await;
            assert!(root(&error).contains(known), "{error:?}");
            assert!(error.is_retryable() && !error.may_have_executed());
        }
        let timed_out = Failing(|| Err(io::Error::new(io::ErrorKind::TimedOut, MARK).into()));
        fails(settings(base).connector(timed_out), Timeout).await;
    }
}

#[tokio::test]
async fn s86_a_socket_s_text_is_in_no_error_but_its_kind_is() {
    for base in ["http://model.lan", "https://model.lan"] {
        let error = fails(settings(base).connector(Failing(|| Ok(Broken))), Connect).await;
        assert!(root(&error).contains("connection reset"), "{error:?}");
    }
}

#[cfg(feature = "proxy")]
#[tokio::test]
async fn s86_the_text_of_a_failed_connection_to_a_proxy_is_in_no_error() {
    for (base, proxy) in [
        ("http://model.lan", "http://proxy.lan:3128"),
        ("https://model.lan", "http://proxy.lan:3128"),
        ("https://model.lan", "socks5h://proxy.lan:1080"),
    ] {
        for (dial, _) in DIALS {
            let settings = settings(base).proxy(proxy).connector(Failing(dial));
            fails(settings, Connect).await;
        }
        let settings = settings(base).proxy(proxy).connector(Failing(|| Ok(Broken)));
        fails(settings, Connect).await;
    }
}

#[tokio::test]
async fn s86_the_names_in_another_host_s_certificate_are_in_no_error() {
    let tls = ServerTls::for_names(["MARKname.test", "MARKother.test"]);
    let server = RawServer::start_tls(good(), tls.clone()).await;
    let trusting = settings(&server.uri()).tls_roots(TlsRoots::Added);
    let error = fails(trusting.root_certificate(tls.ca_pem()), Tls).await;
    let host = server.uri().contains("localhost");
    assert!(host && error.to_string().contains("not valid for localhost"), "{error}");
}

#[test]
fn s86_a_line_of_an_unreadable_key_file_is_in_no_error() {
    for pem in
        ["-----BEGIN PRIVATE KEY-----\nMARK!!\n-----END PRIVATE KEY-----\n", "-----BEGIN MARK"]
    {
        let settings = settings("https://model.test");
        let error = settings.client_identity(pem).build().expect_err("no identity");
        assert_error_hides(&error);
        let error = crate::support::settings("https://model.test").root_certificate(pem).build();
        assert_error_hides(&error.expect_err("no certificate"));
    }
}
