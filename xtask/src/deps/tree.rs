//! Reading `cargo tree`: from its lines to the set of crates.

use crate::features::Features;
use crate::sh;
use std::collections::BTreeSet;

/// The platform the rules are counted for, on whatever machine they are counted.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Name and version of each crate, once.
pub(super) type Crates = BTreeSet<(String, String)>;

/// All crates that `package` brings, itself included.
pub(super) fn read(package: &str, features: Features) -> Result<Crates, String> {
    let mut command = sh::cargo();
    command.current_dir(sh::root());
    command.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    command.args(["--target", TARGET, "--package", package]).args(features.arguments());
    let crates = parse(&sh::output(&mut command)?)?;
    // A listing that lacks its own root was misread; it must not pass for a small tree.
    if crates.iter().any(|(name, _)| name == package) {
        Ok(crates)
    } else {
        Err(format!("`cargo tree` does not list {package} itself"))
    }
}

/// A line is `name vVERSION`, then notes we do not need: a path, `(proc-macro)`, `(*)` for a crate
/// already shown. An unknown shape is an error, since a line passed over would be a crate unseen.
fn parse(listing: &str) -> Result<Crates, String> {
    let mut crates = Crates::new();
    for line in listing.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let Some(version) = words.next().and_then(|word| word.strip_prefix('v')) else {
            return Err(format!("cannot read this line of `cargo tree`: {line}"));
        };
        crates.insert((name.to_owned(), version.to_owned()));
    }
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "\
ek-core v0.1.0 (/home/somebody/executionkit/crates/ek-core)
serde v1.0.229
serde_derive v1.0.229 (proc-macro)
syn v3.0.10
syn v2.0.1

ek-mock v0.1.0 (/home/somebody/executionkit/crates/ek-mock)
serde v1.0.229 (*)
serde_derive v1.0.229 (proc-macro) (*)
";

    #[test]
    fn a_crate_counts_once_per_version_whatever_notes_follow() {
        let crates = parse(LISTING).unwrap();
        let names: Vec<_> =
            crates.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(
            names,
            [
                "ek-core 0.1.0",
                "ek-mock 0.1.0",
                "serde 1.0.229",
                "serde_derive 1.0.229",
                "syn 2.0.1",
                "syn 3.0.10",
            ]
        );
    }

    #[test]
    fn a_line_of_another_shape_is_an_error_and_not_passed_over() {
        for line in ["[build-dependencies]", "serde 1.0.229", "serde"] {
            let message = parse(line).unwrap_err();
            assert_eq!(message, format!("cannot read this line of `cargo tree`: {line}"));
        }
    }

    #[test]
    fn the_tree_of_this_program_is_this_program() {
        let crates = read("xtask", Features::Default).unwrap();
        assert_eq!(crates.len(), 1);
    }
}
