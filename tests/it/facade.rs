//! The facade names everything that the crates behind it show.

use std::collections::BTreeSet;
use std::path::Path;

/// What is left out, and why.
const LEFT_OUT: [&str; 4] = [
    // For crates that speak another protocol over the same connections.
    "HttpBody",
    "HttpClient",
    // Not part of the interface.
    "cli",
    "fuzzing",
];

/// The names that the root of a crate re-exports.
fn names(krate: &str) -> BTreeSet<String> {
    let root =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(krate).join("src/lib.rs");
    let source = std::fs::read_to_string(root).expect("the root of a crate");
    let uses = source.split("pub use ").skip(1).filter_map(|rest| rest.split_once(';'));
    let uses = uses.flat_map(|(names, _)| names.split(['{', '}', ',']).map(str::trim));
    let uses = uses.filter(|name| !name.ends_with("::"));
    let modules =
        source.split("\npub mod ").skip(1).filter_map(|rest| rest.split([';', ' ']).next());
    uses.chain(modules)
        .filter_map(|name| name.rsplit("::").next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_name_of_the_crates_behind_it_is_in_the_facade() {
    let facade = names("executionkit");
    // Those of the others come as a whole.
    for krate in ["ek-http", "ek-mock"] {
        let all = names(krate);
        assert!(all.len() > 8, "{krate}: {all:?}");
        let missing: Vec<_> = all
            .iter()
            .filter(|name| !facade.contains(*name) && !LEFT_OUT.contains(&name.as_str()))
            .collect();
        assert!(missing.is_empty(), "{krate}: {missing:?}");
    }
}
