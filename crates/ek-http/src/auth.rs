//! Where the key comes from, and how it is sent.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use ek_core::{ApiKey, Error, ErrorKind, Result};
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};

/// How the key is sent.
///
/// ```no_run
/// use ek_http::{Auth, Provider};
///
/// let azure = Provider::builder("https://NAME.openai.azure.com/openai/v1", "my-deployment")
///     .api_key("KEY")
///     .auth(Auth::ApiKeyHeader)
///     .build()?;
/// # Ok::<(), ek_core::Error>(())
/// ```
#[doc(alias = "azure")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// `authorization: Bearer KEY`.
    #[default]
    Bearer,
    /// `api-key: KEY`, as Azure OpenAI requires it.
    ApiKeyHeader,
    /// `NAME: KEY` under this name: `x-api-key` is Anthropic's.
    Header(&'static str),
    /// No key is sent.
    None,
}

type KeyFuture = Pin<Box<dyn Future<Output = Result<ApiKey>> + Send>>;

/// The source of the key.
#[derive(Clone, Default)]
pub(crate) enum KeySource {
    #[default]
    None,
    Fixed(ApiKey),
    /// Asked for a key before each call.
    Callback(Arc<dyn Fn() -> KeyFuture + Send + Sync>),
}

impl KeySource {
    pub(crate) fn asked<F, Fut>(ask: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ApiKey>> + Send + 'static,
    {
        Self::Callback(Arc::new(move || Box::pin(ask())))
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Shows neither the key nor whether there is one.
impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Auth {
    /// The header that carries this key.
    pub(crate) fn header(self, key: &ApiKey) -> Result<Option<(HeaderName, HeaderValue)>> {
        let (name, value) = match self {
            Self::Bearer => {
                (AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", key.expose())))
            }
            Self::ApiKeyHeader => {
                (HeaderName::from_static("api-key"), HeaderValue::from_str(key.expose()))
            }
            Self::Header(name) => {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
                    Error::new(ErrorKind::Config, "the header of Auth::Header is no name of one")
                })?;
                (name, HeaderValue::from_str(key.expose()))
            }
            Self::None => return Ok(None),
        };
        let mut value =
            value.map_err(|_| Error::new(ErrorKind::Config, "the API key cannot be a header"))?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}
