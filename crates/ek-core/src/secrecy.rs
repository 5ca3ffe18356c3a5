//! Keys that a program keeps in the types of the crate `secrecy`.

use secrecy::{ExposeSecret as _, SecretString};

use crate::{ApiKey, Error, Result};

/// ```
/// use ek_core::ApiKey;
/// use secrecy::{ExposeSecret, SecretString};
///
/// let key = ApiKey::try_from(SecretString::from("sk-example"))?;
/// assert_eq!(SecretString::from(&key).expose_secret(), "sk-example");
/// # Ok::<(), ek_core::Error>(())
/// ```
impl TryFrom<SecretString> for ApiKey {
    type Error = Error;
    fn try_from(key: SecretString) -> Result<Self> {
        Self::try_from(&key)
    }
}

impl TryFrom<&SecretString> for ApiKey {
    type Error = Error;
    fn try_from(key: &SecretString) -> Result<Self> {
        Self::new(key.expose_secret())
    }
}

impl From<&ApiKey> for SecretString {
    fn from(key: &ApiKey) -> Self {
        key.expose().into()
    }
}
