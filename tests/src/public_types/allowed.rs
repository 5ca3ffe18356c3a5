//! The short list: crates whose types the public signatures of each package may name, and why.

use super::Package;

/// Every package of the library.
pub const PACKAGES: [Package; 7] = [
    Package {
        name: "ek_core",
        crates: &[
            ("bytes", "the provider's payload, without a copy"),
            ("futures_core", "the trait of streams"),
            ("secrecy", "keys that a program keeps in its types"),
            ("serde_core", "transcripts, and values read from replies"),
            ("serde_json", "free fields of requests and messages"),
        ],
    },
    Package { name: "ek_fleet", crates: &[] },
    Package {
        name: "ek_http",
        // A connector of the caller's, in the terms of hyper 1.
        crates: &[
            ("bytes", "bodies of requests that ask no model"),
            ("futures_core", "the bodies of their answers"),
            (
                "http",
                "where a connector connects to; the heads of answers that are no reply of a model",
            ),
            ("hyper", "the traits of a connection's IO"),
            ("tower_service", "the trait of a connector"),
        ],
    },
    Package { name: "ek_mcp", crates: &[("tokio", "the traits of a connection's IO")] },
    Package {
        name: "ek_mock",
        crates: &[
            ("http", "`MockTransport` is a connector"),
            ("hyper", "`MockIo` is a connection"),
            ("rustls", "the configuration of the scripted server"),
            ("rustls_pki_types", "its certificate"),
            ("serde_core", "recordings"),
            ("serde_json", "bodies of requests"),
            ("tokio", "the clock that tests pause, and the traits of a connection's IO"),
            ("tower_service", "`MockTransport` is a connector"),
        ],
    },
    Package {
        name: "ek_patterns",
        crates: &[
            ("futures_core", "the trait of streams"),
            ("tokio", "the clock that tests pause"),
            ("schemars", "the schema of a tool's arguments from their type"),
            ("serde_core", "types of answers and of arguments"),
            ("serde_json", "values of tools"),
            ("tokio", "the clock that tests pause"),
            ("tower_service", "providers as services, and services as providers"),
        ],
    },
    // What it passes on is judged where it stands.
    Package { name: "executionkit", crates: &[] },
];
