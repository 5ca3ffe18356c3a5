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

use super::fault::Fault;
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
        let [plain, secure, silent, resetting, authority] = parts[..] else {
            return Err("the server did not say where it is".to_owned());
        };
        let authority = authority.replace('|', "\n");
        let closed = TcpSocket::new_v4().map_err(|e| e.to_string())?;
        closed.bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(|e| e.to_string())?;
        let refused = format!("http://{}", closed.local_addr().map_err(|e| e.to_string())?);
        let build = || -> Result<Self> {
            let trusting = settings(secure).tls_roots(TlsRoots::Added);
            Ok(Self {
                plain: settings(plain).build()?,
                secure: trusting.root_certificate(&authority).build()?,
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

    /// The provider that meets this fault; a healthy way is plain or TLS by turns.
    pub(super) fn provider(&self, fault: Fault, number: u64) -> &Provider {
        match fault {
            Fault::Refused => &self.refused,
            Fault::BlackHole => &self.black_hole,
            Fault::UnknownIssuer => &self.distrusting,
            Fault::SilentHandshake => &self.silent,
            Fault::ResetOnAccept => &self.resetting,
            _ if number.is_multiple_of(3) => &self.secure,
            _ => &self.plain,
        }
    }

    pub(super) async fn close(self) {
        let all = [
            self.plain,
            self.secure,
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
