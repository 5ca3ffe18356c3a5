//! The real endpoint: where it is, and how it is asked. No redirects, no retries, no decompression.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::ClientConfig;
use rustls::crypto::ring;

use super::headers::sent_on;
use crate::wire::RawRequest;

/// As long as a server may be silent before its head, as in ek-http.
const LIMIT: Duration = Duration::from_secs(120);

/// The prefix of the recorder's own base URL, which stands for that of the endpoint.
const OWN_BASE: &str = "/v1";

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    /// The status that says so to the client.
    pub(crate) status: u16,
    pub(crate) why: String,
}

pub(super) struct Upstream {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at the end.
    path: String,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Upstream {
    /// An endpoint with this base URL.
    ///
    /// # Errors
    ///
    /// `Config` if the URL is none that can be asked, or TLS cannot be set up.
    pub(super) fn new(base: &str) -> Result<Self> {
        let base = base.trim_end_matches('/');
        let uri: Uri = base.parse().map_err(|_| refuse("the upstream is no URL"))?;
        let query = uri.query().is_some();
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(refuse("the upstream is no URL"));
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(refuse("the upstream has to begin with http:// or https://"));
        }
        if authority.as_str().contains('@') || query || base.contains('#') {
            return Err(refuse(
                "the upstream is a base URL, without user, query or fragment; the client sends the \
                 key",
            ));
        }
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls()?)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let path = parts.path_and_query.as_ref().map_or("", |path| path.as_str());
        Ok(Self { scheme, authority, path: path.trim_end_matches('/').to_owned(), client })
    }

    /// Passes a request on, and gives the head of the answer.
    ///
    /// # Errors
    ///
    /// Why there is none, in words without the request.
    pub(super) async fn ask(&self, raw: &RawRequest) -> Result<Response<Incoming>, NoAnswer> {
        let uri = self.uri(&raw.target).ok_or_else(|| NoAnswer {
            status: 400,
            why: format!(
                "the target of the request is no path of the upstream: it has to begin with / or \
                 {OWN_BASE}/, without `..`"
            ),
        })?;
        let none = |why| NoAnswer { status: 502, why };
        let mut request = Request::builder().method(raw.method.as_str()).uri(uri);
        for (name, value) in raw.headers.iter().filter(|(name, _)| sent_on(name)) {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(raw.body.clone())));
        let request = request.map_err(|_| none("the request cannot be passed on".to_owned()))?;
        match tokio::time::timeout(LIMIT, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(none(format!("the upstream cannot be asked: {}", words(&error)))),
            Err(_) => Err(none(format!("the upstream did not answer within {LIMIT:?}"))),
        }
    }

    /// Where a target leads: scheme and host are the upstream's own, whatever is asked for.
    fn uri(&self, target: &str) -> Option<Uri> {
        let rest = target.strip_prefix(OWN_BASE).unwrap_or(target);
        if !(rest.is_empty() || rest.starts_with(['/', '?'])) || climbs(rest) {
            return None;
        }
        let (scheme, authority) = (self.scheme.clone(), self.authority.clone());
        let path = match format!("{}{rest}", self.path) {
            path if path.starts_with('/') => path,
            path => format!("/{path}"),
        };
        Uri::builder().scheme(scheme).authority(authority).path_and_query(path).build().ok()
    }
}

/// Whether a path leads out of what it is beneath, as some servers read it.
fn climbs(rest: &str) -> bool {
    let path = rest.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let path = path.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    path.split(['/', '\\']).any(|part| part == "..")
}

/// The causes, outermost first.
fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn tls() -> Result<ClientConfig> {
    let cannot = |why: &rustls::Error| refuse(&format!("TLS cannot be set up: {why}"));
    let crypto = Arc::new(ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&crypto));
    let verifier = verifier.map_err(|error| cannot(&error))?;
    let config = ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .map_err(|error| cannot(&error))?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}

fn refuse(why: &str) -> Error {
    Error::new(ErrorKind::Config, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_base_url_is_an_upstream() {
        for good in ["http://127.0.0.1:1", "https://api.example.com/v1/"] {
            assert!(Upstream::new(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "the upstream is no URL"),
            ("api.example.com/v1", "the upstream is no URL"),
            ("ftp://example.com", "the upstream has to begin with http:// or https://"),
            (
                "https://me:secret@example.com/v1",
                "the upstream is a base URL, without user, query or fragment; the client sends the \
                 key",
            ),
        ] {
            let error = Upstream::new(bad).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some(why), "{bad}");
        }
    }

    #[test]
    fn what_a_request_asks_for_never_chooses_the_host() {
        for base in
            ["http://up.test", "http://up.test/", "http://up.test:81/a/v1", "https://[::1]:9"]
        {
            let upstream = Upstream::new(base).expect("a base URL");
            let own: Uri = base.parse().expect("a URL");
            for target in [
                "/v1/chat/completions",
                "/chat/completions?a=b",
                "/v1?a=@evil.test",
                "/v1",
                "//evil.test/chat/completions",
                "/v1//evil.test/chat/completions",
                "/@evil.test/chat/completions",
                "/v1/@evil.test:82/chat/completions",
                "/v1/%40evil.test/chat/completions",
                "/:82/chat/completions",
                "/http://evil.test/chat/completions",
                "/v1/#@evil.test/chat/completions",
                "/",
            ] {
                let uri = upstream.uri(target).unwrap_or_else(|| panic!("{base} {target}"));
                assert_eq!((uri.scheme(), uri.authority()), (own.scheme(), own.authority()));
                assert!(uri.path().starts_with(own.path().trim_end_matches('/')), "{uri}");
            }
            for target in [
                "/v1@evil.test/chat/completions",
                "@evil.test/chat/completions",
                "/v1:x@evil.test/chat/completions",
                "/v1:82/chat/completions",
                "/v1.evil.test/chat/completions",
                "/v1%40evil.test/chat/completions",
                "http://evil.test/v1/chat/completions",
                "HTTP://evil.test/chat/completions",
                "evil.test:443",
                "evil.test/chat/completions",
                "*",
                ".evil.test/chat/completions",
                "\\\\evil.test/chat/completions",
                "/v1\\@evil.test/chat/completions",
                "/v1/../../admin/chat/completions",
                "/..",
                "/v1/%2e%2E/chat/completions",
                "/v1/a%2f..%5cb/chat/completions",
                "/v1/a\\..\\chat/completions",
            ] {
                assert_eq!(upstream.uri(target), None, "{base} {target}");
            }
        }
    }

    #[test]
    fn a_target_is_continued_from_the_base_of_the_upstream() {
        let upstream = Upstream::new("https://up.test/a/v4/").expect("a base URL");
        for (target, uri) in [
            ("/v1/chat/completions?b=c", "https://up.test/a/v4/chat/completions?b=c"),
            ("/chat/completions", "https://up.test/a/v4/chat/completions"),
            ("/v1", "https://up.test/a/v4"),
            ("/v1?b", "https://up.test/a/v4?b"),
        ] {
            assert_eq!(upstream.uri(target).map(|uri| uri.to_string()).as_deref(), Some(uri));
        }
    }
}
