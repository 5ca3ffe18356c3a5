//! What a failed exchange was: its kind, the message, and whether the server may have done the work.

use std::io;

use ek_core::{Error, ErrorKind};

use super::found::Found;
use super::tls;
use super::way::Way;
use crate::transport::dial_error::DialError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connecting,
    BeforeTheHead,
    Body,
}

impl Phase {
    /// Whether such an error means that TLS cannot be had with this server. Once a request has been sent, any
    /// other one is a broken connection.
    fn is_refused_by(self, tls: &rustls::Error) -> bool {
        match self {
            Self::Connecting => true,
            Self::BeforeTheHead => tls::REFUSALS.contains(tls),
            Self::Body => false,
        }
    }
}

/// Where the error of TLS itself was lost on the way.
const NO_TLS: &str = "what came was no TLS";

const CLOSED: &str = "the connection was closed while it was being set up";

pub(super) struct Verdict {
    kind: ErrorKind,
    message: String,
    /// Of a proxy's answer; the endpoint's own never gets here.
    status: Option<u16>,
    /// The server says that it did nothing.
    unsent: bool,
    /// The same would come of another attempt, whatever the kind says in general.
    is_final: bool,
}

impl Verdict {
    pub(super) fn of(found: &Found<'_>, phase: Phase, way: &Way) -> Self {
        let host = way.host.as_str();
        if let Some(tls) = found.tls.filter(|tls| phase.is_refused_by(tls)) {
            let why = tls::explain(tls, host);
            return Self::new(ErrorKind::Tls, format!("TLS with {host} failed: {why}"));
        }
        if let Some(fault) = found.dial {
            return Self::dial(fault, found, way);
        }
        if phase == Phase::Connecting {
            return Self::connect(found, way);
        }
        if let Some(tls) = found.tls {
            return Self::broken(host, &format!("TLS failed with {}", tls::variants(tls)));
        }
        if let Some(hyper) = found.hyper {
            if hyper.is_canceled() && phase == Phase::BeforeTheHead {
                // Handed back unsent: the connection was gone before it could take the request.
                let message = format!("the connection to {host} was gone before it was used");
                return Self::new(ErrorKind::Connect, message);
            }
            // hyper has a predicate for this in servers only. It is what it says of a head without measure,
            // of too many headers, and of a content length that is next to 2^64.
            if hyper.to_string() == "message head is too large" {
                let message = "the answer's head is too large, or announces a body of a length that \
                               no body has";
                return Self::new(ErrorKind::TooLarge, message.to_owned());
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
            Some(io::ErrorKind::InvalidData) if phase == Phase::BeforeTheHead => {
                Self::broken(host, NO_TLS)
            }
            #[cfg(feature = "http2")]
            Some(io::ErrorKind::InvalidData) if found.http2.is_some() => Self::broken(host, NO_TLS),
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

    /// A connection that stood. What lies beneath HTTP could not be read any longer.
    fn broken(host: &str, why: &str) -> Self {
        let message = format!("the connection to {host} broke before the answer was whole: {why}");
        Self::new(ErrorKind::Interrupted, message)
    }

    /// What HTTP/2 says, where it is more than that the connection broke.
    #[cfg(feature = "http2")]
    fn http2(error: &h2::Error, phase: Phase, host: &str) -> Option<Self> {
        if phase == Phase::BeforeTheHead && wants_http1(error) {
            let message =
                format!("{host} wants this request over HTTP/1.1; switch HTTP/2 off with http2");
            return Some(Self { unsent: true, ..Self::new(ErrorKind::Rejected, message) });
        }
        if phase == Phase::BeforeTheHead && is_unprocessed(error) {
            let message = format!("{host} refused the request before it began it");
            return Some(Self { unsent: true, ..Self::new(ErrorKind::Interrupted, message) });
        }
        if phase == Phase::BeforeTheHead && error.is_library() && error.is_reset() {
            // h2 has one error for both.
            let message = "the answer's head breaks the rules of HTTP/2, or is larger than 1 MiB";
            return Some(Self::new(ErrorKind::Malformed, message.to_owned()));
        }
        // h2's guard against frames that cost more than they carry; only its `Debug` names it.
        if error.is_library() && format!("{error:?}").contains("too_many_data_frames") {
            let message = format!(
                "the connection to {host} was ended on this side: too many small or empty frames came \
                 on it"
            );
            return Some(Self::new(ErrorKind::Interrupted, message));
        }
        if error.is_library() {
            let reason = error.reason().unwrap_or(h2::Reason::PROTOCOL_ERROR);
            let message = format!("the answer breaks the rules of HTTP/2 ({reason:?})");
            return Some(Self::new(ErrorKind::Malformed, message));
        }
        if error.is_remote() {
            let what = if error.is_reset() { "stream" } else { "connection" };
            let message = format!("{host} reset the {what} before the answer was whole");
            return Some(Self::new(ErrorKind::Interrupted, message));
        }
        None
    }

    /// What a dial itself found.
    fn dial(fault: &DialError, found: &Found<'_>, way: &Way) -> Self {
        #[cfg(feature = "proxy")]
        let proxy = way.named_proxy();
        #[cfg(feature = "proxy")]
        let wants = "wants credentials, or others than those given";
        #[cfg(not(feature = "proxy"))]
        let _ = found;
        match fault {
            DialError::NoRoots => {
                let message = "the platform has no usable root certificates: install them \
                               (ca-certificates), add one with root_certificate, or switch on the \
                               feature `webpki-roots` and choose TlsRoots::Bundled";
                Self::new(ErrorKind::Config, message.to_owned())
            }
            DialError::TimedOut(limit) => {
                let message = format!("no connection to {} within {limit:?}", way.target());
                Self::new(ErrorKind::Timeout, message)
            }
            #[cfg(feature = "proxy")]
            DialError::ProxyCredentials => {
                let message = format!("HTTP 407: {proxy} {wants}");
                Self { status: Some(407), ..Self::new(ErrorKind::Rejected, message) }
            }
            #[cfg(feature = "proxy")]
            DialError::SocksCredentials => Self::no_way(way, true, Some(&format!("it {wants}"))),
            #[cfg(feature = "proxy")]
            DialError::ProxyStatus(status) => {
                let refuses = status.is_redirection() || status.is_client_error();
                let is_final = refuses && !matches!(status.as_u16(), 408 | 425 | 429);
                let why = format!("it answered HTTP {}", status.as_u16());
                Self { status: Some(status.as_u16()), ..Self::no_way(way, is_final, Some(&why)) }
            }
            #[cfg(feature = "proxy")]
            DialError::SocksReply(reply) => {
                let (is_final, why) = socks_reply(*reply);
                Self::no_way(way, is_final, Some(&format!("{why} (SOCKS reply {reply})")))
            }
            #[cfg(feature = "proxy")]
            DialError::Unresolved(_) => Self::connect(found, way),
            #[cfg(feature = "proxy")]
            DialError::Proxy(_) => Self::no_way(way, false, unconnected(found)),
        }
    }

    /// A proxy that answers, and opens no way to the endpoint. It may do so later, unless its answer is final.
    #[cfg(feature = "proxy")]
    fn no_way(way: &Way, is_final: bool, why: Option<&str>) -> Self {
        let mut message = format!("{} opened no way to {}", way.named_proxy(), way.address());
        if let Some(why) = why {
            message += &format!(": {why}");
        }
        Self { is_final, ..Self::new(ErrorKind::Connect, message) }
    }

    fn connect(found: &Found<'_>, way: &Way) -> Self {
        let target = way.target();
        if found.io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return Self::new(ErrorKind::Timeout, format!("no connection to {target} in time"));
        }
        let why = unconnected(found).unwrap_or("no connection could be made");
        Self::new(ErrorKind::Connect, format!("cannot connect to {target}: {why}"))
    }

    fn new(kind: ErrorKind, message: String) -> Self {
        Self { kind, message, status: None, unsent: false, is_final: false }
    }

    pub(super) fn error(self, connecting: bool) -> Error {
        let mut error = Error::new(self.kind, self.message);
        if let Some(status) = self.status {
            error = error.with_status(status);
        }
        if self.is_final {
            error = error.with_retryable(false);
        }
        // Nothing was begun, whatever the kind says in general.
        if connecting || self.unsent { error.with_may_have_executed(false) } else { error }
    }
}

/// What a SOCKS proxy answers (RFC 1928, section 6), and whether it will answer that again.
#[cfg(feature = "proxy")]
fn socks_reply(reply: u8) -> (bool, &'static str) {
    match reply {
        1 => (false, "it has failed"),
        2 => (true, "its rules do not allow the connection"),
        3 => (false, "the network is unreachable from there"),
        4 => (false, "the host is unreachable from there, or its name does not resolve"),
        5 => (false, "the connection was refused"),
        6 => (false, "the way was too long"),
        7 => (true, "it makes no connections"),
        8 => {
            (true, "it does not take this type of address (socks5h sends names, socks5 addresses)")
        }
        _ => (false, "it gave no reason"),
    }
}

/// Why there is no connection, where it is known.
fn unconnected(found: &Found<'_>) -> Option<&'static str> {
    use io::ErrorKind::{
        ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, UnexpectedEof,
    };

    match found.io.map(io::Error::kind) {
        // A head that ends too early.
        _ if found.hyper.is_some_and(hyper::Error::is_incomplete_message) => Some(CLOSED),
        _ if found.dns => Some("the host name does not resolve"),
        #[cfg(feature = "http2")]
        _ if found.http2.is_some_and(h2::Error::is_library) => {
            Some("it agreed to HTTP/2, and does not speak it")
        }
        Some(ConnectionRefused) => Some("connection refused; is the server running?"),
        Some(NetworkUnreachable | HostUnreachable) => Some("the network does not reach it"),
        Some(ConnectionReset | UnexpectedEof) => Some(CLOSED),
        _ => None,
    }
}

/// Whether the server says that it has not processed a request: it refused the stream, or went away
/// with a last stream before this one (RFC 9113, section 8.7).
#[cfg(feature = "http2")]
pub(in crate::transport) fn is_unprocessed(error: &h2::Error) -> bool {
    let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
    error.is_remote() && (refused || error.is_go_away()) && !wants_http1(error)
}

/// Whether the server serves this over HTTP/1.1 alone, such as one that wants a client's certificate for
/// some paths. Over HTTP/2 it would say the same again.
#[cfg(feature = "http2")]
fn wants_http1(error: &h2::Error) -> bool {
    error.is_remote() && error.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED)
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription::{
        AccessDenied, BadRecordMac, CertificateRequired, InternalError, UserCanceled,
    };

    use super::*;
    use crate::endpoint::Endpoint;
    use crate::transport::proxy::Route;

    #[test]
    fn an_alert_behind_the_request_is_a_refusal_only_where_it_is_one_of_the_handshake() {
        let endpoint = Endpoint::of("https://a.test").expect("an endpoint");
        let way = Way::new(&endpoint, &Route::Direct);
        for (alert, kind) in [
            (AccessDenied, ErrorKind::Tls),
            (CertificateRequired, ErrorKind::Tls),
            (BadRecordMac, ErrorKind::Interrupted),
            (InternalError, ErrorKind::Interrupted),
            (UserCanceled, ErrorKind::Interrupted),
        ] {
            let tls = rustls::Error::AlertReceived(alert);
            // As HTTP/2 passes it on, and as HTTP/1 does.
            let text = io::Error::new(io::ErrorKind::InvalidData, tls.to_string());
            for error in [text, io::Error::new(io::ErrorKind::InvalidData, tls)] {
                let found = Found::of(&error);
                let error = Verdict::of(&found, Phase::BeforeTheHead, &way).error(false);
                assert_eq!(error.kind(), kind, "{error}");
                assert_eq!(error.may_have_executed(), kind == ErrorKind::Interrupted, "{error}");
            }
        }
    }
}
