//! The feature combinations that must build, each by itself, and how one is said to Cargo.
//!
//! A workspace build turns on the union of what its members ask for, so a crate that only compiles
//! together with its neighbours goes unseen there. Each row here is built for one package alone.

use crate::sh;
use std::process::Command;

/// Which features of a package are on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Features {
    /// What a plain dependency gets.
    Default,
    /// These and nothing else; an empty list is `--no-default-features`.
    Only(&'static [&'static str]),
    /// `--all-features`.
    All,
}

/// A package and its features.
type Combination = (&'static str, Features);

/// Add a row for each combination that somebody may reasonably ask for.
const COMBINATIONS: &[Combination] = &[
    ("ek-fleet", Features::Only(&[])),
    ("ek-fleet", Features::Only(&["redis"])),
    ("ek-fleet", Features::Only(&["tls"])),
    ("ek-fleet", Features::Only(&["ring", "tls"])),
    ("ek-fleet", Features::Only(&["aws-lc-rs", "tls"])),
    ("ek-fleet", Features::All),
    ("ek-http", Features::Only(&["ring"])),
    ("ek-http", Features::Only(&["aws-lc-rs"])),
    ("ek-http", Features::Only(&["ring", "webpki-roots"])),
    ("ek-http", Features::Only(&["proxy", "ring", "webpki-roots"])),
    ("ek-http", Features::Only(&[])), // No TLS at all: local servers over plain http.
    ("ek-http", Features::Only(&["anthropic"])),
    ("ek-http", Features::Only(&["gemini"])),
    ("ek-http", Features::Only(&["responses"])),
    ("ek-http", Features::All),
    ("ek-mcp", Features::Only(&[])),
    ("ek-mcp", Features::All),
    ("ek-mock", Features::Only(&[])),
    ("ek-mock", Features::Only(&["wire"])),
    ("ek-mock", Features::Only(&["conformance"])),
    ("ek-mock", Features::Only(&["record"])),
    ("ek-mock", Features::Only(&["cli"])),
    ("ek-mock", Features::All),
    ("ek-core", Features::All),
    ("ek-patterns", Features::Only(&["schemars"])),
    ("ek-patterns", Features::Only(&["jsonschema"])),
    ("ek-patterns", Features::Only(&["metrics"])),
    ("ek-patterns", Features::Only(&["tower"])),
    ("ek-patterns", Features::All),
    ("executionkit", Features::Only(&[])),
    ("executionkit", Features::Only(&["http"])),
    ("executionkit", Features::Only(&["http", "ring", "webpki-roots"])),
    ("executionkit", Features::Only(&["anthropic", "http"])),
    ("executionkit", Features::Only(&["mock"])),
    ("executionkit", Features::Only(&["patterns"])),
    ("executionkit", Features::Only(&["fleet"])),
    ("executionkit", Features::Only(&["mcp"])),
    ("executionkit", Features::Only(&["http", "mcp"])),
    ("executionkit", Features::All),
];

/// Combinations whose tests must build too: a test that needs what is off is gated at its module.
const WITH_TESTS: &[Combination] = &[
    ("ek-http", Features::Only(&[])),
    ("ek-http", Features::Only(&["anthropic"])),
    ("ek-http", Features::Only(&["gemini"])),
    ("ek-http", Features::Only(&["responses"])),
];

/// Builds every combination; the first that fails ends the walk.
pub(crate) fn run() -> Result<(), String> {
    COMBINATIONS.iter().try_for_each(|combination| sh::run(&mut command(*combination, false)))?;
    WITH_TESTS.iter().try_for_each(|combination| sh::run(&mut command(*combination, true)))
}

/// Clippy and not `cargo check`: it is the same build, and it alone takes `-D warnings` without
/// making all dependencies build anew. Code that is dead in one combination only is found here.
fn command((package, features): Combination, with_tests: bool) -> Command {
    let mut command = sh::cargo();
    command.current_dir(sh::root());
    command.args(["clippy", "--quiet", "--locked", "--package", package]);
    command.args(features.arguments());
    if with_tests {
        // A helper that no test of this combination asks for is no fault.
        command.args(["--tests", "--", "-D", "warnings", "-A", "dead_code"]);
    } else {
        command.args(["--", "-D", "warnings"]);
    }
    command
}

impl Features {
    /// The arguments that select these features, for any Cargo command.
    pub(crate) fn arguments(self) -> Vec<String> {
        match self {
            Self::Default => Vec::new(),
            Self::Only([]) => vec!["--no-default-features".to_owned()],
            Self::Only(names) => {
                ["--no-default-features", "--features", &names.join(",")].map(str::to_owned).into()
            }
            Self::All => vec!["--all-features".to_owned()],
        }
    }

    /// A short name for a table.
    pub(crate) fn label(self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::Only([]) => "none".to_owned(),
            Self::Only(names) => names.join(","),
            Self::All => "all".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_becomes_the_arguments_cargo_knows() {
        let arguments = |features: Features| features.arguments().join(" ");
        assert_eq!(arguments(Features::Default), "");
        assert_eq!(arguments(Features::Only(&[])), "--no-default-features");
        assert_eq!(
            arguments(Features::Only(&["ring", "webpki-roots"])),
            "--no-default-features --features ring,webpki-roots"
        );
        assert_eq!(arguments(Features::All), "--all-features");
    }

    #[test]
    fn a_combination_is_built_for_its_package_alone_with_warnings_denied() {
        assert_eq!(
            sh::shown(&command(("ek-http", Features::Only(&["ring"])), false)),
            "cargo clippy --quiet --locked --package ek-http \
             --no-default-features --features ring -- -D warnings"
        );
    }

    #[test]
    fn the_tests_of_a_combination_may_leave_helpers_unused() {
        assert_eq!(
            sh::shown(&command(("ek-http", Features::Only(&[])), true)),
            "cargo clippy --quiet --locked --package ek-http --no-default-features --tests -- -D warnings -A dead_code"
        );
    }

    #[test]
    fn no_combination_stands_in_the_table_twice() {
        for (index, row) in COMBINATIONS.iter().enumerate() {
            assert!(!COMBINATIONS[..index].contains(row), "{row:?}");
        }
    }
}
