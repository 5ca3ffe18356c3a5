//! `cargo xtask semver`: what the public API lost or changed since the last tag.
//!
//! Beside the normal check: it compares with a tag, builds the documentation of both, and installs
//! `cargo-semver-checks` where it is missing.

use crate::sh;
use std::process::Command;

pub(crate) fn run() -> Result<(), String> {
    let mut tags = Command::new("git");
    tags.current_dir(sh::root()).args(["tag", "--list", "--sort=-v:refname", "v*"]);
    let tags = sh::output(&mut tags)?;
    let Some(tag) = tags.lines().next() else {
        println!("there is no tag `v*` yet: nothing to compare with");
        return Ok(());
    };
    sh::install(sh::cargo().args(["semver-checks", "--version"]), "cargo-semver-checks")?;
    sh::run(&mut command(tag))
}

fn command(tag: &str) -> Command {
    let mut command = sh::cargo();
    command.current_dir(sh::root());
    command.args(["semver-checks", "--workspace", "--all-features", "--baseline-rev", tag]);
    command.args(["--exclude", "executionkit-tests", "--exclude", "xtask"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_that_is_for_others_is_compared_with_the_tag() {
        assert_eq!(
            sh::shown(&command("v0.1.0")),
            "cargo semver-checks --workspace --all-features --baseline-rev v0.1.0 \
             --exclude executionkit-tests --exclude xtask"
        );
    }
}
