//! What an error of the client means, in words without an address or a secret.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use ek_core::{Error, ErrorKind};
use redis::RedisError;

/// The server's code, or why there was no answer. Other details may name hosts and users.
pub(super) fn describe(error: &RedisError) -> String {
    if error.kind() == redis::ErrorKind::AuthenticationFailed {
        return "Redis refused the user or the password".to_owned();
    }
    if let Some(code) = error.code() {
        return format!("Redis answered {code}");
    }
    let Some(io) = io_error(error) else {
        return format!("{:?}", error.kind());
    };
    #[cfg(feature = "tls")]
    if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return format!("the TLS of Redis failed: {tls}");
    }
    io.kind().to_string()
}

/// The client keeps its sources in an `Arc`, which is a source itself.
fn io_error(error: &RedisError) -> Option<&io::Error> {
    let source = error.source()?;
    let shared = source.downcast_ref::<Arc<dyn StdError + Send + Sync>>();
    shared.map_or(source, |shared| &**shared).downcast_ref()
}

/// An error of a client that cannot be made.
pub(super) fn unusable(error: &RedisError) -> Error {
    let why = format!("the URL of the Redis store cannot be used: {:?}", error.kind());
    Error::new(ErrorKind::Config, why)
}
