//! The endpoint of requests: the validated base URL, and whether a key may be sent there unencrypted.

mod host;

use hyper::Uri;
use hyper::header::HeaderValue;
use hyper::http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use ek_core::{Error, ErrorKind, Result, is_credential_name};
pub(crate) use host::{Host, split_port};

/// The longest base URL, in bytes.
const MAX_URL_BYTES: usize = 8 * 1024;

/// The paths of an API below its base URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paths {
    /// The version that is added to a base URL without one, such as `/v1`; not where the query names an
    /// `api-version`.
    pub(crate) version: Option<&'static str>,
    /// The path of completions, such as `/messages`; empty where the URL is the whole one. A base URL that ends with it is not changed; one that
    /// ends with it and the method of a model loses the method.
    pub(crate) main: &'static str,
}

/// The pair that names the version where it does not stand in the path, as at Azure.
const API_VERSION: &str = "api-version";

/// The characters that a query pair encodes.
const QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b':');

/// A validated endpoint.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// The URL of completions. A protocol may replace its path for a request.
    pub(crate) uri: Uri,
    /// The length of the path before the main path, in bytes.
    base_path: usize,
    pub(crate) host: Host,
    pub(crate) https: bool,
}

impl Endpoint {
    /// Reads a base URL. Appends the API's main path, unless the URL ends with it, and the query pairs.
    ///
    /// Accepts http and https with a port, a path, trailing slashes, IPv4, bracketed IPv6, punycode and a
    /// query. Anything else is a `Config` error that shows neither credentials nor the query.
    pub(crate) fn parse(base_url: &str, query: &[(String, String)], paths: Paths) -> Result<Self> {
        if base_url.len() > MAX_URL_BYTES {
            return refuse("is longer than 8 KiB");
        }
        if base_url.is_empty() {
            return refuse("is empty");
        }
        if let Some(odd) = base_url.chars().find(|c| !c.is_ascii_graphic()) {
            return refuse(match odd {
                ' ' | '\t' | '\n' | '\r' => "holds white space; trim it where it is read",
                _ if odd.is_ascii() => "holds a control character",
                _ => {
                    "holds a character outside ASCII; write the host in punycode (xn--...) and the \
                     path percent-encoded"
                }
            });
        }
        if base_url.contains('\\') {
            return refuse("holds a backslash");
        }
        if base_url.contains('#') {
            return refuse("has a fragment (#...), which is never sent");
        }
        let Some((scheme, rest)) = base_url.split_once("://") else {
            return refuse("has no scheme; it starts with https:// or http://");
        };
        let https = scheme.eq_ignore_ascii_case("https");
        if !https && !scheme.eq_ignore_ascii_case("http") {
            return refuse("has a scheme other than https and http");
        }
        let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(authority_end);
        if authority.contains('@') {
            return refuse("carries credentials (user@host); pass the key with api_key");
        }
        let (host, port) = split_port(authority)?;
        let host = Host::parse(host)?;
        let (path, base_query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        check_path(path)?;

        let mut url = format!("{}://{host}", if https { "https" } else { "http" });
        if let Some(port) = port {
            url.push_str(&format!(":{port}"));
        }
        // A URL that is no base of others is taken as it is.
        let path = if paths.main.is_empty() { path } else { path.trim_end_matches('/') };
        let base =
            path.strip_suffix(paths.main).or_else(|| of_method(path)?.strip_suffix(paths.main));
        let mut base_path = base.unwrap_or(path).to_owned();
        if let (None, Some(version)) = (base, paths.version)
            && !has_version(&base_path)
            && !query.iter().any(|(name, _)| name == API_VERSION)
            && !base_query.is_some_and(|query| query.contains("api-version="))
        {
            base_path.push_str(version);
        }
        url.push_str(&base_path);
        url.push_str(paths.main);
        let mut separator = '?';
        if let Some(base_query) = base_query.filter(|q| !q.is_empty()) {
            url.push(separator);
            url.push_str(base_query);
            separator = '&';
        }
        for (name, value) in query {
            url.push(separator);
            url.extend(utf8_percent_encode(name, QUERY));
            url.push('=');
            url.extend(utf8_percent_encode(value, QUERY));
            separator = '&';
        }
        let Ok(uri) = url.parse::<Uri>() else {
            return refuse("is not a URL; percent-encode what is unusual in its path and query");
        };
        Ok(Self { uri, base_path: base_path.len(), host, https })
    }

    /// An endpoint of an API with one path, for tests.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(base_url: &str) -> Result<Self> {
        Self::parse(base_url, &[], Paths { version: None, main: "/chat/completions" })
    }

    /// The URL of another path of the API, with the base URL's query. `path` begins with a slash and needs
    /// no encoding. `query` is a pair that the request adds.
    ///
    /// # Errors
    /// `Config` if the path is not valid in a URL.
    pub(crate) fn target(&self, path: &str, query: Option<&str>) -> Result<Uri> {
        let mut target = [self.base_path(), path].concat();
        let queries = [self.uri.query(), query].into_iter().flatten().filter(|q| !q.is_empty());
        for (mark, query) in ["?", "&"].into_iter().zip(queries) {
            target.extend([mark, query]);
        }
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(target).ok();
        let uri = parts.path_and_query.is_some().then(|| Uri::from_parts(parts).ok()).flatten();
        let why = "the path of the request is not valid in a URL";
        uri.ok_or_else(|| Error::new(ErrorKind::Config, why))
    }

    /// The path before the API's own.
    pub(crate) fn base_path(&self) -> &str {
        &self.uri.path()[..self.base_path]
    }

    /// The scheme, host and port, which identify a connection.
    pub(crate) fn origin(&self) -> Uri {
        let mut parts = self.uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        Uri::from_parts(parts).unwrap_or_else(|_| self.uri.clone())
    }

    /// The `host` header: the host, and a port that is not the scheme's default (RFC 9110, section 7.2).
    pub(crate) fn host_header(&self) -> HeaderValue {
        let host = self.uri.host().unwrap_or_default();
        let value = match self.port() {
            port if port == self.default_port() => HeaderValue::from_str(host),
            port => HeaderValue::try_from(format!("{host}:{port}")),
        };
        value.unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// The port. The default is that of the scheme.
    pub(crate) fn port(&self) -> u16 {
        self.uri.port_u16().unwrap_or_else(|| self.default_port())
    }

    fn default_port(&self) -> u16 {
        if self.https { 443 } else { 80 }
    }

    /// Whether a key is encrypted on its way, or stays on this machine or in a local network.
    pub(crate) fn keeps_key_private(&self) -> bool {
        self.https || self.host.is_local()
    }

    /// Whether any query pair is a credential by its name.
    pub(crate) fn has_credentials(&self) -> bool {
        let name = |name| percent_decode_str(name).decode_utf8_lossy();
        self.query_pairs().any(|(encoded, _)| is_credential_name(&name(encoded)))
    }

    /// The values of the query that may be credentials. Azure's `api-version` is not one.
    pub(crate) fn query_secrets(&self) -> impl Iterator<Item = &str> {
        self.query_pairs().filter(|(name, _)| *name != API_VERSION).map(|(_, value)| value)
    }

    fn query_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.uri.query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.split_once('='))
    }
}

/// The error of a credential that would be sent unencrypted.
pub(crate) fn insecure_key() -> Error {
    Error::new(
        ErrorKind::Config,
        "a key would go over plain http to a host or a proxy that is not local: use https, or \
         allow_insecure_key(true) if the connection is safe",
    )
}

/// A value of a query pair, encoded.
#[cfg(any(feature = "anthropic", feature = "gemini"))]
pub(crate) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// The path before a method of Google's APIs, such as `/models` of `/models/gemini-3:generateContent`.
fn of_method(path: &str) -> Option<&str> {
    let (before, last) = path.rsplit_once('/')?;
    last.contains(':').then_some(before)
}

/// Whether a path has a version such as `v1` or `v1beta`.
fn has_version(path: &str) -> bool {
    path.split('/').any(|segment| {
        let rest = segment.strip_prefix('v').unwrap_or_default();
        rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Refuses dot segments: with one, the name of a model or deployment could leave the API's path.
fn check_path(path: &str) -> Result<()> {
    for segment in path.split('/') {
        let plain = segment.replace("%2e", ".").replace("%2E", ".");
        if plain == "." || plain == ".." {
            return refuse("has a dot segment (. or ..) in its path");
        }
    }
    Ok(())
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Config, format!("the base URL {why}")))
}

#[cfg(test)]
mod tests;
