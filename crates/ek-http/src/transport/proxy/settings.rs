//! Which proxy was asked for, by the program or by the environment, and for which hosts it was not.

use ek_core::Result;

use crate::endpoint::Endpoint;
use crate::env::Lookup;
use crate::setting::Setting;

/// Where proxies are taken from.
#[derive(Clone, Default)]
pub(crate) enum ProxyChoice {
    #[default]
    None,
    /// This one for every endpoint.
    Fixed(Setting),
    /// By the scheme of the endpoint.
    ByScheme { http: Option<Setting>, https: Option<Setting> },
}

#[derive(Clone, Default)]
pub(crate) struct ProxySettings {
    pub(crate) choice: ProxyChoice,
    /// Hosts that are asked directly, in the notation of `NO_PROXY`.
    pub(crate) except: Setting,
}

impl ProxySettings {
    /// What curl reads: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, each in lower case
    /// too. `HTTP_PROXY` is a header of the client's in a CGI program (CVE-2016-5385), and so is not
    /// read where `REQUEST_METHOD` is set.
    pub(crate) fn from_env(variable: Lookup<'_>) -> Result<Self> {
        let read = |upper: &str| -> Result<Option<Setting>> {
            for name in [upper, &upper.to_ascii_lowercase()] {
                if let Some(value) = variable(name)? {
                    let value = value.trim().to_owned();
                    return Ok((!value.is_empty()).then(|| Setting::from_variable(name, value)));
                }
            }
            Ok(None)
        };
        let in_cgi = variable("REQUEST_METHOD")?.is_some();
        let all = read("ALL_PROXY")?;
        let http = if in_cgi { None } else { read("HTTP_PROXY")? };
        Ok(Self {
            choice: ProxyChoice::ByScheme {
                http: http.or_else(|| all.clone()),
                https: read("HTTPS_PROXY")?.or(all),
            },
            except: read("NO_PROXY")?.unwrap_or_default(),
        })
    }

    /// The proxy for this endpoint, exceptions aside.
    pub(super) fn chosen(&self, endpoint: &Endpoint) -> Option<&Setting> {
        match &self.choice {
            ProxyChoice::None => None,
            ProxyChoice::Fixed(url) => Some(url),
            ProxyChoice::ByScheme { https, .. } if endpoint.https => https.as_ref(),
            ProxyChoice::ByScheme { http, .. } => http.as_ref(),
        }
    }

    /// The proxy URLs in it; they may hold credentials.
    pub(crate) fn urls(&self) -> impl Iterator<Item = &str> {
        let (a, b) = match &self.choice {
            ProxyChoice::None => (None, None),
            ProxyChoice::Fixed(url) => (Some(url), None),
            ProxyChoice::ByScheme { http, https } => (http.as_ref(), https.as_ref()),
        };
        a.into_iter().chain(b).map(Setting::as_str)
    }
}
