//! Which protocol each origin spoke last, for the whole process.
//!
//! Whether calls share a connection is known only after a handshake. A program that builds a provider for
//! each job would learn it anew each time, and a burst over HTTP/1 would begin with a few dials and wait.
//! It is a guess for the next dial and nothing more: what a handshake says counts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::socket_limit::HttpVersion;

/// How many origins are kept. At more, all are forgotten.
const MAX_ORIGINS: usize = 1_024;

static ORIGINS: Mutex<Origins> = Mutex::new(Origins(BTreeMap::new()));

/// What this origin (its host and port) spoke last.
pub(super) fn last_spoken(origin: &str) -> HttpVersion {
    ORIGINS.lock().unwrap_or_else(PoisonError::into_inner).get(origin)
}

pub(super) fn remember(origin: &str, protocol: HttpVersion) {
    ORIGINS.lock().unwrap_or_else(PoisonError::into_inner).set(origin, protocol);
}

struct Origins(BTreeMap<String, HttpVersion>);

impl Origins {
    fn get(&self, origin: &str) -> HttpVersion {
        self.0.get(origin).copied().unwrap_or(HttpVersion::Unknown)
    }

    fn set(&mut self, origin: &str, protocol: HttpVersion) {
        if let Some(known) = self.0.get_mut(origin) {
            *known = protocol;
            return;
        }
        if self.0.len() == MAX_ORIGINS {
            self.0.clear();
        }
        self.0.insert(origin.to_owned(), protocol);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_that_was_spoken_last_is_kept_for_a_bounded_number_of_origins() {
        let mut origins = Origins(BTreeMap::new());
        assert_eq!(origins.get("a:443"), HttpVersion::Unknown);
        origins.set("a:443", HttpVersion::Http2);
        origins.set("a:443", HttpVersion::Http1);
        assert_eq!(origins.get("a:443"), HttpVersion::Http1);
        for n in 0..3_000 {
            origins.set(&format!("b:{n}"), HttpVersion::Http2);
            assert!(origins.0.len() <= MAX_ORIGINS);
        }
        assert_eq!(origins.get("b:2999"), HttpVersion::Http2);
    }
}
