//! The dependency rules themselves: the table to read, and to extend when a crate is added.
//!
//! A ceiling is a promise to those who depend on us. Raising one is a decision: say in the commit
//! what the new crates are for.

use super::Rule;
use crate::features::Features;

/// Refused in every tree: a second TLS library, a second HTTP client, and macros the language has made
/// needless.
pub(super) const NOWHERE: &[&str] =
    &["native-tls", "openssl", "openssl-sys", "async-trait", "reqwest"];

/// A URL parser with its Unicode tables: refused as well, but where the Redis client brings it.
pub(super) const WITH_REDIS_ONLY: &[&str] = &["url", "idna"];

pub(super) const RULES: &[Rule] = &[
    // What the author of an adapter depends on: no runtime, no HTTP, no TLS.
    Rule {
        package: "ek-core",
        features: Features::All,
        denied: &["tokio", "hyper", "http", "rustls"],
        ceiling: None,
    },
    Rule { package: "ek-http", features: Features::All, denied: &["ek-mock"], ceiling: None },
    Rule {
        package: "ek-mock",
        features: Features::Only(&[]),
        denied: &["hyper", "ek-http"],
        ceiling: Some(30),
    },
    // A double that were built on the client could not show the client's faults.
    Rule { package: "ek-mock", features: Features::All, denied: &["ek-http"], ceiling: None },
    // Of rmcp the client alone: no second HTTP client, no derive of schemas.
    Rule {
        package: "ek-mcp",
        features: Features::Only(&[]),
        denied: &["hyper", "http", "rustls", "schemars", "ek-http", "ek-mock"],
        ceiling: Some(67),
    },
    Rule {
        package: "ek-mcp",
        features: Features::All,
        denied: &["schemars", "ek-mock"],
        ceiling: None,
    },
    Rule {
        package: "ek-fleet",
        features: Features::Only(&[]),
        denied: &["redis", "ek-http", "ek-mock"],
        ceiling: Some(31),
    },
    // One cryptography for Redis and for providers.
    Rule {
        package: "ek-fleet",
        features: Features::Only(&["ring", "tls"]),
        denied: &["aws-lc-rs", "ek-http", "ek-mock"],
        ceiling: None,
    },
    Rule {
        package: "ek-fleet",
        features: Features::Only(&["aws-lc-rs", "tls"]),
        denied: &["ring", "ek-http", "ek-mock"],
        ceiling: None,
    },
    Rule {
        package: "ek-fleet",
        features: Features::All,
        denied: &["ek-http", "ek-mock"],
        ceiling: None,
    },
    // The call layer works with any provider, and knows no HTTP.
    Rule { package: "ek-patterns", features: Features::Default, denied: &[], ceiling: Some(30) },
    Rule {
        package: "ek-patterns",
        features: Features::All,
        denied: &["hyper", "http", "rustls", "redis", "ek-http", "ek-mock"],
        ceiling: None,
    },
    Rule {
        package: "executionkit",
        features: Features::Default,
        denied: &["redis", "rmcp"],
        ceiling: Some(78),
    },
    // The smallest client that can speak https.
    Rule {
        package: "executionkit",
        features: Features::Only(&["http", "ring", "webpki-roots"]),
        denied: &["ek-mock", "redis", "rmcp"],
        ceiling: Some(63),
    },
    Rule { package: "executionkit", features: Features::All, denied: &[], ceiling: None },
    // This program is built before anything else and must never wait for a download.
    Rule { package: "xtask", features: Features::All, denied: &[], ceiling: Some(1) },
];
