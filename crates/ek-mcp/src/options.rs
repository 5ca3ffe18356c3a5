//! The settings of a server that do not depend on how it is reached.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};

use crate::names;

/// The settings of an [`McpServer`](crate::McpServer), however it is reached.
///
/// ```
/// use std::time::Duration;
/// use ek_mcp::McpOptions;
///
/// let options = McpOptions::default()
///     .with_name("files")
///     .with_prefix("files_")
///     .with_only(["read_file", "list_directory"])
///     .with_call_timeout(Duration::from_secs(10));
/// assert_eq!(options.connect_timeout, Duration::from_secs(30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct McpOptions {
    /// What errors, spans and logs call the server. Default: the program's name, or the URL's host.
    pub name: Option<String>,
    /// What the names of all its tools begin with for the model, so that several servers may have a tool of
    /// one name: at most 32 letters, digits, `_` and `-`. Default: nothing.
    pub prefix: String,
    /// The tools that are taken, by the server's own names; one that the server lacks is an error. Default:
    /// all.
    pub only: Option<Vec<String>>,
    /// The longest time until the server is ready, with its start, and the longest time for the list of its
    /// tools; more than 0. Default: 30 s.
    pub connect_timeout: Duration,
    /// The longest time for one call, more than 0. It is also the tool's own
    /// [`timeout`](ek_patterns::Tool::timeout). Default: 60 s.
    pub call_timeout: Duration,
    /// The largest message of the server that is read, in bytes; at least 1,024. A call whose result is larger
    /// fails. Default: 16 MiB.
    pub max_message_bytes: usize,
}

impl Default for McpOptions {
    fn default() -> Self {
        Self {
            name: None,
            prefix: String::new(),
            only: None,
            connect_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(60),
            max_message_bytes: 16 * 1024 * 1024,
        }
    }
}

impl McpOptions {
    /// Sets what errors, spans and logs call the server.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets what the names of all its tools begin with for the model.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the tools that are taken, by the server's own names.
    #[must_use]
    pub fn with_only<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the longest time until the server is ready, and for the list of its tools.
    #[must_use]
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sets the longest time for one call.
    #[must_use]
    pub fn with_call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// Sets the largest message of the server that is read, in bytes.
    #[must_use]
    pub fn with_max_message_bytes(mut self, bytes: usize) -> Self {
        self.max_message_bytes = bytes;
        self
    }

    /// Checks the values.
    pub(crate) fn check(&self) -> Result<()> {
        let refuse = |why: &str| Err(Error::new(ErrorKind::Config, why));
        if !names::is_prefix(&self.prefix) {
            return refuse("the prefix is not at most 32 letters, digits, `_` and `-`");
        }
        if self.connect_timeout.is_zero() || self.call_timeout.is_zero() {
            return refuse("connect_timeout and call_timeout must be more than 0");
        }
        if self.max_message_bytes < MIN_MESSAGE_BYTES {
            return refuse("max_message_bytes is less than 1,024");
        }
        Ok(())
    }
}

/// The smallest limit: a handshake has to fit.
const MIN_MESSAGE_BYTES: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_cannot_be_is_refused() {
        let options = McpOptions::default;
        for (wrong, why) in [
            (options().with_prefix("a b"), "prefix"),
            (options().with_prefix("x".repeat(33)), "prefix"),
            (options().with_connect_timeout(Duration::ZERO), "connect_timeout"),
            (options().with_call_timeout(Duration::ZERO), "call_timeout"),
            (options().with_max_message_bytes(1_023), "max_message_bytes"),
        ] {
            let error = wrong.check().expect_err(why);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(options().with_prefix("files-2_").with_max_message_bytes(1_024).check().is_ok());
    }
}
