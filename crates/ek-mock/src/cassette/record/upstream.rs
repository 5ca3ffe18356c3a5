//! The real endpoint: where it is, and how it is asked. No redirects, no retries, no decompression.

use std::sync::Arc;
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
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

pub(super) struct Upstream {
    base: String,
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
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(refuse("the upstream has to begin with http:// or https://"));
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') || uri.query().is_some() || base.contains('#') {
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
        Ok(Self { base: base.to_owned(), client })
    }

    /// Passes a request on, and gives the head of the answer.
    ///
    /// # Errors
    ///
    /// Why there is none, in words without the request.
    pub(super) async fn ask(&self, raw: &RawRequest) -> Result<Response<Incoming>, String> {
        let rest = raw.target.strip_prefix(OWN_BASE).unwrap_or(&raw.target);
        let mut request =
            Request::builder().method(raw.method.as_str()).uri(format!("{}{rest}", self.base));
        for (name, value) in raw.headers.iter().filter(|(name, _)| sent_on(name)) {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(raw.body.clone())));
        let request = request.map_err(|_| "the request cannot be passed on".to_owned())?;
        match tokio::time::timeout(LIMIT, self.client.request(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(format!("the upstream cannot be asked: {}", words(&error))),
            Err(_) => Err(format!("the upstream did not answer within {LIMIT:?}")),
        }
    }
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
}
