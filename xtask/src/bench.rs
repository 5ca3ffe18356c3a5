//! `cargo xtask bench`: builds the benchmark package and hands the arguments on.
//!
//! The package stands outside the workspace, in `tests/bench`: it is built in release mode, and no
//! `cargo test` shall ever build it.

use crate::sh;
use std::ffi::{OsStr, OsString};
use std::process::Command;

/// The one argument that is for the build: the rows of other clients take a feature.
const PEERS: &str = "--peers";

/// Runs with the caller's arguments; the status is the driver's.
pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    let peers = arguments.iter().any(|argument| argument == PEERS);
    sh::run(&mut build(peers))?;
    sh::status(&mut drive(peers, arguments))
}

/// All four programs: the driver starts the others.
fn build(peers: bool) -> Command {
    let mut command = cargo("build", peers);
    command.args(["--bins", "--quiet"]);
    command
}

fn drive(peers: bool, arguments: &[OsString]) -> Command {
    let mut command = cargo("run", peers);
    command.args(["--quiet", "--bin", "bench", "--"]);
    command.args(arguments.iter().filter(|argument| argument.as_os_str() != OsStr::new(PEERS)));
    command
}

fn cargo(what: &str, peers: bool) -> Command {
    let mut command = sh::cargo();
    command.args([what, "--release", "--locked", "--manifest-path"]);
    command.arg(sh::root().join("tests").join("bench").join("Cargo.toml"));
    if peers {
        command.args(["--features", "peers"]);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_reach_the_driver_but_for_the_one_that_is_a_feature() {
        let arguments = ["--peers", "--only", "small"].map(OsString::from);
        let shown = sh::shown(&drive(true, &arguments));
        assert!(shown.ends_with("--features peers --quiet --bin bench -- --only small"), "{shown}");
        assert!(!sh::shown(&build(false)).contains("peers"));
    }
}
