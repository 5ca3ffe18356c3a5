//! The providers of a soak, one for each way to a server, and the limits that all of them keep.

use std::convert::Infallible;
use std::future::Pending;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use executionkit::{Provider, ProviderBuilder, Result, TlsRoots};
use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpSocket, TcpStream};
use tower_service::Service;

use super::fault::{Fault, Place};
use super::server::CAP;

pub(super) const CONNECT: Duration = Duration::from_secs(2);
pub(super) const TIMEOUT: Duration = Duration::from_secs(4);
pub(super) const IDLE: Duration = Duration::from_secs(2);
pub(super) const IDLE_POOL: Duration = Duration::from_secs(3);

/// Where connections are neither made nor refused.
#[derive(Clone)]
struct BlackHole;

impl Service<Uri> for BlackHole {
    type Response = TokioIo<TcpStream>;
    type Error = Infallible;
    type Future = Pending<std::result::Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        std::future::pending()
    }
}

/// One provider for each way to a server.
pub(super) struct Rig {
    plain: Provider,
    secure: Provider,
    http2: Provider,
    /// Over HTTP/2, for faults that end a connection with all its streams.
    fragile: Provider,
    distrusting: Provider,
    silent: Provider,
    resetting: Provider,
    refused: Provider,
    black_hole: Provider,
    pub(super) report: Provider,
    /// Bound and never listening: a port that stays closed.
    _closed: TcpSocket,
}

impl Rig {
    /// The addresses are as the server gives them.
    pub(super) fn new(line: &str) -> std::result::Result<Self, String> {
        let parts: Vec<&str> = line.trim_end().split(" ; ").collect();
        let [plain, secure, http2, silent, resetting, authority] = parts[..] else {
            return Err("the server did not say where it is".to_owned());
        };
        let authority = authority.replace('|', "\n");
        let closed = TcpSocket::new_v4().map_err(|e| e.to_string())?;
        closed.bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(|e| e.to_string())?;
        let refused = format!("http://{}", closed.local_addr().map_err(|e| e.to_string())?);
        let build = || -> Result<Self> {
            let trusting =
                |uri| settings(uri).tls_roots(TlsRoots::Added).root_certificate(&authority).build();
            Ok(Self {
                plain: settings(plain).build()?,
                secure: trusting(secure)?,
                http2: trusting(http2)?,
                fragile: trusting(http2)?,
                distrusting: settings(secure).build()?,
                silent: settings(&silent.replace("http:", "https:")).build()?,
                resetting: settings(resetting).build()?,
                refused: settings(&refused).build()?,
                black_hole: settings(plain).connector(BlackHole).build()?,
                report: settings(&format!("{plain}/seen")).build()?,
                _closed: closed,
            })
        };
        build().map_err(|error| error.to_string())
    }

    /// The provider that meets this fault. What can be staged on any way is staged on each by turns.
    pub(super) fn provider(&self, fault: Fault, number: u64) -> &Provider {
        match (fault, fault.place()) {
            (Fault::Refused, _) => &self.refused,
            (Fault::BlackHole, _) => &self.black_hole,
            (Fault::UnknownIssuer, _) => &self.distrusting,
            (Fault::SilentHandshake, _) => &self.silent,
            (Fault::ResetOnAccept, _) => &self.resetting,
            (_, Place::Http2) => &self.http2,
            (_, Place::Http2Connection) => &self.fragile,
            (_, Place::Any) if number % 3 == 1 => &self.http2,
            (_, Place::Any | Place::Http1) if number.is_multiple_of(3) => &self.secure,
            (_, Place::Any | Place::Http1) => &self.plain,
        }
    }

    /// Those that answer well where no fault is asked for.
    pub(super) fn sound(&self) -> [&Provider; 4] {
        [&self.plain, &self.secure, &self.http2, &self.fragile]
    }

    /// Whether this is one that speaks HTTP/2.
    pub(super) fn is_http2(&self, provider: &Provider) -> bool {
        std::ptr::eq(provider, &raw const self.http2)
            || std::ptr::eq(provider, &raw const self.fragile)
    }

    pub(super) async fn close(self) {
        let all = [
            self.plain,
            self.secure,
            self.http2,
            self.fragile,
            self.distrusting,
            self.silent,
            self.resetting,
            self.refused,
            self.black_hole,
            self.report,
        ];
        for provider in all {
            provider.close().await;
        }
    }
}

fn settings(uri: &str) -> ProviderBuilder {
    Provider::builder(uri, "m")
        .connect_timeout(CONNECT)
        .timeout(TIMEOUT)
        .stream_idle_timeout(IDLE)
        .pool_idle_timeout(IDLE_POOL)
        .max_response_bytes(CAP)
        .max_event_bytes(CAP)
}
