//! A credential that cannot be printed by accident and does not stay in memory.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result};

/// The longest key taken, in bytes; signed tokens of identity providers stay below it.
const MAX_KEY_BYTES: usize = 16 * 1024;

/// An API key or token.
///
/// Validated when built, so that it can stand in a header: visible ASCII, no spaces, 1 byte to 16 KiB.
/// Its memory is zeroed when the last clone is dropped. `Debug` shows `***` always; there is no
/// `Display` and no `Serialize`.
///
/// ```
/// use ek_core::ApiKey;
///
/// let key = ApiKey::new("sk-example")?;
/// assert_eq!(format!("{key:?}"), "ApiKey(***)");
/// assert!(ApiKey::new("sk-example\n").is_err());
/// # Ok::<(), ek_core::Error>(())
/// ```
#[doc(alias("token", "secret"))]
#[derive(Clone)]
pub struct ApiKey(Arc<Zeroizing<String>>);

impl ApiKey {
    /// Takes a key.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if it is empty, longer than 16 KiB, or holds anything but visible ASCII
    /// (a line break at its end is the usual case). The message does not show the value.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let key = Zeroizing::new(key.into());
        let fault = if key.is_empty() {
            "is empty; set the variable that it is read from, or leave it out where the server needs none"
        } else if key.len() > MAX_KEY_BYTES {
            "is longer than 16 KiB"
        } else if key.bytes().any(|b| b.is_ascii_control()) {
            "holds a line break or another control character; trim it where it is read"
        } else if key.contains(' ') {
            "holds a space; trim it where it is read, and leave out the word \"Bearer\""
        } else if !key.is_ascii() {
            "holds a character outside ASCII; was it copied from formatted text?"
        } else {
            return Ok(Self(Arc::new(key)));
        };
        Err(Error::new(ErrorKind::Config, format!("the API key {fault}")))
    }

    /// The key itself, to be put on the wire. Do not print it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

impl TryFrom<&str> for ApiKey {
    type Error = Error;
    fn try_from(key: &str) -> Result<Self> {
        Self::new(key)
    }
}

impl TryFrom<String> for ApiKey {
    type Error = Error;
    fn try_from(key: String) -> Result<Self> {
        Self::new(key)
    }
}

impl TryFrom<&String> for ApiKey {
    type Error = Error;
    fn try_from(key: &String) -> Result<Self> {
        Self::new(key.as_str())
    }
}

impl From<&Self> for ApiKey {
    fn from(key: &Self) -> Self {
        key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario 79 of the fault list: unusable keys are refused when built, and not shown.
    #[test]
    fn unusable_keys_are_refused_without_showing_them() {
        let long = "k".repeat(1_000_000);
        for bad in ["", "MARK\n", "MARK\r\nX-Evil: 1", "MA\0RK", " MARK", "MARK ", "MÄRK", &long] {
            let error = ApiKey::new(bad).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Config);
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("MARK") && !shown.contains("RK\n") && !shown.contains("kkk"));
        }
    }

    #[test]
    fn debug_shows_stars_whatever_the_key() {
        for key in ["a", "sk-abcdefghijklmnop"] {
            assert_eq!(format!("{:?}", ApiKey::new(key)), "Ok(ApiKey(***))");
        }
    }
}
