//! `cargo xtask package`: every crate as it would be published, packed and built from its package alone.
//!
//! A file outside of a crate, a missing licence or a circle of dev-dependencies is seen here, and
//! nowhere else.

use crate::sh;
use std::process::Command;

/// Packs and builds: each crate is compiled anew, which takes minutes.
pub(crate) fn run() -> Result<(), String> {
    sh::run(&mut command())
}

/// Packs without building: seconds.
pub(crate) fn pack() -> Result<(), String> {
    sh::run(command().arg("--no-verify"))
}

/// What is not committed yet is packed too, since it is what is being checked.
fn command() -> Command {
    let mut command = sh::cargo();
    command.current_dir(sh::root());
    command.args(["package", "--locked", "--workspace", "--allow-dirty"]);
    command.args(["--exclude", "executionkit-tests", "--exclude", "xtask"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    fn crates() -> Vec<PathBuf> {
        let folder = fs::read_dir(sh::root().join("crates")).expect("the crates");
        folder.map(|entry| entry.expect("an entry").path()).collect()
    }

    #[test]
    fn every_crate_says_what_a_registry_and_its_readers_want_to_know() {
        for path in crates() {
            let manifest = fs::read_to_string(path.join("Cargo.toml")).expect("a manifest");
            let keys = ["categories", "description", "documentation", "keywords", "license"];
            let more = ["readme", "repository", "rust-version"];
            for key in keys.into_iter().chain(more) {
                let said = manifest.lines().any(|line| {
                    line.strip_prefix(key).is_some_and(|rest| rest.starts_with([' ', '.']))
                });
                assert!(said, "{}: no `{key}`", path.display());
            }
            assert!(manifest.contains("[package.metadata.docs.rs]"), "{}", path.display());
        }
    }

    #[test]
    fn every_crate_has_a_readme_and_both_licences() {
        for path in crates() {
            for file in ["README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
                assert!(path.join(file).is_file(), "{}: no {file}", path.display());
            }
        }
    }

    /// A version would ask a registry for a crate that is packed later, or is someone else's.
    #[test]
    fn a_crate_of_the_workspace_is_a_dev_dependency_by_its_path_alone() {
        for path in crates() {
            let manifest = fs::read_to_string(path.join("Cargo.toml")).expect("a manifest");
            let (_, tests) = manifest.split_once("[dev-dependencies]").unwrap_or_default();
            let own = tests.lines().filter(|line| line.starts_with("ek-"));
            for line in own {
                let by_path = line.contains("{ path = ") && !line.contains("version");
                assert!(by_path, "{}: {line}", path.display());
            }
        }
    }
}
