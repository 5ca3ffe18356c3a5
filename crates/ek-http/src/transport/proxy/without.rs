//! The same doors where the feature `proxy` is off: directly, or not at all.

use ek_core::{Error, ErrorKind, Result};
use hyper::http::HeaderValue;

use super::settings::ProxySettings;
use crate::endpoint::{Endpoint, Host};
use crate::transport::dialer::Dialer;
use crate::transport::resolve::Resolver;

/// The way to the endpoint.
#[derive(Debug)]
pub(in crate::transport) enum Route {
    Direct,
}

impl Route {
    pub(in crate::transport) fn is_forward(&self) -> bool {
        match self {
            Self::Direct => false,
        }
    }

    pub(in crate::transport) fn forward_authorization(&self) -> Option<HeaderValue> {
        match self {
            Self::Direct => None,
        }
    }

    pub(in crate::transport) fn proxy_address(&self) -> Option<String> {
        match self {
            Self::Direct => None,
        }
    }

    pub(in crate::transport) fn over(&self, direct: Dialer, _: &Resolver) -> Dialer {
        match self {
            Self::Direct => direct,
        }
    }
}

pub(crate) fn reads_along(settings: &ProxySettings, endpoint: &Endpoint) -> Result<Option<Host>> {
    route(settings, endpoint).map(|_| None)
}

/// Refuses where a proxy was asked for: a request that goes past it may be seen by those who must not.
pub(in crate::transport) fn route(settings: &ProxySettings, endpoint: &Endpoint) -> Result<Route> {
    match settings.chosen(endpoint) {
        None => Ok(Route::Direct),
        Some(url) => Err(url.blamed(Error::new(
            ErrorKind::Config,
            "a proxy is set for this endpoint, and the feature `proxy` is off",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::ProxyChoice;
    use super::*;
    use crate::setting::Setting;

    #[test]
    fn a_proxy_that_cannot_be_used_is_an_error_and_never_passed_by() {
        let endpoint = Endpoint::of("https://a.example").expect("an endpoint");
        let choice = ProxyChoice::Fixed("http://u:MARK@p:3128".into());
        let settings = ProxySettings { choice, except: Setting::default() };
        let error = route(&settings, &endpoint).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            error.to_string().contains("feature `proxy`") && !error.to_string().contains("MARK")
        );
        assert!(route(&ProxySettings::default(), &endpoint).is_ok());
    }
}
