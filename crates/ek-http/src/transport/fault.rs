//! What hyper hands out when a connection fails, and what it means.
//!
//! TLS failures come looking like connect failures, and the rustls error hides inside an `io::Error`,
//! where `source()` does not lead: the whole tree of causes is searched.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind};

#[cfg(feature = "proxy")]
use super::connect::BoxError;

/// Faults of our own on the way to a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialFault {
    #[error("the connect limit of {0:?} passed")]
    TimedOut(Duration),
    #[cfg(feature = "proxy")]
    #[error("the proxy wants credentials, or others than those given")]
    ProxyCredentials,
    #[cfg(feature = "proxy")]
    #[error("the SOCKS proxy wants credentials, or others than those given")]
    SocksCredentials,
    #[cfg(feature = "proxy")]
    #[error("the proxy did not open a way to the endpoint")]
    Proxy(#[source] BoxError),
}

#[cfg(feature = "proxy")]
impl DialFault {
    pub(super) fn of_tunnel(error: BoxError) -> Self {
        // hyper-util's type cannot be named from outside; its variants' names can be read.
        match format!("{error:?}").as_str() {
            "ProxyAuthRequired" => Self::ProxyCredentials,
            _ => Self::Proxy(error),
        }
    }

    pub(super) fn of_socks(error: BoxError) -> Self {
        match format!("{error:?}").contains("Auth") {
            true => Self::SocksCredentials,
            false => Self::Proxy(error),
        }
    }
}

/// A failed exchange, before anything of it was classified.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The pool is gone.
    Closed,
    /// No connection; one dial may have failed for many calls.
    Connect(Arc<dyn StdError + Send + Sync>),
    /// Sending, or reading the head.
    Send(hyper::Error),
    /// A failure in the answer's body.
    Body(hyper::Error),
}

impl Fault {
    /// The error for the caller. `host` is named in it; the URL is not.
    pub(crate) fn into_error(self, host: &str) -> Error {
        match self {
            Self::Closed => super::closed(),
            Self::Connect(error) => {
                Verdict::of(&*error, Phase::Connecting, host).error(true).with_source(error)
            }
            Self::Send(error) => {
                Verdict::of(&error, Phase::BeforeTheHead, host).error(false).with_source(error)
            }
            Self::Body(error) => {
                Verdict::of(&error, Phase::Body, host).error(false).with_source(error)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    BeforeTheHead,
    Body,
}

impl Phase {
    /// Whether such an error means that TLS cannot be had with this server. TLS 1.3 tells a client only
    /// after the handshake that its certificate is wanted; later, a broken record is a broken connection.
    fn is_refused_by(self, tls: &rustls::Error) -> bool {
        use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};

        match self {
            Self::Connecting => true,
            Self::BeforeTheHead => {
                matches!(tls, AlertReceived(_) | InvalidCertificate(_) | InvalidMessage(_))
            }
            Self::Body => false,
        }
    }
}

struct Verdict {
    kind: ErrorKind,
    message: String,
    /// Of a proxy's answer; the endpoint's own never gets here.
    status: Option<u16>,
    /// The server says that it did nothing.
    unsent: bool,
}

impl Verdict {
    fn of(error: &(dyn StdError + 'static), phase: Phase, host: &str) -> Self {
        let found = Causes::of(error);
        let connecting = phase == Phase::Connecting;
        if let Some(tls) = found.tls.filter(|tls| phase.is_refused_by(tls)) {
            let hint = match tls {
                rustls::Error::InvalidMessage(_) => {
                    " (is this a plain http:// server, or another port?)"
                }
                rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer) => {
                    " (a private certificate authority is added with root_certificate)"
                }
                _ => "",
            };
            return Self::new(ErrorKind::Tls, format!("TLS with {host} failed: {tls}{hint}"));
        }
        match found.dial {
            Some(DialFault::TimedOut(limit)) => {
                let message = format!("no connection to {host} within {limit:?}");
                return Self::new(ErrorKind::Timeout, message);
            }
            #[cfg(feature = "proxy")]
            Some(fault @ DialFault::ProxyCredentials) => {
                let verdict = Self::new(ErrorKind::Rejected, format!("HTTP 407: {fault}"));
                return Self { status: Some(407), ..verdict };
            }
            #[cfg(feature = "proxy")]
            Some(fault @ DialFault::SocksCredentials) => {
                return Self::new(ErrorKind::Rejected, fault.to_string());
            }
            #[cfg(feature = "proxy")]
            Some(fault @ DialFault::Proxy(_)) => {
                return Self::new(ErrorKind::Connect, fault.to_string());
            }
            None => {}
        }
        if connecting {
            return Self::connect(&found, host);
        }
        if let Some(hyper) = found.hyper {
            if hyper.is_canceled() && phase == Phase::BeforeTheHead {
                // Handed back unsent: the connection was gone before it could take the request.
                let message = format!("the connection to {host} was gone before it was used");
                return Self::new(ErrorKind::Connect, message);
            }
            // hyper has a predicate for this in servers only.
            if hyper.to_string() == "message head is too large" {
                return Self::new(ErrorKind::TooLarge, "the answer's head is too large".to_owned());
            }
            if hyper.is_parse() {
                return Self::new(ErrorKind::Malformed, "the answer is not HTTP".to_owned());
            }
            if hyper.is_timeout() {
                let message = format!("the connection to {host} is dead");
                return Self::new(ErrorKind::Timeout, message);
            }
        }
        #[cfg(feature = "http2")]
        if let Some(verdict) = found.http2.and_then(|error| Self::http2(error, phase, host)) {
            return verdict;
        }
        match found.io.map(io::Error::kind) {
            // How hyper reports bad chunks.
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                Self::new(ErrorKind::Malformed, "the answer's framing is broken".to_owned())
            }
            Some(io::ErrorKind::TimedOut) => {
                Self::new(ErrorKind::Timeout, format!("the connection to {host} is dead"))
            }
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Self::new(
                ErrorKind::Interrupted,
                format!("{host} reset the connection before the answer was whole"),
            ),
            _ => Self::new(
                ErrorKind::Interrupted,
                format!("{host} closed the connection before the answer was whole"),
            ),
        }
    }

    /// What HTTP/2 says, where it is more than that the connection broke.
    #[cfg(feature = "http2")]
    fn http2(error: &h2::Error, phase: Phase, host: &str) -> Option<Self> {
        if phase == Phase::BeforeTheHead && super::is_unprocessed(error) {
            let message = format!("{host} refused the request before it began it");
            return Some(Self { unsent: true, ..Self::new(ErrorKind::Interrupted, message) });
        }
        if error.is_library() {
            return Some(Self::new(ErrorKind::Malformed, "the answer is not HTTP".to_owned()));
        }
        if error.is_remote() {
            let what = if error.is_reset() { "stream" } else { "connection" };
            let message = format!("{host} reset the {what} before the answer was whole");
            return Some(Self::new(ErrorKind::Interrupted, message));
        }
        None
    }

    fn connect(found: &Causes<'_>, host: &str) -> Self {
        let kind = found.io.map(io::Error::kind);
        if kind == Some(io::ErrorKind::TimedOut) {
            return Self::new(ErrorKind::Timeout, format!("no connection to {host} in time"));
        }
        let why = match kind {
            _ if found.dns => "the host name does not resolve",
            Some(io::ErrorKind::ConnectionRefused) => "connection refused; is the server running?",
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                "the network does not reach it"
            }
            Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof) => {
                "the connection was closed while it was being set up"
            }
            _ => "no connection could be made",
        };
        Self::new(ErrorKind::Connect, format!("cannot connect to {host}: {why}"))
    }

    fn new(kind: ErrorKind, message: String) -> Self {
        Self { kind, message, status: None, unsent: false }
    }

    fn error(self, connecting: bool) -> Error {
        let mut error = Error::new(self.kind, self.message);
        if let Some(status) = self.status {
            error = error.with_status(status);
        }
        // Nothing was begun, whatever the kind says in general.
        if connecting || self.unsent { error.with_may_have_executed(false) } else { error }
    }
}

/// What is worth knowing in a tree of causes.
#[derive(Default)]
struct Causes<'a> {
    tls: Option<&'a rustls::Error>,
    dial: Option<&'a DialFault>,
    hyper: Option<&'a hyper::Error>,
    #[cfg(feature = "http2")]
    http2: Option<&'a h2::Error>,
    io: Option<&'a io::Error>,
    dns: bool,
}

impl<'a> Causes<'a> {
    fn of(error: &'a (dyn StdError + 'static)) -> Self {
        let mut causes = Self::default();
        causes.visit(error, 0);
        causes
    }

    fn visit(&mut self, error: &'a (dyn StdError + 'static), depth: u8) {
        const MAX_DEPTH: u8 = 16;
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(tls) = error.downcast_ref() {
            self.tls = Some(tls);
        }
        if let Some(dial) = error.downcast_ref() {
            self.dial = Some(dial);
        }
        if let Some(hyper) = error.downcast_ref() {
            self.hyper.get_or_insert(hyper);
        }
        #[cfg(feature = "http2")]
        if let Some(http2) = error.downcast_ref::<h2::Error>() {
            self.http2 = Some(http2);
            // It has no source of its own.
            self.io = http2.get_io().or(self.io);
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // The innermost one knows what the system said.
            self.io = Some(io);
            if let Some(inner) = io.get_ref() {
                self.visit(inner, depth + 1);
            }
        }
        // hyper-util's connect error has no type or predicate for it.
        self.dns = self.dns || error.to_string() == "dns error";
        if let Some(source) = error.source() {
            self.visit(source, depth + 1);
        }
    }
}
