//! The way to the endpoint: directly, or through which proxy and in which form.
//!
//! A plain-http endpoint behind an HTTP proxy is asked for in the absolute form (RFC 9112, section
//! 3.2.2); an https endpoint goes through a CONNECT tunnel, so that the proxy sees no request and the
//! endpoint's own certificate counts.

use ek_core::{Error, ErrorKind, Result};
use hyper::Uri;
use hyper::http::HeaderValue;
use hyper_util::client::proxy::matcher::Matcher;

use super::exceptions::exceptions;
use super::settings::ProxySettings;
use super::socks::MAX_TEXT;
use crate::endpoint::{Endpoint, Host, split_port};

/// The port of a SOCKS proxy that names none (RFC 1928).
const SOCKS_PORT: u16 = 1080;

/// The way to the endpoint.
#[derive(Clone)]
pub(in crate::transport) enum Route {
    Direct,
    Forward { proxy: Uri, authorization: Option<HeaderValue> },
    Tunnel(TunnelProxy),
    Socks(SocksProxy),
}

#[derive(Clone)]
pub(in crate::transport) struct TunnelProxy {
    pub(super) proxy: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

#[derive(Clone)]
pub(in crate::transport) struct SocksProxy {
    pub(super) proxy: Uri,
    pub(super) credentials: Option<(String, String)>,
    /// Names are resolved here, and the proxy gets addresses.
    pub(super) names_here: bool,
}

impl Route {
    /// Each request is given to a proxy, which reads it itself.
    pub(in crate::transport) fn is_forward(&self) -> bool {
        matches!(self, Self::Forward { .. })
    }

    pub(in crate::transport) fn forward_authorization(&self) -> Option<HeaderValue> {
        match self {
            Self::Forward { authorization, .. } => authorization.clone(),
            _ => None,
        }
    }
}

impl Route {
    /// The proxy's host and port, for messages.
    pub(in crate::transport) fn proxy_address(&self) -> Option<String> {
        let proxy = match self {
            Self::Direct => return None,
            Self::Forward { proxy, .. } => proxy,
            Self::Tunnel(tunnel) => &tunnel.proxy,
            Self::Socks(socks) => &socks.proxy,
        };
        let host = proxy.host().unwrap_or_default();
        // The matcher takes HTTP's own port for none.
        Some(format!("{host}:{}", proxy.port_u16().unwrap_or(80)))
    }
}

/// The proxy that would read what goes to a plain-http endpoint: it is one more host on the way.
pub(crate) fn reads_along(settings: &ProxySettings, endpoint: &Endpoint) -> Result<Option<Host>> {
    let proxy = match route(settings, endpoint)? {
        Route::Forward { proxy, .. } => proxy,
        Route::Socks(socks) if !endpoint.https => socks.proxy,
        Route::Direct | Route::Tunnel(_) | Route::Socks(_) => return Ok(None),
    };
    Host::parse(proxy.host().unwrap_or_default()).map(Some)
}

/// Chooses the way to this endpoint.
pub(in crate::transport) fn route(settings: &ProxySettings, endpoint: &Endpoint) -> Result<Route> {
    let Some(setting) = settings.chosen(endpoint) else {
        return Ok(Route::Direct);
    };
    // The matcher applies the star to names only.
    let Some(except) = exceptions(settings.except.as_str(), endpoint.port())
        .map_err(|error| settings.except.blamed(error))?
    else {
        return Ok(Route::Direct);
    };
    let url = checked(setting.as_str()).map_err(|error| setting.blamed(error))?;
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme).to_ascii_lowercase();
    let matcher = Matcher::builder().all(url).no(except).build();
    // The matcher sorts out exceptions and decodes credentials. Its own refusals would be silent, so
    // the URL was checked before: no proxy here means an exception.
    let Some(found) = matcher.intercept(&endpoint.uri) else {
        return Ok(Route::Direct);
    };
    let proxy = found.uri().clone();
    Ok(match scheme.as_str() {
        "socks5" | "socks5h" => {
            let credentials = found.raw_auth();
            let credentials = credentials.map(|(user, pass)| (user.to_owned(), pass.to_owned()));
            if credentials.iter().any(|(user, pass)| user.len().max(pass.len()) > MAX_TEXT) {
                let message = "the proxy URL has credentials that SOCKS cannot send: a user and a \
                               password have 255 bytes at most";
                return Err(setting.blamed(Error::new(ErrorKind::Config, message)));
            }
            Route::Socks(SocksProxy { proxy, credentials, names_here: scheme == "socks5" })
        }
        _ => {
            let mut authorization = found.basic_auth().cloned();
            if let Some(value) = &mut authorization {
                value.set_sensitive(true);
            }
            if endpoint.https {
                Route::Tunnel(TunnelProxy { proxy, authorization })
            } else {
                Route::Forward { proxy, authorization }
            }
        }
    })
}

/// Checks a proxy URL; one without a scheme is an HTTP proxy, as with curl.
fn checked(url: &str) -> Result<String> {
    let refuse = |why: &str| {
        let message = format!(
            "the proxy URL {why}; it is like http://host:3128, socks5://host:1080 (names resolved \
             here) or socks5h://host:1080 (names resolved by the proxy)"
        );
        Err(Error::new(ErrorKind::Config, message))
    };
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    // The matcher knows schemes in lower case only.
    let url = format!("{}://{rest}", scheme.to_ascii_lowercase());
    if url.bytes().any(|b| !b.is_ascii_graphic()) {
        return refuse("holds white space, a control character or a character outside ASCII");
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return refuse("is not a URL");
    };
    match uri.scheme_str() {
        Some("http" | "socks5" | "socks5h") => {}
        Some("https") => return refuse("asks for TLS to the proxy itself, which is not supported"),
        _ => return refuse("has an unknown scheme"),
    }
    let Some(authority) = uri.authority() else {
        return refuse("has no host");
    };
    if authority.host().is_empty() {
        return refuse("has no host");
    }
    let (userinfo, address) = match authority.as_str().rsplit_once('@') {
        Some((userinfo, address)) => (userinfo, address),
        None => ("", authority.as_str()),
    };
    if userinfo.contains('@') {
        return refuse("has an @ in its credentials; write it as %40");
    }
    // `http::Uri` takes port 99999 and then says that there is none.
    let Ok((_, port)) = split_port(address) else { return refuse("has an unusable port") };
    let is_socks = scheme.to_ascii_lowercase().starts_with("socks");
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return refuse("has a path or a query");
    }
    // Without a port it would be taken for HTTP's.
    Ok(match port {
        None if is_socks => format!("{}:{SOCKS_PORT}", url.trim_end_matches('/')),
        _ => url,
    })
}

#[cfg(test)]
mod tests;
